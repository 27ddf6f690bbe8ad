"""Compare package versions and link to the code."""

import pytest

from squash_jenkins.analysis.code_changes import change_url, changes, repository_url
from squash_jenkins.models import Package

OLD, NEW = "a" * 40, "b" * 40
GITHUB = "https://github.com/lsst/afw.git"


def package(name: str, revision: str | None, version: str | None = None) -> Package:
    return Package(name, version=version, revision=revision, url=GITHUB)


def by_name(*packages: Package) -> dict[str, Package]:
    return {each.name: each for each in packages}


def test_added_removed_updated() -> None:
    before = by_name(package("afw", OLD), package("base", OLD), package("gone", OLD))
    after = by_name(package("new", NEW), package("base", OLD), package("afw", NEW))
    found = changes(before, after)
    assert found is not None
    assert [(each.name, each.kind) for each in found] == [
        ("afw", "updated"),
        ("gone", "removed"),
        ("new", "added"),
    ]
    assert (found[0].old, found[0].new) == (before["afw"], after["afw"])
    assert (found[1].new, found[2].old) == (None, None)


def test_nothing_to_compare_is_not_no_change() -> None:
    some = by_name(package("afw", OLD))
    assert changes(None, some) is None
    assert changes(some, None) is None
    assert changes(some, some) == []
    assert changes({}, {}) == []


@pytest.mark.parametrize(
    ("old", "new", "differ"),
    [
        (package("p", OLD, "1"), package("p", OLD, "1+1"), False),
        (package("p", OLD, "1"), package("p", NEW, "1"), True),
        (package("p", OLD), package("p", OLD[:8].upper()), False),
        (package("p", OLD), package("p", OLD[:3]), True),
        (package("p", None, "1"), package("p", OLD, "1"), False),
        (package("p", None, "1"), package("p", OLD, "2"), True),
    ],
)
def test_the_commit_decides(old: Package, new: Package, differ: bool) -> None:
    assert bool(changes(by_name(old), by_name(new))) is differ


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (GITHUB, f"https://github.com/lsst/afw/compare/{OLD}...{NEW}"),
        ("https://gitlab.com/a/b/", f"https://gitlab.com/a/b/-/compare/{OLD}...{NEW}"),
        (
            "https://gitlab.example.org:8443/a/b",
            f"https://gitlab.example.org:8443/a/b/-/compare/{OLD}...{NEW}",
        ),
        ("https://bitbucket.org/a/b", f"https://bitbucket.org/a/b/branches/compare/{NEW}..{OLD}"),
        ("https://git.example.org/a/b.git", f"https://git.example.org/a/b/commit/{NEW}"),
        ("https://me:secret@github.com/a/b", f"https://github.com/a/b/compare/{OLD}...{NEW}"),
        ("https://github.com/a/digit", f"https://github.com/a/digit/compare/{OLD}...{NEW}"),
        ("https://github.com/a/tig.git", f"https://github.com/a/tig/compare/{OLD}...{NEW}"),
        ("https://gitlab.com/git/git.git", f"https://gitlab.com/git/git/-/compare/{OLD}...{NEW}"),
        ("javascript:alert(1)//github.com/a/b", None),
        ("data:text/html,x", None),
        (
            "https://my-gitlab.example.org/a/b",
            f"https://my-gitlab.example.org/a/b/-/compare/{OLD}...{NEW}",
        ),
        (
            "https://github.example.org/a/b",
            f"https://github.example.org/a/b/compare/{OLD}...{NEW}",
        ),
        ("https://notgithub.example.org/a/b", f"https://notgithub.example.org/a/b/commit/{NEW}"),
        (
            "https://bitbucket.example.org/git/scm/KEY/b.git",
            "https://bitbucket.example.org/git/projects/KEY/repos/b/compare/commits"
            f"?sourceBranch={NEW}&targetBranch={OLD}",
        ),
        (
            "ssh://git@bitbucket.example.org:7999/~ops/b.git",
            "https://bitbucket.example.org/users/ops/repos/b/compare/commits"
            f"?sourceBranch={NEW}&targetBranch={OLD}",
        ),
        (
            "https://bitbucket.example.org/projects/KEY/repos/b",
            "https://bitbucket.example.org/projects/KEY/repos/b/compare/commits"
            f"?sourceBranch={NEW}&targetBranch={OLD}",
        ),
        ("git@github.com:lsst/afw.git", f"https://github.com/lsst/afw/compare/{OLD}...{NEW}"),
        ("git@git.example.org:/a/b", f"https://git.example.org/a/b/commit/{NEW}"),
        ("ssh://git@github.com/lsst/afw.git", f"https://github.com/lsst/afw/compare/{OLD}...{NEW}"),
        (
            "ssh://git@gitlab.example.org:2222/a/b.git",
            f"https://gitlab.example.org/a/b/-/compare/{OLD}...{NEW}",
        ),
        ("git://github.com/lsst/afw", f"https://github.com/lsst/afw/compare/{OLD}...{NEW}"),
        ("git+https://github.com/lsst/afw", f"https://github.com/lsst/afw/compare/{OLD}...{NEW}"),
        ("git@[x]:a/b", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("https://github.com", None),
        ("https://github.com:port/a", None),
        ("https://[::1/a", None),
        ('https://x"onload=alert(1)/a', None),
        ("", None),
        (None, None),
    ],
)
def test_the_address_of_a_change(url: str | None, expected: str | None) -> None:
    old, new = (Package("afw", revision=each, url=url) for each in (OLD, NEW))
    assert change_url(old, new) == expected


def test_an_added_or_removed_package_leads_to_its_commit() -> None:
    assert change_url(None, package("p", NEW)) == f"https://github.com/lsst/afw/commit/{NEW}"
    assert change_url(package("p", OLD), None) == f"https://github.com/lsst/afw/commit/{OLD}"
    assert change_url(None, package("p", None)) == "https://github.com/lsst/afw"
    assert change_url(package("p", None, "1"), None) == "https://github.com/lsst/afw"
    assert change_url(None, Package("p", revision=NEW)) is None
    assert change_url(None, None) is None


def test_a_moved_repository_leads_to_the_commit() -> None:
    old = Package("afw", revision=OLD, url="https://github.com/old/afw")
    assert change_url(old, package("afw", NEW)) == f"https://github.com/lsst/afw/commit/{NEW}"


def test_nothing_breaks_out_of_an_address() -> None:
    address = change_url(None, Package("p", revision='"><script>/../x', url=GITHUB + '"><b>'))
    assert address is not None
    assert not set(address) & set("\"'<> ")
    assert repository_url("https://github.com/a/b.git?x=1#y") == "https://github.com/a/b"

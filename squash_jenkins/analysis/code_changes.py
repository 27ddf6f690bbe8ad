"""Compare the package versions of two builds, and link to the code that changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

from squash_jenkins.models import Package

Kind = Literal["added", "removed", "updated"]

_SHORTEST_ABBREVIATION = 7
_PATHS = {
    # software of the host: (path of the comparison, path of one commit)
    "github": ("compare/{old}...{new}", "commit/{new}"),
    "gitlab": ("-/compare/{old}...{new}", "-/commit/{new}"),
    "bitbucket": ("branches/compare/{new}..{old}", "commits/{new}"),
}
_OWN_BITBUCKET = ("compare/commits?sourceBranch={new}&targetBranch={old}", "commits/{new}")
"""Bitbucket on a site's own server has other pages than bitbucket.org."""
_ANY = (None, "commit/{new}")
_BITBUCKET_ADDRESS = re.compile(r"(?P<root>.*?)/(?:scm/)?(?P<project>[^/]+)/(?P<name>[^/]+)")
_SECURE_SHELL = re.compile(r"[\w.+-]+@(?P<host>[\w.-]+):/?(?P<path>[^/].*)")
"""How git writes an address of the secure shell: ``git@host:path``."""


@dataclass(frozen=True, slots=True)
class PackageChange:
    """Hold the change of one package; `old` is None when added, `new` when removed."""

    name: str
    kind: Kind
    old: Package | None
    new: Package | None

    @property
    def url(self) -> str | None:
        """Return the page that shows the change, None where no address is known."""
        return change_url(self.old, self.new)


def changes(
    before: Mapping[str, Package] | None, after: Mapping[str, Package] | None
) -> list[PackageChange] | None:
    """Return the packages that were added, removed or updated, in order of name.

    Parameters
    ----------
    before, after
        Packages by name. None means that the build reported no packages.

    Returns
    -------
    list of PackageChange or None
        None when there is nothing to compare, which is not the same as no change.
    """
    if before is None or after is None:
        return None
    found = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        kind = _kind(old, new)
        if kind is not None:
            found.append(PackageChange(name, kind, old, new))
    return found


def change_url(old: Package | None, new: Package | None) -> str | None:
    """Return the address of the comparison of two versions, else of the one commit.

    Of a package without a commit it is the repository. Only http and https
    addresses are made into links, and those of the secure shell, whose hosts show the same
    repository at https; user names and passwords in them are left out.
    """
    shown = new or old
    base = repository_url(shown.url) if shown else None
    if shown is None or base is None:
        return None
    page, (comparison, commit) = _pages(base)
    if not shown.revision:
        return page
    same_place = old is not None and new is not None and repository_url(old.url) == base
    if comparison and old is not None and old.revision and same_place:
        path = comparison.format(old=quote(old.revision, ""), new=quote(shown.revision, ""))
    else:
        path = commit.format(new=quote(shown.revision, ""))
    return f"{page}/{path}"


def repository_url(url: str | None) -> str | None:
    """Return a repository's web address: http(s) only, without ``.git``, user and password.

    >>> repository_url("git@github.com:lsst/afw.git")
    'https://github.com/lsst/afw'
    """
    try:
        parts = urlsplit(_with_scheme((url or "").strip()))
        host, port = parts.hostname, parts.port
    except ValueError:  # a port that is no number, a broken IPv6 address
        return None
    scheme = parts.scheme.removeprefix("git+")
    if scheme in ("ssh", "git"):
        scheme, port = "https", None  # the port is that of the secure shell
    if scheme not in ("http", "https") or not host or not re.fullmatch(r"[\w.:-]+", host):
        return None
    place = f"[{host}]" if ":" in host else host
    path = quote(parts.path.rstrip("/").removesuffix(".git"), safe="/%~+@:,=")
    if not path:
        return None
    return f"{scheme}://{place}{f':{port}' if port else ''}{path}"


def _with_scheme(address: str) -> str:
    found = _SECURE_SHELL.fullmatch(address)
    return f"ssh://{found['host']}/{found['path']}" if found else address


def _pages(base: str) -> tuple[str, tuple[str | None, str]]:
    """Return a repository's own page, and below it the paths of a comparison and a commit."""
    parts = urlsplit(base)
    host = parts.hostname or ""
    software = next((each for each in _PATHS if each in re.split("[.-]", host)), "")
    if software != "bitbucket" or host == "bitbucket.org":
        return base, _PATHS.get(software, _ANY)
    path = _own_bitbucket_path(parts.path)
    return parts._replace(path=path).geturl(), _OWN_BITBUCKET


def _own_bitbucket_path(path: str) -> str:
    """Return the path of the page of a repository that is cloned from ``/scm/project/name``."""
    found = _BITBUCKET_ADDRESS.fullmatch(path)
    if found is None or "/repos/" in path:
        return path
    project = found["project"]
    owner = f"users/{project[1:]}" if project.startswith("~") else f"projects/{project}"
    return f"{found['root']}/{owner}/repos/{found['name']}"


def _kind(old: Package | None, new: Package | None) -> Kind | None:
    if old is None:
        return "added"
    if new is None:
        return "removed"
    return None if _same_code(old, new) else "updated"


def _same_code(old: Package, new: Package) -> bool:
    """Return whether both are the same commit; where one names none, the same version.

    The version alone says too little: it also counts up when only a dependency
    was rebuilt, and stays when a branch moves on.
    """
    if old.revision and new.revision:
        short, long = sorted((old.revision.lower(), new.revision.lower()), key=len)
        return short == long or (len(short) >= _SHORTEST_ABBREVIATION and long.startswith(short))
    return old.version == new.version

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
    # host: (path of the comparison, path of one commit)
    "github": ("compare/{old}...{new}", "commit/{new}"),
    "gitlab": ("-/compare/{old}...{new}", "-/commit/{new}"),
    "bitbucket": ("branches/compare/{new}..{old}", "commits/{new}"),
}


@dataclass(frozen=True, slots=True)
class PackageChange:
    """Hold what became of one package; `old` is None when added, `new` when removed."""

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
        Packages by name. None says that the build told nothing of its packages.

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

    Only http and https addresses are made into links; user names and
    passwords in them are left out.
    """
    shown = new or old
    base = repository_url(shown.url) if shown else None
    if shown is None or base is None or not shown.revision:
        return None
    comparison, commit = _PATHS.get(_host_kind(base), (None, "commit/{new}"))
    same_place = old is not None and new is not None and repository_url(old.url) == base
    if comparison and old is not None and old.revision and same_place:
        path = comparison.format(old=quote(old.revision, ""), new=quote(shown.revision, ""))
    else:
        path = commit.format(new=quote(shown.revision, ""))
    return f"{base}/{path}"


def repository_url(url: str | None) -> str | None:
    """Return a repository's web address: http(s) only, without ``.git``, user and password."""
    try:
        parts = urlsplit((url or "").strip())
        host, port = parts.hostname, parts.port
    except ValueError:  # a port that is no number, a broken IPv6 address
        return None
    if parts.scheme not in ("http", "https") or not host or not re.fullmatch(r"[\w.:-]+", host):
        return None
    place = f"[{host}]" if ":" in host else host
    path = quote(parts.path.rstrip("/").removesuffix(".git"), safe="/%~+@:,=")
    if not path:
        return None
    return f"{parts.scheme}://{place}{f':{port}' if port else ''}{path}"


def _host_kind(base: str) -> str:
    host = urlsplit(base).hostname or ""
    return next((kind for kind in _PATHS if kind in host.split(".")), "")


def _kind(old: Package | None, new: Package | None) -> Kind | None:
    if old is None:
        return "added"
    if new is None:
        return "removed"
    return None if _same_code(old, new) else "updated"


def _same_code(old: Package, new: Package) -> bool:
    """Tell whether both are the same commit; where one names none, the same version.

    The version alone says too little: it also counts up when only a dependency
    was rebuilt, and stays when a branch moves on.
    """
    if old.revision and new.revision:
        short, long = sorted((old.revision.lower(), new.revision.lower()), key=len)
        return short == long or (len(short) >= _SHORTEST_ABBREVIATION and long.startswith(short))
    return old.version == new.version

"""Check URLs of the settings, and find out below which of them another URL lies."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


class _Place(NamedTuple):
    """Hold what a URL leads to; the port is None for the usual one of the scheme."""

    scheme: str
    host: str
    port: int | None
    path: str


def http_url(url: str) -> str:
    """Return the root URL of a web server, which ends with a slash; raise ValueError for none."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or "%" in parts.netloc.partition("]")[0]:
        raise ValueError("must begin with http:// or https:// and name a host")
    if parts.username or parts.password:
        raise ValueError("must not hold a user name or password; use user and token_file")
    if not url.isprintable() or " " in url:
        raise ValueError("must not hold blanks or control characters")
    if _place(url) is None:
        raise ValueError("must have a number from 0 to 65535 as its port")
    return url.rstrip("/") + "/"


def root_of(url: str, roots: Mapping[str, str]) -> str | None:
    """Return the name of the root that a URL lies below: the longest, of equals the same scheme.

    A root that is reached with ``http`` and one told with ``https`` are the same when both have
    their usual ports: Jenkins often stands behind a proxy that speaks TLS for it.
    """
    here = _place(url.strip())
    if here is None:
        return None
    found = {name: place for name, root in roots.items() if (place := _place(root))}
    above = [name for name, root in found.items() if _is_below(here, root)]
    return max(
        above,
        key=lambda name: (len(found[name].path), found[name].scheme == here.scheme),
        default=None,
    )


def resolve_sqlite(url: str, base: Path) -> str:
    """Return a database URL in which the path of an SQLite file starts at `base`."""
    prefix, separator, path = url.partition(":///")
    if not prefix.startswith("sqlite") or not separator or not path or path == ":memory:":
        return url
    return f"{prefix}:///{base / path}"


def _place(url: str) -> _Place | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    usual = port in (None, _PORTS[parts.scheme])
    path = parts.path.rstrip("/") + "/"
    return _Place(parts.scheme, parts.hostname, None if usual else port, path)


def _is_below(here: _Place, root: _Place) -> bool:
    same = (here.host, here.port) == (root.host, root.port)
    return same and here.path.startswith(root.path)

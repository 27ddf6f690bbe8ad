"""Check the URLs in the settings, and find the one that another URL belongs to."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


class _Place(NamedTuple):
    """Target of a URL; the port is None for the default one of the scheme."""

    scheme: str
    host: str
    port: int | None
    path: str


def http_url(url: str) -> str:
    """Return the root URL of a web server, with a final slash; raise ValueError if it is none."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or "%" in parts.netloc.partition("]")[0]:
        raise ValueError("must begin with http:// or https:// and name a host")
    if parts.username or parts.password:
        raise ValueError("must not contain a user name or password; use user and token_file")
    if not url.isprintable() or " " in url:
        raise ValueError("must not contain blanks or control characters")
    if _place(url) is None:
        raise ValueError("must have a port from 0 to 65535")
    return url.rstrip("/") + "/"


def root_of(url: str, roots: Mapping[str, str]) -> str | None:
    """Return the name of the root that a URL is below: the longest, of equals the same scheme.

    The roots ``http://host`` and ``https://host`` are the same when both have default ports:
    Jenkins often runs behind a proxy that handles TLS.
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
    """Return a database URL in which the path of an SQLite file is relative to `base`."""
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

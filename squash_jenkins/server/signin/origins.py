"""Keep pages of other sites from writing in the name of somebody who reads them.

A browser sends cookies, and requests to a server on the own machine, for any page that asks it
to. So writes that nothing but a browser's own knowledge allows must come from our pages.
"""

import ipaddress
from collections.abc import Collection

from starlette.datastructures import Headers

from squash_jenkins.server.problems import Problem

_SAFE = frozenset(["GET", "HEAD", "OPTIONS"])
_LOCAL = frozenset(["localhost", "ip6-localhost"])


def refuse_foreign(method: str, headers: Headers, scheme: str, origins: Collection[str]) -> None:
    """Refuse a write, or a websocket, that a page of another site asks for.

    Raises
    ------
    Problem
        403 when the browser says that the request comes from elsewhere.

    """
    if method in _SAFE:
        return
    origin = headers.get("origin")
    own = f"{scheme}://{headers.get('host', '')}"
    if origin is not None and origin not in (own, *origins):
        raise Problem(403, "A page of another site may not write here.")
    if origin is None and headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise Problem(403, "A page of another site may not write here.")


def refuse_foreign_names(headers: Headers) -> None:
    """Refuse requests to a server of the own machine under another name than its own.

    A site may let its name stand for 127.0.0.1 and so read from it as from itself.

    Raises
    ------
    Problem
        403 when the name is not one of the loopback.

    """
    if not is_loopback(host_of(headers.get("host", ""))):
        raise Problem(
            403,
            "Nobody has an account here yet, so this server answers on its own machine only: "
            "use http://127.0.0.1, or make accounts with `squash-jenkins user add`.",
        )


def host_of(address: str) -> str:
    """Return the name in ``name:port`` or ``[address]:port``."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.rpartition(":")[0] if ":" in address else address


def is_loopback(name: str) -> bool:
    """Tell whether a name or an address is one of the loopback."""
    if name.lower().rstrip(".") in _LOCAL or name.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False

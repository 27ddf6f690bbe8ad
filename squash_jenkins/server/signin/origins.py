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


def refuse_foreign(
    method: str,
    headers: Headers,
    scheme: str,
    origins: Collection[str],
    *,
    must_tell: bool = False,
) -> None:
    """Refuse a write, or a websocket, that a page of another site asks for.

    Parameters
    ----------
    must_tell
        Whether a request is refused, too, that does not say where it comes from: programs do not
        say it, browsers do.

    Raises
    ------
    Problem
        403 when the browser says that the request comes from elsewhere.

    """
    if method in _SAFE:
        return
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    own = f"{scheme}://{headers.get('host', '')}"
    if origin is not None and origin not in (own, *origins):
        raise Problem(403, f"A page of {origin[:200]} may not write here: see origins in [server].")
    if origin is None and site not in (None, "none", "same-origin"):
        raise Problem(403, "A page of another site may not write here.")
    if origin is None and site is None and must_tell:
        raise Problem(403, "Send Origin with what a session's cookie writes, or use a token.")


def refuse_foreign_names(headers: Headers, address: str) -> None:
    """Refuse requests from elsewhere, or under another name than the own machine's.

    A site may let its name stand for 127.0.0.1 and so read from it as from itself.

    Parameters
    ----------
    address
        Where the request came from, as far as trusted proxies tell.

    Raises
    ------
    Problem
        403 when the name or the address is not one of the loopback.

    """
    if not is_loopback(host_of(headers.get("host", ""))) or not is_loopback(address):
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

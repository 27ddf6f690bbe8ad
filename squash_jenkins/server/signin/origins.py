"""Keep pages of other sites from writing in the name of somebody who reads them.

A browser sends cookies, and requests to a server on the own machine, for any page that asks it
to. So writes that nothing but a browser's own knowledge allows must come from our pages.
"""

import ipaddress
import re
from collections.abc import Collection

from starlette.datastructures import Headers

from squash_jenkins.server.http.problems import Problem

_SAFE = frozenset(["GET", "HEAD", "OPTIONS"])
_FOR = re.compile(r"for=([^;,]*)", re.IGNORECASE)
_LOCAL = frozenset(["localhost", "ip6-localhost"])


def refuse_cross_origin(
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
        raise Problem(
            403,
            f"A page of {origin[:200]} may not write here: see origins in [server], and "
            "trusted_proxies when it is this server's own page behind a proxy.",
        )
    if origin is None and site not in (None, "none", "same-origin"):
        raise Problem(403, "A page of another site may not write here.")
    if origin is None and site is None and must_tell:
        raise Problem(403, "Send Origin with what a session's cookie writes, or use a token.")


def refuse_foreign_hosts(headers: Headers, address: str) -> None:
    """Refuse requests from elsewhere, or under another name than the own machine's.

    A site may let its name stand for 127.0.0.1 and so read from it as from itself; and a proxy
    on this machine asks for others.

    Parameters
    ----------
    address
        Where the request came from, as far as trusted proxies tell.

    Raises
    ------
    Problem
        403 when the name or the address is not one of the loopback.

    """
    names = [host_of(headers.get("host", "")), address, *_forwarded(headers)]
    if not all(map(is_loopback, names)):
        raise Problem(
            403,
            "Nobody has an account here yet, so this server answers on its own machine only: "
            "use http://127.0.0.1, or make accounts with `squash-jenkins user add`.",
        )


def _forwarded(headers: Headers) -> list[str]:
    """Return whom any proxy says to ask for: nobody need believe it to see that there is one."""
    said = [*headers.getlist("x-forwarded-for"), *headers.getlist("x-real-ip")]
    said += _FOR.findall(",".join(headers.getlist("forwarded")))
    each = [address.strip(' "') for text in said for address in text.split(",")]
    return [
        host_of(text) if text[0] == "[" or text.count(":") == 1 else text for text in each if text
    ]


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

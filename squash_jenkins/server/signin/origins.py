"""Stop pages of other sites from writing in the name of whoever views them.

A browser sends cookies, and requests to servers on its own machine, for any page. So writes that
are authorised by the browser alone must come from our own pages.
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
    origin_required: bool = False,
) -> None:
    """Refuse a write, or a websocket, that a page of another site requests.

    Parameters
    ----------
    origin_required
        Whether to refuse requests that do not name their origin, too: browsers name it, other
        programs do not.

    Raises
    ------
    Problem
        403 when the browser says that the request comes from another site.

    """
    if method in _SAFE:
        return
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    own = f"{scheme}://{headers.get('host', '')}"
    if origin is not None and origin not in (own, *origins):
        raise Problem(
            403,
            f"A page of {origin[:200]} may not write here: see origins in [server], or "
            "trusted_proxies if it is this server's own page behind a proxy.",
        )
    if origin is None and site not in (None, "none", "same-origin"):
        raise Problem(403, "A page of another site may not write here.")
    if origin is None and site is None and origin_required:
        raise Problem(403, "Writes with a session cookie need the header Origin; or use a token.")


def refuse_foreign_hosts(headers: Headers, address: str) -> None:
    """Refuse requests from other machines, or under other host names than the loopback's.

    A site may point its name at 127.0.0.1 and so read from this server as from itself (DNS
    rebinding), and a proxy on this machine forwards requests of others.

    Parameters
    ----------
    address
        The client address, as far as trusted proxies say it.

    Raises
    ------
    Problem
        403 when the name or the address is not one of the loopback interface.

    """
    names = [host_of(headers.get("host", "")), address, *_forwarded(headers)]
    if not all(map(is_loopback, names)):
        raise Problem(
            403,
            "There are no accounts yet, so this server answers only on its own machine: "
            "use http://127.0.0.1, or add accounts with `squash-jenkins user add`.",
        )


def _forwarded(headers: Headers) -> list[str]:
    """Return the clients that proxies name; untrusted ones still show that there is a proxy."""
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
    """Return whether a name or an address is one of the loopback interface."""
    if name.lower().rstrip(".") in _LOCAL or name.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False

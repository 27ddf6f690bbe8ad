"""What counts as one client: an IPv4 address, or an IPv6 network of 64 bits."""

import ipaddress

_PREFIX = 64


def network_of(address: str) -> str:
    """Return what an address counts as; anything else is returned unchanged."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, _PREFIX), strict=False))

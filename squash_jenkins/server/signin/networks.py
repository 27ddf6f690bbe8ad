"""Tell what is counted as one visitor: an IPv4 address, or the 64 bits of an IPv6 network."""

import ipaddress

_PREFIX = 64


def network_of(address: str) -> str:
    """Return what an address is counted as; what is no address is counted as it is."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, _PREFIX), strict=False))

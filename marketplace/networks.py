"""Networks that visitors come from, as limits count them."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address


def network_of(address: str) -> str:
    """The network of an address: of IPv6 the first 64 bits, for a household has all of the rest.

    An IPv4 address that a machine with both writes as IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)

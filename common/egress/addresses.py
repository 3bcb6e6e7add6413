"""Which addresses are on the public internet: a table of our own.

`ipaddress.is_private` and `is_global` follow the registries of IANA, which say what is routed and not what is a public server:
by them 6to4, NAT64, the anycast networks of DNS and the host endpoint of a cloud are "global". So everything that is no
public unicast is named here, from the IANA special-purpose registries (RFC 6890 and its successors) and the clouds' manuals.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

from django.conf import settings

from common.egress.errors import ForbiddenAddressError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_IPV4: Final = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # "this network" (RFC 791)
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # carriers' NAT (RFC 6598); in it Alibaba's metadata, 100.100.100.200
        "127.0.0.0/8",  # this machine
        "168.63.129.16/32",  # Azure's host endpoint
        "169.254.0.0/16",  # link-local; in it the metadata of AWS, Google, Azure and others, 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments (RFC 6890); in it Oracle's metadata, 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112, a sink for DNS (RFC 7535)
        "192.52.193.0/24",  # multicast tunnels (RFC 7450)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks (RFC 2544)
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All that IANA gives out for IPv6 servers. Outside of it: loopback, mapped and compatible IPv4, NAT64, discard-only, segment
routing, unique local, link-local, site-local, multicast and what is reserved."""
_IPV6_WITHIN: Final = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID, drone tags, AS112
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # 6bone, given back (RFC 3701)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether an address is public unicast, a place where a web server may be.

    An address of the well-known NAT64 prefix (RFC 6052) is judged by the IPv4 address inside it, because a machine that has
    IPv6 alone sees the whole public IPv4 internet there. All other ways to write an IPv4 address in IPv6 are refused.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _IPV4)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return (
        address in _GLOBAL_UNICAST
        and address.scope_id is None
        and not any(address in network for network in _IPV6_WITHIN)
    )


def is_allowed(address: Address) -> bool:
    """Whether the operator allows this address, which need not be public, with `EGRESS_ALLOW_CIDRS`."""
    return any(address in network for network in _networks(tuple(settings.EGRESS_ALLOW_CIDRS)))


def check_address(address: Address, host: str) -> None:
    """Raise `ForbiddenAddressError` unless the address is on the public internet or in `EGRESS_ALLOW_CIDRS`."""
    if not is_public(address) and not is_allowed(address):
        raise ForbiddenAddressError(
            f"{host} leads to {address}, which is not on the public internet, so it is not fetched. "
            "An operator can allow a network of their own with EGRESS_ALLOW_CIDRS."
        )


@lru_cache(maxsize=8)
def _networks(networks: tuple[str, ...]) -> list[Network]:
    return [ipaddress.ip_network(network, strict=False) for network in networks]

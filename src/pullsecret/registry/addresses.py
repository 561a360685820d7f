"""Addresses that must not be connected to, whatever name leads there.

Whoever may write a policy chooses the host of a registry, and a registry chooses where it sends on to. A
process in a cluster could be made to ask its own machine, or a cloud's metadata service, that way; so the
address is looked at when it is about to be connected to, after every name was resolved.
"""

import asyncio
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]
Connect = Callable[[AddressInfo], socket.socket]


# Where clouds give a machine or a Pod credentials of its own, besides 169.254.0.0/16: Alibaba Cloud, Azure,
# AWS (machines and Pods), Google, Scaleway (each by its manual of the instance metadata service).
_METADATA = frozenset(
    ip_address(address)
    for address in (
        "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:42::42",
    )
)  # fmt: skip
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


LOOK_UP_SECONDS = 3.0
"""How long a name is looked up that a proxy would be asked for: it may be one that only the proxy knows."""


class LocalAddress(OSError):
    """A connection that was not made, since it leads to this machine or its link."""


def is_local(address: str) -> bool:
    """Tell whether an IP address is this machine, its link or metadata, also in IPv6's spellings of IPv4."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        translated = IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
        ip = ip.ipv4_mapped or ip.sixtofour or translated or ip
    return ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip in _METADATA


def not_local(info: AddressInfo) -> socket.socket:
    """Make the socket for a connection, unless it would lead to a local address.

    Raises:
        LocalAddress: it would.
    """
    family, kind, protocol, _, address = info
    if is_local(str(address[0])):
        raise LocalAddress(f"{address[0]} is a local address, which is not connected to")
    return socket.socket(family=family, type=kind, proto=protocol)


async def leads_here(host: str, resolver: AbstractResolver) -> bool:
    """Tell whether a host is, or leads to, a local address, as far as this machine knows it.

    A proxy connects by itself, so that no socket of ours is there to be refused; and the proxy may be on this
    machine's own network. A name that is not known here is the proxy's to find.

    Args:
        host: a name, or an IP address without brackets.
        resolver: finds addresses by name.
    """
    try:
        return is_local(host)
    except ValueError:
        pass
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS):
            found = await resolver.resolve(host, 0, socket.AF_UNSPEC)
    except (OSError, UnicodeError):
        return False
    return any(is_local(address["host"]) for address in found)

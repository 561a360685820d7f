"""Addresses that must not be connected to, whatever name leads there.

Whoever may write a policy chooses the host of a registry, and a registry chooses where it sends on to. A
process in a cluster could be made to ask its own machine, or a cloud's metadata service, that way; so the
address is looked at when it is about to be connected to, after every name was resolved.
"""

import socket
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]
Connect = Callable[[AddressInfo], socket.socket]


class LocalAddress(OSError):
    """A connection that was not made, since it leads to this machine or its link."""


def is_local(address: str) -> bool:
    """Tell whether an IP address is loopback, link-local or unspecified, also in IPv6's spellings of IPv4."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    return ip.is_loopback or ip.is_link_local or ip.is_unspecified


def not_local(info: AddressInfo) -> socket.socket:
    """Make the socket for a connection, unless it would lead to a local address.

    Raises:
        LocalAddress: it would.
    """
    family, kind, protocol, _, address = info
    if is_local(str(address[0])):
        raise LocalAddress(f"{address[0]} is a local address, which is not connected to")
    return socket.socket(family=family, type=kind, proto=protocol)

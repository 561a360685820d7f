"""Addresses that no policy and no registry may lead the operator to."""

import socket

import pytest

from pullsecret.registry.addresses import LocalAddress, is_local, not_local


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.9.9.9", id="all-of-loopback"),
        pytest.param("::1", id="loopback-6"),
        pytest.param("0.0.0.0", id="unspecified"),
        pytest.param("::", id="unspecified-6"),
        pytest.param("169.254.169.254", id="link-local"),
        pytest.param("fe80::1%eth0", id="link-local-6"),
        pytest.param("::ffff:127.0.0.1", id="mapped"),
        pytest.param("2002:7f00:1::", id="6to4"),
        pytest.param("64:ff9b::169.254.169.254", id="nat64"),
        pytest.param("64:ff9b::127.0.0.1", id="nat64-loopback"),
        pytest.param("100.100.100.200", id="metadata-alibaba"),
        pytest.param("::ffff:100.100.100.200", id="metadata-alibaba-mapped"),
        pytest.param("168.63.129.16", id="metadata-azure"),
        pytest.param("fd00:ec2::254", id="metadata-aws"),
        pytest.param("fd00:ec2::23", id="metadata-aws-pods"),
        pytest.param("fd00:42::42", id="metadata-scaleway"),
        pytest.param("fd20:ce::254", id="metadata-google"),
    ],
)
def test_refused(address):
    assert is_local(address)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with pytest.raises(LocalAddress, match="is a local address"):
        not_local((family, socket.SOCK_STREAM, 0, "", (address, 443)))


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "192.168.1.1", "100.100.100.201", "93.184.216.34", "64:ff9b::5db8:d822", "fd00::1"],
)
def test_connected_to(address):
    assert not is_local(address)

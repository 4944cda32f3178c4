"""Which addresses may be connected to."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.outbound.addresses import Refused, judge

EVERYTHING = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
ANY = "0.0.0.0"  # noqa: S104  # nothing is bound to it
METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.100.1",
    "100.100.100.200",
    "168.63.129.16",
    "fd00:ec2::254",
    "fe80::a9fe:a9fe",
]
INSIDE = [
    *METADATA,
    ANY,
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",  # IPv4-compatible
    "::8.8.8.8",
    "::ffff:127.0.0.1",  # IPv4-mapped
    "::ffff:8.8.8.8",
    "::ffff:0:8.8.8.8",  # translated
    "64:ff9b::8.8.8.8",  # NAT64
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::10.0.0.1",
    "100::1",  # discarded
    "2001::1",  # Teredo
    "2001:2::1",  # benchmarks
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",  # documentation
    "2002:7f00:1::1",  # 6to4
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
]


@pytest.mark.parametrize("text", INSIDE)
def test_an_address_inside_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        judge(ipaddress.ip_address(text), ())


@pytest.mark.parametrize("text", OUTSIDE)
def test_a_public_address_is_not(text: str) -> None:
    judge(ipaddress.ip_address(text), ())


@pytest.mark.parametrize("text", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "fc00::1", "::1"])
def test_an_allowance_opens_what_is_private(text: str) -> None:
    judge(ipaddress.ip_address(text), EVERYTHING)


@pytest.mark.parametrize("text", [*METADATA, ANY, "::", "224.0.0.1", "ff02::1", "fe80::1"])
def test_no_allowance_opens_metadata(text: str) -> None:
    with pytest.raises(Refused):
        judge(ipaddress.ip_address(text), EVERYTHING)


def test_an_allowance_opens_no_wrapped_address() -> None:
    loopback = (ipaddress.ip_network("127.0.0.0/8"),)
    for text in ("::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "::1"):
        with pytest.raises(Refused):
            judge(ipaddress.ip_address(text), loopback)


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_passes(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        with pytest.raises(Refused):
            judge(address, ())

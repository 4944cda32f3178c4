"""Which addresses outgoing requests may reach: public ones, and the networks a deployment allows.

The networks are written out, after IANA's registries of special-purpose addresses. What
`ipaddress.is_global` says is not used, because it changes with Python's patch releases.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from chalicelib.domain.errors import BatonError
from chalicelib.platform.config import IPNetwork

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(BatonError):
    """An address, name or URL that Baton does not connect to."""

    message = "Baton does not connect there."


def _networks(*texts: str) -> tuple[IPNetwork, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


#: Networks that a deployment cannot allow: they give out the machine's own credentials, or are
#: not the address of one peer.
_NEVER: Final = _networks(
    "0.0.0.0/8",  # "this network"; connecting to 0.0.0.0 reaches the machine itself
    "169.254.0.0/16",  # link-local: instance metadata, and Lambda's own runtime interface
    "100.100.100.200/32",  # metadata of Alibaba Cloud
    "168.63.129.16/32",  # metadata of Azure, at a public address
    "224.0.0.0/4",  # multicast
    "255.255.255.255/32",
    "::/128",
    "fd00:ec2::/32",  # metadata of AWS
    "fe80::/10",  # link-local
    "ff00::/8",  # multicast
)
#: Networks that are not public, but that a deployment may allow.
_NOT_PUBLIC: Final = _networks(
    "10.0.0.0/8",
    "100.64.0.0/10",  # shared by a carrier's customers
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.0.0.0/24",  # protocol assignments
    "192.0.2.0/24",  # documentation
    "192.31.196.0/24",  # AS112
    "192.52.193.0/24",  # AMT relays
    "192.88.99.0/24",  # 6to4 relays
    "192.168.0.0/16",
    "192.175.48.0/24",  # AS112
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "240.0.0.0/4",  # reserved
    "2001::/23",  # protocol assignments, Teredo among them
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4, which leads on to an IPv4 address
    "2620:4f:8000::/48",  # AS112
    "3ffe::/16",  # returned by the 6bone
    "3fff::/20",  # documentation
)
#: All public IPv6 addresses are in here. Addresses that wrap an IPv4 address (mapped, compatible,
#: NAT64) are not, and neither are local ones.
_PUBLIC_IPV6: Final = ipaddress.IPv6Network("2000::/3")

#: IPv6 networks whose addresses end in the IPv4 address that they lead to: compatible, mapped,
#: translated.
_ENDS_IN_IPV4: Final = _networks(
    "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48"
)
_TRANSLATED_LOCALLY: Final = ipaddress.IPv6Network("64:ff9b:1::/48")
#: Two addresses of the first of them that wrap nothing.
_UNSPECIFIED_AND_LOOPBACK: Final = (0, 1)

_LOOPBACK: Final = ("127.0.0.1", "::1")
#: Endings of names that exist in private networks only.
_INSIDE_ENDINGS: Final = (
    ".internal",
    ".local",
    ".localdomain",
    ".home.arpa",
    ".lan",
    ".intranet",
    ".corp",
    ".home",
    ".private",
)


class NeedsHttps(Refused):
    """What is kept secret would go where others can read it."""

    message = (
        "secrets, signatures and run tokens are sent over https only, or into a network that the"
        " deployment has opened"
    )


def judge(address: IPAddress, allowed: Sequence[IPNetwork]) -> None:
    """Raises `Refused` unless the address is public or in an allowed network.

    An address that wraps another one, as `::ffff:169.254.169.254` does, leads where that one leads.
    """
    if any(_is_in(each, _NEVER) for each in (address, *_wrapped(address))):
        raise Refused(f"{address} is never connected to")
    if not (_is_in(address, allowed) or _is_public(address)):
        raise Refused(f"{address} is not a public address")


def judge_opened(address: IPAddress, allowed: Sequence[IPNetwork]) -> None:
    """Raises `NeedsHttps` unless the address is in a network that the deployment has opened."""
    if not _is_in(address, allowed):
        raise NeedsHttps


def is_public(text: str) -> bool:
    """Whether that is a public address."""
    return _is_public(ipaddress.ip_address(text))


def judge_name(host: str, allowed: Sequence[IPNetwork]) -> None:
    """Raises `Refused` if the name, in lower case, is one of private networks.

    The name's addresses are judged when it is resolved. This finds the fault earlier, while a
    target is saved.
    """
    if is_local(host):
        loopback(allowed)
    elif not allowed and ("." not in host or host.endswith(_INSIDE_ENDINGS)):
        raise Refused(f"{host} is not a public name")


def is_local(host: str) -> bool:
    """Whether the name is one of this machine, for which no name server is asked (RFC 6761)."""
    return host == "localhost" or host.endswith(".localhost")


def loopback(allowed: Sequence[IPNetwork]) -> list[str]:
    """Those loopback addresses that are allowed. Raises `Refused` if none is."""
    found = [text for text in _LOOPBACK if _is_in(ipaddress.ip_address(text), allowed)]
    if not found:
        raise Refused("localhost is not a public name")
    return found


def _wrapped(address: IPAddress) -> Iterator[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address may lead to, in the ways there are to wrap one."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    bits = int(address)
    if _is_in(address, _ENDS_IN_IPV4) and bits not in _UNSPECIFIED_AND_LOOPBACK:
        yield ipaddress.IPv4Address(bits & 0xFFFF_FFFF)
    if address in _TRANSLATED_LOCALLY:  # RFC 6052: behind /48, with eight bits of zero inside
        yield ipaddress.IPv4Address((bits >> 64 & 0xFFFF) << 16 | (bits >> 40 & 0xFFFF))
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo


def _is_public(address: IPAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _PUBLIC_IPV6:
        return False
    return not _is_in(address, _NOT_PUBLIC)


def _is_in(address: IPAddress, networks: Iterable[IPNetwork]) -> bool:
    return any(address in network for network in networks)

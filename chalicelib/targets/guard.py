"""No way inside: outgoing connections reach public addresses only, and the very ones checked.

A name is resolved once, every address it has is judged, and the connection goes to a judged
address: a second, different answer of the name server (rebinding) has nowhere to get in.
"""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from chalicelib.config import IPNetwork
from chalicelib.errors import BatonError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

#: IPv6 ranges that lead on to an IPv4 address: NAT64, and 6to4 and Teredo, which embed one.
_TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))
_CONNECT_SECONDS = 10.0


class Refused(BatonError):
    """Baton does not connect there."""


class Unresolvable(BatonError):
    """The host's name leads nowhere."""


def split(url: str) -> SplitResult:
    """The URL in its parts. Raises `Refused` for what no HTTP target may look like."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused(f"it is not a URL: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise Refused("the scheme must be http or https")
    if not parts.hostname:
        raise Refused("it names no host")
    if parts.username is not None or parts.password is not None:
        raise Refused("it must not hold credentials; use a header with a secret")
    if port == 0:
        raise Refused("port 0 cannot be connected to")
    return parts


def judge(address: IPAddress, allowed: Sequence[IPNetwork]) -> None:
    """Raises `Refused` unless the address is public or in an allowed network."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    plain = mapped or address
    if any(plain in network for network in allowed):
        return
    translated = any(plain in network for network in _TRANSLATED)
    if not plain.is_global or plain.is_multicast or plain.is_reserved or translated:
        raise Refused(f"{address} is not a public address")


def addresses(host: str, port: int, allowed: Sequence[IPNetwork]) -> list[str]:
    """Where the host may be connected to. Raises `Refused`, `Unresolvable`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolvable(f"{host} cannot be resolved: {error}") from error
    plain = [str(entry[4][0]).partition("%")[0] for entry in found]
    for address in plain:
        judge(ipaddress.ip_address(address), allowed)
    return plain


def client(allowed: Sequence[IPNetwork]) -> urllib3.PoolManager:
    """The HTTP client that every outgoing request of Baton goes through."""

    def connect(host: str, port: int, timeout: Any) -> socket.socket:
        seconds = timeout if isinstance(timeout, int | float) else _CONNECT_SECONDS
        error: OSError | None = None
        for address in addresses(host, port, allowed):
            try:
                return socket.create_connection((address, port), seconds)
            except OSError as failed:
                error = failed
        raise error or OSError(f"{host} has no address")

    class GuardedHTTP(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self.host, self.port or 80, self.timeout)

    class GuardedHTTPS(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self.host, self.port or 443, self.timeout)

    class HTTPPool(HTTPConnectionPool):
        ConnectionCls = GuardedHTTP

    class HTTPSPool(HTTPSConnectionPool):
        ConnectionCls = GuardedHTTPS

    manager = urllib3.PoolManager(num_pools=4, retries=False)
    manager.pool_classes_by_scheme = {"http": HTTPPool, "https": HTTPSPool}
    return manager

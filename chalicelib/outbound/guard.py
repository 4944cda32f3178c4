"""Outgoing connections reach public addresses only, and just the addresses that were checked.

A name is resolved once, all its addresses are judged, and the connection goes to one of them. A
name server that answers differently a second time (DNS rebinding) is never asked a second time.

All HTTP requests of Baton pass through here: those that `http_client.send` makes, and those of the
bare urllib3 client that `client` returns.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus
from typing import Final

import urllib3
from typing_extensions import Buffer
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from chalicelib.domain.errors import BatonError
from chalicelib.outbound import addresses
from chalicelib.outbound.addresses import NeedsHttps, Refused
from chalicelib.outbound.lookups import Lookup
from chalicelib.outbound.urls import Url
from chalicelib.platform.clock import Countdown
from chalicelib.platform.config import IPNetwork
from chalicelib.platform.threads import in_time

__all__ = ["Guard", "Refused", "Unresolvable", "client"]

#: An address that does not accept the connection within this time is given up for the next one.
CONNECT_SECONDS: Final = 10.0
#: Sockets get no shorter timeout than this, as zero would mean "do not block".
_LEAST_SECONDS: Final = 0.001
#: Statuses of interim responses: all of 1xx but 101.
_INTERIM: Final = frozenset(range(100, 200)) - {HTTPStatus.SWITCHING_PROTOCOLS}


class Unresolvable(BatonError):
    """The host's name leads nowhere."""

    message = "The host's name leads nowhere."


@dataclass(frozen=True, slots=True)
class Guard:
    """What outgoing requests may reach, and how names are looked up and peers verified."""

    allowed: tuple[IPNetwork, ...] = ()
    lookup: Lookup = socket.getaddrinfo
    #: The authorities that TLS trusts; None for those of the machine.
    tls: ssl.SSLContext | None = None
    #: Whether only those networks may be reached that the deployment has opened.
    opened_only: bool = False

    def for_secrets(self, url: Url) -> "Guard":
        """The guard of requests to that URL that hold secrets: without https, they stay inside."""
        return replace(self, opened_only=url.scheme != "https")

    def addresses(self, host: str, port: int, countdown: Countdown) -> list[str]:
        """The addresses of the host, all of which may be connected to.

        Raises:
            Refused: one of its addresses is neither public nor allowed.
            Unresolvable: it has no address, or no name server answered in time.
        """
        if addresses.is_local(host.lower()):
            return addresses.loopback(self.allowed)
        if _is_address(host):
            self._judge(host)
            return [host]
        found = self._look_up(host, port, countdown)
        for address in found:
            self._judge_quietly(host, address)
        return found

    def client(self, countdown: Countdown | None = None) -> urllib3.PoolManager:
        """A urllib3 client that connects to judged addresses only.

        With a countdown, everything it does ends when the countdown does.
        """
        guard = self

        class GuardedHTTP(HTTPConnection):
            response_class = _FinalResponse

            def _new_conn(self) -> socket.socket:
                return guard._connection(self, countdown)

        class GuardedHTTPS(HTTPSConnection):
            response_class = _FinalResponse

            def _new_conn(self) -> socket.socket:
                return guard._connection(self, countdown)

            def connect(self) -> None:
                super().connect()
                if isinstance(self.sock, _TimedTLS):
                    self.sock.countdown = countdown

        class HTTPPool(HTTPConnectionPool):
            ConnectionCls = GuardedHTTP

        class HTTPSPool(HTTPSConnectionPool):
            ConnectionCls = GuardedHTTPS

        manager = urllib3.PoolManager(
            num_pools=4, retries=False, ssl_context=_timed(self.tls) if self.tls else _system_tls()
        )
        manager.pool_classes_by_scheme = {"http": HTTPPool, "https": HTTPSPool}
        return manager

    def _judge(self, address: str) -> None:
        addresses.judge(ipaddress.ip_address(address), self.allowed)
        if self.opened_only:
            addresses.judge_opened(ipaddress.ip_address(address), self.allowed)

    def _judge_quietly(self, host: str, address: str) -> None:
        """Judge the address of a name. What a name leads to inside is not told to who asks."""
        try:
            self._judge(address)
        except NeedsHttps:
            raise
        except Refused as error:
            raise Refused(f"{host} leads to what is not a public address") from error

    def _look_up(self, host: str, port: int, countdown: Countdown) -> list[str]:
        try:
            found = in_time(
                lambda: self.lookup(host, port, type=socket.SOCK_STREAM), countdown.left
            )
        except TimeoutError as error:
            raise Unresolvable(f"no name server answered for {host} in time") from error
        except (OSError, UnicodeError) as error:
            raise Unresolvable(f"{host} cannot be resolved: {error}") from error
        plain = [str(entry[4][0]).partition("%")[0] for entry in found]
        if not plain:
            raise Unresolvable(f"{host} has no address")
        return list(dict.fromkeys(plain))

    def _connection(self, connection: HTTPConnection, countdown: Countdown | None) -> socket.socket:
        """A socket to the host of this urllib3 connection. It raises what urllib3 would raise."""
        own = connection.timeout
        limit = min(own, CONNECT_SECONDS) if isinstance(own, int | float) else CONNECT_SECONDS
        try:
            plain = self._connect(
                connection.host, connection.port, countdown or Countdown(limit), limit
            )
        except TimeoutError as error:
            raise ConnectTimeoutError(connection, "the connection was not accepted") from error
        except OSError as error:
            raise NewConnectionError(connection, str(error)) from error
        if countdown is None:
            return plain
        timed = _Timed(fileno=plain.detach())
        timed.countdown = countdown
        timed.settimeout(max(countdown.left, _LEAST_SECONDS))  # for the TLS handshake
        return timed

    def _connect(self, host: str, port: int, countdown: Countdown, limit: float) -> socket.socket:
        error = OSError(f"{host} has no address")
        for address in self.addresses(host, port, countdown):
            seconds = max(min(limit, countdown.left), _LEAST_SECONDS)
            try:
                return socket.create_connection((address, port), seconds)
            except OSError as failed:
                error = failed
        raise error


def client(allowed: Sequence[IPNetwork]) -> urllib3.PoolManager:
    """A guarded urllib3 client. Unlike `http_client.send`, it bounds neither time nor size."""
    return Guard(tuple(allowed)).client()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _FinalResponse(http.client.HTTPResponse):
    """A response that passes over interim ones, which may come before the final one (RFC 9110).

    http.client itself only passes over 100. 101 is final, for what follows it is no HTTP.
    """

    def begin(self) -> None:
        """Read the status and the headers of the final response."""
        super().begin()
        while self.status in _INTERIM:
            self.headers = None  # type: ignore[assignment]  # or it would not read on
            super().begin()


class _Timed(socket.socket):
    """A socket all of whose operations end with the countdown.

    A timeout of each read would not do: a peer that sends one byte a second never exceeds it.
    """

    countdown: Countdown | None = None

    def recv_into(self, buffer: Buffer, nbytes: int | None = None, flags: int = 0) -> int:
        self._hurry()
        return super().recv_into(buffer, nbytes or memoryview(buffer).nbytes, flags)

    def send(self, data: Buffer, flags: int = 0) -> int:
        self._hurry()
        return super().send(data, flags)

    def sendall(self, data: Buffer, flags: int = 0) -> None:
        self._hurry()
        super().sendall(data, flags)

    def _hurry(self) -> None:
        if self.countdown is not None:
            self.settimeout(max(self.countdown.left, _LEAST_SECONDS))


class _TimedTLS(_Timed, ssl.SSLSocket):
    """The same over TLS."""


def _timed(context: ssl.SSLContext) -> ssl.SSLContext:
    context.sslsocket_class = _TimedTLS
    return context


@cache
def _system_tls() -> ssl.SSLContext:
    """The machine's own authorities. Made once, because reading them is slow."""
    return _timed(ssl.create_default_context())

"""No way inside: outgoing connections reach public addresses only, and the very ones checked.

A name is resolved once, every address it has is judged, and the connection goes to a judged
address: a second, different answer of the name server (rebinding) has nowhere to get in.

Whatever sends a request for Baton does it through here: by `outgoing.send`, or with the bare
urllib3 client that `client` gives.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar

import urllib3
from typing_extensions import Buffer
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from chalicelib.domain.errors import BatonError
from chalicelib.outbound import addresses
from chalicelib.outbound.addresses import Refused
from chalicelib.platform.clock import Countdown
from chalicelib.platform.config import IPNetwork

__all__ = ["Guard", "Refused", "Unresolvable", "client"]

T = TypeVar("T")

#: `socket.getaddrinfo`, or what a test puts in its place.
Lookup = Callable[..., Sequence[Any]]

#: One address gets this long to accept a connection; then the next one is tried.
CONNECT_SECONDS: Final = 10.0
#: A timeout of zero would mean "do not block" to a socket.
_LEAST_SECONDS: Final = 0.001


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

    def addresses(self, host: str, port: int, countdown: Countdown) -> list[str]:
        """Where the host may be connected to.

        Raises:
            Refused: one of its addresses is not public and not allowed.
            Unresolvable: it has no address, or none was told in time.
        """
        if addresses.is_local(host.lower()):
            return addresses.loopback(self.allowed)
        found = [host] if _is_address(host) else self._look_up(host, port, countdown)
        for address in found:
            addresses.judge(ipaddress.ip_address(address), self.allowed)
        return found

    def client(self, countdown: Countdown | None = None) -> urllib3.PoolManager:
        """A client that connects to judged addresses only; the countdown bounds all it does."""
        guard = self

        class GuardedHTTP(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return guard._connection(self, countdown)

        class GuardedHTTPS(HTTPSConnection):
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

    def _look_up(self, host: str, port: int, countdown: Countdown) -> list[str]:
        try:
            found = _in_time(
                lambda: self.lookup(host, port, type=socket.SOCK_STREAM), countdown.left
            )
        except TimeoutError as error:
            raise Unresolvable(f"no name server told where {host} is in time") from error
        except (OSError, UnicodeError) as error:
            raise Unresolvable(f"{host} cannot be resolved: {error}") from error
        plain = [str(entry[4][0]).partition("%")[0] for entry in found]
        if not plain:
            raise Unresolvable(f"{host} has no address")
        return list(dict.fromkeys(plain))

    def _connection(self, connection: HTTPConnection, countdown: Countdown | None) -> socket.socket:
        """A socket to the host of this urllib3 connection, whose way of failing it keeps."""
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
        timed.settimeout(max(countdown.left, _LEAST_SECONDS))  # what TLS shakes hands by
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
    """A guarded urllib3 client. `outgoing.send` is more: it bounds time, size and redirects."""
    return Guard(tuple(allowed)).client()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _Timed(socket.socket):
    """A socket of which every operation ends with the countdown.

    A timeout per read is no bound: a peer that sends a byte a second never runs into it.
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
    """Verifies names and chains; made once, for reading the authorities takes its time."""
    return _timed(ssl.create_default_context())


def _in_time(call: Callable[[], T], seconds: float) -> T:
    """What the call returns. Raises `TimeoutError`; the call, which nothing can stop, goes on."""
    result: Future[T] = Future()

    def work() -> None:
        try:
            result.set_result(call())
        except Exception as error:
            result.set_exception(error)

    threading.Thread(target=work, name="baton-lookup", daemon=True).start()
    return result.result(timeout=seconds)

"""A server on the loopback that answers with the bytes that a test gives it."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

#: What a peer does once it has read a request. `Peer.over` is set when the test is over.
Script = Callable[["Peer", socket.socket], None]

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
#: A peer that is left alone ends by itself.
_LONGEST_SECONDS: Final = 30.0


@dataclass(slots=True)
class Peer:
    """A running server, and the requests that it received, as raw bytes."""

    port: int
    scheme: str = "http"
    host: str = "127.0.0.1"
    requests: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/hook"

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the last request; names are lower case."""
        return headers_of(self.requests[-1])

    @property
    def body(self) -> bytes:
        """The body of the last request."""
        return self.requests[-1].partition(b"\r\n\r\n")[2]


def headers_of(request: bytes) -> dict[str, str]:
    """The headers of a request; names are lower case."""
    lines = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    pairs = (line.partition(": ") for line in lines)
    return {name.lower(): value for name, _, value in pairs}


def answers(*raw: bytes) -> Script:
    """Answers its requests with these in turn, the last one again and again."""

    def script(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(raw[min(len(peer.requests), len(raw)) - 1])

    return script


def response(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A sound answer; `Retry_After` stands for `Retry-After`."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def silence(peer: Peer, _connection: socket.socket) -> None:
    """Says nothing until the test is over."""
    peer.over.wait(_LONGEST_SECONDS)


def drips(start: bytes, drop: bytes) -> Script:
    """Begins an answer, then sends a drop every few milliseconds, for ever."""

    def script(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(start)
        while not peer.over.wait(0.01):
            connection.sendall(drop)

    return script


@contextmanager
def peer(
    script: Script, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[Peer]:
    """A peer for as long as the block lasts."""
    with socket.create_server((host, 0)) as server:
        found = Peer(server.getsockname()[1], "https" if tls else "http", host)
        thread = threading.Thread(target=_serve, args=(server, found, script, tls))
        thread.start()
        try:
            yield found
        finally:
            found.over.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join(_LONGEST_SECONDS)


def _serve(server: socket.socket, found: Peer, script: Script, tls: ssl.SSLContext | None) -> None:
    workers = []
    with contextlib.suppress(OSError):  # How accepting ends.
        while True:
            connection, _ = server.accept()
            connection.settimeout(_LONGEST_SECONDS)
            worker = threading.Thread(target=_talk, args=(connection, found, script, tls))
            worker.start()
            workers.append(worker)
    for worker in workers:
        worker.join(_LONGEST_SECONDS)


def _talk(
    connection: socket.socket, found: Peer, script: Script, tls: ssl.SSLContext | None
) -> None:
    with contextlib.suppress(OSError), connection:  # Whoever asks may leave at any time.
        if tls is None:
            _answer(connection, found, script)
            return
        with tls.wrap_socket(connection, server_side=True) as wrapped:
            _answer(wrapped, found, script)


def _answer(connection: socket.socket, found: Peer, script: Script) -> None:
    request = _read(connection)
    if request:
        found.requests.append(request)
        script(found, connection)


def _read(connection: socket.socket) -> bytes:
    """One request, by its Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            return b""
        data += more
    length = int(headers_of(data).get("content-length", "0"))
    while len(data.partition(b"\r\n\r\n")[2]) < length:
        data += connection.recv(65536)
    return data

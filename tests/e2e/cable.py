"""A connection to the deployment that can be cut, and mended again."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_AT_ONCE = 65536


class Cable:
    """Forwards connections to where a URL leads. Once cut, those that are open break."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname and parts.port
        self._there = (parts.hostname, parts.port)
        self._is_cut = False
        #: How many connections were not taken.
        self.refused = 0
        self._open: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]

    def through(self, url: str) -> str:
        """The URL by way of this cable."""
        host, port = self._there
        return url.replace(f"{host}:{port}", f"127.0.0.1:{self.port}")

    def cut(self) -> None:
        """From now on nothing comes through."""
        self._is_cut = True
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def mend(self) -> None:
        """From now on everything comes through again."""
        self._is_cut = False

    def serve(self) -> None:
        """Take connections until the cable is closed."""
        while True:
            try:
                here, _ = self._server.accept()
            except OSError:
                return
            if self._is_cut:
                here.close()
                self.refused += 1
                continue
            there = socket.create_connection(self._there)
            self._open += [here, there]
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()

    def close(self) -> None:
        """Take it away."""
        self.cut()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(_AT_ONCE):
            other.sendall(data)
    for each in (one, other):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@contextmanager
def cable_to(url: str) -> Iterator[Cable]:
    """A cable for as long as the block lasts."""
    cable = Cable(url)
    threading.Thread(target=cable.serve, daemon=True).start()
    try:
        yield cable
    finally:
        cable.close()

"""A real HTTP server on the loopback, for schedules to call."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chalicelib.platform.clock import SystemClock
from infra.ministack import HOST


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in; header names are lower case."""

    at: datetime
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Listener:
    """Remembers what it was asked. With `silent` it takes requests and never answers."""

    silent: bool = False
    url: str = ""
    status: int = 200
    requests: list[Received] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """What `http.server` makes for each connection."""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                listener.take(self, self.rfile.read(length))

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name
                pass

        return Handler

    def take(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        """Remember a request, and answer it."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        now = SystemClock().now()
        self.requests.append(Received(now, request.command, request.path, headers, body))
        if self.silent:
            self.over.wait()
            request.close_connection = True
            return
        answer = b"served"
        request.send_response(self.status)
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)


@contextmanager
def listening(*, silent: bool = False) -> Iterator[Listener]:
    """A server for as long as the block lasts."""
    listener = Listener(silent)
    server = ThreadingHTTPServer((HOST, 0), listener.handler())
    server.daemon_threads = True
    listener.url = f"http://{HOST}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield listener
    finally:
        listener.over.set()
        server.shutdown()
        server.server_close()
        thread.join()

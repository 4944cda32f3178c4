"""The stack behind a port of this machine, for clients with real connections."""

import gzip
import threading
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.clients.wire import CUT, LOST
from tests.harness import Stack


class _Patient(ThreadingHTTPServer):
    """Says nothing of connections that break: clients are killed here."""

    def handle_error(self, *_: Any) -> None:
        pass


class Server:
    """The stack behind a port of this machine; paths of its own misbehave.

    `faults` befall the next requests, one each: `LOST` and `CUT` as of `wire`, or None. Its
    clock is `ahead` of the stack's by so many seconds: leases are that much shorter by it.
    """

    def __init__(self, stack: Stack) -> None:
        self.asked: list[str] = []
        self.faults: list[str | None] = []
        self.is_cut = False
        self.ahead = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                server.asked.append(f"{self.command} {self.path}")
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                fault = CUT if server.is_cut else server.faults.pop(0) if server.faults else None
                if fault == LOST:
                    stack.http(self.command, self.path, raw=body, headers=dict(self.headers))
                if fault is not None:
                    self.close_connection = True
                elif self.path == "/cut":
                    self._send(200, {"Content-Length": "100"}, b"{")
                    self.close_connection = True
                elif self.path == "/moved":
                    self._send(302, {"Location": "/v1/slot", "Content-Length": "0"}, b"")
                elif self.path == "/packed":
                    packed = gzip.compress(b'{"a": 1}')
                    length = str(len(packed))
                    self._send(200, {"Content-Encoding": "gzip", "Content-Length": length}, packed)
                else:
                    got = stack.http(self.command, self.path, raw=body, headers=dict(self.headers))
                    names = {**got.headers, "content-length": str(len(got.body))}
                    self._send(got.status, names, got.body)

            do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = answer  # noqa: N815

            def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
                now = stack.now + timedelta(seconds=server.ahead)
                self.send_response_only(status)
                self.send_header("Date", format_datetime(now, usegmt=True))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = _Patient(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Server":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

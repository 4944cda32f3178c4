"""The command line over real connections."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_server

import pytest
import urllib3

from baton_cli.exits import Unreachable
from baton_cli.transport import HttpTransport
from tests.api_client import Api
from tests.cli.conftest import Cli
from tests.harness import Stack


class Server:
    """The stack behind a port of this machine; paths of its own misbehave."""

    def __init__(self, stack: Stack) -> None:
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                server.asked.append(f"{self.command} {self.path}")
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path == "/cut":
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
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Server":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(stack: Stack) -> Iterator[Server]:
    with Server(stack) as running:
        yield running


@pytest.fixture
def http() -> Iterator[HttpTransport]:
    with closing(HttpTransport(urllib3.Timeout(connect=2, read=0.5))) as transport:
        yield transport


@pytest.fixture
def networked(cli: Cli, server: Server, http: HttpTransport) -> Cli:
    """The command line with a real connection to the stack."""
    cli.wire = http  # type: ignore[assignment]
    cli.env["BATON_URL"] = server.url
    return cli


def test_a_schedule_from_its_making_to_its_end(networked: Cli, api: Api) -> None:
    made = networked.json(
        "schedules", "create", "--name", "Übung", "--manual", "--function", "drill"
    )["schedule"]
    assert networked.json("schedules", "get", "Übung")["id"] == made["id"]
    networked.naps.meanwhile.append(networked.stack.deliver)
    assert networked.run("run-now", "Übung", "--wait").exit_code == 0
    networked.ok("schedules", "delete", "Übung", "--yes")
    assert networked.run("schedules", "get", "Übung").exit_code == 3


def test_nobody_there_has_its_own_exit_code(networked: Cli) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    result = networked.run("slot", BATON_URL=f"http://127.0.0.1:{port}")
    assert result.exit_code == 6
    assert f"No answer from http://127.0.0.1:{port}: " in result.stderr
    assert "refused" in result.stderr and "object at" not in result.stderr


def test_a_silent_peer_is_given_up_on(http: HttpTransport) -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(Unreachable, match=r"[Tt]imed out"):
            http.send("GET", url, {}, None)


def test_an_answer_cut_short_is_none(http: HttpTransport, server: Server) -> None:
    with pytest.raises(Unreachable):
        http.send("GET", f"{server.url}/cut", {}, None)
    assert server.asked == ["GET /cut"]


def test_no_redirect_carries_the_token_elsewhere(http: HttpTransport, server: Server) -> None:
    reply = http.send("GET", f"{server.url}/moved", {"Authorization": "Bearer x"}, None)
    assert (reply.status, reply.headers["location"]) == (302, "/v1/slot")
    assert server.asked == ["GET /moved"]


def test_a_packed_answer_is_unpacked(http: HttpTransport, server: Server) -> None:
    assert http.send("GET", f"{server.url}/packed", {}, None).json == {"a": 1}

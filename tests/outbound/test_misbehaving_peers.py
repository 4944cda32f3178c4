"""Peers that are slow, broken or talk no HTTP: the run fails in time, with the right reason."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import pytest
import trustme

from chalicelib.domain.runs.run import FailureReason
from chalicelib.jobs.context import Fail
from chalicelib.outbound.guard import Guard
from tests.targets.attempts import LOOPBACK, Attempt, resolving
from tests.targets.peer import OK, Peer, Script, answers, drips, peer, response, silence
from tests.targets.tls import proving, trusting

#: Deadlines of runs that are meant to miss them, and how much later they may notice.
SHORT, SLACK = 0.3, 3.0


def failure(script: Script, seconds: float = 10) -> Fail:
    """How a request to a peer that does this fails."""
    with peer(script) as found, pytest.raises(Fail) as raised:
        Attempt({"url": found.url}, seconds=seconds).run()
    return raised.value


@contextmanager
def deaf(scheme: str) -> Iterator[str]:
    """The URL of somebody who takes connections and reads nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"{scheme}://127.0.0.1:{server.getsockname()[1]}/"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(silence, id="says nothing"),
        pytest.param(drips(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), id="drips headers"),
        pytest.param(drips(b"HTTP/1.1 200 OK\r\nX: ", b"y"), id="drips one header"),
        pytest.param(drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="says continue for ever"),
        pytest.param(drips(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), id="hints for ever"),
        pytest.param(
            drips(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n", b"."), id="drips the body"
        ),
        pytest.param(
            drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n.\r\n"),
            id="drips chunks",
        ),
        pytest.param(
            drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
            id="drips the size of a chunk",
        ),
    ],
)
def test_time_is_counted_over_the_whole_request(script: Script) -> None:
    began = monotonic()
    fail = failure(script, seconds=SHORT)
    assert fail.reason is FailureReason.TIMEOUT
    assert SHORT <= monotonic() - began < SLACK


def test_a_peer_that_does_not_read_is_not_waited_for() -> None:
    with deaf("http") as url, pytest.raises(Fail) as raised:
        Attempt({"url": url, "body": "x" * 20_000_000}, seconds=SHORT).run()
    assert raised.value.reason is FailureReason.TIMEOUT


def test_tls_that_never_shakes_hands_is_not_waited_for() -> None:
    with deaf("https") as url, pytest.raises(Fail) as raised:
        Attempt({"url": url}, seconds=SHORT).run()
    assert raised.value.reason is FailureReason.TIMEOUT


def test_a_name_server_that_says_nothing_is_not_waited_for() -> None:
    with peer(silence) as found:

        def hanging(*_: object, **__: object) -> list[object]:
            found.over.wait(20)
            return []

        guard = Guard(LOOPBACK, hanging)
        with pytest.raises(Fail, match="no name server") as raised:
            Attempt({"url": "http://slow.example/"}, guard=guard, seconds=SHORT).run()
    assert raised.value.reason is FailureReason.TARGET_NOT_FOUND


@pytest.mark.parametrize(
    ("raw", "explanation"),
    [
        (b"", "closed the connection without an answer"),
        (b"220 mail.example ESMTP\r\n", "is no HTTP"),
        (b"\x16\x03\x01\x00garbage", "is no HTTP"),
        (b"HTTP/1.1 2000 Many\r\n\r\n", "is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000, "broke"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n", "broke"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "read|broke"),
    ],
)
def test_what_is_no_sound_http_is_an_http_error(raw: bytes, explanation: str) -> None:
    fail = failure(answers(raw))
    assert fail.reason is FailureReason.HTTP_ERROR, str(fail)
    assert any(word in str(fail) for word in explanation.split("|")), str(fail)


def test_a_port_where_nobody_listens_is_an_http_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}/"
    with pytest.raises(Fail, match="refused") as raised:
        Attempt({"url": url}).run()
    assert raised.value.reason is FailureReason.HTTP_ERROR


def test_a_name_that_leads_nowhere_is_no_target() -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(Fail, match="cannot be resolved") as raised:
        Attempt({"url": "http://gone.example/"}, guard=Guard((), unknown)).run()
    assert raised.value.reason is FailureReason.TARGET_NOT_FOUND


def test_of_a_huge_body_only_the_beginning_is_read() -> None:
    sent = 0

    def floods(found: Peer, connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
        while not found.over.is_set():
            connection.sendall(b"x" * 65536)
            sent += 65536

    with peer(floods) as found:
        attempt = Attempt({"url": found.url}).run()
    [body] = [message for message, data in attempt.lifeline.lines if data.get("part") == "body"]
    assert body == "x" * 4096
    assert sent < 50_000_000  # what fits into the buffers of two sockets


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA) -> ssl.SSLContext:
    return trusting(authority)


@pytest.fixture
def server_side(authority: trustme.CA) -> ssl.SSLContext:
    return proving(authority, "secure.example")


@pytest.fixture
def secure(server_side: ssl.SSLContext) -> Iterator[Peer]:
    """A sound peer over TLS, as secure.example."""
    with peer(answers(OK), server_side) as found:
        yield found


def over_tls(found: Peer, host: str, tls: ssl.SSLContext | None, seconds: float = 10) -> Attempt:
    guard = Guard(LOOPBACK, resolving(["127.0.0.1"]), tls)
    return Attempt({"url": f"https://{host}:{found.port}/"}, guard=guard, seconds=seconds)


def test_a_trusted_certificate_of_that_name_is_taken(secure: Peer, trusted: ssl.SSLContext) -> None:
    over_tls(secure, "secure.example", trusted).run()
    assert secure.headers["host"] == f"secure.example:{secure.port}"


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_time_is_counted_over_the_whole_request_through_tls(
    server_side: ssl.SSLContext, trusted: ssl.SSLContext, start: bytes
) -> None:
    began = monotonic()
    with peer(drips(start, b"X"), server_side) as found, pytest.raises(Fail) as raised:
        over_tls(found, "secure.example", trusted, seconds=SHORT).run()
    assert raised.value.reason is FailureReason.TIMEOUT
    assert SHORT <= monotonic() - began < SLACK


@pytest.mark.parametrize(
    ("host", "trusts", "explanation"),
    [
        ("secure.example", False, "TLS failed: self"),
        ("other.example", True, "TLS failed: Hostname mismatch"),
    ],
)
def test_any_other_certificate_is_refused_before_anything_is_sent(
    secure: Peer, trusted: ssl.SSLContext, host: str, trusts: bool, explanation: str
) -> None:
    with pytest.raises(Fail) as raised:
        over_tls(secure, host, trusted if trusts else None).run()
    assert raised.value.reason is FailureReason.HTTP_ERROR
    assert explanation in str(raised.value) or "TLS failed: unable to get local" in str(
        raised.value
    )
    assert secure.requests == []


def test_plain_http_where_tls_is_spoken_is_an_http_error(secure: Peer) -> None:
    with pytest.raises(Fail) as raised:
        Attempt({"url": f"http://127.0.0.1:{secure.port}/"}).run()
    assert raised.value.reason is FailureReason.HTTP_ERROR


def test_tls_where_plain_http_is_spoken_is_an_http_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        speaker = threading.Thread(target=_answer_at_once, args=(server,))
        speaker.start()
        with pytest.raises(Fail, match="TLS failed") as raised:
            Attempt({"url": f"https://127.0.0.1:{server.getsockname()[1]}/"}).run()
        speaker.join()
    assert raised.value.reason is FailureReason.HTTP_ERROR


def _answer_at_once(server: socket.socket) -> None:
    """Answer the first connection with plain HTTP, whatever it says."""
    connection, _ = server.accept()
    with connection:
        connection.sendall(response(400))
        connection.recv(65536)

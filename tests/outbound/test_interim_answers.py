"""Interim answers (1xx): the run is judged by the final one, whatever came before it."""

import pytest

from chalicelib.domain.runs.run import FailureReason
from chalicelib.jobs.context import Fail
from chalicelib.outbound.guard import client
from tests.targets.attempts import LOOPBACK, Attempt
from tests.targets.peer import OK, answers, peer, response

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\nContent-Length: 7\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nConnection: close\r\n\r\n"
UNHEARD_OF = b"HTTP/1.1 199 Whatever\r\nTransfer-Encoding: chunked\r\n\r\n"
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi"


def failed(raw: bytes, **target: object) -> Fail:
    with peer(answers(raw)) as found, pytest.raises(Fail) as raised:
        Attempt({"url": found.url, **target}).run()
    return raised.value


@pytest.mark.parametrize(
    "interim",
    [
        CONTINUE,
        PROCESSING,
        HINTS,
        UNHEARD_OF,
        HINTS * 3,
        HINTS + CONTINUE + PROCESSING + CONTINUE + HINTS,
    ],
)
def test_the_final_answer_decides(interim: bytes) -> None:
    with peer(answers(interim + OK)) as found:
        attempt = Attempt({"url": found.url}).run()
    assert attempt.context.summary == "HTTP 200"
    assert ("ok", {"part": "body"}) in attempt.lifeline.lines
    assert len(found.requests) == 1


def test_also_where_it_is_a_failure() -> None:
    fail = failed(HINTS + response(429, Retry_After="7"))
    assert fail.reason is FailureReason.RATE_LIMITED
    assert fail.retry_after is not None


def test_also_where_it_is_a_redirect() -> None:
    with peer(answers(HINTS + response(307, Location="/next"), HINTS + OK)) as found:
        Attempt({"url": found.url}).run()
    assert [request.split()[1] for request in found.requests] == [b"/hook", b"/next"]


def test_headers_of_an_interim_answer_are_not_those_of_the_final_one() -> None:
    interim = (
        b"HTTP/1.1 103 Early Hints\r\nX-Request-Id: early\r\nLocation: http://10.0.0.1/\r\n\r\n"
    )
    with peer(answers(interim + response(200, X_Request_Id="final"))) as found:
        attempt = Attempt({"url": found.url}).run()
    assert "final" in attempt.log
    assert "early" not in attempt.log


def test_without_a_final_answer_there_is_none() -> None:
    fail = failed(HINTS)
    assert fail.reason is FailureReason.HTTP_ERROR
    assert "closed the connection without an answer" in str(fail)


@pytest.mark.parametrize("codes", [None, [101, 200]])
def test_switching_protocols_is_no_success(codes: list[int] | None) -> None:
    fail = failed(SWITCHING, success_codes=codes)
    assert fail.reason is FailureReason.HTTP_ERROR
    assert str(fail) == "the target answered 101"


def test_nor_is_an_interim_answer_that_counts_as_success_waited_out() -> None:
    assert str(failed(HINTS + response(500), success_codes=[103])) == "the target answered 500"


def test_the_bare_client_passes_over_them_too() -> None:
    with peer(answers(HINTS + OK)) as found, client(LOOPBACK) as http:
        assert http.request("GET", found.url).data == b"ok"

"""Bodies that end early or cannot be decoded: the status has come, and it decides."""

import gzip
import zlib
from datetime import timedelta

import pytest

from chalicelib.domain.runs.run import FailureReason
from chalicelib.jobs.context import Fail
from chalicelib.targets.callback import AskToStart
from tests.targets.attempts import Attempt, SecretsInHand
from tests.targets.peer import answers, peer

WORDS = b"all went well, and here is how it did"
ZIPPED = gzip.compress(WORDS * 100)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
SECRET = "s3cret-of-the-tenant"

SPOILT = [
    pytest.param(b"Content-Length: 100\r\n\r\n" + WORDS, id="shorter than its length"),
    pytest.param(CHUNKED + b"5\r\nab", id="cut within a chunk"),
    pytest.param(CHUNKED + b"2\r\nab\r\n", id="no last chunk"),
    pytest.param(CHUNKED + b"zz\r\nab\r\n", id="no size of a chunk"),
    pytest.param(CHUNKED + b"-5\r\nab\r\n", id="a negative size"),
    pytest.param(b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", id="not zipped"),
    pytest.param(b"Content-Encoding: gzip\r\n\r\n" + ZIPPED[:-20] + b"x" * 20, id="badly zipped"),
    pytest.param(b"Content-Encoding: gzip\r\n\r\n" + ZIPPED[:30], id="zipped and cut"),
    pytest.param(b"Content-Encoding: deflate\r\n\r\n\xff\xff\xff", id="not deflated"),
    pytest.param(b"Content-Encoding: " + b"gzip, " * 9 + b"gzip\r\n\r\nabc", id="zipped ten times"),
]


def status_line(status: int, *headers: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 %d Whatever" % status, b"Connection: close", *headers, b""])


@pytest.mark.parametrize("rest", SPOILT)
def test_a_good_status_is_a_success(rest: bytes) -> None:
    with peer(answers(status_line(200) + rest)) as found:
        attempt = Attempt({"url": found.url}).run()
    assert attempt.context.summary == "HTTP 200"
    assert attempt.context.totals.processed == 1


@pytest.mark.parametrize("rest", SPOILT)
def test_a_bad_status_fails_with_its_own_reason(rest: bytes) -> None:
    raw = status_line(429, b"Retry-After: 7") + rest
    with peer(answers(raw)) as found, pytest.raises(Fail) as raised:
        Attempt({"url": found.url}).run()
    assert raised.value.reason is FailureReason.RATE_LIMITED
    assert raised.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("rest", SPOILT)
def test_a_redirect_is_followed(rest: bytes) -> None:
    hop = status_line(307, b"Location: /next") + rest
    with peer(answers(hop, status_line(200) + rest)) as found:
        Attempt({"url": found.url}).run()
    assert len(found.requests) == 2


@pytest.mark.parametrize("rest", SPOILT)
def test_a_target_that_calls_back_has_started(rest: bytes) -> None:
    with peer(answers(status_line(202) + rest)) as found:
        attempt = Attempt({"url": found.url})
        AskToStart(attempt.target).run(attempt.context)
    assert attempt.context.summary == "HTTP 202"


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        (b"Content-Length: 100\r\n\r\n" + WORDS, WORDS),
        (CHUNKED + b"3\r\nabc\r\n5\r\nde", b"abcde"),
        (CHUNKED + b"3\r\nabc\r\nzz\r\n", b"abc"),
        (b"Content-Encoding: gzip\r\n\r\n" + ZIPPED, WORDS * 100),
    ],
)
def test_what_could_be_read_is_shown(rest: bytes, text: bytes) -> None:
    with peer(answers(status_line(200) + rest)) as found:
        attempt = Attempt({"url": found.url}).run()
    assert (text.decode(), {"part": "body"}) in attempt.lifeline.lines


def test_the_log_says_that_there_was_more() -> None:
    with peer(answers(status_line(200) + CHUNKED + b"3\r\nabc\r\nzz\r\n")) as found:
        attempt = Attempt({"url": found.url}).run()
    assert "The rest of the body cannot be shown: the connection broke" in attempt.log


def test_of_a_sound_body_it_does_not() -> None:
    with peer(answers(status_line(200) + CHUNKED + b"3\r\nabc\r\n0\r\n\r\n")) as found:
        attempt = Attempt({"url": found.url}).run()
    assert "cannot be shown" not in attempt.log


def with_secret(raw: bytes) -> Attempt:
    """An attempt that sends a secret and is answered with this."""
    headers = {"X-Key": {"secret": "key"}}
    with peer(answers(raw)) as found:
        target = {"url": found.url, "headers": headers}
        return Attempt(target, secrets=SecretsInHand(key=SECRET)).run()


@pytest.mark.parametrize("cut", range(1, len(SECRET)))
def test_no_part_of_a_secret_is_shown_where_the_body_ends_early(cut: int) -> None:
    text = b"x" * 60 + SECRET[:cut].encode()
    attempt = with_secret(status_line(200) + b"Content-Length: 900\r\n\r\n" + text)
    body = next(line for line, data in attempt.lifeline.lines if data.get("part") == "body")
    assert set(body) == {"x"}


def test_no_secret_is_shown_that_lies_across_chunks() -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in SECRET.encode())
    attempt = with_secret(status_line(200) + CHUNKED + chunks + b"0\r\n\r\n")
    assert ("[secret]", {"part": "body"}) in attempt.lifeline.lines


def test_no_secret_is_shown_from_a_body_that_is_not_decoded() -> None:
    """Stored blocks hold text as it is, with the heads of blocks in between."""
    packer = zlib.compressobj(level=0, wbits=31)
    packed = packer.compress(SECRET[:9].encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
    packed += packer.compress(SECRET[9:].encode()) + packer.flush()
    attempt = with_secret(
        status_line(200) + b"Content-Encoding: gzip\r\n\r\n" + packed[:-8] + b"x" * 8
    )
    assert SECRET[:9] not in attempt.log
    assert SECRET[9:] not in attempt.log


def test_no_secret_is_shown_from_a_header_that_says_how_it_was_encoded() -> None:
    encoding = b"Content-Encoding: gzip, " + SECRET.encode() + b"\r\n\r\nabc"
    assert SECRET not in with_secret(status_line(200) + encoding).log

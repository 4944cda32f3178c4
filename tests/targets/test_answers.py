"""How answers are judged, and what of them is kept."""

import base64
import json
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from chalicelib.domain.runs.run import FailureReason
from chalicelib.jobs.context import Fail
from chalicelib.outbound import retry_after
from chalicelib.outbound.guard import Guard
from tests.builders import NOON, after
from tests.targets.attempts import LOOPBACK, Attempt, SecretsInHand
from tests.targets.peer import answers, peer, response


def answered_with(raw: bytes, **target: Any) -> Attempt:
    """An attempt that got this answer; raises what it raised."""
    with peer(answers(raw)) as found:
        return Attempt({"url": found.url, **target}).run()


def failed(raw: bytes, **target: Any) -> Fail:
    with pytest.raises(Fail) as raised:
        answered_with(raw, **target)
    return raised.value


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_two_hundreds_are_success(status: int) -> None:
    attempt = answered_with(response(status))
    assert attempt.context.summary == f"HTTP {status}"
    assert attempt.context.totals.processed == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, FailureReason.HTTP_ERROR),
        (401, FailureReason.AUTH_FAILED),
        (403, FailureReason.AUTH_FAILED),
        (404, FailureReason.HTTP_ERROR),
        (407, FailureReason.HTTP_ERROR),
        (429, FailureReason.RATE_LIMITED),
        (500, FailureReason.HTTP_ERROR),
        (503, FailureReason.HTTP_ERROR),
        (304, FailureReason.HTTP_ERROR),
    ],
)
def test_anything_else_fails_with_its_reason(status: int, reason: FailureReason) -> None:
    fail = failed(response(status))
    assert fail.reason is reason
    assert str(fail) == f"the target answered {status}"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("text", ["120", format_datetime(after(120), usegmt=True)])
def test_a_wait_that_is_asked_for_is_kept(status: int, text: str) -> None:
    fail = failed(response(status, Retry_After=text))
    assert fail.reason is FailureReason.RATE_LIMITED
    assert fail.retry_after == timedelta(seconds=120)


@pytest.mark.parametrize("status", [200, 401, 404, 429, 500, 503])
def test_a_date_beyond_the_calendar_spoils_no_answer(status: int) -> None:
    date = "Sun, 01 Mar 99999999999999999999 12:00:00 GMT"
    raw = response(status, Retry_After=date, Date=date)
    if status == 200:
        assert answered_with(raw).context.summary == "HTTP 200"
        return
    fail = failed(raw)
    assert (str(fail), fail.retry_after) == (f"the target answered {status}", None)


def test_success_codes_say_what_success_is() -> None:
    assert answered_with(response(404), success_codes=[404]).context.summary == "HTTP 404"
    assert failed(response(200), success_codes=[404]).reason is FailureReason.HTTP_ERROR
    assert answered_with(response(429), success_codes=[429]).context.totals.processed == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        (" 7 ", 7),
        ("86400", 86_400),
        ("86401", 86_400),
        ("000000000000120", 120),
        ("0" * 5000, 0),
        ("9" * 400, 86_400),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sunday, 01-Mar-26 12:01:00 GMT", 60),
        ("Sun Mar  1 12:01:00 2026", 60),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Fri, 01 Mar 2126 11:00:00 GMT", 86_400),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86_400),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0),
    ],
)
def test_both_forms_of_retry_after_are_read(text: str, seconds: int) -> None:
    assert retry_after.parse(text, NOON) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "soon",
        "-1",
        "1.5",
        "٣",
        "Sun, 99 Mar 2026 12:00:00 GMT",
        "Sun, 01 Mar 10000 12:00:00 GMT",
        "Sun, 01 Mar 99999999999999999999 12:00:00 GMT",
        "Sun, 01 Mar 2026 99999999999999999999:00:00 GMT",
        "Sun, 01 Mar 2026 12:00:00 +99999999999999999999",
        "Sun, 01 Mar 2026 12:00:00 +9999",
    ],
)
def test_what_makes_no_sense_asks_for_nothing(text: str | None) -> None:
    assert retry_after.parse(text, NOON) is None


def test_status_headers_that_matter_and_the_body_are_kept() -> None:
    raw = response(
        200, b"done", Content_Type="text/plain", X_Request_Id="r-1", Set_Cookie="session=1"
    )
    answered, body = answered_with(raw).lifeline.lines
    assert answered == (
        "The target answered 200",
        {
            "status": 200,
            "headers": {"content-type": "text/plain", "content-length": "4", "x-request-id": "r-1"},
        },
    )
    assert body == ("done", {"part": "body"})


def test_the_body_is_kept_to_four_kibibytes() -> None:
    [_, (body, _)] = answered_with(response(200, "ä".encode() * 4000)).lifeline.lines
    assert body == "ä" * 2048


def test_a_body_that_is_no_text_is_not_kept() -> None:
    [_, (body, _)] = answered_with(response(200, b"\x89PNG\0\0")).lifeline.lines
    assert body == "(The body is not text.)"


# Secrets that come back


SECRET = 'Bearer to/ken+"ä'.replace("ä", "=")
FORMS = [
    SECRET,
    "to/ken+",
    json.dumps(SECRET),
    json.dumps(SECRET).replace("/", "\\/"),
    "Bearer%20to%2Fken%2B%22%3D",
    base64.b64encode(SECRET.encode()).decode(),
]


def echoing(text: str, status: int = 200, **headers: str) -> tuple[Attempt, Fail | None]:
    """A target with a secret that answers with this."""
    with peer(answers(response(status, text.encode(), **headers))) as found:
        attempt = Attempt(
            {"url": found.url, "headers": {"Authorization": {"secret": "crm"}}},
            secrets=SecretsInHand(crm=SECRET),
        )
        try:
            attempt.run()
        except Fail as fail:
            return attempt, fail
        return attempt, None


@pytest.mark.parametrize("form", [form for form in FORMS if form != "to/ken+"])
def test_a_secret_that_is_sent_back_is_not_kept(form: str) -> None:
    attempt, _ = echoing(f"you sent {form}!")
    assert "you sent " in attempt.log
    assert "[secret]" in attempt.log
    assert "ken" not in attempt.log


def test_nor_in_headers() -> None:
    attempt, _ = echoing("", X_Request_Id=SECRET)
    assert "[secret]" in attempt.log
    assert "ken" not in attempt.log


def test_nor_the_word_after_the_scheme() -> None:
    attempt, _ = echoing(f"token {SECRET.removeprefix('Bearer ')} is wrong", status=500)
    assert "token [secret] is wrong" in attempt.log


@pytest.mark.parametrize("before", range(4096 - len(SECRET) - 4, 4100))
def test_nor_a_part_of_it_where_the_body_is_cut(before: int) -> None:
    attempt, _ = echoing("." * before + SECRET * 50)
    assert "Bea" not in attempt.log


@pytest.mark.parametrize("before", range(0, 30, 7))
def test_nor_a_part_of_it_after_many_that_were_taken_out(before: int) -> None:
    attempt, _ = echoing("." * before + SECRET * 1000)
    assert "Bea" not in attempt.log


def test_nor_in_the_message_of_a_failure() -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise OSError("unknown")

    with peer(answers(response(307, Location="http://s3cret-value.example/"))) as found:
        attempt = Attempt(
            {"url": found.url, "headers": {"Authorization": {"secret": "crm"}}},
            secrets=SecretsInHand(crm="Bearer s3cret-value"),
            guard=Guard(LOOPBACK, unknown),
        )
        with pytest.raises(Fail) as raised:
            attempt.run()
    assert str(raised.value) == "[secret].example cannot be resolved: unknown"


def test_nor_is_the_token_of_a_callback() -> None:
    with peer(answers(response(200, b"your token is t0ken-of-the-run"))) as found:
        token = {"Baton-Run-Token": "t0ken-of-the-run"}
        attempt = Attempt({"url": found.url}, credentials=token).run()
    assert "your token is [secret]" in attempt.log

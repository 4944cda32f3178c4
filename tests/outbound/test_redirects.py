"""Redirects: three at most, each judged, and credentials stay at home."""

from contextlib import ExitStack

import pytest

from chalicelib.domain.runs.run import FailureReason
from chalicelib.jobs.context import Fail
from chalicelib.outbound import urls
from chalicelib.outbound.addresses import Refused
from chalicelib.outbound.guard import Guard
from tests.targets.attempts import LOOPBACK, Attempt, SecretsInHand, resolving
from tests.targets.peer import OK, Peer, answers, peer, response

KEY = "whsec_" + "c2VjcmV0" * 5
SECRETS = {"crm": "Bearer s3cret-value", "key": KEY}
SIGNED = {"headers": {"X-Key": {"secret": "crm"}}, "signing_secret": {"secret": "key"}}


def leads(status: int, location: str) -> bytes:
    return response(status, Location=location)


def test_three_redirects_are_followed() -> None:
    hops = [leads(307, f"/{number}") for number in (1, 2, 3)]
    with peer(answers(*hops, OK)) as found:
        attempt = Attempt({"url": found.url, "body": "x"}).run()
    assert [request.split()[1] for request in found.requests] == [b"/hook", b"/1", b"/2", b"/3"]
    assert "Redirected by 307" in attempt.log


def test_a_fourth_is_not() -> None:
    with peer(answers(leads(302, "/again"))) as found, pytest.raises(Fail) as raised:
        Attempt({"url": found.url}).run()
    assert raised.value.reason is FailureReason.HTTP_ERROR
    assert "more than 3 redirects" in str(raised.value)
    assert len(found.requests) == 4


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", b"GET"),
        (302, "POST", b"GET"),
        (303, "PUT", b"GET"),
        (303, "HEAD", b"HEAD"),
        (301, "PUT", b"PUT"),
        (307, "POST", b"POST"),
        (308, "POST", b"POST"),
    ],
)
def test_method_and_body_follow_the_rules_of_the_web(status: int, method: str, then: bytes) -> None:
    with peer(answers(leads(status, "/next"), OK)) as found:
        Attempt({"url": found.url, "method": method, "body": "text"}).run()
    assert found.requests[1].split()[0] == then
    assert found.body == (b"" if then == b"GET" else b"text")
    assert ("content-type" in found.headers) == (then != b"GET")


def test_credentials_go_along_within_the_origin() -> None:
    with peer(answers(leads(307, "/next"), OK)) as found:
        Attempt({"url": found.url, **SIGNED}, secrets=SecretsInHand(**SECRETS)).run()
    assert found.headers["x-key"] == "Bearer s3cret-value"
    assert "webhook-signature" in found.headers


def test_to_another_origin_no_credentials_go() -> None:
    with peer(answers(OK)) as other, peer(answers(leads(307, other.url))) as found:
        Attempt(
            {"url": found.url, "body": {"a": 1}, **SIGNED},
            secrets=SecretsInHand(**SECRETS),
            credentials={"Baton-Run-Token": "t0ken"},
        ).run()
    assert "x-key" in found.headers
    assert not {"x-key", "webhook-signature", "baton-run-token"} & set(other.headers)
    assert other.body == b'{"a": 1}'
    assert other.headers["baton-run-id"] == "01RUN"


def test_what_describes_the_body_goes_along_with_it() -> None:
    with peer(answers(OK)) as other, peer(answers(leads(307, other.url))) as found:
        headers = {"content-type": "application/xml", "user-agent": {"secret": "crm"}}
        Attempt(
            {"url": found.url, "body": "<a/>", "headers": headers},
            secrets=SecretsInHand(crm="agent-007"),
        ).run()
    assert found.headers["user-agent"] == "agent-007"
    assert (other.headers["content-type"], other.headers["user-agent"]) == (
        "application/xml",
        "Baton",
    )
    assert found.requests[0].lower().count(b"user-agent") == 1


def test_nor_do_they_come_back_on_the_way_home() -> None:
    with ExitStack() as stack:
        hops: list[bytes] = []
        home = stack.enter_context(
            peer(lambda found, out: out.sendall(hops[len(found.requests) - 1]))
        )
        away = stack.enter_context(peer(answers(leads(307, home.url))))
        hops += [leads(307, away.url), OK]
        Attempt({"url": home.url, **SIGNED}, secrets=SecretsInHand(**SECRETS)).run()
    assert len(home.requests) == 2
    assert "x-key" not in home.headers


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "//169.254.169.254/",
        "http://[::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://user:pass@example.com/",
        "http://example.com:22/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "ftp://example.com/",
        "http:\\\\10.0.0.1\\",
        "javascript:alert(1)",
        "http://exa\tmple.com/",
        "http://127.0.0.1%2f@example.com/",
        "http://[::1/",
        "//[",
        "https://[not-an-address]/",
    ],
)
def test_a_redirect_inside_is_refused(location: str) -> None:
    with peer(answers(leads(302, location))) as found, pytest.raises(Fail) as raised:
        Attempt({"url": found.url}).run()
    assert raised.value.reason is FailureReason.ABORTED
    assert len(found.requests) == 1


def test_a_redirect_to_a_name_that_leads_inside_is_refused() -> None:
    guard = Guard(LOOPBACK, resolving(["10.0.0.1"]))
    with (
        peer(answers(leads(302, "http://inside.example/"))) as found,
        pytest.raises(Fail, match="not a public address") as raised,
    ):
        Attempt({"url": found.url}, guard=guard).run()
    assert raised.value.reason is FailureReason.ABORTED


def test_https_does_not_step_down() -> None:
    secure = urls.parse("https://example.com/a", ())
    assert str(urls.follow(secure, "/b", ())) == "https://example.com/b"
    with pytest.raises(Refused, match="https to http"):
        urls.follow(secure, "http://example.com/a", ())


def test_a_location_in_raw_utf_8_is_followed() -> None:
    with peer(answers(leads(302, "/größe x"), OK)) as found:
        Attempt({"url": found.url}).run()
    assert found.requests[1].startswith(b"GET /gr%C3%B6%C3%9Fe%20x HTTP/1.1")


def test_a_redirect_without_a_location_is_an_answer() -> None:
    assert refused_with(answers(response(302))) is FailureReason.HTTP_ERROR


def test_a_redirect_that_counts_as_success_is_not_followed() -> None:
    with peer(answers(leads(302, "http://10.0.0.1/"))) as found:
        attempt = Attempt({"url": found.url, "success_codes": [302]}).run()
    assert attempt.context.summary == "HTTP 302"


def refused_with(script: object) -> FailureReason:
    with peer(script) as found, pytest.raises(Fail) as raised:  # type: ignore[arg-type]
        Attempt({"url": found.url}).run()
    return raised.value.reason


def test_the_log_tells_where_it_went_without_secrets() -> None:
    def echoes(found: Peer, connection: object) -> None:
        echo = found.headers.get("x-key", "").replace(" ", "%20")
        raw = leads(302, f"/next?key={echo}") if len(found.requests) == 1 else OK
        connection.sendall(raw)  # type: ignore[attr-defined]

    with peer(echoes) as found:
        attempt = Attempt({"url": found.url, **SIGNED}, secrets=SecretsInHand(**SECRETS)).run()
    assert "/next?key=" in attempt.log
    assert "s3cret" not in attempt.log

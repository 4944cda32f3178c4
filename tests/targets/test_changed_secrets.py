"""A secret that was changed after Baton read it: the request is sent once more with the new one."""

from typing import Any

import pytest

from chalicelib.domain.runs.run import FailureReason
from chalicelib.jobs.context import Fail
from chalicelib.platform.secrets import Secrets, SecretsUnavailable
from chalicelib.targets.callback import AskToStart
from tests.builders import NOON
from tests.targets.attempts import Attempt, SecretsInHand
from tests.targets.peer import OK, Peer, answers, peer, response

HEADERS = {"Authorization": {"secret": "crm"}, "X-Tenant": {"secret": "tenant"}}
SENT_AGAIN = "Sent once more, as secrets have changed since they were read"


def changed(**values: str) -> SecretsInHand:
    """Secrets that were read as `old`, and are these by now."""
    secrets = SecretsInHand(**dict.fromkeys(values, "old-value"))
    for name in values:
        secrets.read("acme", name, NOON)
    secrets.values.update(values)
    return secrets


def attempt_at(found: Peer, secrets: Secrets, **target: Any) -> Attempt:
    return Attempt({"url": found.url, "headers": HEADERS, **target}, secrets=secrets)


@pytest.mark.parametrize("status", [401, 403])
def test_it_is_sent_once_more_within_the_attempt(status: int) -> None:
    with peer(answers(response(status, b"who are you?"), OK)) as found:
        attempt = attempt_at(found, changed(crm="new-value", tenant="old-value")).run()
    assert attempt.context.summary == "HTTP 200"
    assert attempt.context.totals.processed == 1
    assert found.headers["authorization"] == "new-value"
    assert [line for line, _ in attempt.lifeline.lines] == [
        f"The target answered {status}",
        "who are you?",
        SENT_AGAIN,
        "The target answered 200",
        "ok",
    ]
    assert (SENT_AGAIN, {"secrets": ["crm"]}) in attempt.lifeline.lines


def test_it_is_the_same_request_for_the_receiver() -> None:
    with peer(answers(response(401), OK)) as found:
        attempt_at(found, changed(crm="new-value", tenant="new-value"), body={"a": 1}).run()
    first, second = found.requests
    assert b"Idempotency-Key: 01RUN-1" in first
    assert second == first.replace(b"old-value", b"new-value")


def test_only_once() -> None:
    with peer(answers(response(401))) as found, pytest.raises(Fail) as raised:
        attempt_at(found, changed(crm="new-value", tenant="t")).run()
    assert raised.value.reason is FailureReason.AUTH_FAILED
    assert len(found.requests) == 2


def test_with_the_same_values_it_is_not() -> None:
    secrets = changed(crm="old-value", tenant="old-value")
    with peer(answers(response(401), OK)) as found, pytest.raises(Fail) as raised:
        attempt_at(found, secrets).run()
    assert raised.value.reason is FailureReason.AUTH_FAILED
    assert str(raised.value) == "the target answered 401"
    assert len(found.requests) == 1


@pytest.mark.parametrize("status", [400, 404, 407, 429, 500, 503])
def test_after_any_other_failure_it_is_not(status: int) -> None:
    with peer(answers(response(status), OK)) as found, pytest.raises(Fail) as raised:
        attempt_at(found, changed(crm="new-value", tenant="t")).run()
    assert raised.value.reason is not FailureReason.AUTH_FAILED
    assert len(found.requests) == 1


def test_after_a_success_it_is_not() -> None:
    with peer(answers(OK)) as found:
        attempt_at(found, changed(crm="new-value", tenant="t")).run()
    assert len(found.requests) == 1


def test_a_refusal_that_counts_as_success_is_one() -> None:
    with peer(answers(response(401), OK)) as found:
        attempt = attempt_at(found, changed(crm="new-value", tenant="t"), success_codes=[401]).run()
    assert attempt.context.summary == "HTTP 401"
    assert len(found.requests) == 1


def test_without_secrets_it_is_not() -> None:
    with peer(answers(response(401), OK)) as found, pytest.raises(Fail):
        Attempt({"url": found.url, "headers": {"Authorization": "plain"}}).run()
    assert len(found.requests) == 1


def test_a_secret_that_is_gone_by_now_leaves_the_refusal() -> None:
    secrets = changed(crm="new-value", tenant="t")
    del secrets.values["tenant"]
    with peer(answers(response(403), OK)) as found, pytest.raises(Fail) as raised:
        attempt_at(found, secrets).run()
    assert raised.value.reason is FailureReason.AUTH_FAILED
    assert len(found.requests) == 1


def test_a_store_that_does_not_answer_leaves_the_refusal() -> None:
    class Closing(SecretsInHand):
        def fetch(self, tenant_id: str, name: str) -> str:
            if self.fetched.count(name):
                raise SecretsUnavailable
            return super().fetch(tenant_id, name)

    with peer(answers(response(401), OK)) as found, pytest.raises(Fail) as raised:
        attempt_at(found, Closing(crm="value", tenant="t")).run()
    assert raised.value.reason is FailureReason.AUTH_FAILED


def test_the_signature_is_made_anew() -> None:
    keys = ["whsec_" + letter * 40 for letter in "ab"]
    secrets = SecretsInHand(key=keys[0])
    secrets.read("acme", "key", NOON)
    secrets.values["key"] = keys[1]
    with peer(answers(response(401), OK)) as found:
        Attempt(
            {"url": found.url, "signing_secret": {"secret": "key"}, "body": "x"}, secrets=secrets
        ).run()
    first, second = (request.lower() for request in found.requests)
    signature = b"webhook-signature: "
    assert first.partition(signature)[2][:40] != second.partition(signature)[2][:40]


def test_neither_value_is_shown() -> None:
    with peer(answers(response(401, b"not old-value"), response(200, b"new-value it is"))) as found:
        attempt = attempt_at(found, changed(crm="new-value", tenant="old-value")).run()
    assert "old-value" not in attempt.log
    assert "new-value" not in attempt.log


def test_the_new_value_is_kept() -> None:
    secrets = changed(crm="new-value", tenant="old-value")
    with peer(answers(response(401), OK)) as found:
        attempt_at(found, secrets).run()
        attempt_at(found, secrets).run()
    assert [b"new-value" in request for request in found.requests] == [False, True, True]
    assert sorted(secrets.fetched) == ["crm", "crm", "tenant", "tenant"]


def test_a_target_that_calls_back_is_asked_once_more() -> None:
    with peer(answers(response(401), response(202))) as found:
        attempt = attempt_at(found, changed(crm="new-value", tenant="t"))
        AskToStart(attempt.target).run(attempt.context)
    assert attempt.context.summary == "HTTP 202"


def test_both_requests_share_the_time_of_the_attempt() -> None:
    def silent_at_last(found: Peer, connection: Any) -> None:
        if len(found.requests) == 1:
            connection.sendall(response(401))
        else:
            found.over.wait(30)

    with peer(silent_at_last) as found, pytest.raises(Fail) as raised:
        Attempt(
            {"url": found.url, "headers": HEADERS},
            secrets=changed(crm="new-value", tenant="t"),
            seconds=0.3,
        ).run()
    assert raised.value.reason is FailureReason.TIMEOUT
    assert len(found.requests) == 2

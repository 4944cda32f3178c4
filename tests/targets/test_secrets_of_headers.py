"""Headers whose secret is missing, cannot be read, cannot be sent, or is refused."""

import pytest

from chalicelib.domain.runs.run import FailureReason
from chalicelib.jobs.context import Fail
from chalicelib.platform.secrets import SecretsUnavailable
from tests.targets.attempts import Attempt, SecretsInHand
from tests.targets.peer import OK, answers, peer, response

HEADERS = {"Authorization": {"secret": "crm"}}


class Closed(SecretsInHand):
    def fetch(self, tenant_id: str, name: str) -> str:
        raise SecretsUnavailable(f"{tenant_id}'s secret {name} cannot be read: ThrottlingException")


def test_without_its_secret_nothing_is_sent() -> None:
    with peer(answers(OK)) as found, pytest.raises(Fail, match="there is no secret crm") as raised:
        Attempt({"url": found.url, "headers": HEADERS}).run()
    assert raised.value.reason is FailureReason.ABORTED
    assert found.requests == []


def test_a_store_that_is_busy_is_worth_another_attempt() -> None:
    with peer(answers(OK)) as found, pytest.raises(Fail) as raised:
        Attempt({"url": found.url, "headers": HEADERS}, secrets=Closed()).run()
    assert raised.value.reason is FailureReason.ERROR


@pytest.mark.parametrize("value", ["two\r\nX-Admin: yes", "a\0b", "schlüssel", "x" * 9000])
def test_a_secret_that_fits_no_header_is_not_sent_nor_shown(value: str) -> None:
    with peer(answers(OK)) as found, pytest.raises(Fail) as raised:
        Attempt({"url": found.url, "headers": HEADERS}, secrets=SecretsInHand(crm=value)).run()
    assert raised.value.reason is FailureReason.ABORTED
    assert value not in str(raised.value)
    assert found.requests == []


def test_a_secret_is_read_once_in_a_while() -> None:
    secrets = SecretsInHand(crm="old")
    with peer(answers(OK)) as found:
        for _ in range(3):
            Attempt({"url": found.url, "headers": HEADERS}, secrets=secrets).run()
    assert secrets.fetched == ["crm"]


def test_a_secret_that_was_refused_is_read_anew() -> None:
    secrets = SecretsInHand(crm="old")
    with peer(answers(response(401), OK)) as found:
        with pytest.raises(Fail):
            Attempt({"url": found.url, "headers": HEADERS}, secrets=secrets).run()
        secrets.values["crm"] = "new"
        Attempt({"url": found.url, "headers": HEADERS}, secrets=secrets).run()
    assert found.headers["authorization"] == "new"

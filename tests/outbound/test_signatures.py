"""Signatures by the Standard Webhooks convention."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from chalicelib.domain.runs.run import FailureReason
from chalicelib.jobs.context import Fail
from chalicelib.outbound import signature
from tests.builders import NOON
from tests.targets.attempts import Attempt, SecretsInHand
from tests.targets.peer import OK, answers, peer

RAW = bytes(range(32))
KEY = "whsec_" + base64.b64encode(RAW).decode()


def test_the_published_example_comes_out() -> None:
    headers = signature.headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("body", [{"name": "Größe"}, "text", None])
def test_a_receiver_can_verify_what_was_sent(body: object) -> None:
    with peer(answers(OK)) as found:
        Attempt(
            {"url": found.url, "body": body, "signing_secret": {"secret": "key"}},
            secrets=SecretsInHand(key=KEY + "\n"),
        ).run()
    headers = found.headers
    assert headers["webhook-id"] == headers["idempotency-key"] == "01RUN-1"
    assert headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    signed = f"01RUN-1.{headers['webhook-timestamp']}.".encode() + found.body
    expected = base64.b64encode(hmac.new(RAW, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_without_a_key_nothing_is_signed() -> None:
    with peer(answers(OK)) as found:
        Attempt({"url": found.url}).run()
    assert not [name for name in found.headers if name.startswith("webhook-")]


@pytest.mark.parametrize(
    "key",
    [
        "whsec_",
        "my plain password, long enough for a key",
        base64.b64encode(b"x" * 23).decode(),
        base64.b64encode(b"x" * 65).decode(),
        "whsec_*" + "A" * 40,
    ],
)
def test_what_is_no_key_signs_nothing(key: str) -> None:
    with peer(answers(OK)) as found, pytest.raises(Fail) as raised:
        Attempt(
            {"url": found.url, "signing_secret": {"secret": "key"}}, secrets=SecretsInHand(key=key)
        ).run()
    assert raised.value.reason is FailureReason.ABORTED
    assert key not in str(raised.value)
    assert found.requests == []


@pytest.mark.parametrize("length", [24, 64])
def test_keys_may_be_short_and_long_and_unpadded(length: int) -> None:
    plain = base64.b64encode(b"x" * length).decode()
    one, other = (
        signature.headers(key, "id", NOON, b"") for key in (plain, f"whsec_{plain.rstrip('=')}")
    )
    assert one == other

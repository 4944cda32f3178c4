"""A store of secrets that is asked too often makes the run come again a little later."""

from datetime import timedelta

import pytest

from chalicelib.domain.runs.run import FailureReason
from chalicelib.jobs.context import Fail
from chalicelib.platform.secrets import Secrets, SecretsThrottled
from tests.targets.attempts import Attempt


class Throttled(Secrets):
    def fetch(self, tenant_id: str, name: str) -> str:  # noqa: ARG002  # none is found
        raise SecretsThrottled(f"the secret {name} cannot be read: ThrottlingException")


def test_the_run_is_rate_limited_and_asks_for_a_rest() -> None:
    target = {"url": "http://127.0.0.1:9/", "headers": {"Authorization": {"secret": "crm"}}}
    attempt = Attempt(target, secrets=Throttled())
    with pytest.raises(Fail) as raised:
        attempt.target.run(attempt.context)
    assert raised.value.reason is FailureReason.RATE_LIMITED
    assert raised.value.retry_after == timedelta(seconds=5)

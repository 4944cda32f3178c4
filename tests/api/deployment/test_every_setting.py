"""Every setting does something: for each of them there is a test that fails if it is ignored."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from chalicelib.domain.deployment.settings import Settings
from chalicelib.engine import system
from chalicelib.store import run_table
from tests.api_client import Api
from tests.audits.test_outgoing import Sns
from tests.e2e.listener import Listener, listening
from tests.harness import Stack

DAY: Final = 86_400


def change(stack: Stack, **settings: Any) -> None:
    answer = stack.http("PATCH", "/v1/settings", settings, token=stack.owner)
    assert answer.status == 200, answer.json


def test_capacity_is_how_many_runs_work_at_once(api: Api, stack: Stack) -> None:
    change(stack, capacity=3)
    for _ in range(4):
        api.start(api.create(), "?when_busy=queue")
    stack.tick()
    assert len([run for run in api.runs() if run["status"] == "claimed"]) == 3


@pytest.mark.parametrize("seconds", [60, 600])
def test_lease_seconds_is_the_lease_of_what_calls_back(
    api: Api, stack: Stack, seconds: int
) -> None:
    change(stack, lease_seconds=seconds)
    arn = "arn:aws:lambda:us-east-1:123456789012:function:work-crawl"
    target = {"type": "lambda", "function_arn": arn, "completion": "callback"}
    run = api.start(api.create(target=target, enabled=False))
    assert run_table.get("default", run["id"]).lease_seconds == seconds


@pytest.mark.parametrize("days", [1, 30])
def test_limits_are_what_a_tenant_may_have_at_most(stack: Stack, days: int) -> None:
    change(stack, limits={"max_token_days": days})
    body = {"name": "ci", "scopes": ["viewer"]}
    made = stack.http("POST", "/v1/tokens", body, token=stack.admin).json["token"]
    assert datetime.fromisoformat(made["expires_at"]) == stack.now + timedelta(days=days)


@pytest.mark.parametrize("seconds", [45, 90])
def test_pressure_delay_seconds_is_how_long_a_fire_time_is_put_off_at_once(
    api: Api, stack: Stack, seconds: int
) -> None:
    change(stack, pressure_delay_seconds=seconds)
    press(stack)
    schedule = api.create(cadence={"type": "once", "at": "2026-03-01T00:01:00Z"})
    stack.advance(60)
    stack.tick()
    put_off = datetime.fromisoformat(api.schedule(schedule)["next_fire_at"])
    assert (put_off - stack.now).total_seconds() == seconds


@pytest.mark.parametrize("seconds", [60, 120])
def test_pressure_max_seconds_is_how_long_a_fire_time_is_put_off_in_all(
    api: Api, stack: Stack, seconds: int
) -> None:
    change(stack, pressure_max_seconds=seconds)
    press(stack)
    schedule = api.create(cadence={"type": "once", "at": "2026-03-01T00:01:00Z"})
    stack.run_for(300)
    (run,) = api.runs(schedule)
    late = datetime.fromisoformat(run["started_at"]) - datetime.fromisoformat(run["fire_at"])
    assert late.total_seconds() == seconds


def press(stack: Stack) -> None:
    path, body = "/v1/pressure/editor", {"ttl_seconds": DAY}
    assert stack.http("PUT", path, body, token=stack.operator).status == 200


@pytest.mark.parametrize("most", [1, 3])
def test_batch_per_tenant_is_how_many_runs_of_a_tenant_one_pass_takes_while_others_wait(
    api: Api, stack: Stack, most: int
) -> None:
    other = stack.token("other", ["operator"])
    for token in (stack.operator, other):
        for _ in range(5):
            schedule = api.create(token)
            path = f"/v1/schedules/{schedule['id']}/runs?when_busy=queue"
            assert stack.http("POST", path, token=token).status == 202
    weights = {"main": {"weights": {"other": 10}}}
    # One of `default` is at work already, and the other tenant has its next ten turns.
    change(stack, capacity=1 + most + 1, batch_per_tenant=most, pools=weights)
    answer = stack.http("POST", "/v1/tick", token=stack.owner)
    assert answer.json["tenants"] == {
        "default": {"taken": 1, "failed": 0},
        "other": {"taken": most, "failed": 0},
    }


@pytest.mark.parametrize("capacity", [1, 3])
def test_pools_is_which_there_are_and_how_many_runs_work_in_each(
    api: Api, stack: Stack, capacity: int
) -> None:
    change(stack, pools={"gpu": {"capacity": capacity}})
    runs = [api.start(api.create(pool="gpu"), "?when_busy=queue") for _ in range(4)]
    at_work = [api.run(run)["status"] for run in runs].count("claimed")
    assert at_work == capacity


@pytest.mark.parametrize("days", [7, 400])
def test_run_days_is_how_long_a_run_is_kept(api: Api, stack: Stack, days: int) -> None:
    change(stack, retention={"run_days": days})
    run = api.start(api.create())
    stack.deliver()
    kept = run_table.get("default", run["id"])
    assert kept.expires_at is not None and kept.finished_at is not None
    assert (kept.expires_at - kept.finished_at).days in (days - 1, days)


@pytest.mark.parametrize(("days", "left"), [(5, 0), (20, 1)])
def test_log_days_is_how_long_the_lines_of_successful_runs_are_kept(
    api: Api, stack: Stack, days: int, left: int
) -> None:
    change(stack, retention={"log_days": days})
    assert lines_left_after_ten_days(api, stack) == left


@pytest.mark.parametrize(("days", "left"), [(20, 1), (5, 0)])
def test_a_number_of_its_own_wins_over_log_days(
    api: Api, stack: Stack, days: int, left: int
) -> None:
    change(stack, retention={"log_days": 25 - days})
    assert lines_left_after_ten_days(api, stack, days=days) == left


def lines_left_after_ten_days(api: Api, stack: Stack, **params: Any) -> int:
    """How many lines of a run that succeeded ten days ago the cleaning leaves."""
    cleaning = api.create(target={"type": "function", "name": "cleanup-logs", "params": params})
    old = api.start(api.create())
    stack.deliver()
    assert len(api.log(old)) == 1
    stack.advance(10 * DAY)
    api.start(cleaning)
    stack.deliver()
    return len(api.log(old))


@pytest.mark.parametrize("days", [7, 40])
def test_audit_review_days_is_when_an_audit_is_up_for_review(stack: Stack, days: int) -> None:
    change(stack, audit_review_days=days)
    assert days_until(stack, "review_at") == days


@pytest.mark.parametrize("days", [35, 70])
def test_audit_deactivation_days_is_when_an_audit_is_deactivated(stack: Stack, days: int) -> None:
    change(stack, audit_deactivation_days=days)
    assert days_until(stack, "deactivates_at") == days


def days_until(stack: Stack, field: str) -> int:
    """How many days after its publication that date of a new audit is."""
    audit = publish(stack)
    at, published = (datetime.fromisoformat(audit[name]) for name in (field, "published_at"))
    return (at - published).days


def publish(stack: Stack) -> dict[str, Any]:
    body = {"title": "How we bake", "published_at": stack.now.isoformat()}
    answer = stack.http("POST", "/v1/audits", body, token=stack.operator)
    assert answer.status == 201, answer.json
    return dict(answer.json)


@pytest.mark.parametrize(("kinds", "sent"), [(["audit_review"], 1), (["audit_deactivated"], 0)])
def test_topic_kinds_are_what_the_topic_gets(
    sending: tuple[Stack, Sns, Listener], kinds: list[str], sent: int
) -> None:
    stack, sns, listener = sending
    change(stack, topic_kinds=kinds)
    bring_up_for_review(stack)
    assert (len(sns.published), len(listener.requests)) == (sent, 1)


@pytest.mark.parametrize(("kinds", "sent"), [(["audit_review"], 1), (["audit_deactivated"], 0)])
def test_webhook_kinds_are_what_the_webhook_gets(
    sending: tuple[Stack, Sns, Listener], kinds: list[str], sent: int
) -> None:
    stack, sns, listener = sending
    change(stack, webhook_kinds=kinds)
    bring_up_for_review(stack)
    assert (len(sns.published), len(listener.requests)) == (1, sent)


@pytest.fixture
def sending() -> Iterator[tuple[Stack, Sns, Listener]]:
    """A deployment that sends notifications on to a topic and to a webhook."""
    sns = Sns()
    with Stack(allow_targets=["127.0.0.0/8"]) as stack, listening() as listener:
        stack.clients["sns"] = sns
        config = replace(
            stack.system.config,
            notification_topic_arn="arn:aws:sns:us-east-1:123456789012:notifications",
            notification_webhook_url=f"{listener.url}/hook",
        )
        stack.system = replace(stack.system, config=config)
        system.use(stack.system)
        yield stack, sns, listener


def bring_up_for_review(stack: Stack) -> None:
    publish(stack)
    stack.advance(30 * DAY)
    stack.daily()
    stack.outgoing()


@pytest.mark.parametrize("setting", [field.name for field in fields(Settings)])
def test_each_setting_has_its_test_here(setting: str) -> None:
    tests = [name for name in globals() if name.startswith(f"test_{setting}_")]
    assert len(tests) == 1

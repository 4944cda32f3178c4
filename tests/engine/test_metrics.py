"""Metrics come out of real flows, in CloudWatch's format, and cost an idle deployment nothing."""

import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.runs.run import FailureReason
from chalicelib.engine.system import use
from chalicelib.jobs.context import JobContext
from chalicelib.platform import events, metrics
from tests.api_client import Api
from tests.builders import NOON
from tests.dynamodb.errors import throttled
from tests.engine import emf
from tests.engine.conftest import Lines
from tests.engine.seams import TRANSACTION, just_before
from tests.harness import Crash, SetClock, Stack

PROBE = {"type": "function", "name": "probe"}


def figures(lines: Lines) -> dict[str, Any]:
    """All figures that were written with no dimension but the stack; each line is in the format."""
    found: dict[str, Any] = {}
    for text in lines.texts("metrics"):
        assert emf.faults(text) == []
        line = json.loads(text)
        if set(emf.dimensions(line)) == {"Stack"}:
            found |= emf.figures(line)
    return found


def apart(lines: Lines, dimension: str) -> dict[str, dict[str, Any]]:
    """Value of the dimension → the figures that were written for it."""
    written = [line for line in lines.written("metrics") if dimension in emf.dimensions(line)]
    return {line[dimension]: emf.figures(line) for line in written}


def once(seconds: int) -> dict[str, Any]:
    return {"type": "once", "at": f"2026-03-01T00:00:{seconds:02}Z"}


def crash(_context: JobContext, _params: dict[str, Any]) -> None:
    raise Crash


def fail(_context: JobContext, _params: dict[str, Any]) -> None:
    raise ValueError


def test_a_pass_that_fires_counts_and_measures(api: Api, stack: Stack, lines: Lines) -> None:
    api.create(cadence=once(10))
    stack.lose_wakes()
    stack.advance(12)
    lines.clear()
    stack.tick()

    assert figures(lines) == {"Passes": 1, "Fired": 1, "Late": 2000, "Wait": 0}
    (line,) = lines.written("metrics")
    assert line["Stack"] == "baton"
    assert line["_aws"]["Timestamp"] == int(stack.now.timestamp() * 1000)


def test_a_skipped_fire_time_is_not_counted_as_fired(api: Api, stack: Stack, lines: Lines) -> None:
    api.start(api.create())
    api.create(cadence=once(10), when_busy="skip")
    stack.advance(10)
    lines.clear()
    stack.tick()

    assert figures(lines) == {"Passes": 1}


def test_times_of_one_pass_are_written_one_by_one(api: Api, stack: Stack, lines: Lines) -> None:
    for seconds in (10, 11):
        api.create(cadence=once(seconds))
    stack.lose_wakes()
    stack.advance(12)
    lines.clear()
    stack.tick()

    found = figures(lines)
    assert (found["Fired"], found["Late"]) == (2, [2000, 1000])


def test_a_run_that_ends_is_measured(api: Api, stack: Stack, lines: Lines) -> None:
    stack.register("probe", lambda _context, _params: stack.advance(7))
    api.start(api.create(target=PROBE))
    lines.clear()
    stack.deliver()

    assert figures(lines) == {"Duration": 7000}
    assert apart(lines, "Reason") == {}


def test_a_run_that_fails_is_counted_by_its_reason(api: Api, stack: Stack, lines: Lines) -> None:
    stack.register("probe", fail)
    api.start(api.create(target=PROBE))
    stack.deliver()

    assert apart(lines, "Reason") == {"error": {"Failures": 1}}


def test_an_attempt_that_is_tried_again_is_no_failure(api: Api, stack: Stack, lines: Lines) -> None:
    stack.register("probe", fail)
    api.start(api.create(target=PROBE, retry={"max_attempts": 2, "delay_seconds": 3600}))
    stack.deliver()

    assert apart(lines, "Reason") == {}


def test_a_silent_holder_is_counted_as_reaped(api: Api, stack: Stack, lines: Lines) -> None:
    stack.register("probe", crash)
    api.start(api.create(target=PROBE, lease_seconds=60))
    stack.deliver()
    stack.advance(65)
    lines.clear()
    stack.tick()

    found = figures(lines)
    assert (found["Reaped"], found["Passes"], "NotStarted" in found) == (1, 1, False)


def test_a_claim_that_nobody_started_is_counted_by_itself(
    api: Api, stack: Stack, lines: Lines
) -> None:
    api.start(api.create())
    (message,) = stack.messages()
    stack.drop(message)
    stack.advance(3600)
    lines.clear()
    stack.tick()

    found = figures(lines)
    assert (found["Reaped"], found["NotStarted"]) == (1, 1)


def test_what_waits_for_a_slot_is_counted_at_a_tick(api: Api, stack: Stack, lines: Lines) -> None:
    api.start(api.create())
    for _ in range(3):
        api.start(api.create(), "?when_busy=queue")
        stack.advance(5)
    lines.clear()
    stack.tick()

    assert figures(lines) == {"Waiting": 3, "LongestWait": 15}
    (done,) = lines.of("tick_done")
    assert done["waiting"] == 3


def test_what_waits_for_its_own_schedule_alone_does_not_wait_for_a_slot(
    api: Api, stack: Stack, lines: Lines
) -> None:
    stack.http("PATCH", "/v1/settings", {"capacity": 2}, token=stack.owner)
    schedule = api.create()
    api.start(schedule)
    api.start(schedule, "?when_busy=queue")
    lines.clear()
    stack.tick()

    assert figures(lines) == {}


def test_what_is_aside_is_counted_at_each_tick_until_it_is_back(
    api: Api, stack: Stack, lines: Lines
) -> None:
    poison = api.create(cadence=once(10))
    stack.corrupt_schedule(poison["id"])
    stack.advance(10)
    stack.tick()
    for _ in range(2):
        lines.clear()
        stack.advance(60)
        stack.tick()
        assert figures(lines) == {"PutAside": 1}
    assert lines.of("tick_done")[0]["put_aside"] == 1


def test_a_throttled_write_is_counted(api: Api, stack: Stack, lines: Lines) -> None:
    api.create(cadence=once(10))
    stack.lose_wakes()
    stack.advance(10)
    lines.clear()

    def refuse() -> None:
        raise throttled(TRANSACTION)

    with just_before(TRANSACTION, refuse):
        stack.tick()

    assert figures(lines)["Throttled"] == 1


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/schedules/none", "404"), ("/v1/runs?limit=x", "422")]
)
def test_a_refused_request_is_counted_by_its_status(
    stack: Stack, lines: Lines, path: str, status: str
) -> None:
    answer = stack.http("GET", path, token=stack.viewer)
    assert str(answer.status) == status
    assert apart(lines, "Status") == {status: {"ApiErrors": 1}}
    (told,) = lines.of("request_refused")
    assert (told["status"], told["code"]) == (answer.status, answer.json["code"])


def test_a_request_that_is_served_writes_no_metrics(api: Api, lines: Lines) -> None:
    api.create()
    assert lines.texts("metrics") == []


def test_a_tick_and_a_wake_with_nothing_to_do_write_no_metrics(
    api: Api, stack: Stack, lines: Lines
) -> None:
    api.create(cadence={"type": "cron", "expression": "0 0 24 12 *"})
    stack.run_for(180)
    stack.daily()

    assert len(lines.of("tick_done")) == 4
    assert lines.texts("metrics") == []


def test_a_deployment_that_wants_no_metrics_writes_none(
    api: Api, stack: Stack, lines: Lines
) -> None:
    use(replace(stack.system, config=replace(stack.system.config, metrics=False)))
    api.create(cadence=once(10))
    stack.advance(12)
    stack.tick()

    assert [told["fired"] for told in lines.of("tick_done")] == [1]
    assert lines.texts("metrics") == []


def test_metrics_are_written_whatever_the_level_of_the_log(
    api: Api, stack: Stack, lines: Lines
) -> None:
    events.logger.setLevel(logging.ERROR)
    api.create(cadence=once(10))
    stack.advance(12)
    stack.tick()

    assert lines.of("tick_done") == []
    assert figures(lines)["Fired"] == 1


def test_metrics_of_an_invocation_that_fails_are_written(lines: Lines) -> None:
    def die() -> None:
        with metrics.collected("baton", SetClock(NOON)):
            metrics.count(metrics.FIRED)
            raise ValueError("it dies")

    with pytest.raises(ValueError, match="it dies"):
        die()
    assert figures(lines) == {"Fired": 1}


def test_more_values_than_a_line_may_have_take_several(lines: Lines) -> None:
    with metrics.collected("baton", SetClock(NOON)):
        for value in range(250):
            metrics.measure(metrics.LATE, value)
            metrics.count(metrics.FIRED)

    written = [emf.figures(line) for line in lines.written("metrics")]
    assert [len(each["Late"]) for each in written] == [100, 100, 50]
    assert [value for each in written for value in each["Late"]] == list(range(250))
    assert [each.get("Fired") for each in written] == [250, None, None]
    assert [emf.faults(text) for text in lines.texts("metrics")] == [[], [], []]


def test_nothing_is_kept_where_no_invocation_is(lines: Lines) -> None:
    metrics.count(metrics.FIRED)
    with metrics.collected("baton", SetClock(NOON)):
        pass
    assert lines.texts("metrics") == []


def test_dimensions_have_few_values(api: Api, stack: Stack, lines: Lines) -> None:
    """What a deployment makes at most: each combination is a metric that is paid for."""
    stack.register("probe", fail)
    for tenant in ("default", "other"):
        token = stack.token(tenant, ["operator"])
        api.create(token, target=PROBE, cadence=once(10))
    stack.run_for(300)
    stack.http("GET", "/v1/schedules/none", token=stack.viewer)

    seen = [emf.dimensions(line) for line in lines.written("metrics")]
    assert {name for each in seen for name in each} == {"Stack", "Reason", "Status"}
    assert {each["Reason"] for each in seen if "Reason" in each} <= set(FailureReason)
    assert {metric.by for metric in metrics.ALL} == {None, "Reason", "Status"}
    assert len([metric for metric in metrics.ALL if metric.by is None]) == 11

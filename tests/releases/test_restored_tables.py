"""Tables restored to an instant, in a deployment that goes on with them some time later.

As after a recovery to a point in time: new tables with the items of that instant, and nothing else.
No message is on its way, no function is at work, time to live has removed nothing meanwhile, and
what happened after the instant is not known.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from chalicelib.domain.time import cadences
from chalicelib.domain.time.instants import to_text
from chalicelib.platform.queues import RunMessage
from tests.api_client import Api
from tests.callbacks.conftest import ARN, Function
from tests.harness import Crash, Stack
from tests.releases import snapshots
from tests.releases.snapshots import Snapshot

HOUR: Final = 3600
#: How long it takes people to notice, to restore the tables and to deploy over them.
AWAY: Final = 2 * HOUR + 90
#: The cadences of the schedules that fire by themselves, and what they do with late fire times.
RHYTHMS: Final[dict[str, dict[str, Any]]] = {
    "makes up for all in one": {"misfire": {"policy": "run_once", "grace_seconds": 60}},
    "makes up for each": {"misfire": {"policy": "run_all", "grace_seconds": 60}},
    "makes up for nothing": {"misfire": {"policy": "skip", "grace_seconds": 60}},
}
CRON: Final = {"type": "cron", "expression": "*/10 * * * *"}


@dataclass
class Before:
    """What was so at the instant, and what people hold of it."""

    at: datetime
    stored: Snapshot
    schedules: dict[str, dict[str, Any]]
    runs: dict[str, dict[str, Any]]
    records: list[dict[str, Any]]
    tokens: dict[str, str] = field(repr=False)
    #: What was stored some minutes later.
    ahead: Snapshot = field(default_factory=dict)


@dataclass(frozen=True)
class After:
    """The deployment over the restored tables, in which no pass was made yet."""

    stack: Stack
    api: Api
    before: Before

    def run(self, name: str) -> dict[str, Any]:
        """A run of the old world, as it is now."""
        return self.api.run(self.before.runs[name])


def _die(_context: Any, _params: Any) -> None:
    raise Crash


def _a_world_until_the_instant(stack: Stack) -> Before:
    """A deployment at work for three hours, seen at an instant at which every slot is taken."""
    stack.register("dies", _die)
    stack.clients["lambda"] = function = Function()
    api = Api(stack)
    viewer = {"name": "kept", "scopes": ["viewer"]}
    kept = stack.http("POST", "/v1/tokens", viewer, token=stack.owner).json
    schedules = {
        name: api.create(name=name, cadence=CRON, **more) for name, more in RHYTHMS.items()
    }
    calls_back = api.create(
        target={"type": "lambda", "function_arn": ARN, "completion": "callback"},
        timeout_seconds=4 * HOUR,
    )
    stack.run_for(3 * HOUR + 5)
    at_work = api.start(api.create(target={"type": "function", "name": "dies"}))
    called = api.start(calls_back)
    stack.deliver()
    waiting = api.start(api.create(), "?when_busy=queue")
    assert [api.run(run)["status"] for run in (at_work, called, waiting)] == [
        "running",
        "running",
        "queued",
    ]
    tokens = {
        "owner": stack.owner,
        "kept": kept["secret"],
        "run": function.events[-1]["baton"]["run_token"],
    }
    runs = {"at work": at_work, "calls back": called, "waiting": waiting}
    return Before(stack.now, snapshots.take(), schedules, runs, api.runs(), tokens)


def _what_is_forgotten(stack: Stack, before: Before) -> None:
    """What happened after the instant: runs, a new schedule, and a token taken away."""
    api = Api(stack)
    api.create(name="Forgotten")
    token_id = before.tokens["kept"].split("_")[1]
    assert stack.http("DELETE", f"/v1/tokens/{token_id}", token=stack.owner).status == 204
    stack.run_for(700)
    before.ahead = snapshots.take()
    stack.run_for(HOUR)
    assert len(api.runs()) > len(before.records)


@pytest.fixture(scope="module")
def before() -> Iterator[Before]:
    """What was so at the instant, at which the restore aims."""
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("BATON_TESTS_ENGINE", "memory")
        with Stack(capacity=2) as stack:
            found = _a_world_until_the_instant(stack)
            _what_is_forgotten(stack, found)
            yield found


@pytest.fixture
def after(before: Before) -> Iterator[After]:
    """The deployment over the restored tables."""
    with Stack(to_text(before.at + timedelta(seconds=AWAY)), capacity=2) as stack:
        snapshots.put(before.stored)
        stack.clients["lambda"] = Function()
        yield After(stack, Api(stack), before)


def fire_times(since: datetime, until: datetime) -> list[str]:
    """When the cron of the schedules fires in that time."""
    cron, found, at = cadences.from_json(CRON), [], since
    while (following := cadences.next_fire(cron, at)) is not None and following <= until:
        found.append(to_text(following))
        at = following
    return found


def test_what_the_instant_knew_is_there_and_what_came_after_is_not(after: After) -> None:
    assert after.api.runs() == after.before.records
    names = {each["name"] for each in after.api.get("/v1/schedules")["items"]}
    assert "Forgotten" not in names
    assert set(RHYTHMS) <= names


def test_no_fire_time_is_lost_and_none_doubled(after: After) -> None:
    after.stack.run_for(HOUR)
    wanted = fire_times(after.before.at, after.stack.now)
    for name, schedule in after.before.schedules.items():
        known = [run for run in after.before.records if run["schedule_id"] == schedule["id"]]
        records = after.api.runs(schedule)
        assert [run["id"] for run in records[: len(known)]] == [run["id"] for run in known]
        assert len({run["fire_at"] for run in records}) == len(records)
        new = records[len(known) :]
        assert sum(run["covers"] for run in new) == len(wanted), name
        assert {run["fire_at"] for run in new} <= set(wanted)


def test_what_was_missed_meanwhile_follows_the_misfire_policies(after: After) -> None:
    after.stack.run_for(HOUR)
    missed = fire_times(after.before.at, after.before.at + timedelta(seconds=AWAY - 60))
    made = {
        name: [run for run in after.api.runs(schedule) if run["fire_at"] in missed]
        for name, schedule in after.before.schedules.items()
    }
    [one] = made["makes up for all in one"]
    assert (one["status"], one["trigger"]) == ("succeeded", "catch_up")
    assert one["covers"] == len(missed)
    each = made["makes up for each"]
    assert [run["status"] for run in each] == ["succeeded"] * len(missed)
    assert {run["skip_reason"] for run in made["makes up for nothing"]} == {"misfire"}


def test_holders_of_the_old_world_are_reaped_and_what_waits_is_served(after: After) -> None:
    after.stack.run_for(120)
    for name in ("at work", "calls back"):
        ended = after.run(name)
        assert (ended["status"], ended["failure_reason"]) == ("failed", "lease_expired")
    assert after.run("waiting")["status"] == "succeeded"
    after.stack.run_for(HOUR)
    assert after.api.get("/v1/slot")["holders"] == []


def test_a_target_of_the_old_world_is_told_that_its_run_is_over(after: After) -> None:
    after.stack.run_for(120)
    path = f"/v1/runs/{after.before.runs['calls back']['id']}"
    for what, body in {"heartbeat": {"steps": 1}, "complete": {"summary": "late"}}.items():
        answer = after.stack.http("POST", f"{path}/{what}", body, token=after.before.tokens["run"])
        assert (answer.status, answer.json["code"]) == (409, "lease_lost")
    assert after.run("calls back")["summary"] is None


def test_a_message_of_the_old_world_starts_nothing(after: After) -> None:
    after.stack.run_for(120)
    ended = after.run("at work")
    after.stack.system.queues.send_run(RunMessage("default", ended["id"], 1))
    after.stack.deliver()
    assert after.run("at work") == ended


def test_tokens_are_valid_as_they_were_at_the_instant(after: After) -> None:
    for name in ("owner", "kept"):  # The second was revoked later: it has to be revoked again.
        token = after.before.tokens[name]
        assert after.stack.http("GET", "/v1/schedules", token=token).status == 200


@pytest.mark.parametrize("table", snapshots.table_names())
def test_a_table_of_another_instant_stops_nothing(before: Before, table: str) -> None:
    """One instant for all tables is asked for; a table that is some minutes ahead is survived."""
    later = before.at + timedelta(seconds=AWAY)
    with Stack(to_text(later), capacity=2) as stack:
        snapshots.put({**before.stored, table: before.ahead[table]})
        stack.clients["lambda"] = Function()
        stack.run_for(HOUR)
        api = Api(stack)
        assert api.get("/v1/slot")["holders"] == []
        newest = [run for run in api.runs() if run["fire_at"] > to_text(later)]
        assert {run["status"] for run in newest} == {"succeeded"}
        assert len(newest) == len(RHYTHMS) * len(fire_times(later, stack.now))

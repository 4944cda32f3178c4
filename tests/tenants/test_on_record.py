"""What a person did is on record, and the record is written with the deed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from chalicelib.domain.access.actors import name_fault
from chalicelib.engine.moves import forgetting
from chalicelib.engine.requests.schedule_deletion import MOST_AT_ONCE
from chalicelib.store.dynamodb.models import (
    ControlItem,
    InboxItem,
    LogItem,
    RunItem,
    shared_connection,
)
from tests.api_client import Api
from tests.engine.seams import TRANSACTION, just_before
from tests.harness import Crash, Stack

SKIPPED = {"cadence": {"type": "cron", "expression": "* * * * *"}, "when_busy": "skip"}


def activity(api: Api, token: str | None = None) -> list[dict[str, Any]]:
    return list(api.get("/v1/activity?limit=200", token)["items"])


def die() -> None:
    raise Crash


def with_history(stack: Stack, api: Api, runs: int) -> dict[str, Any]:
    """A schedule with so many runs that have ended."""
    stack.register("probe", lambda context, _params: context.log("done"))
    schedule = api.create(target={"type": "function", "name": "probe"})
    for _ in range(runs):
        api.start(schedule)
        stack.deliver()
    return schedule


def delete(stack: Stack, schedule: dict[str, Any], token: str | None = None) -> int:
    path = f"/v1/schedules/{schedule['id']}"
    return stack.http("DELETE", path, token=token or stack.operator).status


def left() -> tuple[int, int, int]:
    """How many runs, log lines and deletions there are."""
    runs, lines = list(RunItem.scan()), list(LogItem.scan())
    return len(runs), len(lines), len(list(ControlItem.query("deletions")))


# Deleting a schedule


def test_a_deletion_is_answered_before_all_of_the_history_is_gone(stack: Stack, api: Api) -> None:
    schedule = with_history(stack, api, MOST_AT_ONCE + 5)
    assert delete(stack, schedule) == 204
    assert left() == (5, 5, 1)
    stack.tick()
    assert left() == (0, 0, 1)


def test_a_short_history_goes_with_it(stack: Stack, api: Api) -> None:
    assert delete(stack, with_history(stack, api, 3)) == 204
    assert left() == (0, 0, 1)


def test_the_word_of_it_stays_until_a_last_look(stack: Stack, api: Api) -> None:
    """The index by which runs are found lags behind."""
    delete(stack, with_history(stack, api, 1))
    stack.run_for(forgetting.LAST_LOOK_AFTER.total_seconds() - 1)
    assert left() == (0, 0, 1)
    stack.run_for(120)
    assert left() == (0, 0, 0)


def test_a_deletion_that_is_cut_short_is_on_record_and_goes_on(stack: Stack, api: Api) -> None:
    schedule = with_history(stack, api, 3)
    with just_before(TRANSACTION, die, moment="after"), pytest.raises(Crash):
        delete(stack, schedule)
    assert left() == (3, 3, 1)
    [deed, *_] = activity(api)
    assert (deed["action"], deed["subject"]) == ("schedule_deleted", schedule["id"])
    assert delete(stack, schedule) == 404
    stack.tick()
    assert left() == (0, 0, 1)


def test_a_deletion_that_is_not_on_record_did_not_take_place(stack: Stack, api: Api) -> None:
    schedule = with_history(stack, api, 1)
    with just_before(TRANSACTION, die), pytest.raises(Crash):
        delete(stack, schedule)
    assert api.schedule(schedule)["id"] == schedule["id"]
    assert left() == (1, 1, 0)
    assert "schedule_deleted" not in [each["action"] for each in activity(api)]


def test_removing_history_goes_on_where_it_was_cut_short(stack: Stack, api: Api) -> None:
    schedule = with_history(stack, api, MOST_AT_ONCE + 4)
    delete(stack, schedule)
    with just_before("BatchWriteItem", die, moment="after"), suppress(Crash):
        stack.tick()
    assert 0 < left()[0] <= 4
    stack.tick()
    assert left() == (0, 0, 1)


def test_a_holder_is_told_once_and_its_run_goes_when_it_ends(stack: Stack, api: Api) -> None:
    schedule = with_history(stack, api, 1)
    run = api.start(schedule)
    waiting = api.start(schedule, "?when_busy=queue")
    assert delete(stack, schedule) == 204
    assert [item.run_id for item in RunItem.scan()] == [run["id"]]
    told_at = RunItem.get("default", run["id"]).cancel_requested_at
    assert told_at == stack.now
    stack.advance(60)
    stack.tick()
    assert RunItem.get("default", run["id"]).cancel_requested_at == told_at
    stack.deliver()
    stack.tick()
    assert left()[0] == 0
    assert waiting["status"] == "queued"


def test_the_word_of_many_deletions_is_worked_on_in_turn(stack: Stack, api: Api) -> None:
    acme = stack.token(tenant="acme", scopes=["operator"])
    stack.register("probe", lambda context, _params: context.log("done"))
    probe = {"type": "function", "name": "probe"}
    for token in (stack.operator, acme):
        schedule = api.create(token=token, target=probe)
        for _ in range(MOST_AT_ONCE + 2):
            stack.http("POST", f"/v1/schedules/{schedule['id']}/runs", {}, token=token)
            stack.deliver()
        delete(stack, schedule, token)
    assert left() == (4, 4, 2)
    stack.tick()
    assert left() == (0, 0, 2)


# Other deeds


def test_a_cancellation_that_is_cut_short_is_on_record(stack: Stack, api: Api) -> None:
    schedule = with_history(stack, api, 0)
    works, waits = api.start(schedule), api.start(schedule, "?when_busy=queue")
    for run in (waits, works):
        path = f"/v1/runs/{run['id']}/cancel"
        with just_before(TRANSACTION, die, moment="after"), pytest.raises(Crash):
            stack.http("POST", path, token=stack.operator)
        [deed, *_] = activity(api)
        assert (deed["action"], deed["subject"]) == ("run_cancelled", run["id"])


def test_dead_letters_are_on_record_before_they_move(stack: Stack, api: Api) -> None:
    owner = stack.owner
    with just_before("PutItem", die, moment="after"), pytest.raises(Crash):
        stack.http("POST", "/v1/dead-letters/redrive", token=owner)
    [begun] = activity(api)
    assert (begun["action"], begun["details"]) == ("dead_letters_redriven", {"moved": None})
    stack.http("POST", "/v1/dead-letters/redrive", token=stack.owner)
    assert activity(api)[0]["details"] == {"moved": 0}


def test_removed_log_lines_are_on_record_before_they_go(stack: Stack, api: Api) -> None:
    with_history(stack, api, 2)
    cleaner = api.create(target={"type": "function", "name": "cleanup-logs"})
    stack.advance(40 * 86_400)
    cleaning = api.start(cleaner)
    with recorded_at_each_removal() as recorded:
        stack.deliver()
    assert recorded == [None, None]
    [done] = [each for each in activity(api) if each["action"] == "logs_removed"]
    assert (done["subject"], done["actor_id"]) == (cleaning["id"], f"run:{cleaning['id']}")
    assert (done["details"]["runs"], done["details"]["lines"]) == (2, 2)


@contextmanager
def recorded_at_each_removal() -> Iterator[list[Any]]:
    """How many lines the record names each time that lines are about to be removed."""
    recorded: list[Any] = []

    def about_to(params: dict[str, Any], **_: Any) -> None:
        if "DeleteRequest" in str(params):
            (record,) = [item for item in InboxItem.scan() if item.action == "logs_removed"]
            recorded.append(record.details["lines"])

    events = shared_connection().client.meta.events
    events.register("before-call.dynamodb.BatchWriteItem", about_to)
    try:
        yield recorded
    finally:
        events.unregister("before-call.dynamodb.BatchWriteItem", about_to)


# Who did it


def test_an_actor_has_an_id_that_nobody_chooses(stack: Stack, api: Api) -> None:
    made = stack.http("POST", "/v1/tokens", {"name": "ci", "scopes": ["operator"]},
                      token=stack.admin).json  # fmt: skip
    schedule = api.create(token=made["secret"])
    [deed, *_] = activity(api)
    assert (deed["actor"], deed["actor_id"]) == ("ci", f"token:{made['token']['id']}")
    assert deed["subject"] == schedule["id"]


@pytest.mark.parametrize(
    "name",
    [
        "baton",
        "Baton",
        " b-a-t-o-n ",
        "bat\N{CYRILLIC SMALL LETTER O}n",
        "b\N{LATIN SMALL LETTER A WITH ACUTE}ton",
        "ｂａｔｏｎ",  # of full width, on purpose
        "bat0n",
        "a\N{ZERO WIDTH SPACE}nn",
        "a\N{RIGHT-TO-LEFT OVERRIDE}nn",
        "\N{HANGUL FILLER}",
        "ann\N{SOFT HYPHEN}",
        "ann\N{COMBINING GRAPHEME JOINER}",
    ],
)
def test_nobody_takes_a_name_that_hides_or_is_batons(stack: Stack, name: str) -> None:
    body = {"name": name, "scopes": ["viewer"]}
    answer = stack.http("POST", "/v1/tokens", body, token=stack.admin)
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "name")


@pytest.mark.parametrize("name", ["batoness", "conductor", "José's laptop", "工事 7", "b"])
def test_other_names_are_welcome(name: str) -> None:
    assert name_fault(name) is None


# What the log says


def logged(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    return [
        json.loads(record.getMessage())
        for record in caplog.records
        if getattr(record, "event", None) == event
    ]


def test_refusals_leave_a_line_with_the_address_and_no_secret(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    secret = stack.viewer
    wrong = secret[:-1] + ("x" if secret[-1] != "x" else "y")
    stack.http("GET", "/v1/slot", token=wrong)
    stack.http("POST", "/v1/tick", token=secret)
    invalid, forbidden = logged(caplog, "request_refused")
    assert (invalid["status"], invalid["route"]) == (401, "GET /v1/slot")
    assert (forbidden["status"], forbidden["route"]) == (403, "POST /v1/tick")
    assert {each["source"] for each in (invalid, forbidden)} == {"127.0.0.1"}
    assert forbidden["tenant_id"] == "default"
    assert forbidden["actor_id"].removeprefix("token:") in secret
    assert not [text for text in (secret[-20:], wrong[-20:]) if text in caplog.text]


def test_tokens_made_and_revoked_leave_a_line(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    made = stack.http("POST", "/v1/tokens", {"name": "ci", "scopes": ["viewer"]},
                      token=stack.admin).json  # fmt: skip
    stack.http("DELETE", f"/v1/tokens/{made['token']['id']}", token=stack.admin)
    [created], [revoked] = logged(caplog, "token_created"), logged(caplog, "token_revoked")
    for line in (created, revoked):
        assert line["token_id"] == made["token"]["id"]
        assert (line["by"], line["source"]) == ("default-admin", "127.0.0.1")
    assert made["secret"][-20:] not in caplog.text

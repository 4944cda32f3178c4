"""Work that is done elsewhere: whoever comes takes the slot, does the work, and calls back."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from tests.api_client import Api
from tests.harness import PUBLIC_URL, Answer, Stack

Json = dict[str, Any]

_MIDNIGHT: Final = datetime(2026, 3, 1, tzinfo=UTC)
EVERY_HOUR = {"type": "cron", "expression": "0 * * * *"}


@pytest.fixture
def external(api: Api) -> Json:
    """A schedule that is expected on the hour, with five minutes of grace."""
    return api.create(target={"type": "external"}, cadence=EVERY_HOUR, lease_seconds=60)


def come(stack: Stack, schedule: Json, query: str = "", key: str | None = None, **body: Any) -> Any:
    path = f"/v1/schedules/{schedule['id']}/runs?start=caller{query}"
    headers = {"Idempotency-Key": key} if key else None
    return stack.http("POST", path, body, token=stack.admin, headers=headers)


def came(stack: Stack, schedule: Json, query: str = "", **body: Any) -> Json:
    answer = come(stack, schedule, query, **body)
    assert answer.status == 201, answer.json
    return dict(answer.json)


def start(stack: Stack, run: Json, key: str | None = None) -> Answer:
    headers = {"Idempotency-Key": key} if key else None
    path = f"/v1/runs/{run['id']}/start"
    return stack.http("POST", path, {}, token=stack.operator, headers=headers)


def say(stack: Stack, begun: Json, what: str, **body: Any) -> Answer:
    path = begun["callback_url"].removeprefix(PUBLIC_URL) + f"/{what}"
    return stack.http("POST", path, body, token=begun["run_token"])


def kinds(api: Api) -> list[str]:
    return [each["kind"] for each in api.get("/v1/notifications")["items"]]


# Coming


def test_who_comes_gets_the_slot_a_token_and_where_to_call(
    stack: Stack, api: Api, external: Json
) -> None:
    begun = came(stack, external, payload={"n": 1})
    run = api.run(begun["run"])
    assert (run["status"], run["for_caller"], run["payload"]) == ("running", True, {"n": 1})
    assert begun["callback_url"] == f"{PUBLIC_URL}/v1/runs/{run['id']}"
    assert [each["run_id"] for each in api.get("/v1/slot")["holders"]] == [run["id"]]
    assert stack.messages() == []
    assert say(stack, begun, "heartbeat", steps=2).json["continue"] is True
    ended = say(stack, begun, "complete", totals={"processed": 3}, steps=4)
    assert (ended.json["status"], ended.json["steps"]) == ("succeeded", 4)
    assert api.get("/v1/slot")["holders"] == []


def test_its_work_cannot_be_started_without_being_done(
    stack: Stack, api: Api, external: Json
) -> None:
    refused = api.run_now(external)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "start")
    assert api.runs() == []


def test_what_baton_does_itself_is_not_for_callers(stack: Stack, api: Api) -> None:
    refused = come(stack, api.create())
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "start")
    assert api.runs() == []


def test_each_attempt_is_a_run_of_its_own(api: Api, stack: Stack) -> None:
    body = {"name": "x", "cadence": EVERY_HOUR, "target": {"type": "external"}}
    body["retry"] = {"max_attempts": 2}
    refused = stack.http("POST", "/v1/schedules", body, token=stack.operator)
    assert refused.json["errors"][0]["field"] == "retry.max_attempts"


def test_who_comes_twice_is_told_who_is_at_work(stack: Stack, api: Api, external: Json) -> None:
    first = came(stack, external)
    refused = come(stack, external)
    assert (refused.status, refused.json["code"]) == (429, "schedule_busy")
    assert refused.json["holders"][0]["run_id"] == first["run"]["id"]


@pytest.mark.parametrize("how", ["schedule_paused", "schedule_broken"])
def test_who_comes_while_it_is_off_is_sent_away(
    stack: Stack, api: Api, external: Json, how: str
) -> None:
    if how == "schedule_paused":
        stack.http("POST", f"/v1/schedules/{external['id']}/pause", {}, token=stack.operator)
    else:
        for _ in range(3):
            stack.advance(3600)
            begun = came(stack, external)
            assert say(stack, begun, "fail", reason="error", message="no").status == 200
    refused = come(stack, external)
    assert (refused.status, refused.json["code"]) == (409, how)


def test_the_caller_that_falls_silent_loses_its_slot(
    stack: Stack, api: Api, external: Json
) -> None:
    begun = came(stack, external)
    stack.run_for(180)
    run = api.run(begun["run"])
    assert (run["status"], run["failure_reason"]) == ("failed", "lease_expired")
    assert "caller" in run["error_message"]
    late = say(stack, begun, "heartbeat")
    assert (late.status, late.json["code"]) == (409, "lease_lost")


def test_it_is_not_tried_again_though_its_schedule_once_was(stack: Stack, api: Api) -> None:
    schedule = api.create(retry={"max_attempts": 3})
    path = f"/v1/schedules/{schedule['id']}"
    change = {"target": {"type": "external"}, "retry": {"max_attempts": 1}}
    assert stack.http("PATCH", path, change, token=stack.operator).status == 200
    begun = came(stack, schedule)
    assert say(stack, begun, "fail", reason="error", message="no").json["status"] == "failed"


# Answers that are lost


def test_a_repeated_request_is_the_same_run_and_another_token_can_be_had(
    stack: Stack, api: Api, external: Json
) -> None:
    first = come(stack, external, key="k-1").json
    again = come(stack, external, key="k-1")
    assert (again.status, again.json["run"]["id"]) == (201, first["run"]["id"])
    assert again.json["run_token"] is None
    other = start(stack, first["run"], key="k-1").json
    for begun in (first, other):
        assert say(stack, begun, "heartbeat").status == 200
    assert first["run_token"] != other["run_token"]
    assert start(stack, first["run"], key="k-2").status == 409
    assert start(stack, first["run"]).status == 409
    assert len(api.runs()) == 1


# Waiting


def test_who_waits_asks_until_the_slot_is_its_own(stack: Stack, api: Api, external: Json) -> None:
    other = api.start(api.create())
    waiting = came(stack, external, "&when_busy=queue")
    assert (waiting["run"]["status"], waiting["run_token"]) == ("queued", None)
    assert api.run(waiting["run"])["position"] == 1
    still = start(stack, waiting["run"], key="k").json
    assert (still["run"]["status"], still["run_token"]) == ("queued", None)
    stack.deliver()
    assert api.run(other)["status"] == "succeeded"
    begun = start(stack, waiting["run"], key="k").json
    assert (begun["run"]["status"], begun["run"]["slot"]) == ("running", "000")
    assert say(stack, begun, "complete").json["status"] == "succeeded"


def test_who_gives_up_waiting_leaves_the_slot_to_others(
    stack: Stack, api: Api, external: Json
) -> None:
    holder = came(stack, external)
    gone = came(stack, api.create(target={"type": "external"}), "&when_busy=queue")
    behind = came(stack, api.create(target={"type": "external"}), "&when_busy=queue")
    say(stack, holder, "complete")
    assert api.run(gone["run"])["status"] == "claimed"
    stack.run_for(120)
    run = api.run(gone["run"])
    assert (run["status"], run["skip_reason"]) == ("skipped", "no_show")
    assert api.run(behind["run"])["status"] == "claimed"
    assert start(stack, gone["run"]).status == 409
    assert "no_show" in kinds(api)


def test_a_wait_can_be_cancelled(stack: Stack, api: Api, external: Json) -> None:
    came(stack, api.create(target={"type": "external"}))
    waiting = came(stack, external, "&when_busy=queue")
    path = f"/v1/runs/{waiting['run']['id']}/cancel"
    assert stack.http("POST", path, {}, token=stack.operator).json["status"] == "cancelled"
    assert start(stack, waiting["run"]).status == 409


def test_a_run_that_is_cancelled_before_its_start_gives_its_slot_back_at_once(
    stack: Stack, api: Api, external: Json
) -> None:
    holder = came(stack, external)
    waiting = came(stack, api.create(target={"type": "external"}), "&when_busy=queue")
    say(stack, holder, "complete")
    path = f"/v1/runs/{waiting['run']['id']}/cancel"
    assert stack.http("POST", path, {}, token=stack.operator).json["status"] == "cancelled"
    assert start(stack, waiting["run"]).status == 409
    assert api.run(waiting["run"])["status"] == "cancelled"
    assert api.get("/v1/slot")["holders"] == []


# Expected


def at(stack: Stack, minute: float) -> None:
    """Move on to that minute after one o'clock; ticks come as they do."""
    stack.run_for((minute + 60) * 60 - (stack.now - _MIDNIGHT).total_seconds())


def test_a_fire_time_that_somebody_comes_for_is_that_runs(
    stack: Stack, api: Api, external: Json
) -> None:
    at(stack, 2)
    begun = came(stack, external)
    assert begun["run"]["fire_at"] == "2026-03-01T01:00:00.000Z"
    assert begun["run"]["trigger"] == "scheduled"
    assert api.schedule(external)["next_fire_at"] == "2026-03-01T02:00:00.000Z"
    say(stack, begun, "complete")
    at(stack, 30)
    assert [run["status"] for run in api.runs(external)] == ["succeeded"]


def test_who_comes_a_little_early_comes_for_the_next_one(
    stack: Stack, api: Api, external: Json
) -> None:
    at(stack, -0.5)
    assert came(stack, external)["run"]["fire_at"] == "2026-03-01T01:00:00.000Z"


def test_who_comes_at_another_time_comes_for_none(stack: Stack, api: Api, external: Json) -> None:
    at(stack, -20)
    begun = came(stack, external)
    assert begun["run"]["trigger"] == "manual"
    assert api.schedule(external)["next_fire_at"] == "2026-03-01T01:00:00.000Z"


def test_nobody_comes_and_that_is_on_record_and_told_once(
    stack: Stack, api: Api, external: Json
) -> None:
    at(stack, 4)
    assert api.runs(external) == []
    at(stack, 7)
    (run,) = api.runs(external)
    assert (run["status"], run["skip_reason"]) == ("skipped", "no_show")
    assert run["fire_at"] == "2026-03-01T01:00:00.000Z"
    at(stack, 67)
    assert len(api.runs(external)) == 2
    (told,) = [each for each in api.get("/v1/notifications")["items"] if each["kind"] == "no_show"]
    assert told["details"]["count"] == 2
    at(stack, 121)
    say(stack, came(stack, external), "complete")
    at(stack, 187)
    assert kinds(api).count("no_show") == 2


def test_who_came_and_found_no_slot_is_no_no_show(stack: Stack, api: Api, external: Json) -> None:
    at(stack, 0)
    came(stack, api.create(target={"type": "external"}, lease_seconds=3600, timeout_seconds=3600))
    at(stack, 1)
    assert come(stack, external).status == 429
    at(stack, 7)
    (run,) = api.runs(external)
    assert (run["status"], run["skip_reason"]) == ("skipped", "slot_busy")
    assert kinds(api) == []


def test_who_came_late_covers_all_that_has_come(stack: Stack, api: Api) -> None:
    often = {"type": "interval", "seconds": 60, "from": "grid"}
    schedule = api.create(target={"type": "external"}, cadence=often)
    stack.advance(150)
    begun = came(stack, schedule)
    assert (begun["run"]["covers"], begun["run"]["fire_at"]) == (2, "2026-03-01T00:02:00.000Z")
    assert begun["run"]["covers_from"] == "2026-03-01T00:01:00.000Z"


def test_it_says_until_when_somebody_is_expected(stack: Stack, api: Api, external: Json) -> None:
    told = api.get(f"/v1/schedules/{external['id']}/explain")
    assert told["will_run"] is True
    assert told["next_fire_at"] == "2026-03-01T01:00:00.000Z"
    (expected,) = [each for each in told["reasons"] if each["code"] == "expected"]
    assert expected["at"] == "2026-03-01T01:05:00.000Z"
    at(stack, 7)
    told = api.get(f"/v1/schedules/{external['id']}/explain")
    assert told["history"][0]["code"] == "no_show"


def test_a_pause_within_the_grace_loses_no_fire_time(
    stack: Stack, api: Api, external: Json
) -> None:
    at(stack, 2)
    path = f"/v1/schedules/{external['id']}/pause"
    assert stack.http("POST", path, {}, token=stack.operator).status == 200
    (run,) = api.runs(external)
    assert (run["skip_reason"], run["fire_at"]) == ("schedule_paused", "2026-03-01T01:00:00.000Z")


@pytest.mark.parametrize("seconds", [0, 3600])
def test_a_grace_that_is_changed_within_the_grace_counts_from_the_fire_time(
    stack: Stack, api: Api, external: Json, seconds: int
) -> None:
    at(stack, 2)
    change = {"misfire": {"grace_seconds": seconds}}
    path = f"/v1/schedules/{external['id']}"
    assert stack.http("PATCH", path, change, token=stack.operator).status == 200
    assert api.schedule(external)["next_fire_at"] == "2026-03-01T01:00:00.000Z"
    at(stack, 7)
    assert len(api.runs(external)) == (seconds == 0)
    at(stack, 62)
    run = api.runs(external)[0]
    assert (run["skip_reason"], run["deferred_by_pressure"]) == ("no_show", False)


def test_what_is_no_more_done_elsewhere_fires_at_once(
    stack: Stack, api: Api, external: Json
) -> None:
    at(stack, 2)
    here = {"target": {"type": "function", "name": "drill"}}
    path = f"/v1/schedules/{external['id']}"
    assert stack.http("PATCH", path, here, token=stack.operator).status == 200
    at(stack, 3.5)
    (run,) = api.runs(external)
    assert (run["status"], run["fire_at"]) == ("succeeded", "2026-03-01T01:00:00.000Z")
    assert run["deferred_by_pressure"] is False


def test_what_waited_to_be_done_here_is_no_ones_once_it_is_done_elsewhere(
    stack: Stack, api: Api
) -> None:
    schedule = api.create(cadence=EVERY_HOUR)
    at(stack, -1)
    holder = came(stack, api.create(target={"type": "external"}, timeout_seconds=7200))
    at(stack, 1)
    path = f"/v1/schedules/{schedule['id']}"
    change = {"target": {"type": "external"}}
    assert stack.http("PATCH", path, change, token=stack.operator).status == 200
    say(stack, holder, "complete")
    at(stack, 2)
    (run,) = api.runs(schedule)
    assert (run["status"], run["skip_reason"]) == ("skipped", "no_show")
    assert api.schedule(schedule)["failure_streak"] == 0
    assert kinds(api) == ["no_show"]


def test_a_callers_run_stands_for_nothing_that_is_done_here_again(
    stack: Stack, api: Api, external: Json
) -> None:
    at(stack, -1)
    holder = came(stack, api.create(target={"type": "external"}, timeout_seconds=7200))
    at(stack, 1)
    came(stack, external, "&when_busy=queue")
    here = {"target": {"type": "function", "name": "drill"}}
    path = f"/v1/schedules/{external['id']}"
    assert stack.http("PATCH", path, here, token=stack.operator).status == 200
    at(stack, 61)
    say(stack, holder, "complete")
    at(stack, 65)
    assert [run["status"] for run in api.runs(external)] == ["skipped", "succeeded"]


def test_each_comes_for_its_own_fire_time_though_they_are_near(stack: Stack, api: Api) -> None:
    often = {"type": "cron", "expression": "* * * * *"}
    schedule = api.create(target={"type": "external"}, cadence=often)
    for seconds, expected in ((65, "00:01"), (25, None), (35, "00:02")):
        stack.advance(seconds)
        begun = came(stack, schedule)
        say(stack, begun, "complete")
        fire_at = f"2026-03-01T{expected}:00.000Z"
        assert begun["run"]["trigger"] == ("manual" if expected is None else "scheduled")
        assert expected is None or begun["run"]["fire_at"] == fire_at


def test_who_is_turned_away_is_so_for_one_fire_time_however_late_the_pass(
    stack: Stack, api: Api, external: Json
) -> None:
    at(stack, -1)
    came(stack, api.create(target={"type": "external"}, lease_seconds=60))
    at(stack, -0.5)
    assert come(stack, external).status == 429
    stack.advance(5 * 3600)
    stack.tick()
    seen = [(run["skip_reason"], run["covers"]) for run in api.runs(external)]
    assert seen == [("slot_busy", 1), ("no_show", 4)]


def test_who_is_refused_by_a_limit_has_come(stack: Stack, api: Api, external: Json) -> None:
    api.set_limits(waiting_runs_of_schedule=1)
    at(stack, -30)
    came(stack, api.create(target={"type": "external"}, timeout_seconds=7200, lease_seconds=3600))
    waiting = came(stack, external, "&when_busy=queue")
    at(stack, 1)
    refused = come(stack, external, "&when_busy=queue")
    assert refused.json["code"] == "limit_exceeded"
    path = f"/v1/runs/{waiting['run']['id']}/cancel"
    assert stack.http("POST", path, {}, token=stack.operator).status == 202
    at(stack, 7)
    assert api.runs(external)[-1]["skip_reason"] == "slot_busy"


def test_who_does_a_run_over_comes_for_no_fire_time(stack: Stack, api: Api, external: Json) -> None:
    begun = came(stack, external)
    say(stack, begun, "fail", reason="error", message="no", checkpoint={"n": 1})
    at(stack, 1)
    path = f"/v1/runs/{begun['run']['id']}/retry?start=caller"
    key = {"Idempotency-Key": "again"}
    again, repeated = (
        stack.http("POST", path, {}, token=stack.operator, headers=key) for _ in range(2)
    )
    assert (again.status, again.json["run"]["trigger"]) == (201, "retry")
    assert api.run(again.json["run"])["checkpoint"] == {"n": 1}
    assert repeated.json["run_token"] is None
    assert say(stack, again.json, "complete").status == 200
    at(stack, 7)
    assert [run["skip_reason"] for run in api.runs(external)] == [None, "no_show", None]


def test_a_pause_ends_the_wait_of_whoever_came(stack: Stack, api: Api, external: Json) -> None:
    holder = came(stack, api.create(target={"type": "external"}))
    waiting = came(stack, external, "&when_busy=queue")
    path = f"/v1/schedules/{external['id']}/pause"
    assert stack.http("POST", path, {}, token=stack.operator).status == 200
    say(stack, holder, "complete")
    assert start(stack, waiting["run"]).status == 409
    assert api.run(waiting["run"])["skip_reason"] == "schedule_paused"
    assert api.get("/v1/slot")["holders"] == []


def test_beside_a_forced_run_it_is_said_who_is_at_work(
    stack: Stack, api: Api, external: Json
) -> None:
    at(stack, -2)
    forced = came(stack, external, "&when_busy=force")
    say(stack, forced, "heartbeat")
    at(stack, -1.5)
    say(stack, forced, "heartbeat")
    at(stack, -0.9)
    refused = come(stack, external)
    assert [each["run_id"] for each in refused.json["holders"]] == [forced["run"]["id"]]


def test_nobody_starts_what_the_runner_starts(stack: Stack, api: Api) -> None:
    run = api.start(api.create())
    assert start(stack, run).status == 409
    stack.deliver()
    assert api.run(run)["status"] == "succeeded"


def test_tokens_for_one_claim_are_few_and_none_is_taken_back(
    stack: Stack, api: Api, external: Json
) -> None:
    first = come(stack, external, key="k").json
    for _ in range(4):
        assert start(stack, first["run"], key="k").status == 200
    assert start(stack, first["run"], key="k").status == 409
    assert say(stack, first, "heartbeat").status == 200


def test_a_key_that_is_none_is_refused(stack: Stack, external: Json) -> None:
    begun = came(stack, external)
    assert start(stack, begun["run"], key="x" * 256).json["code"] == "bad_idempotency_key"


def test_whoever_waits_stands_for_the_next_fire_times_too(stack: Stack, api: Api) -> None:
    came(stack, api.create(target={"type": "external"}, timeout_seconds=9000, lease_seconds=3600))
    often = {"type": "interval", "seconds": 600, "from": "grid"}
    schedule = api.create(target={"type": "external"}, cadence=often, misfire={"grace_seconds": 60})
    stack.run_for(600)
    waiting = came(stack, schedule, "&when_busy=queue")
    stack.run_for(780)
    assert [run["skip_reason"] for run in api.runs(schedule)] == [None, "coalesced"]
    assert api.run(waiting["run"])["covers"] == 2


def test_a_fire_time_whose_last_run_is_still_at_work_is_no_no_show(stack: Stack, api: Api) -> None:
    often = {"type": "interval", "seconds": 60, "from": "grid"}
    schedule = api.create(target={"type": "external"}, cadence=often, misfire={"grace_seconds": 20})
    stack.advance(60)
    begun = came(stack, schedule)
    stack.run_for(90)
    assert [run["skip_reason"] for run in api.runs(schedule)] == [None, "slot_busy"]
    assert say(stack, begun, "complete").status == 200


def test_it_is_shown_when_somebody_is_expected_and_not_when_it_is_too_late(
    stack: Stack, api: Api, external: Json
) -> None:
    (following,) = api.get("/v1/overview")["next"]
    assert following["due_at"] == "2026-03-01T01:00:00.000Z"
    planned = api.get("/v1/forecast?hours=2&planned=true")["planned"]
    assert planned[0]["due_at"] == "2026-03-01T01:00:00.000Z"


def test_interactive_work_puts_off_nobody_who_comes(stack: Stack, api: Api, external: Json) -> None:
    at(stack, -1)
    body = {"ttl_seconds": 600}
    assert stack.http("PUT", "/v1/pressure/editor", body, token=stack.operator).status == 200
    told = api.get(f"/v1/schedules/{external['id']}/explain")
    assert not {"pressure", "deferred"} & {each["code"] for each in told["reasons"]}
    at(stack, 7)
    assert api.runs(external)[0]["skip_reason"] == "no_show"


def test_a_resumed_schedule_tells_anew_that_nobody_comes(
    stack: Stack, api: Api, external: Json
) -> None:
    at(stack, 7)
    for deed in ("pause", "resume"):
        path = f"/v1/schedules/{external['id']}/{deed}"
        assert stack.http("POST", path, {}, token=stack.operator).status == 200
    at(stack, 67)
    assert kinds(api) == ["no_show", "no_show"]

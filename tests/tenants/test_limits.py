"""What one tenant may have at most: counted exactly, whoever asks at once and whatever crashes."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import pytest

from chalicelib.domain.access.actors import Actor
from chalicelib.domain.deployment.limits import Limit, LimitExceeded
from chalicelib.engine.moves import counting
from chalicelib.engine.requests import run_now
from chalicelib.engine.requests.run_now import RunRequest, WhenBusy
from chalicelib.store import schedule_table, use_items
from chalicelib.store.dynamodb.models import ControlItem
from tests.api_client import Api
from tests.builders import a_schedule
from tests.engine.seams import TRANSACTION, just_before
from tests.harness import Answer, Stack

DRILL: Final = {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 0}}


def limit(stack: Stack, **limits: Any) -> None:
    """Set a limit, as an owner does."""
    answer = stack.http("PATCH", "/v1/settings", {"limits": limits}, token=stack.owner)
    assert answer.status == 200, answer.json


def used(api: Api, name: str) -> Any:
    return api.get("/v1/limits")["limits"][name]["used"]


def ask(stack: Stack, path: str, body: Any, token: str = "") -> Answer:
    return stack.http("POST", path, body, token=token or stack.admin)


def schedule(stack: Stack, **values: Any) -> Answer:
    body = {"name": "Probe", "cadence": {"type": "manual"}, "target": DRILL, **values}
    return ask(stack, "/v1/schedules", body)


def token(stack: Stack, **values: Any) -> Answer:
    return ask(stack, "/v1/tokens", {"name": "ci", "scopes": ["viewer"], **values})


def audit(stack: Stack) -> Answer:
    return ask(stack, "/v1/audits", {"title": "An article"})


def known_tokens(stack: Stack, api: Api) -> int:
    """How many tokens the tenant has, those of the tests themselves."""
    assert stack.owner and stack.admin and stack.operator and stack.viewer
    known: int = used(api, "tokens")
    return known


def refusal(answer: Answer) -> tuple[int, str, str, int, int]:
    told = answer.json
    return answer.status, told["code"], told["limit"], told["most"], told["wanted"]


@pytest.mark.parametrize(
    ("name", "make", "path"),
    [("schedules", schedule, "/v1/schedules/{}"), ("audits", audit, "/v1/audits/{}")],
)
def test_so_many_and_no_more_until_one_goes(
    stack: Stack, api: Api, name: str, make: Callable[[Stack], Answer], path: str
) -> None:
    limit(stack, **{name: 2})
    first, second, third = make(stack), make(stack), make(stack)
    assert (first.status, second.status) == (201, 201)
    assert refusal(third) == (409, "limit_exceeded", name, 2, 3)
    assert used(api, name) == 2
    made = first.json.get("schedule", first.json)
    assert stack.http("DELETE", path.format(made["id"]), token=stack.admin).status == 204
    assert used(api, name) == 1
    assert make(stack).status == 201


def test_another_tenants_use_is_none_of_ones_own(stack: Stack, api: Api) -> None:
    limit(stack, schedules=1)
    other = stack.token("other", ["operator"])
    assert api.create(token=other)
    assert api.create()
    assert used(api, "schedules") == 1


def test_two_at_once_do_not_pass_a_limit(stack: Stack, api: Api) -> None:
    limit(stack, schedules=2)
    api.create()
    with just_before(TRANSACTION, api.create):
        answer = schedule(stack)
    assert refusal(answer) == (409, "limit_exceeded", "schedules", 2, 3)
    assert len(api.get("/v1/schedules")["items"]) == used(api, "schedules") == 2


def test_a_crash_counts_nothing_twice_and_loses_nothing(stack: Stack, api: Api) -> None:
    def crash() -> None:
        raise MemoryError

    for moment in ("before", "after"):
        with suppress(MemoryError), just_before(TRANSACTION, crash, moment=moment):
            schedule(stack)
        assert used(api, "schedules") == len(api.get("/v1/schedules")["items"])


def test_a_repeated_request_is_no_second_one(stack: Stack, api: Api) -> None:
    limit(stack, schedules=1)
    body = {"name": "Probe", "cadence": {"type": "manual"}, "target": DRILL}
    headers = {"Idempotency-Key": "one"}

    def lost() -> None:
        raise MemoryError

    with suppress(MemoryError), just_before(TRANSACTION, lost, moment="after"):
        stack.http("POST", "/v1/schedules", body, token=stack.operator, headers=headers)
    stack.advance(60)
    again = stack.http("POST", "/v1/schedules", body, token=stack.operator, headers=headers)
    assert again.status == 201
    assert used(api, "schedules") == 1


def test_a_deployment_that_is_over_a_limit_keeps_what_it_has_and_can_only_shrink(
    stack: Stack, api: Api
) -> None:
    limit(stack, schedules=2)
    for number in range(3):
        each = a_schedule(tenant_id="default", schedule_id=f"01KJMRSSG{number:017d}")
        schedule_table.create(each, stack.clock)
    assert refusal(schedule(stack)) == (409, "limit_exceeded", "schedules", 2, 4)
    for left in (2, 1):
        gone = api.get("/v1/schedules")["items"][0]
        answer = stack.http("DELETE", f"/v1/schedules/{gone['id']}", token=stack.operator)
        assert answer.status == 204
        assert used(api, "schedules") == left
    assert schedule(stack).status == 201


def test_the_first_count_is_of_what_is_there_when_a_schedule_is_deleted(
    stack: Stack, api: Api
) -> None:
    schedules = [api.create() for _ in range(3)]
    ControlItem("use#default", "schedules").delete()
    path = f"/v1/schedules/{schedules[0]['id']}"
    assert stack.http("DELETE", path, token=stack.operator).status == 204
    assert use_items.used("default", Limit.SCHEDULES) == 2


def test_a_definition_has_64_kib_at_most(stack: Stack) -> None:
    def fat(description: str) -> Answer:
        target = {"type": "http", "url": "https://example.com/", "body": {"text": "x" * 63_000}}
        return schedule(stack, target=target, description=description, enabled=False)

    assert fat("x" * 1000).status == 201
    told = fat("ü" * 2000)
    assert (told.status, told.json["limit"], told.json["most"]) == (409, "definition_bytes", 65_536)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("max_lease_seconds", {"lease_seconds": 601}),
        ("max_run_seconds", {"timeout_seconds": 601}),
    ],
)
def test_owners_bound_leases_and_runs_and_what_is_longer_already_may_shrink(
    stack: Stack, name: str, values: dict[str, int]
) -> None:
    (field,) = values
    seen = schedule(stack, **{field: 800}).json["schedule"]
    limit(stack, **{name: 600})
    assert refusal(schedule(stack, **values)) == (409, "limit_exceeded", name, 600, 601)

    path = f"/v1/schedules/{seen['id']}"
    for change, status in (({"name": "Other"}, 200), ({field: 801}, 409), ({field: 700}, 200)):
        assert stack.http("PATCH", path, change, token=stack.operator).status == status


# Tokens


def test_tokens_are_limited_until_one_is_revoked(stack: Stack, api: Api) -> None:
    known = known_tokens(stack, api)
    limit(stack, tokens=known + 2)
    first, _ = token(stack), token(stack)
    assert refusal(token(stack)) == (409, "limit_exceeded", "tokens", known + 2, known + 3)
    path = f"/v1/tokens/{first.json['token']['id']}"
    assert stack.http("DELETE", path, token=stack.admin).status == 204
    assert token(stack).status == 201
    assert used(api, "tokens") == known + 2


def test_a_token_that_has_ended_counts_no_more_and_its_removal_changes_nothing(
    stack: Stack, api: Api
) -> None:
    known = known_tokens(stack, api)
    limit(stack, tokens=known + 1)
    ended = token(stack, expires_in_days=1)
    assert token(stack).status == 409
    stack.advance(2 * 86_400)
    assert used(api, "tokens") == known
    assert token(stack).status == 201
    path = f"/v1/tokens/{ended.json['token']['id']}"
    assert stack.http("DELETE", path, token=stack.admin).status == 204
    assert used(api, "tokens") == known + 1


def test_two_tokens_made_at_once_are_two(stack: Stack, api: Api) -> None:
    known = known_tokens(stack, api)
    with just_before(TRANSACTION, lambda: token(stack)):
        assert token(stack).status == 201
    assert used(api, "tokens") == known + 2


def rotate(stack: Stack, path: str, overlap_seconds: int) -> Answer:
    return ask(stack, f"{path}/rotate", {"overlap_seconds": overlap_seconds})


def test_a_rotated_token_is_two_until_its_former_secret_ends(stack: Stack, api: Api) -> None:
    known = known_tokens(stack, api)
    limit(stack, tokens=known + 2)
    path = f"/v1/tokens/{token(stack).json['token']['id']}"
    assert rotate(stack, path, 0).status == 200
    assert used(api, "tokens") == known + 1
    assert rotate(stack, path, 86_400).status == 200
    assert used(api, "tokens") == known + 2
    assert refusal(rotate(stack, path, 60)) == (
        409,
        "limit_exceeded",
        "tokens",
        known + 2,
        known + 3,
    )
    assert rotate(stack, path, 0).status == 200
    stack.advance(2 * 86_400)
    assert used(api, "tokens") == known + 1


def test_a_revoked_token_takes_its_former_secrets_along(stack: Stack, api: Api) -> None:
    known = known_tokens(stack, api)
    path = f"/v1/tokens/{token(stack).json['token']['id']}"
    rotate(stack, path, 86_400)
    with just_before(TRANSACTION, lambda: rotate(stack, path, 2 * 86_400)):
        assert stack.http("DELETE", path, token=stack.admin).status == 204
    assert used(api, "tokens") == known


def test_each_token_that_a_cascade_takes_counts_no_more(stack: Stack, api: Api) -> None:
    known = known_tokens(stack, api)
    root = ask(stack, "/v1/tokens", {"name": "root", "scopes": ["admin"]}).json
    for _ in range(2):
        assert ask(stack, "/v1/tokens", {"name": "b", "scopes": ["viewer"]}, root["secret"]).json
    assert used(api, "tokens") == known + 3
    path = f"/v1/tokens/{root['token']['id']}?cascade=true"
    assert stack.http("DELETE", path, token=stack.admin).status == 204
    assert used(api, "tokens") == known


# Runs


def test_what_people_queue_is_limited_and_counted_until_its_first_slot(
    stack: Stack, api: Api
) -> None:
    limit(stack, waiting_runs=2)
    one, other = api.create(), api.create()
    api.start(one)
    waiting = [api.start(other, "?when_busy=queue") for _ in range(2)]
    answer = api.run_now(one, "?when_busy=queue")
    assert refusal(answer) == (409, "limit_exceeded", "waiting_runs", 2, 3)
    assert used(api, "waiting_runs") == 2

    path = f"/v1/runs/{waiting[0]['id']}/cancel"
    assert stack.http("POST", path, token=stack.operator).status == 202
    assert used(api, "waiting_runs") == 1
    stack.run_for(120)
    assert api.run(waiting[1])["status"] == "succeeded"
    assert used(api, "waiting_runs") == 0


def test_of_one_schedule_fewer_wait(stack: Stack, api: Api) -> None:
    limit(stack, waiting_runs_of_schedule=2)
    busy, other = api.create(), api.create()
    api.start(busy)
    for _ in range(2):
        api.start(busy, "?when_busy=queue")
    answer = api.run_now(busy, "?when_busy=queue")
    assert refusal(answer) == (409, "limit_exceeded", "waiting_runs_of_schedule", 2, 3)
    assert api.start(other, "?when_busy=queue")
    assert used(api, "waiting_runs") == 3
    stack.run_for(300)
    assert used(api, "waiting_runs") == 0
    api.start(busy)
    assert api.start(busy, "?when_busy=queue")


def test_two_queued_at_once_do_not_pass_it(stack: Stack, api: Api) -> None:
    limit(stack, waiting_runs_of_schedule=1)
    seen = api.create()
    api.start(seen)
    with just_before(TRANSACTION, lambda: api.start(seen, "?when_busy=queue")):
        answer = api.run_now(seen, "?when_busy=queue")
    assert answer.json["limit"] == "waiting_runs_of_schedule"
    assert used(api, "waiting_runs") == 1


def test_what_the_scheduler_queues_is_never_refused_nor_counted(stack: Stack, api: Api) -> None:
    limit(stack, waiting_runs=1, waiting_runs_of_schedule=1)
    stack.register("long", lambda _context, _params: stack.advance(150))
    busy = api.create(target={"type": "function", "name": "long", "params": {}})
    every_minute = {"type": "cron", "expression": "* * * * *"}
    own = [api.create(cadence=every_minute) for _ in range(3)]
    api.start(busy)
    stack.tick()
    stack.advance(60)
    stack.tick()
    assert used(api, "waiting_runs") == 0
    assert all(any(run["status"] == "queued" for run in api.runs(each)) for each in own)


def test_a_deleted_schedules_waiting_runs_count_no_more(stack: Stack, api: Api) -> None:
    busy, other = api.create(), api.create()
    api.start(busy)
    for _ in range(3):
        api.start(other, "?when_busy=queue")
    assert used(api, "waiting_runs") == 3
    path = f"/v1/schedules/{other['id']}"
    assert stack.http("DELETE", path, token=stack.operator).status == 204
    assert used(api, "waiting_runs") == 0


def test_two_runs_are_forced_at_once(stack: Stack, api: Api) -> None:
    seen = api.create()
    first = api.start(seen, "?when_busy=force")
    api.start(seen, "?when_busy=force")
    answer = api.run_now(seen, "?when_busy=force")
    assert refusal(answer) == (409, "limit_exceeded", "forced_runs", 2, 3)
    stack.deliver()
    assert api.run(first)["status"] == "succeeded"
    assert used(api, "forced_runs") == 0
    assert api.start(seen, "?when_busy=force")


def test_two_forced_at_once_by_two_people_are_not_three(stack: Stack, api: Api) -> None:
    limit(stack, forced_runs=1)
    seen = schedule_table.get("default", api.create()["id"])
    force = replace(RunRequest(by=Actor("ann", "token:01ANN")), when_busy=WhenBusy.FORCE)
    with (
        pytest.raises(LimitExceeded),
        just_before(TRANSACTION, lambda: run_now.run_now(stack.system, seen, force)),
    ):
        run_now.run_now(stack.system, seen, force)
    assert used(api, "forced_runs") == 1


def test_a_viewer_sees_every_limit_and_its_use(stack: Stack, api: Api) -> None:
    api.create()
    told = api.get("/v1/limits")["limits"]
    assert set(told) == set(Limit)
    assert told["schedules"] == {"limit": 1000, "used": 1}
    assert told["definition_bytes"] == {"limit": 65_536, "used": None}
    assert told["max_token_days"] == {"limit": 365, "used": None}
    assert counting.use_of("other", stack.now)[Limit.SCHEDULES] == 0


def test_only_owners_change_limits(stack: Stack) -> None:
    body = {"limits": {"schedules": 5}}
    assert stack.http("PATCH", "/v1/settings", body, token=stack.admin).status == 403
    wrong = {"limits": {"schedules": 0, "invented": 1}}
    answer = stack.http("PATCH", "/v1/settings", wrong, token=stack.owner)
    assert answer.status == 422
    fields = {error["field"] for error in answer.json["errors"]}
    assert fields == {"limits.schedules", "limits.invented"}

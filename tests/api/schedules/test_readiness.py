"""A schedule is switched on only if its target could run."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel

from chalicelib.jobs.context import Retry
from chalicelib.jobs.registry import job
from chalicelib.platform.clock import SystemClock
from chalicelib.store import schedule_table
from tests.api_client import Api
from tests.harness import Answer, Stack


class MailParams(BaseModel):
    mailbox: str


def _mailbox_is_there(params: MailParams) -> str:
    if params.mailbox != "there":
        raise LookupError(f"no mailbox {params.mailbox}")
    return "the mailbox is there"


@job("mail", params=MailParams, check=_mailbox_is_there)
def mail(context: object, params: MailParams) -> dict[str, int]:
    """Syncs a mailbox."""
    return {"processed": 7, "skipped": 2}


@pytest.fixture(autouse=True)
def _registered(stack: Stack) -> None:
    stack.system.jobs.put(mail)


def paused(api: Api, **target: Any) -> dict[str, Any]:
    return api.create(enabled=False, target={"type": "function", **target})


def resume(stack: Stack, schedule: dict[str, Any]) -> Answer:
    return stack.http("POST", f"/v1/schedules/{schedule['id']}/resume", token=stack.operator)


def check(stack: Stack, schedule: dict[str, Any]) -> Any:
    answer = stack.http("POST", f"/v1/schedules/{schedule['id']}/check", token=stack.operator)
    assert answer.status == 200
    return answer.json


def with_a_mailbox_that_has_gone(api: Api, stack: Stack) -> dict[str, Any]:
    """A schedule that is on, and whose target could run when it was switched on, but not now."""
    schedule = api.create(
        target={"type": "function", "name": "mail", "params": {"mailbox": "there"}}
    )
    gone = {"target": {"params": {"mailbox": "gone"}}}
    answer = stack.http("PATCH", f"/v1/schedules/{schedule['id']}", gone, token=stack.operator)
    assert answer.json["schedule"]["status"] == "active"
    return dict(answer.json["schedule"])


def test_a_ready_target_can_be_switched_on(api: Api, stack: Stack) -> None:
    schedule = paused(api, name="mail", params={"mailbox": "there"})
    assert check(stack, schedule) == {
        "ready": True,
        "checks": [
            {"name": "function", "ok": True, "detail": "mail is registered"},
            {"name": "params", "ok": True, "detail": "the parameters are valid"},
            {"name": "mail", "ok": True, "detail": "the mailbox is there"},
        ],
    }
    assert resume(stack, schedule).json["status"] == "active"


def test_a_failing_check_is_told_and_nothing_changes(api: Api, stack: Stack) -> None:
    schedule = paused(api, name="mail", params={"mailbox": "gone"})
    answer = resume(stack, schedule)
    assert (answer.status, answer.json["code"]) == (409, "not_ready")
    assert answer.json["detail"] == "The target is not ready. mail: no mailbox gone"
    assert [one["ok"] for one in answer.json["checks"]] == [True, True, False]
    assert api.schedule(schedule) == schedule
    assert check(stack, schedule)["ready"] is False


def test_a_function_that_has_gone_since_is_noticed(api: Api, stack: Stack) -> None:
    schedule = paused(api, name="drill")
    seen = schedule_table.get_whole("default", schedule["id"])
    schedule_table.replace(
        seen, replace(seen, target={"type": "function", "name": "fleeting"}), SystemClock()
    )
    assert "no function 'fleeting'" in resume(stack, schedule).json["detail"]


def test_switching_off_is_always_allowed(api: Api, stack: Stack) -> None:
    schedule = with_a_mailbox_that_has_gone(api, stack)
    path = f"/v1/schedules/{schedule['id']}/pause"
    assert stack.http("POST", path, token=stack.operator).json["status"] == "paused"


def test_resuming_what_is_on_asks_nothing(api: Api, stack: Stack) -> None:
    schedule = with_a_mailbox_that_has_gone(api, stack)
    assert resume(stack, schedule).status == 200


def test_a_check_that_itself_fails_has_not_passed(api: Api, stack: Stack) -> None:
    schedule = api.create(
        target={"type": "http", "url": "https://nowhere.invalid/", "method": "GET"}, enabled=False
    )
    found = check(stack, schedule)
    assert found["ready"] is False
    assert found["checks"][0]["ok"] is False


def test_a_payload_the_function_does_not_take_is_refused_before_the_run(
    api: Api, stack: Stack
) -> None:
    schedule = api.create(
        target={"type": "function", "name": "mail", "params": {"mailbox": "there"}}
    )
    answer = api.run_now(schedule, payload={"mailbox": 5})
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "payload.mailbox"
    assert api.runs() == []


def test_a_job_may_answer_with_its_totals(api: Api, stack: Stack) -> None:
    schedule = api.create(
        target={"type": "function", "name": "mail", "params": {"mailbox": "there"}}
    )
    run = api.start(schedule)
    stack.deliver()
    assert api.run(run)["totals"] == {"processed": 7, "skipped": 2, "errors": 0}


def test_a_job_may_ask_to_be_tried_again_later(api: Api, stack: Stack) -> None:
    attempts = []

    def shy(context: Any, _params: Any) -> None:
        attempts.append(context.now)
        if len(attempts) == 1:
            raise Retry(after=90)

    stack.register("shy", shy)
    schedule = api.create(
        target={"type": "function", "name": "shy"}, retry={"max_attempts": 2, "delay_seconds": 1}
    )
    run = api.start(schedule)
    stack.run_for(180)
    ended = api.run(run)
    assert (ended["status"], ended["attempt"]) == ("succeeded", 2)
    assert (attempts[1] - attempts[0]).total_seconds() >= 90

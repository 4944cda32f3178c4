"""A schedule that is on from the start is created only if its target could run."""

from typing import Any, Final

import pytest
from pydantic import BaseModel

from chalicelib.jobs.registry import job
from tests.api_client import Api
from tests.harness import Answer, Stack


class MailParams(BaseModel):
    mailbox: str


GONE: Final[set[str]] = set()


def _mailbox_is_there(params: MailParams) -> str:
    if params.mailbox in GONE:
        raise LookupError(f"no mailbox {params.mailbox}")
    return "the mailbox is there"


@job("mail", params=MailParams, check=_mailbox_is_there)
def mail(_context: object, _params: MailParams) -> None:
    """Syncs a mailbox."""


@pytest.fixture(autouse=True)
def _registered(stack: Stack) -> None:
    stack.system.jobs.put(mail)
    GONE.clear()
    GONE.add("gone")


def post(stack: Stack, mailbox: str, key: str | None = None, **changes: Any) -> Answer:
    body = {
        "name": "Mail",
        "cadence": {"type": "interval", "seconds": 3600},
        "target": {"type": "function", "name": "mail", "params": {"mailbox": mailbox}},
        **changes,
    }
    headers = {} if key is None else {"Idempotency-Key": key}
    return stack.http("POST", "/v1/schedules", body, token=stack.operator, headers=headers)


def test_a_target_that_could_run_is_on_at_once(api: Api, stack: Stack) -> None:
    made = post(stack, "there")
    assert (made.status, made.json["schedule"]["status"]) == (201, "active")


def test_of_one_that_could_not_nothing_is_made(api: Api, stack: Stack) -> None:
    refused = post(stack, "gone")
    assert (refused.status, refused.json["code"]) == (409, "not_ready")
    assert refused.json["detail"] == "The target is not ready. mail: no mailbox gone"
    assert [each["ok"] for each in refused.json["checks"]] == [True, True, False]
    assert api.get("/v1/schedules")["items"] == []
    assert api.get("/v1/activity")["items"] == []


def test_switched_off_it_is_made_all_the_same(api: Api, stack: Stack) -> None:
    made = post(stack, "gone", enabled=False)
    assert (made.status, made.json["schedule"]["status"]) == (201, "paused")


def test_a_host_that_is_not_found_is_a_reason(stack: Stack) -> None:
    target = {"type": "http", "url": "https://nowhere.invalid/"}
    refused = post(stack, "there", target=target)
    assert (refused.status, refused.json["code"]) == (409, "not_ready")
    assert [each["name"] for each in refused.json["checks"]] == ["address"]


def test_a_wrong_field_is_named_before_anything_is_checked(stack: Stack) -> None:
    refused = post(stack, "gone", priority=10)
    assert (refused.status, refused.json["code"]) == (422, "invalid_fields")


def test_what_was_refused_may_be_asked_for_again_once_the_target_is_there(
    api: Api, stack: Stack
) -> None:
    assert post(stack, "gone", "key-1").status == 409
    GONE.clear()
    assert post(stack, "gone", "key-2").status == 201
    assert len(api.get("/v1/schedules")["items"]) == 1


def test_what_was_made_is_answered_again_though_its_target_has_gone_since(
    api: Api, stack: Stack
) -> None:
    made = post(stack, "there", "key")
    GONE.add("there")
    again = post(stack, "there", "key")
    assert (again.status, again.json) == (201, made.json)
    assert len(api.get("/v1/schedules")["items"]) == 1

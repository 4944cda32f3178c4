"""A creating request that comes again is answered again, and does nothing more."""

from typing import Any

import pytest
from chalice.app import Request

from chalicelib.api.http.parsing import request_target
from chalicelib.api.http.routes import ROUTES
from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.idempotency_items import UNDER_WAY
from tests.api_client import Api
from tests.harness import Answer, Stack

BODY = {
    "name": "Once",
    "cadence": {"type": "manual"},
    "target": {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 0}},
}
KEY = {"Idempotency-Key": "an-order-4711"}


def create(stack: Stack, body: Any = None, headers: Any = None, token: str = "") -> Answer:
    return stack.http(
        "POST", "/v1/schedules", body or BODY, token=token or stack.operator, headers=headers or KEY
    )


def test_the_same_request_gets_its_first_answer_and_creates_once(api: Api, stack: Stack) -> None:
    first = create(stack)
    stack.advance(3600)
    again = create(stack)
    assert (again.status, again.json) == (201, first.json)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert len(api.get("/v1/schedules")["items"]) == 1


def test_another_body_with_the_key_is_refused(api: Api, stack: Stack) -> None:
    create(stack)
    answer = create(stack, {**BODY, "name": "Other"})
    assert (answer.status, answer.json["code"]) == (409, "idempotency_conflict")
    assert len(api.get("/v1/schedules")["items"]) == 1


def test_another_path_with_the_key_is_refused(api: Api, stack: Stack) -> None:
    schedule = create(stack).json["schedule"]
    path = f"/v1/schedules/{schedule['id']}/runs"
    answer = stack.http("POST", path, BODY, token=stack.operator, headers=KEY)
    assert answer.status in (409, 422)
    assert api.runs() == []


def start(stack: Stack, schedule: dict[str, Any], query: str, token: str = "") -> Answer:
    path = f"/v1/schedules/{schedule['id']}/runs{query}"
    return stack.http("POST", path, {}, token=token or stack.operator, headers=KEY)


@pytest.mark.parametrize("query", ["", "?when_busy=force", "?when_busy=reject"])
def test_another_query_with_the_key_is_refused(api: Api, stack: Stack, query: str) -> None:
    schedule = api.create()
    first = start(stack, schedule, "?when_busy=queue", stack.admin)
    answer = start(stack, schedule, query, stack.admin)
    assert (first.status, answer.status) == (202, 409)
    assert answer.json["code"] == "idempotency_conflict"
    assert len(api.runs()) == 1


def test_the_same_query_with_the_key_gets_the_first_answer(api: Api, stack: Stack) -> None:
    schedule = api.create()
    first = start(stack, schedule, "?when_busy=queue")
    again = start(stack, schedule, "?when_busy=queue")
    encoded = start(stack, schedule, "?when%5Fbusy=%71ueue")
    assert first.json == again.json == encoded.json
    assert len(api.runs()) == 1


def test_a_retry_with_the_key_stands_for_its_query_too(api: Api, stack: Stack) -> None:
    run = api.start(api.create())
    stack.deliver()
    path = f"/v1/runs/{run['id']}/retry"
    first = stack.http("POST", path, {}, token=stack.operator, headers=KEY)
    other = stack.http("POST", f"{path}?when_busy=queue", {}, token=stack.operator, headers=KEY)
    assert (first.status, other.status) == (202, 409)


def request(**query: list[str]) -> Request:
    """A request with these parameters, as Chalice hands it over."""
    return Request(
        {
            "multiValueQueryStringParameters": query,
            "headers": {},
            "pathParameters": {},
            "requestContext": {"httpMethod": "POST", "resourcePath": "/"},
            "body": None,
            "isBase64Encoded": False,
            "stageVariables": {},
        },
    )


def test_the_order_of_the_parameters_does_not_matter() -> None:
    """No route that creates something takes two parameters, so this asks for the target itself."""
    route = next(one for one in ROUTES if one.path == "/v1/schedules/{schedule_id}/runs")
    values = {"schedule_id": "S"}
    one, other, swapped = (
        request_target(route, request(**dict(query)), values)
        for query in (
            (("a", ["1"]), ("b", ["2&c=3"])),
            (("b", ["2&c=3"]), ("a", ["1"])),
            (("a", ["2&c=3"]), ("b", ["1"])),
        )
    )
    assert one == other != swapped
    assert request_target(route, request(a=["1"], b=["2"], c=["3"]), values) != one


def test_a_day_later_the_key_is_free(api: Api, stack: Stack) -> None:
    create(stack)
    stack.advance(24 * 3600 - 1)
    assert create(stack, {**BODY, "name": "Other"}).status == 409
    stack.advance(1)
    assert create(stack, {**BODY, "name": "Other"}).status == 201


def test_keys_of_two_tenants_are_apart(stack: Stack) -> None:
    theirs = create(stack, token=stack.token(tenant="other"))
    ours = create(stack, {**BODY, "name": "Ours"})
    assert (theirs.status, ours.status) == (201, 201)


def test_a_refused_request_leaves_the_key_free(api: Api, stack: Stack) -> None:
    holder = api.create()
    api.start(holder)
    path = f"/v1/schedules/{holder['id']}/runs"
    busy = stack.http("POST", path, {}, token=stack.operator, headers=KEY)
    stack.deliver()
    started = stack.http("POST", path, {}, token=stack.operator, headers=KEY)
    assert (busy.status, started.status) == (429, 202)


@pytest.mark.parametrize("key", ["", " ", "two words", "ü", "x" * 256, "a\tb"])
def test_an_odd_key_is_refused(api: Api, stack: Stack, key: str) -> None:
    answer = create(stack, headers={"Idempotency-Key": key})
    assert (answer.status, answer.json["code"]) == (400, "bad_idempotency_key")
    assert api.get("/v1/schedules")["items"] == []


def test_while_the_first_is_under_way_the_second_is_told_to_wait(api: Api, stack: Stack) -> None:
    create(stack)
    _lose_the_answer()
    stack.advance(29)
    answer = create(stack)
    assert (answer.status, answer.json["code"]) == (409, "idempotency_in_progress")
    assert answer.headers["retry-after"] == "1"
    assert len(api.get("/v1/schedules")["items"]) == 1


def test_a_process_that_died_after_creating_does_not_make_the_next_create_again(
    api: Api, stack: Stack
) -> None:
    first = create(stack)
    _lose_the_answer()
    stack.advance(31)
    again = create(stack)
    assert again.status == 201
    assert again.json["schedule"]["id"] == first.json["schedule"]["id"]
    assert len(api.get("/v1/schedules")["items"]) == 1


def test_a_process_that_died_after_starting_a_run_does_not_make_the_next_start_another(
    api: Api, stack: Stack
) -> None:
    path = f"/v1/schedules/{api.create()['id']}/runs"

    def start() -> Answer:
        return stack.http("POST", path, {}, token=stack.operator, headers=KEY)

    first = start()
    _lose_the_answer()
    stack.advance(31)
    again = start()
    assert (again.status, again.json["id"]) == (202, first.json["id"])
    assert len(api.runs()) == 1


def test_without_a_key_equal_requests_create_twice(api: Api, stack: Stack) -> None:
    api.create(name="Twin")
    api.create(name="Twin")
    assert len(api.get("/v1/schedules")["items"]) == 2


def _kept() -> Any:
    """What is stored about the one key in use."""
    (item,) = ControlItem.query("answers#default")
    return item


def _lose_the_answer() -> None:
    """As if the process had died between its work and keeping the answer."""
    item = _kept()
    until = to_text(from_text(item.value["at"]) + UNDER_WAY)
    item.value = {"fingerprint": item.value["fingerprint"], "at": item.value["at"], "until": until}
    item.save()

"""Dead letters: seen in health, listed and sent back by an owner."""

from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Message, Stack

LIST = "/v1/dead-letters"
REDRIVE = "/v1/dead-letters/redrive"


def put_aside(stack: Stack, kind: str, body: str) -> None:
    """What SQS does with a message after three deliveries in vain."""
    url = stack.sqs.get_queue_url(QueueName=f"baton-{kind}-dead")["QueueUrl"]
    stack.sqs.send_message(QueueUrl=url, MessageBody=body)


def a_dead_letter(api: Api, stack: Stack) -> dict[str, Any]:
    """A claimed run whose message could not be worked off."""
    run = api.start(api.create())
    (message,) = stack.messages()
    stack.drop(message)
    put_aside(stack, "run", message.body)
    return run


def moved(stack: Stack) -> int:
    answer = stack.http("POST", REDRIVE, token=stack.owner)
    assert answer.status == 202, answer.json
    return int(answer.json["moved"])


def test_they_are_seen_in_health_and_listed_without_being_removed(api: Api, stack: Stack) -> None:
    run = a_dead_letter(api, stack)
    health = api.get("/v1/health")
    assert (health["overall"], health["dead_letters"]) == ("WARNING", 1)

    for _ in range(2):
        listed = api.get(LIST, stack.owner)
        (letter,) = listed["items"]
        assert letter["kind"] == "run"
        assert letter["content"] == {"tenant_id": "default", "run_id": run["id"], "token": 1}
        assert listed["counts"] == {"run": 1, "wake": 0}


def test_sent_back_they_reach_their_queue_again_and_are_worked_off(api: Api, stack: Stack) -> None:
    run = a_dead_letter(api, stack)
    assert stack.messages() == []

    assert moved(stack) == 1
    (message,) = stack.messages()
    assert message.json["run_id"] == run["id"]
    assert api.get(LIST, stack.owner)["items"] == []
    assert api.get("/v1/health")["dead_letters"] == 0

    stack.deliver()
    assert api.run(run)["status"] == "succeeded"
    assert moved(stack) == 0


def test_sent_back_when_its_claim_is_over_it_does_no_harm(api: Api, stack: Stack) -> None:
    run = a_dead_letter(api, stack)
    stack.run_for(300)
    ended = api.run(run)
    assert ended["status"] == "succeeded"

    assert moved(stack) == 1
    stack.deliver()
    assert api.run(run) == ended
    assert len(api.runs()) == 1


def test_what_three_deliveries_cannot_work_off_is_put_aside(api: Api, stack: Stack) -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        stack.redeliver(Message("wake", "nonsense", stack.now))
    for _ in range(2):
        assert api.get("/v1/health")["dead_letters"] == 0
        stack.advance(600)
        with pytest.raises(ValueError, match="Expecting value"):
            stack.deliver()
    assert api.get("/v1/health")["dead_letters"] == 1


def test_sending_back_is_on_record(api: Api, stack: Stack) -> None:
    a_dead_letter(api, stack)
    moved(stack)
    activity = api.get("/v1/activity")["items"][0]
    assert (activity["actor"], activity["action"]) == ("default-owner", "dead_letters_redriven")
    assert activity["details"] == {"moved": 1}


def test_a_message_that_is_not_ours_is_listed_without_its_content(api: Api, stack: Stack) -> None:
    for body in ("no json", "[1]", '{"password": "x", "at": "2026-03-01T00:00:00.000Z"}'):
        put_aside(stack, "wake", body)
    contents = [item["content"] for item in api.get(LIST, stack.owner)["items"]]
    assert contents == [{}, {}, {"at": "2026-03-01T00:00:00.000Z"}]


def test_more_than_a_batch_are_listed_and_moved(api: Api, stack: Stack) -> None:
    for number in range(23):
        body = f'{{"at": "2026-03-01T00:00:{number:02d}.000Z"}}'
        put_aside(stack, "wake", body)
    listed = api.get(LIST, stack.owner)
    assert (len(listed["items"]), listed["counts"]["wake"]) == (23, 23)
    assert len({item["id"] for item in listed["items"]}) == 23
    assert (moved(stack), moved(stack)) == (23, 0)


@pytest.mark.parametrize(("method", "path"), [("GET", LIST), ("POST", REDRIVE)])
def test_only_an_owner_may(stack: Stack, method: str, path: str) -> None:
    assert stack.http(method, path, token=stack.admin).status == 403
    assert stack.http(method, path).status == 401


def test_health_asks_the_queues_once_a_minute(api: Api, stack: Stack) -> None:
    assert api.get("/v1/health")["dead_letters"] == 0
    put_aside(stack, "wake", "{}")
    assert api.get("/v1/health")["dead_letters"] == 0
    stack.advance(60)
    assert api.get("/v1/health")["dead_letters"] == 1

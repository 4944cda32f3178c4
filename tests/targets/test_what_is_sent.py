"""What an HTTP target sends."""

import json
from typing import Any

import pytest

from tests.targets.attempts import Attempt, SecretsInHand
from tests.targets.peer import OK, Peer, answers, peer


def sent(**target: Any) -> Peer:
    """The peer after it received the target's request."""
    payload = target.pop("payload", None)
    secrets = target.pop("secrets", None)
    credentials = target.pop("credentials", None)
    with peer(answers(OK)) as found:
        Attempt(
            {"url": found.url, **target}, payload=payload, secrets=secrets, credentials=credentials
        ).run()
    return found


def test_an_object_is_sent_as_json() -> None:
    found = sent(body={"depth": 2, "name": "Größe"})
    assert json.loads(found.body) == {"depth": 2, "name": "Größe"}
    assert found.headers["content-type"] == "application/json"


def test_a_list_is_sent_as_json() -> None:
    assert json.loads(sent(body=[1, [2]]).body) == [1, [2]]


def test_text_is_sent_as_it_is() -> None:
    found = sent(body="grüße")
    assert found.body == "grüße".encode()
    assert found.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_content_type_of_ones_own_counts_in_any_spelling() -> None:
    found = sent(body="<a/>", headers={"content-TYPE": "application/xml"})
    assert found.headers["content-type"] == "application/xml"
    assert found.requests[0].lower().count(b"content-type") == 1


def test_without_a_body_there_is_no_content_type() -> None:
    found = sent(method="GET")
    assert found.requests[0].startswith(b"GET /hook HTTP/1.1\r\n")
    assert "content-type" not in found.headers
    assert found.body == b""


def test_a_payload_takes_the_place_of_the_body() -> None:
    assert json.loads(sent(body={"a": 1}, payload={"b": 2}).body) == {"b": 2}


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"])
def test_any_method_is_sent(method: str) -> None:
    assert sent(method=method).requests[0].startswith(f"{method} ".encode())


def test_the_query_is_sent_and_the_fragment_is_not() -> None:
    with peer(answers(OK)) as found:
        Attempt({"url": f"{found.url}?a=%2F&b=c#part", "method": "GET"}).run()
    assert found.requests[0].startswith(b"GET /hook?a=%2F&b=c HTTP/1.1\r\n")


def test_run_schedule_and_fire_time_go_along() -> None:
    headers = sent().headers
    assert headers["baton-run-id"] == "01RUN"
    assert headers["baton-schedule-id"] == "01SCHEDULE"
    assert headers["baton-fire-at"] == "2026-03-01T12:00:00.000Z"
    assert headers["idempotency-key"] == "01RUN-1"
    assert headers["user-agent"] == "Baton"


def test_a_header_may_be_a_secret() -> None:
    secrets = SecretsInHand(crm="Bearer abc.def\n")
    found = sent(headers={"Authorization": {"secret": "crm"}, "X-Plain": "text"}, secrets=secrets)
    assert found.headers["authorization"] == "Bearer abc.def"
    assert found.headers["x-plain"] == "text"


def test_credentials_of_a_callback_go_along() -> None:
    found = sent(credentials={"Baton-Run-Token": "t0ken"})
    assert found.headers["baton-run-token"] == "t0ken"


def test_the_host_is_the_one_of_the_url() -> None:
    found = sent()
    assert found.headers["host"] == f"127.0.0.1:{found.port}"

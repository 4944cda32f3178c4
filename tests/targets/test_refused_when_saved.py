"""HTTP targets that are refused when they are saved, each wrong field by its name."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness import Stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """One for all: nothing is ever written to it."""
    with Stack() as running:
        yield running


def refused(stack: Stack, wanted: dict[str, Any]) -> dict[str, str]:
    """What is wrong with a target, by field; nothing is written."""
    body = {"name": "Probe", "cadence": {"type": "manual"}, "target": {"type": "http", **wanted}}
    answer = stack.http("POST", "/v1/schedules", body, token=stack.operator)
    assert answer.status == 422, answer.json
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert stack.http("GET", "/v1/schedules", token=stack.viewer).json["items"] == []
    return {wrong["field"]: wrong["message"] for wrong in answer.json["errors"]}


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://127.1/", "http://169.254.169.254/", "ftp://example.com/"]
)
def test_a_url_that_leads_inside_is_not_saved(stack: Stack, url: str) -> None:
    assert set(refused(stack, {"url": url})) == {"target.url"}


def test_a_url_is_judged_beside_the_other_fields(stack: Stack) -> None:
    wanted = {"url": "http://10.0.0.1/", "method": "get", "headers": {"Host": "x"}, "probe": 1}
    fields = {"target.url", "target.method", "target.headers.Host", "target.probe"}
    assert set(refused(stack, wanted)) == fields


def test_every_wrong_header_is_named(stack: Stack) -> None:
    headers = {
        "Bad Name": "x",
        "Host": "example.com",
        "Transfer-Encoding": "chunked",
        "Baton-Run-Id": "mine",
        "X-Split": "a\r\nX-Admin: yes",
        "X-Number": 5,
        "X-Secret": {"secret": "../other/crm"},
        "X-More": {"secret": "crm", "or": "else"},
        "X-Fine": "text",
        "x-fine": "again",
        "X-Good": {"secret": "crm"},
    }
    wrong = refused(stack, {"url": "https://example.com/", "headers": headers})
    fine = {"X-Fine", "X-Good"}
    assert set(wrong) == {f"target.headers.{name}" for name in headers if name not in fine}


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"method": "get"}, "target.method"),
        ({"method": "CONNECT"}, "target.method"),
        ({"method": "TRACE"}, "target.method"),
        ({"method": "GET / HTTP/1.1\r\nX: y"}, "target.method"),
        ({"signing_secret": {"secret": "a/b"}}, "target.signing_secret.secret"),
        ({"signing_secret": "whsec_abc"}, "target.signing_secret"),
        ({"success_codes": []}, "target.success_codes"),
        ({"success_codes": [99]}, "target.success_codes.0"),
        ({"probe": "yes"}, "target.probe"),
        ({"body": 5}, "target.body"),
    ],
)
def test_other_wrong_fields_are_named(stack: Stack, wanted: dict[str, Any], field: str) -> None:
    wrong = refused(stack, {"url": "https://example.com/", **wanted})
    assert {name[: len(field)] for name in wrong} == {field}

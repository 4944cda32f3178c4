"""Values of a schedule are kept as they were given, and text in Unicode's composed form."""

from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Answer, Stack

COMPOSED, DECOMPOSED = "Caf\u00e9", "Cafe\u0301"


def body(**values: Any) -> dict[str, Any]:
    return {"type": "http", "url": "https://example.com/", "body": values}


def patch(api: Api, schedule: dict[str, Any], query: str = "", **changes: Any) -> Answer:
    path = f"/v1/schedules/{schedule['id']}{query}"
    return api.stack.http("PATCH", path, changes, token=api.stack.operator)


@pytest.mark.parametrize(
    ("before", "after"), [(1, True), (True, 1), (0, False), (1, 1.0), (1.0, 1), ([1], [True])]
)
def test_what_python_calls_equal_is_a_change(api: Api, before: Any, after: Any) -> None:
    made = api.create(target=body(flag=before))
    answered = patch(api, made, target=body(flag=after)).json["schedule"]["target"]["body"]
    stored = api.schedule(made)["target"]["body"]
    assert repr(answered) == repr(stored) == repr({"flag": after})
    details = api.get("/v1/activity")["items"][0]["details"]
    assert repr(details["before"]["target"]["body"]) == repr({"flag": before})
    assert repr(details["after"]["target"]["body"]) == repr({"flag": after})


def test_what_stays_is_no_part_of_the_activity(api: Api) -> None:
    made = api.create(target=body(flag=1))
    patch(api, made, priority=2, target=body(flag=1))
    assert api.get("/v1/activity")["items"][0]["details"]["after"] == {"priority": 2}


def test_a_patch_that_replaces_the_target_keeps_null_as_a_value(api: Api) -> None:
    made = api.create(target={**body(a=1, b=2), "method": "PUT"}, priority=3)
    target = body(a=None, c={"d": None})
    assert patch(api, made, "?replace=target", target=target, max_steps=None).status == 200
    stored = api.schedule(made)
    assert stored["target"]["body"] == {"a": None, "c": {"d": None}}
    assert (stored["target"]["method"], stored["priority"]) == ("POST", 3)
    patch(api, made, target={"body": {"c": None}})
    assert api.schedule(made)["target"]["body"] == {"a": None}
    patch(api, made, "?replace=target", priority=4)
    assert api.schedule(made)["target"]["body"] == {"a": None}


def test_a_patch_that_replaces_the_target_is_checked_as_any_other(api: Api) -> None:
    made = api.create()
    assert patch(api, made, "?replace=cadence", target=body()).status == 422
    refused = patch(api, made, "?replace=target", target={"type": "http"})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "target.url")
    assert patch(api, made, "?replace=target", target=None).status == 422


def test_names_descriptions_and_tags_are_kept_composed(api: Api) -> None:
    made = api.create(name=DECOMPOSED, description=DECOMPOSED, tags=[DECOMPOSED])
    stored = api.schedule(made)
    assert stored["name"] == stored["description"] == stored["tags"][0] == COMPOSED
    patch(api, made, name=f"{DECOMPOSED} 2")
    assert api.schedule(made)["name"] == f"{COMPOSED} 2"
    for text in ("Caf%C3%A9", "Cafe%CC%81"):
        found = api.get(f"/v1/schedules?q={text}")["items"]
        assert [each["id"] for each in found] == [made["id"]]


def test_names_are_as_long_as_they_are_kept(api: Api, stack: Stack) -> None:
    assert api.create(name="e\u0301" * 200)["name"] == "\u00e9" * 200
    grows = {"name": "\ufb2c" * 70, "cadence": {"type": "manual"}, "target": body()}
    answer = stack.http("POST", "/v1/schedules", grows, token=stack.operator)
    assert [error["field"] for error in answer.json["errors"]] == ["name"]


def test_what_is_the_targets_own_is_kept_as_it_is_written(api: Api) -> None:
    made = api.create(target=body(**{DECOMPOSED: DECOMPOSED}))
    assert api.schedule(made)["target"]["body"] == {DECOMPOSED: DECOMPOSED}


def test_a_doubled_tag_is_one_where_it_came_first(api: Api) -> None:
    made = api.create(tags=["b", DECOMPOSED, "a", "b", COMPOSED, "B"])
    assert made["tags"] == api.schedule(made)["tags"] == ["b", COMPOSED, "a", "B"]


def test_titles_of_audits_and_names_of_tokens_are_kept_composed(api: Api, stack: Stack) -> None:
    audit = stack.http("POST", "/v1/audits", {"title": DECOMPOSED}, token=stack.operator)
    assert audit.json["title"] == COMPOSED
    wanted = {"name": DECOMPOSED, "scopes": ["viewer"]}
    token = stack.http("POST", "/v1/tokens", wanted, token=stack.admin)
    assert token.json["token"]["name"] == COMPOSED

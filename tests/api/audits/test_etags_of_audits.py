"""An audit's tag covers its dates and its state: whoever has not seen them cannot move them."""

from typing import Any

import pytest

from tests.harness import Answer, Stack

PUBLISHED = "2026-03-01T00:00:00Z"


def create(stack: Stack, **body: Any) -> dict[str, Any]:
    answer = stack.http("POST", "/v1/audits", {"title": "Prices", **body}, token=stack.operator)
    assert answer.status == 201
    return {**answer.json, "etag": answer.headers["etag"]}


def change(stack: Stack, seen: dict[str, Any], step: str, **body: Any) -> Answer:
    """A step with the tag that was seen, as somebody takes it who has looked then."""
    headers = {"If-Match": seen["etag"]}
    path = f"/v1/audits/{seen['id']}"
    if step in ("PATCH", "DELETE"):
        return stack.http(step, path, body or None, token=stack.operator, headers=headers)
    return stack.http("POST", f"{path}/{step}", body, token=stack.operator, headers=headers)


def now(stack: Stack, audit: dict[str, Any]) -> dict[str, Any]:
    answer = stack.http("GET", f"/v1/audits/{audit['id']}", token=stack.viewer)
    return {**answer.json, "etag": answer.headers["etag"]}


def test_of_two_extensions_of_what_both_have_seen_the_first_counts(stack: Stack) -> None:
    seen = create(stack, published_at=PUBLISHED)
    first, second = change(stack, seen, "extend", days=365), change(stack, seen, "extend", days=1)
    assert (first.status, second.status) == (200, 412)
    assert second.headers["etag"] == first.headers["etag"]
    assert now(stack, seen)["review_at"] == first.json["review_at"] == "2027-03-01T00:00:00.000Z"


def test_an_extension_of_what_the_first_has_made_goes_through(stack: Stack) -> None:
    seen = create(stack, published_at=PUBLISHED)
    change(stack, seen, "extend", days=365)
    again = change(stack, now(stack, seen), "extend", days=1)
    assert (again.status, again.json["review_at"]) == (200, "2026-03-02T00:00:00.000Z")


def test_an_extension_in_days_that_changes_no_date_but_the_last_change_is_seen(
    stack: Stack,
) -> None:
    seen = create(stack, published_at=PUBLISHED)
    stack.advance(1)
    assert change(stack, seen, "extend").status == 200
    assert change(stack, seen, "deactivate").status == 412


@pytest.mark.parametrize("step", ["PATCH", "DELETE", "deactivate", "extend"])
def test_every_change_of_an_extended_audit_needs_its_new_tag(stack: Stack, step: str) -> None:
    seen = create(stack, published_at=PUBLISHED)
    extended = change(stack, seen, "extend", days=365)
    body: dict[str, Any] = {"title": "Theirs"} if step == "PATCH" else {}
    assert change(stack, seen, step, **body).status == 412
    assert now(stack, seen) == {**extended.json, "etag": extended.headers["etag"]}


def test_a_reactivation_is_not_undone_by_who_saw_the_audit_active_before(stack: Stack) -> None:
    seen = create(stack, published_at=PUBLISHED)
    stack.advance(1)
    change(stack, seen, "deactivate")
    change(stack, now(stack, seen), "reactivate")
    assert now(stack, seen)["state"] == seen["state"] == "active"
    assert change(stack, seen, "deactivate").status == 412


def test_a_patch_that_changes_nothing_leaves_the_tag(stack: Stack) -> None:
    seen = create(stack, published_at=PUBLISHED)
    stack.advance(1)
    assert change(stack, seen, "PATCH", title="Prices").status == 200
    assert now(stack, seen)["etag"] == seen["etag"]

"""Tokens do not outlive who made them, end some day, and are changed without an outage."""

import re
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.access.token_secrets import checksum_fits, with_checksum
from chalicelib.store import token_table
from chalicelib.store.dynamodb.models import ControlItem, TokenItem
from infra import local, token
from infra.places import ROOT
from tests.api_client import Api
from tests.engine.seams import TRANSACTION, just_before
from tests.harness import STACK, Answer, Crash, Stack

DAY = 86_400


def make(stack: Stack, by: str, **changes: Any) -> Answer:
    body = {"name": "made", "scopes": ["admin"], **changes}
    return stack.http("POST", "/v1/tokens", body, token=by)


def made(stack: Stack, by: str, **changes: Any) -> tuple[str, str]:
    """The id and the secret of a new token."""
    answer = make(stack, by, **changes)
    assert answer.status == 201, answer.json
    return answer.json["token"]["id"], answer.json["secret"]


def works(stack: Stack, secret: str) -> bool:
    return stack.http("GET", "/v1/slot", token=secret).status == 200


# Their end


def test_a_token_ends_with_the_one_it_was_made_with(stack: Stack) -> None:
    _, maker = made(stack, stack.owner, expires_in_days=2)
    assert make(stack, maker).json["token"]["expires_at"] == "2026-03-03T00:00:00.000Z"
    shorter = make(stack, maker, expires_in_days=1).json["token"]["expires_at"]
    assert shorter == "2026-03-02T00:00:00.000Z"
    for changes in ({"expires_in_days": 3}, {"expires_at": "2026-03-03T00:00:01Z"}):
        refused = make(stack, maker, **changes)
        assert (refused.status, refused.json["code"]) == (422, "invalid_fields")
        assert [error["field"] for error in refused.json["errors"]] == list(changes)


def test_no_token_lasts_longer_than_owners_allow(stack: Stack) -> None:
    assert make(stack, stack.owner).json["token"]["expires_at"] == "2027-03-01T00:00:00.000Z"
    assert make(stack, stack.owner, expires_in_days=366).status == 422
    change = {"limits": {"max_token_days": 7}}
    assert stack.http("PATCH", "/v1/settings", change, token=stack.owner).status == 200
    assert make(stack, stack.owner).json["token"]["expires_at"] == "2026-03-08T00:00:00.000Z"
    assert make(stack, stack.owner, expires_in_days=8).status == 422
    assert stack.http("PATCH", "/v1/settings", change, token=stack.admin).status == 403


@pytest.mark.parametrize("days", [0, 3651, "7", None])
def test_the_limit_is_some_number_of_days(stack: Stack, days: Any) -> None:
    change = {"limits": {"max_token_days": days}}
    answer = stack.http("PATCH", "/v1/settings", change, token=stack.owner)
    if days is None:
        assert answer.json["limits"]["max_token_days"] == 365
    else:
        assert answer.json["errors"][0]["field"] == "limits.max_token_days"


def test_a_revoked_token_makes_none_while_it_is_still_cached(stack: Stack) -> None:
    """API Gateway takes it for a minute more; so its request may already be on its way."""
    token_id, maker = made(stack, stack.owner)

    def revoke() -> None:
        TokenItem(token_id).delete()

    with just_before(TRANSACTION, revoke):
        answer = make(stack, maker)
    assert (answer.status, answer.json["code"]) == (401, "unauthorized")
    assert not list(ControlItem.query(f"made-by#{token_id}"))


# Revoking


def family(stack: Stack) -> list[tuple[str, str]]:
    """A token, one made with it, one made with that for another tenant, and one made elsewhere."""
    first = made(stack, stack.owner, scopes=["owner"])
    second = made(stack, first[1], scopes=["owner"])
    third = made(stack, second[1], tenant_id="acme")
    return [first, second, third, made(stack, stack.owner)]


def test_revoking_takes_what_was_made_with_it_only_if_asked_to(stack: Stack) -> None:
    first, *others = family(stack)
    assert stack.http("DELETE", f"/v1/tokens/{first[0]}", token=stack.owner).status == 204
    assert [works(stack, secret) for _, secret in others] == [True, True, True]


def test_a_cascade_takes_all_that_was_made_with_it(stack: Stack, api: Api) -> None:
    first, second, third, elsewhere = family(stack)
    watcher = stack.token(tenant="acme", scopes=["viewer"])
    path = f"/v1/tokens/{first[0]}?cascade=true"
    assert stack.http("DELETE", path, token=stack.owner).status == 204
    alive = [works(stack, secret) for _, secret in (first, second, third, elsewhere)]
    assert alive == [False, False, False, True]
    deeds = [each["action"] for each in api.get("/v1/activity", stack.viewer)["items"]]
    assert deeds.count("token_revoked") == 3
    [theirs, *_] = api.get("/v1/activity", watcher)["items"]
    assert (theirs["action"], theirs["actor"]) == ("token_revoked", "an owner of this deployment")


def test_a_cascade_that_is_cut_short_is_done_again(stack: Stack) -> None:
    first, second, third, _ = family(stack)
    path, owner = f"/v1/tokens/{first[0]}?cascade=true", stack.owner

    def die() -> None:
        raise Crash

    with just_before(TRANSACTION, die, moment="after"), pytest.raises(Crash):
        stack.http("DELETE", path, token=owner)
    assert [works(stack, secret) for _, secret in (first, second, third)] == [False, True, True]
    foreign = stack.token(tenant="acme", scopes=["owner"])
    assert stack.http("DELETE", path, token=foreign).status == 404
    assert stack.http("DELETE", path, token=owner).status == 204
    assert [works(stack, secret) for _, secret in (second, third)] == [False, False]
    assert stack.http("DELETE", path, token=owner).status == 404


# Another secret


def rotate(stack: Stack, token_id: str, by: str, **body: Any) -> Answer:
    return stack.http("POST", f"/v1/tokens/{token_id}/rotate", body, token=by)


def test_after_a_rotation_both_secrets_are_good_for_the_overlap(stack: Stack) -> None:
    token_id, old = made(stack, stack.owner)
    answer = rotate(stack, token_id, stack.admin, overlap_seconds=600)
    assert (answer.status, answer.json["token"]["id"]) == (200, token_id)
    assert answer.json["former_secret_ends_at"] == "2026-03-01T00:10:00.000Z"
    new = answer.json["secret"]
    assert works(stack, old)
    assert works(stack, new)
    stack.advance(600)
    assert not works(stack, old)
    assert works(stack, new)


def test_the_end_of_the_token_stays_as_it_is(stack: Stack) -> None:
    token_id, _ = made(stack, stack.owner, expires_in_days=1)
    answer = rotate(stack, token_id, stack.admin, overlap_seconds=7 * DAY)
    assert answer.json["token"]["expires_at"] == "2026-03-02T00:00:00.000Z"
    stack.advance(DAY)
    assert not works(stack, answer.json["secret"])


def test_without_an_overlap_the_secret_ends_at_once(stack: Stack) -> None:
    token_id, old = made(stack, stack.owner)
    rotate(stack, token_id, stack.admin, overlap_seconds=0)
    assert not works(stack, old)


def test_several_may_overlap_but_not_any_number(stack: Stack) -> None:
    token_id, first = made(stack, stack.owner)
    for _ in range(token_table.MOST_FORMER):
        assert rotate(stack, token_id, stack.admin, overlap_seconds=600).status == 200
    assert works(stack, first)
    refused = rotate(stack, token_id, stack.admin, overlap_seconds=600)
    assert (refused.status, refused.json["code"]) == (409, "conflict")
    stack.advance(600)
    assert rotate(stack, token_id, stack.admin, overlap_seconds=600).status == 200


def test_a_rotation_is_for_who_may_as_much_and_on_record(stack: Stack, api: Api) -> None:
    token_id, _ = made(stack, stack.owner, scopes=["owner"])
    assert rotate(stack, token_id, stack.admin).status == 403
    assert rotate(stack, token_id, stack.token(tenant="acme", scopes=["owner"])).status == 404
    assert rotate(stack, token_id, stack.owner, overlap_seconds=-1).status == 422
    assert rotate(stack, token_id, stack.owner).status == 200
    [deed, *_] = api.get("/v1/activity")["items"]
    assert (deed["action"], deed["subject"]) == ("token_rotated", token_id)
    assert deed["details"]["former_secrets_end_at"] == "2026-03-01T01:00:00.000Z"


# Their text


def test_a_token_is_known_by_its_looks(stack: Stack) -> None:
    token_id, secret = made(stack, stack.owner)
    pattern = r"bt_[0-9A-HJKMNP-TV-Z]{26}_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}"
    assert re.fullmatch(pattern, secret)
    assert pattern in (ROOT / "docs" / "how-to" / "auth.md").read_text("utf-8")
    assert checksum_fits(token_id, secret.removeprefix(f"bt_{token_id}_"))


def test_a_wrong_checksum_costs_no_read(stack: Stack) -> None:
    _, secret = made(stack, stack.owner)
    other = "0" if secret[-1] != "0" else "1"
    with stack.counting() as requests:
        assert not works(stack, secret[:-1] + other)
    assert requests.total() == 0


def test_the_checksum_covers_the_id(stack: Stack) -> None:
    first, second = made(stack, stack.owner), made(stack, stack.owner)
    assert not checksum_fits(first[0], second[1].removeprefix(f"bt_{second[0]}_"))
    assert with_checksum("01X", "s" * 43) == with_checksum("01X", "s" * 43)


# The first token


@pytest.fixture
def bootstrap(stack: Stack) -> str:
    return token.create(STACK, "default", ["owner"], "first")


def test_the_first_token_is_on_record_and_ends(stack: Stack, api: Api, bootstrap: str) -> None:
    [deed] = api.get("/v1/activity", bootstrap)["items"]
    assert (deed["action"], deed["actor"]) == ("token_created", "make token")
    [item] = [one for one in TokenItem.scan() if one.name == "first"]
    assert item.valid_until == item.created_at + timedelta(days=30)


def test_it_lasts_longer_only_if_asked_to(stack: Stack) -> None:
    token.create(STACK, "default", ["owner"], "long", None)
    ends: dict[str, Any] = {one.name: one.valid_until for one in TokenItem.scan()}
    assert ends["long"] is None
    assert token._days("never") is None
    assert token._days("90") == timedelta(days=90)


@pytest.mark.parametrize("before", [None, 0o644, 0o777])
def test_the_local_token_is_for_its_owners_eyes(tmp_path: Path, before: int | None) -> None:
    path = tmp_path / "token"
    if before is not None:
        path.write_text("old")
        path.chmod(before)
    local.keep_secret(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "new\n"

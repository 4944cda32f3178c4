"""API tokens: proved by their secret, of which only the hash is kept."""

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Final

import pytest

from chalicelib.store import tokens
from chalicelib.store.codec import to_item
from chalicelib.store.models import TokenItem
from chalicelib.store.tokens import Token
from tests.builders import NOON, after
from tests.store.engines import Engine, Line

SECRET: Final = "a-secret_with_its-own_underscores"
KNOWN: Final = Token(
    token_id="01KJMMA2G0YDS3XHBBMX3B2VZZ",
    secret_hash=hashlib.sha256(SECRET.encode()).hexdigest(),
    tenant_id="acme",
    name="ci",
    scopes=("viewer", "operator"),
    created_at=NOON,
)


def keep(token: Token) -> None:
    to_item(TokenItem, token).save()


def test_an_issued_token_proves_its_tenant_and_scopes() -> None:
    issued, bearer = tokens.issue("acme", "ci", ["viewer", "operator"], NOON)
    proved = tokens.verify(bearer, after(5))
    assert proved == issued
    assert (issued.tenant_id, issued.name) == ("acme", "ci")
    assert (issued.scopes, issued.created_at) == (("viewer", "operator"), NOON)


def test_of_the_secret_only_the_hash_is_kept(engine: Engine) -> None:
    issued, bearer = tokens.issue("acme", "ci", ["viewer"], NOON)
    secret = bearer.removeprefix(f"bt_{issued.token_id}_")
    item = engine.item(TokenItem)
    assert item["secret_hash"] == {"S": hashlib.sha256(secret.encode()).hexdigest()}
    assert secret not in str(item)
    assert secret not in repr(issued)


def test_no_two_tokens_are_alike() -> None:
    one, one_bearer = tokens.issue("acme", "ci", ["viewer"], NOON)
    other, other_bearer = tokens.issue("acme", "ci", ["viewer"], NOON)
    assert one.token_id != other.token_id
    assert one.secret_hash != other.secret_hash
    assert one_bearer != other_bearer


def test_a_secret_has_256_bits() -> None:
    _, bearer = tokens.issue("acme", "ci", ["viewer"], NOON)
    assert len(bearer.split("_", 2)[2]) == 43  # 32 bytes in base 64


def test_a_secret_may_contain_underscores() -> None:
    keep(KNOWN)
    assert tokens.verify(f"bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET}", NOON) == KNOWN


@pytest.mark.parametrize(
    "bearer",
    [
        f"bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET}x",
        f"bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET[:-1]}",
        f"bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET.upper()}",
        f"bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_{KNOWN.secret_hash}",
        f"bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_ {SECRET}",
        f"bt_01OTHER_{SECRET}",
        "bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_",
        "bt_01KJMMA2G0YDS3XHBBMX3B2VZZ",
        f"bt__{SECRET}",
        "bt__",
        "bt_",
        "bt",
        "_",
        "",
        f"BT_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET}",
        f"xx_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET}",
        f" bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET}",
        f"Bearer bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET}",
        SECRET,
        "bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_ü",
    ],
)
def test_anything_but_the_very_text_proves_nothing(bearer: str) -> None:
    keep(KNOWN)
    assert tokens.verify(bearer, NOON) is None


def test_the_secret_of_one_token_does_not_prove_another() -> None:
    one, _ = tokens.issue("acme", "ci", ["viewer"], NOON)
    _, other_bearer = tokens.issue("umbrella", "ci", ["owner"], NOON)
    secret = other_bearer.split("_", 2)[2]
    assert tokens.verify(f"bt_{one.token_id}_{secret}", NOON) is None


@pytest.mark.parametrize(("now", "is_valid"), [(after(59.999), True), (after(60), False)])
def test_a_token_expires_at_its_very_second(now: datetime, is_valid: bool) -> None:
    """Whether its item was removed by then or not: DynamoDB takes its time for that."""
    keep(replace(KNOWN, expires_at=after(60)))
    assert (tokens.verify(f"bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET}", now) is not None) is is_valid


def test_a_token_without_an_end_does_not_expire() -> None:
    keep(KNOWN)
    assert (
        tokens.verify(f"bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET}", after(10 * 365 * 86_400)) == KNOWN
    )


def test_a_removed_token_proves_nothing() -> None:
    keep(KNOWN)
    TokenItem("01KJMMA2G0YDS3XHBBMX3B2VZZ").delete()
    assert tokens.verify(f"bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET}", NOON) is None


def test_text_that_cannot_be_a_token_costs_no_read(line: Line) -> None:
    for bearer in (
        "",
        "bt",
        "bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_",
        f"xx_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET}",
    ):
        tokens.verify(bearer, NOON)
    assert line.requests == []


@pytest.mark.parametrize("token_id", ["0" * 2049, "not-an-id", "ü"])
def test_an_id_that_none_can_have_costs_no_read(token_id: str, line: Line) -> None:
    assert tokens.verify(f"bt_{token_id}_{SECRET}", NOON) is None
    assert line.requests == []

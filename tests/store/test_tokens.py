"""API tokens: verified by their secret, of which only the hash is stored."""

import hashlib
from dataclasses import replace
from typing import Final

import pytest
from pynamodb.exceptions import UpdateError

from chalicelib.domain.errors import NotFound, Untrusted
from chalicelib.store import token_table
from chalicelib.store.dynamodb.codec import to_item
from chalicelib.store.dynamodb.models import TokenItem
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost
from chalicelib.store.token_table import Token
from tests.builders import NOON, after
from tests.store.conftest import PatientClock
from tests.store.engines import Engine, Line, refusal

SECRET: Final = "a-secret_with_its-own_underscores"
KNOWN: Final = Token(
    token_id="01KJMMA2G0YDS3XHBBMX3B2VZZ",
    secret_hash=hashlib.sha256(SECRET.encode()).hexdigest(),
    tenant_id="acme",
    name="ci",
    scopes=("viewer", "operator"),
    created_at=NOON,
)
BEARER: Final = f"bt_{KNOWN.token_id}_{SECRET}"


def keep(token: Token) -> None:
    to_item(TokenItem, token).save()


def test_an_issued_token_proves_its_tenant_and_scopes() -> None:
    issued, bearer = token_table.issue("acme", "ci", ["viewer", "operator"], NOON)
    proved = token_table.verify(bearer, after(5))
    assert proved == issued
    assert (issued.tenant_id, issued.name) == ("acme", "ci")
    assert (issued.scopes, issued.created_at) == (("viewer", "operator"), NOON)


def test_of_the_secret_only_the_hash_is_kept(engine: Engine) -> None:
    issued, bearer = token_table.issue("acme", "ci", ["viewer"], NOON)
    secret = bearer.removeprefix(f"bt_{issued.token_id}_")
    item = engine.item(TokenItem)
    assert item["secret_hash"] == {"S": hashlib.sha256(secret.encode()).hexdigest()}
    assert secret not in str(item)
    assert secret not in repr(issued)


def test_no_two_tokens_are_alike() -> None:
    one, one_bearer = token_table.issue("acme", "ci", ["viewer"], NOON)
    other, other_bearer = token_table.issue("acme", "ci", ["viewer"], NOON)
    assert one.token_id != other.token_id
    assert one.secret_hash != other.secret_hash
    assert one_bearer != other_bearer


def test_a_secret_has_256_bits() -> None:
    _, bearer = token_table.issue("acme", "ci", ["viewer"], NOON)
    assert len(bearer.split("_", 2)[2]) == 43 + 6  # 32 bytes in base 64, and a checksum


def test_a_secret_may_contain_underscores() -> None:
    keep(KNOWN)
    assert token_table.verify(f"bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET}", NOON) == KNOWN


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
        "bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_\udc80",
        f"bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_{'x' * 1_000_000}",
    ],
)
def test_anything_but_the_very_text_proves_nothing(bearer: str) -> None:
    keep(KNOWN)
    with pytest.raises(Untrusted):
        token_table.verify(bearer, NOON)


def test_the_secret_of_one_token_does_not_prove_another() -> None:
    one, _ = token_table.issue("acme", "ci", ["viewer"], NOON)
    _, other_bearer = token_table.issue("umbrella", "ci", ["owner"], NOON)
    secret = other_bearer.split("_", 2)[2]
    with pytest.raises(Untrusted):
        token_table.verify(f"bt_{one.token_id}_{secret}", NOON)


def test_a_token_expires_at_its_very_instant() -> None:
    """Its item stays for a while, so that its bearer learns from the error what is wrong."""
    keep(replace(KNOWN, valid_until=after(60)))
    assert token_table.verify(BEARER, after(59.999)).token_id == KNOWN.token_id
    with pytest.raises(Untrusted, match="expired"):
        token_table.verify(BEARER, after(60))


def test_only_who_has_the_secret_is_told_that_the_token_has_expired() -> None:
    keep(replace(KNOWN, valid_until=after(60)))
    with pytest.raises(Untrusted, match=r"^The token is not valid\.$"):
        token_table.verify(f"{BEARER}x", after(60))


def test_an_expired_token_is_remembered_for_thirty_days(engine: Engine) -> None:
    token_table.issue("acme", "ci", ["viewer"], NOON, valid_until=after(60.5))
    gone = after(60 + 30 * 86_400)
    assert engine.item(TokenItem)["expires_at"] == {"N": str(int(gone.timestamp()))}


def test_a_token_without_an_end_does_not_expire() -> None:
    keep(KNOWN)
    assert (
        token_table.verify(f"bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET}", after(10 * 365 * 86_400))
        == KNOWN
    )


def test_a_removed_token_proves_nothing() -> None:
    keep(KNOWN)
    TokenItem("01KJMMA2G0YDS3XHBBMX3B2VZZ").delete()
    with pytest.raises(Untrusted):
        token_table.verify(BEARER, NOON)


def test_text_that_cannot_be_a_token_costs_no_read(line: Line) -> None:
    for bearer in (
        "",
        "bt",
        "bt_01KJMMA2G0YDS3XHBBMX3B2VZZ_",
        f"xx_01KJMMA2G0YDS3XHBBMX3B2VZZ_{SECRET}",
    ):
        with pytest.raises(Untrusted):
            token_table.verify(bearer, NOON)
    assert line.requests == []


@pytest.mark.parametrize("token_id", ["0" * 2049, "not-an-id", "ü"])
def test_an_id_that_none_can_have_costs_no_read(token_id: str, line: Line) -> None:
    with pytest.raises(Untrusted):
        token_table.verify(f"bt_{token_id}_{SECRET}", NOON)
    assert line.requests == []


def test_a_tenants_tokens_are_listed_newest_first_page_by_page() -> None:
    made = [token_table.issue("acme", f"T{n}", ["viewer"], after(n))[0] for n in range(5)]
    token_table.issue("umbrella", "other", ["viewer"], NOON)
    seen: list[Token] = []
    page = token_table.list_newest("acme", 2)
    while True:
        seen += page.items
        if page.next_cursor is None:
            break
        page = token_table.list_newest("acme", 2, page.next_cursor)
    assert seen == made[::-1]


def test_a_token_is_its_own_tenants() -> None:
    made, _ = token_table.issue("acme", "ci", ["viewer"], NOON)
    assert token_table.get("acme", made.token_id) == made
    with pytest.raises(NotFound):
        token_table.get("umbrella", made.token_id)


def test_a_token_is_removed_by_its_own_tenant_once(clock: PatientClock) -> None:
    made, _ = token_table.issue("acme", "ci", ["viewer"], NOON)
    foreign = Transaction(clock)
    token_table.delete(foreign, replace(made, tenant_id="umbrella"))
    with pytest.raises(TransactionLost):
        foreign.commit()
    own, again = Transaction(clock), Transaction(clock)
    token_table.delete(own, made)
    token_table.delete(again, made)
    own.commit()
    with pytest.raises(TransactionLost) as lost:
        again.commit()
    assert lost.value.steps == {"token"}
    assert token_table.list_newest("acme", 10).items == []


def test_a_token_is_made_once(clock: PatientClock) -> None:
    made, bearer = token_table.issue("acme", "ci", ["viewer"], NOON)
    twin, _ = token_table.new("acme", "ci", ["owner"], NOON, token_id=made.token_id)
    transaction = Transaction(clock)
    token_table.put(transaction, twin)
    with pytest.raises(TransactionLost):
        transaction.commit()
    assert token_table.verify(bearer, NOON) == made


def renewed(clock: PatientClock, token: Token) -> str:
    twin, bearer = token_table.new(token.tenant_id, "ci", ["owner"], NOON, token_id=token.token_id)
    transaction = Transaction(clock)
    token_table.renew(transaction, twin)
    transaction.commit()
    return bearer


def test_another_secret_takes_the_place_of_one_that_nobody_proved(clock: PatientClock) -> None:
    made, bearer = token_table.issue("acme", "ci", ["viewer"], NOON)
    other = renewed(clock, made)
    assert token_table.verify(other, NOON).scopes == ("viewer",)
    with pytest.raises(Untrusted):
        token_table.verify(bearer, NOON)


def test_a_token_in_use_in_other_hands_or_gone_keeps_its_secret(clock: PatientClock) -> None:
    made, bearer = token_table.issue("acme", "ci", ["viewer"], NOON)
    with pytest.raises(TransactionLost):
        renewed(clock, replace(made, tenant_id="umbrella"))
    token_table.note_use(made, NOON)
    with pytest.raises(TransactionLost):
        renewed(clock, made)
    assert token_table.verify(bearer, NOON)
    TokenItem(made.token_id).delete()
    with pytest.raises(TransactionLost):
        renewed(clock, made)
    assert token_table.list_newest("acme", 10).items == []


def test_a_use_is_noted_at_most_once_an_hour() -> None:
    made, _ = token_table.issue("acme", "ci", ["viewer"], NOON)
    noted = {}
    for seconds in (5, 3604.999, 3605, 3606):
        token_table.note_use(made, after(seconds))
        noted[seconds] = token_table.get("acme", made.token_id).last_used_at
    assert noted == {5: after(5), 3604.999: after(5), 3605: after(3605), 3606: after(3605)}


@pytest.mark.parametrize(("seconds", "is_news"), [(0, False), (3599.999, False), (3600, True)])
def test_a_use_within_the_hour_is_no_news(seconds: float, is_news: bool) -> None:
    assert token_table.use_needs_noting(KNOWN, NOON)
    used = replace(KNOWN, last_used_at=NOON)
    assert token_table.use_needs_noting(used, after(seconds)) is is_news


def test_a_use_does_not_bring_a_revoked_token_back(engine: Engine) -> None:
    made, _ = token_table.issue("acme", "ci", ["viewer"], NOON)
    TokenItem(made.token_id).delete()
    token_table.note_use(made, NOON)
    assert engine.items(TokenItem) == []


def test_a_use_that_cannot_be_noted_is_told(line: Line) -> None:
    made, _ = token_table.issue("acme", "ci", ["viewer"], NOON)
    line.answer("UpdateItem", refusal("ValidationException"))
    with pytest.raises(UpdateError):
        token_table.note_use(made, NOON)

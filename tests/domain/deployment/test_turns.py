"""Tenants in turn: each gets its share of a pool's slots, and nobody waits longer than a round."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.deployment.pools import HEAVIEST, Pool
from chalicelib.domain.deployment.turns import Turn, tenants_in_turn
from chalicelib.domain.runs.queue_order import first_key_of, last_key_of

#: Names that are each other's beginnings, and that sort otherwise than their keys would alone.
TENANTS: Final = ["a", "a-b", "a.b", "ab", "b", "z"]
WEIGHTS: Final = st.dictionaries(st.sampled_from(TENANTS), st.integers(1, HEAVIEST))
#: Tenant → how many it has waiting.
CROWDS: Final = st.dictionaries(st.sampled_from(TENANTS), st.integers(1, 15), min_size=1)


@dataclass(frozen=True)
class Item:
    """Something that waits, and the how manieth of its tenant it is."""

    tenant_id: str
    number: int


def waiting(crowds: dict[str, int]) -> list[Item]:
    return [Item(tenant, number) for tenant, many in crowds.items() for number in range(many)]


def served(crowds: dict[str, int], turn: Turn | None = None, pool: Pool | None = None) -> str:
    """The tenants as they are served, one letter each."""
    order = tenants_in_turn(waiting(crowds), turn or Turn(), pool or Pool())
    return "".join(item.tenant_id for item in order)


def test_tenants_are_served_one_after_the_other() -> None:
    assert served({"a": 3, "b": 2, "z": 1}) == "abzaba"


def test_who_is_next_comes_after_the_tenant_that_was_served_last() -> None:
    assert served({"a": 1, "b": 1, "z": 1}, Turn(9, "a", 1)) == "bza"
    assert served({"a": 1, "b": 1, "z": 1}, Turn(9, "z", 1)) == "abz"


def test_the_tenant_that_was_served_last_may_be_gone() -> None:
    assert served({"a": 1, "z": 1}, Turn(9, "m", 1)) == "za"


def test_a_tenant_alone_is_served_all_the_time() -> None:
    assert served({"a": 5}, Turn(9, "a", 4)) == "aaaaa"


def test_a_tenant_with_a_weight_has_so_many_turns_in_a_row() -> None:
    pool = Pool(weights={"a": 3})
    assert served({"a": 7, "b": 3}, pool=pool) == "aaabaaabab"


def test_a_row_that_was_begun_is_gone_on_with() -> None:
    pool = Pool(weights={"a": 3})
    assert served({"a": 3, "b": 2}, Turn(9, "a", 2), pool) == "abaab"


def test_a_turn_counts_how_often_its_tenant_was_served_in_a_row() -> None:
    first = Turn().next_of("a")
    assert first == Turn(1, "a", 1)
    assert first.next_of("a") == Turn(2, "a", 2)
    assert first.next_of("a").next_of("b") == Turn(3, "b", 1)


def test_where_a_look_at_the_queue_begins() -> None:
    pool = Pool(weights={"a": 2})
    assert Turn().begins_behind(pool) == ""
    assert Turn(1, "a", 1).begins_behind(pool) == first_key_of("a")
    assert Turn(2, "a", 2).begins_behind(pool) == last_key_of("a")
    assert Turn(1, "b", 1).begins_behind(pool) == last_key_of("b")


@given(CROWDS, WEIGHTS)
def test_everybody_is_served_once_and_a_tenants_own_in_their_order(
    crowds: dict[str, int], weights: dict[str, int]
) -> None:
    items = waiting(crowds)
    order = tenants_in_turn(items, Turn(), Pool(weights=weights))
    for tenant, many in crowds.items():
        assert [item.number for item in order if item.tenant_id == tenant] == list(range(many))
    assert len(order) == len(items)


@given(CROWDS, WEIGHTS, st.sampled_from(TENANTS), st.integers(1, HEAVIEST))
def test_nobody_waits_for_more_than_one_round_of_the_others(
    crowds: dict[str, int], weights: dict[str, int], last: str, in_a_row: int
) -> None:
    """However many they have: between two turns of a tenant no other has more than its weight."""
    pool = Pool(weights=weights)
    order = tenants_in_turn(waiting(crowds), Turn(5, last, in_a_row), pool)
    for tenant, many in crowds.items():
        others: Counter[str] = Counter()
        left = many
        for item in order:
            if item.tenant_id == tenant:
                others.clear()
                left -= 1
            elif left:
                others[item.tenant_id] += 1
                assert others[item.tenant_id] <= pool.weight_of(item.tenant_id)


@given(WEIGHTS, st.integers(0, 60))
def test_shares_are_as_weighted_over_any_whole_number_of_rounds(
    weights: dict[str, int], begins_at: int
) -> None:
    pool = Pool(weights=weights)
    a_round = sum(pool.weight_of(tenant) for tenant in TENANTS)
    order = tenants_in_turn(waiting(dict.fromkeys(TENANTS, 200)), Turn(), pool)
    window = Counter(item.tenant_id for item in order[begins_at : begins_at + 2 * a_round])
    assert window == {tenant: 2 * pool.weight_of(tenant) for tenant in TENANTS}


def test_shares_come_out_as_weighted_over_any_window_of_twenty_turns() -> None:
    pool = Pool(weights={"a": 2})
    order = served({"a": 100, "b": 100, "z": 100}, pool=pool)
    for begins_at in range(180):
        window = Counter(order[begins_at : begins_at + 20])
        assert window == {"a": 10, "b": 5, "z": 5}

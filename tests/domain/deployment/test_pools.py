"""Pools: who may use them, and what is kept of them as settings change."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.pools import Pool, blocks_for, carried_over
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot

POOLS: Final = st.dictionaries(
    st.sampled_from(["crm", "gpu", "mail"]),
    st.builds(lambda capacity: Pool(capacity=capacity), st.integers(1, 1000)),
)


def test_a_pool_is_everybodys_unless_it_names_tenants() -> None:
    assert Pool().admits("acme")
    assert Pool(tenants=("acme", "umbrella")).admits("umbrella")
    assert not Pool(tenants=("acme",)).admits("umbrella")
    assert not Pool(tenants=()).admits("acme")


def test_a_removed_pool_admits_nobody_and_has_no_room() -> None:
    removed = Pool(capacity=5, is_removed=True)
    assert (removed.admits("acme"), removed.room) == (False, 0)


def test_a_tenant_without_a_weight_has_one_turn_at_a_time() -> None:
    pool = Pool(weights={"acme": 4})
    assert [pool.weight_of(tenant) for tenant in ("acme", "umbrella", None)] == [4, 1, 1]


def test_main_is_there_always_with_the_capacity_of_the_deployment() -> None:
    assert Settings(capacity=3).every_pool == {"main": Pool(capacity=3)}
    narrowed = Settings(capacity=3, pools={"main": Pool(capacity=9, tenants=("acme",))})
    assert narrowed.pool("main") == Pool(capacity=3, tenants=("acme",))


def test_a_pool_that_is_not_there_counts_as_removed() -> None:
    nowhere = Settings().pool("gpu")
    assert (nowhere.is_removed, nowhere.room) == (True, 0)
    assert Floor(pool="gpu").free == []


def test_only_what_is_open_may_be_named_and_counts_as_room() -> None:
    settings = Settings(
        capacity=2, pools={"gpu": Pool(capacity=4), "mail": Pool(capacity=8, is_removed=True)}
    )
    assert list(settings.every_pool) == ["main", "gpu", "mail"]
    assert list(settings.open_pools) == ["main", "gpu"]
    assert settings.slots_in_all == 6


@pytest.mark.parametrize(("capacity", "blocks"), [(1, 1), (100, 1), (101, 2), (1000, 10)])
def test_a_hundred_slots_fill_a_block(capacity: int, blocks: int) -> None:
    assert blocks_for(capacity) == blocks


@given(POOLS, POOLS)
def test_no_slot_that_a_run_may_hold_is_lost_sight_of(
    before: dict[str, Pool], after: dict[str, Pool]
) -> None:
    stored = carried_over(before, after)
    for name, pool in before.items():
        assert stored[name].blocks >= pool.blocks
        assert stored[name].is_removed is (name not in after)
    for name, pool in after.items():
        assert stored[name].capacity == pool.capacity
        assert stored[name].blocks >= blocks_for(pool.capacity)


def test_a_lowered_capacity_keeps_its_blocks_however_often_settings_change() -> None:
    wide = carried_over({}, {"gpu": Pool(capacity=250)})
    low = carried_over(wide, {"gpu": Pool(capacity=10)})
    assert low["gpu"] == Pool(capacity=10, blocks=3)
    assert carried_over(low, {"gpu": Pool(capacity=20)})["gpu"].blocks == 3


def test_a_pool_removed_and_declared_anew_is_open_again() -> None:
    removed = carried_over({"gpu": Pool(capacity=250, blocks=3)}, {})
    assert removed["gpu"].is_removed
    assert carried_over(removed, {"gpu": Pool(capacity=1)})["gpu"] == Pool(blocks=3)


def test_a_floor_has_the_room_of_its_own_pool() -> None:
    settings = Settings(capacity=1, pools={"gpu": Pool(capacity=2)})
    held = Slot(key="000", pool="gpu", run_id="01RUN")
    free = Floor(pool="gpu", settings=settings, slots=[held]).free
    assert free == [Slot(key="001", pool="gpu")]
    assert [slot.key for slot in Floor(settings=settings).free] == ["000"]

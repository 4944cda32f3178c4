"""The deployment's own state: slots, settings, and the marks that passes leave."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot, forced_slot, latest_turn, next_token, occupy
from chalicelib.domain.deployment.turns import Turn
from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.run import Run
from chalicelib.platform.clock import SystemClock
from chalicelib.store import floor_items
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import NOON, a_run, after
from tests.store.engines import Engine, Line
from tests.store.writing import lost_by, vacated

MINUTE: Final = timedelta(minutes=1)
FORCED: Final = a_run(forced=True)
TURN: Final = Turn(3, "acme", 2)
ENDED: Final = after(60)


def take(slot: Slot, run: Run, turn: Turn = TURN) -> tuple[Run, Slot, set[str]]:
    """Put the run on the slot; returns both as they are then, and the steps that were lost."""
    run = replace(run, pool=slot.pool)
    claimed = transitions.claim(run, slot.key, next_token(slot, run), NOON, concurrent=1)
    held = occupy(slot, claimed, turn, NOON, MINUTE)
    transaction = Transaction(SystemClock())
    floor_items.occupy(transaction, slot, held)
    return claimed, held, lost_by(transaction)


def give_back(run: Run) -> set[str]:
    transaction = Transaction(SystemClock())
    floor_items.release(transaction, run, ENDED)
    return lost_by(transaction)


def free_orphan(slot: Slot) -> set[str]:
    transaction = Transaction(SystemClock())
    floor_items.vacate(transaction, slot, ENDED)
    return lost_by(transaction)


def test_a_new_deployment_has_free_slots_and_no_tick() -> None:
    look = floor_items.read(2)
    assert (look.settings, look.last_tick_at) == (Settings(capacity=2), None)
    assert look.holders == []
    assert [slot.key for slot in look.free] == ["000", "001"]


def test_a_taken_slot_is_read_as_it_was_written() -> None:
    _, held, lost = take(Slot(key="000"), a_run())
    assert lost == set()
    assert floor_items.read(2).slots == [held]
    assert [slot.key for slot in floor_items.read(2).free] == ["001"]


def test_a_taken_slot_cannot_be_taken() -> None:
    take(Slot(key="000"), a_run())
    _, _, lost = take(Slot(key="000"), a_run(run_id="01OTHER"))
    assert lost == {"slot"}


def test_a_vacated_slot_keeps_its_token_and_its_turn_and_says_since_when(engine: Engine) -> None:
    run, _, _ = take(Slot(key="000"), a_run(token=6))
    assert give_back(run) == set()
    free = Slot(key="000", token=7, turn=3, served="acme", in_a_row=2, since=ENDED)
    assert floor_items.read(1).slots == [free]
    assert latest_turn(floor_items.read(1).slots) == TURN
    of_its_turn = {"turn", "served", "in_a_row"}
    assert engine.item(ControlItem).keys() == {"kind", "key", "token", "since", *of_its_turn}


def test_a_slot_taken_again_has_a_higher_token() -> None:
    first, _, _ = take(Slot(key="000"), a_run())
    give_back(first)
    (free,) = floor_items.read(1).free
    second, _, lost = take(free, a_run(run_id="01OTHER"))
    assert lost == set()
    assert second.token > first.token


def test_a_slot_that_was_taken_and_given_back_since_we_looked_cannot_be_taken_as_seen() -> None:
    seen = Slot(key="000")
    first, _, _ = take(seen, a_run())
    give_back(first)
    _, _, lost = take(seen, a_run(run_id="01OTHER"))
    assert lost == {"slot"}


def test_only_the_claim_that_holds_a_slot_gives_it_back() -> None:
    run, held, _ = take(Slot(key="000"), a_run())
    assert give_back(replace(run, token=run.token + 1)) == {"slot"}
    assert give_back(replace(run, run_id="01OTHER")) == {"slot"}
    assert floor_items.read(1).holders == [held]
    assert give_back(run) == set()
    assert give_back(run) == {"slot"}


# Forced runs


def test_a_forced_run_gets_a_slot_beside_the_capacity() -> None:
    take(Slot(key="000"), a_run())
    forced = a_run(run_id="01FORCED", forced=True)
    _, held, lost = take(forced_slot(forced), forced)
    assert (lost, held.forced) == (set(), True)
    look = floor_items.read(1)
    assert [slot.key for slot in look.holders] == ["000", "forced-01FORCED"]
    assert look.free == []


def test_a_forced_slot_is_gone_with_its_run(engine: Engine) -> None:
    run, _, _ = take(forced_slot(FORCED), FORCED)
    assert give_back(run) == set()
    assert engine.items(ControlItem) == []


def test_a_forced_slot_is_not_removed_by_another_claim() -> None:
    run, held, _ = take(forced_slot(FORCED), FORCED)
    assert give_back(replace(run, token=run.token + 1)) == {"slot"}
    assert floor_items.read(1).holders == [held]


# Orphans


def test_an_orphan_is_freed_if_it_is_as_seen(engine: Engine) -> None:
    _, held, _ = take(Slot(key="000"), a_run())
    _, forced, _ = take(forced_slot(FORCED), FORCED)
    assert free_orphan(held) == free_orphan(forced) == set()
    assert floor_items.read(1).slots == [vacated(held, since=ENDED)]
    assert len(engine.items(ControlItem)) == 1


def test_a_slot_that_was_taken_again_is_no_orphan() -> None:
    run, held, _ = take(Slot(key="000"), a_run())
    give_back(run)
    (free,) = floor_items.read(1).free
    _, again, _ = take(free, a_run(run_id="01OTHER"))
    assert free_orphan(held) == {"slot"}
    assert floor_items.read(1).holders == [again]


# Settings and marks


def change_settings(stored: dict[str, Any] | None, settings: Settings) -> set[str]:
    """Store the settings over these; returns the steps that were lost."""
    transaction = Transaction(SystemClock())
    floor_items.change_settings(transaction, stored, settings)
    return lost_by(transaction)


def test_settings_that_were_saved_are_read_whole() -> None:
    saved = Settings(
        capacity=3,
        lease_seconds=60,
        pressure_delay_seconds=5,
        pressure_max_seconds=50,
        batch_per_tenant=2,
        run_days=7,
        log_days=3,
        pools={
            "gpu": Pool(capacity=250, tenants=("acme",), weights={"acme": 3}, blocks=3),
            "mail": Pool(is_removed=True),
        },
    )
    assert change_settings(None, saved) == set()
    assert floor_items.read(1).settings == saved
    assert floor_items.settings_of(floor_items.stored_settings(), 1) == saved


def test_settings_are_stored_only_over_those_that_were_read() -> None:
    first, second = Settings(run_days=7), Settings(run_days=8)
    assert change_settings(None, first) == set()
    seen = floor_items.stored_settings()
    assert change_settings(None, second) == {"settings"}
    assert change_settings(seen, second) == set()
    assert change_settings(seen, first) == {"settings"}
    assert floor_items.read(1).settings == second


def test_settings_that_were_stored_win_over_the_defaults() -> None:
    ControlItem("floor", "settings", value={"capacity": 3, "run_days": 7}).save()
    assert floor_items.read(1).settings == Settings(capacity=3, run_days=7)


def test_the_capacity_of_the_deployment_counts_until_one_is_stored() -> None:
    ControlItem("floor", "settings", value={"run_days": 7}).save()
    assert floor_items.read(5).settings == Settings(capacity=5, run_days=7)


def test_a_pool_that_somebody_spoilt_has_what_can_be_read_of_it() -> None:
    spoilt = {"gpu": {"capacity": 4, "by_a_later_release": 1}, "mail": "all of it"}
    ControlItem("floor", "settings", value={"pools": spoilt}).save()
    assert floor_items.read(1).settings.pools == {"gpu": Pool(capacity=4)}


# Pools and blocks


POOLS: Final = Settings(capacity=2, pools={"gpu": Pool(capacity=2), "mail": Pool()})


def test_two_pools_have_slots_of_their_own() -> None:
    change_settings(None, POOLS)
    _, held, lost = take(Slot(key="000", pool="gpu"), a_run())
    assert lost == set()
    _, of_main, lost = take(Slot(key="000"), a_run(run_id="01OTHER"))
    assert lost == set()
    main = floor_items.read(1)
    gpu, mail = (floor_items.of_pool(main, pool) for pool in ("gpu", "mail"))
    assert (main.slots, gpu.slots, mail.slots) == ([of_main], [held], [])
    assert [slot.key for slot in gpu.free] == ["001"]
    assert [slot.key for slot in mail.free] == ["000"]


def test_a_slot_is_given_back_to_its_own_pool() -> None:
    run, held, _ = take(Slot(key="000", pool="gpu"), a_run())
    take(Slot(key="000"), a_run())
    assert give_back(replace(run, pool="mail")) == {"slot"}
    assert give_back(run) == set()
    assert floor_items.of_pool(floor_items.read(1), "gpu").slots == [vacated(held, since=ENDED)]
    assert len(floor_items.read(1).holders) == 1


def test_a_forced_slot_lies_with_those_of_its_pool() -> None:
    forced = a_run(pool="gpu", forced=True)
    run, held, _ = take(forced_slot(forced), forced)
    assert floor_items.read(1).slots == []
    assert floor_items.of_pool(floor_items.read(1), "gpu").holders == [held]
    assert give_back(run) == set()
    assert floor_items.of_pool(floor_items.read(1), "gpu").slots == []


def test_every_hundred_slots_have_a_partition_and_are_read_as_long_as_runs_may_work(
    line: Line,
) -> None:
    wide = {"gpu": Pool(capacity=250, blocks=3), "main": Pool(blocks=2)}
    change_settings(None, Settings(capacity=120, pools=wide))
    for pool, key in (("gpu", "099"), ("gpu", "100"), ("gpu", "249"), ("main", "119")):
        _, _, lost = take(Slot(key=key, pool=pool), a_run(run_id=f"{pool}{key}"))
        assert lost == set()
    assert floor_items.read(1).slots == []
    assert [slot.key for slot in floor_items.with_all_blocks(floor_items.read(1)).slots] == ["119"]
    base = floor_items.read(1)
    line.requests.clear()
    gpu = floor_items.of_pool(base, "gpu")
    assert [slot.key for slot in gpu.holders] == ["099", "100", "249"]
    assert [(name, request["ConsistentRead"]) for name, request in line.requests] == [
        ("Query", True)
    ] * 3
    low = replace(base, settings=Settings(pools={"gpu": Pool(capacity=1, blocks=3)}))
    assert len(floor_items.of_pool(low, "gpu").holders) == 3


def test_the_floor_knows_when_the_last_tick_was() -> None:
    floor_items.mark("tick", after(-60), {"fired": 1})
    floor_items.mark("tick", NOON, {"fired": 2})
    floor_items.mark("daily", after(60), {})
    assert floor_items.read(1).last_tick_at == NOON


def test_a_mark_is_read_with_what_the_pass_did() -> None:
    floor_items.mark("daily", NOON, {"removed": 3})
    assert floor_items.last("daily") == {
        "at": "2026-03-01T12:00:00.000Z",
        "summary": {"removed": 3},
    }


def test_a_pass_that_never_was_has_no_mark() -> None:
    assert floor_items.last("daily") is None


def test_a_look_at_the_floor_is_one_consistent_read(line: Line) -> None:
    take(Slot(key="000"), a_run())
    line.requests.clear()
    floor_items.read(1)
    ((operation, request),) = line.requests
    assert (operation, request["ConsistentRead"]) == ("Query", True)


def test_a_mark_is_read_as_it_is_now(line: Line) -> None:
    floor_items.last("tick")
    assert [params["ConsistentRead"] for _, params in line.requests] == [True]

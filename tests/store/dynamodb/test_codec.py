"""Values become items and values again: nothing is lost, and nothing is stored without need."""

import builtins
import types
from dataclasses import fields, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.arming import arm, disarm
from chalicelib.domain.runs.run import Payload, Place, Run, RunStatus, Totals
from chalicelib.domain.runs.schedule import (
    Breaker,
    Misfire,
    Retry,
    Schedule,
    ScheduleStatus,
    WholeSchedule,
)
from chalicelib.domain.time.cadences import Cadence, Cron, Interval, Manual, Once
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb.attributes import is_small
from chalicelib.store.dynamodb.codec import changes, from_item, to_item
from chalicelib.store.dynamodb.models import (
    ControlItem,
    InboxItem,
    LogItem,
    RunItem,
    ScheduleItem,
    Table,
    TokenItem,
)
from chalicelib.store.log_table import LogLine
from chalicelib.store.token_table import Token
from tests.builders import MILLISECOND, NOON, a_run, a_run_that_is, a_schedule, after
from tests.store.engines import Engine
from tests.store.writing import store, stored

WORDS: Final = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBERS: Final = st.integers(0, 10**12)
INSTANTS: Final = NUMBERS.map(lambda ms: NOON + ms * MILLISECOND)
JSON: Final = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats(-1e9, 1e9) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)
PLAIN: Final[dict[Any, st.SearchStrategy[Any]]] = {
    str: WORDS,
    int: NUMBERS,
    float: st.floats(0, 1e9).map(lambda number: round(number, 3)),
    bool: st.booleans(),
    datetime: INSTANTS,
    Any: JSON,
    type(None): st.none(),
    Cron: st.builds(Cron, WORDS, WORDS),
    Interval: st.builds(
        Interval, st.integers(1, 10**6), st.sampled_from(["completion", "grid"]), INSTANTS
    ),
    Once: st.builds(Once, INSTANTS),
    Manual: st.builds(Manual),
}
#: Fields that cannot have just any value: keys are not empty, and TTL knows whole seconds.
NAMES: Final = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
KEYS: Final = {"tenant_id": NAMES, "schedule_id": NAMES, "run_id": NAMES}
WHOLE_SECONDS: Final = NUMBERS.map(lambda number: NOON + timedelta(seconds=number // 1000))


def anything(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that a field of the domain's dataclasses may have."""
    if hint in PLAIN:
        return PLAIN[hint]
    inner = [anything(each) for each in get_args(hint) if each is not Ellipsis]
    match get_origin(hint):
        case None:
            return st.sampled_from(hint) if issubclass(hint, Enum) else filled(hint)
        case types.UnionType:
            return st.one_of(inner)
        case builtins.tuple:
            return st.lists(inner[0], max_size=3).map(tuple)
    return st.dictionaries(*inner, max_size=3)


def filled(kind: Any, **given_: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Any value of a dataclass, every field filled with anything."""
    hints = get_type_hints(kind)
    free = {each.name: anything(hints[each.name]) for each in fields(kind)}
    return st.builds(kind, **{**free, **given_})


#: A larger payload lies apart.
PAYLOADS: Final = (
    st.none() | st.sampled_from(Payload) | st.dictionaries(WORDS, JSON).filter(is_small)
)
RUNS: Final = filled(
    Run,
    **KEYS,
    priority=st.integers(0, 9),
    payload=PAYLOADS,
    expires_at=st.none() | WHOLE_SECONDS,
)
KEPT: Final[dict[type, tuple[type[Table], st.SearchStrategy[Any]]]] = {
    Schedule: (
        ScheduleItem,
        filled(Schedule, tenant_id=NAMES, schedule_id=NAMES, pending_run_id=st.none() | NAMES),
    ),
    WholeSchedule: (
        ScheduleItem,
        filled(
            WholeSchedule,
            tenant_id=NAMES,
            schedule_id=NAMES,
            pending_run_id=st.none() | NAMES,
            target=st.fixed_dictionaries({"type": WORDS, "params": JSON}),
        ),
    ),
    Run: (RunItem, RUNS),
    LogLine: (LogItem, filled(LogLine, run_id=NAMES, expires_at=st.none() | WHOLE_SECONDS)),
    Activity: (
        InboxItem,
        filled(Activity, tenant_id=NAMES, item_id=NAMES, expires_at=st.none() | WHOLE_SECONDS),
    ),
    Token: (TokenItem, filled(Token, token_id=NAMES, expires_at=st.none() | WHOLE_SECONDS)),
}


def raw(model: type[Table], value: Any) -> dict[str, Any]:
    return dict(to_item(model, value).serialize())


@pytest.mark.parametrize("kind", KEPT)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_value_comes_back_as_it_was(kind: type, data: st.DataObject) -> None:
    model, values = KEPT[kind]
    value = data.draw(values)
    assert from_item(kind, model.from_raw_data(raw(model, value))) == value


@pytest.mark.parametrize("status", RunStatus)
def test_a_run_in_any_state_comes_back_from_the_engine(status: RunStatus) -> None:
    run = a_run_that_is(
        status,
        payload={"ratio": 0.1, "nothing": None, "empty": "", "deep": [1, {"x": True}]},
        totals=Totals(1, 2, 3),
        not_before=after(60.123),
    )
    store(run)
    assert stored(run) == run


@pytest.mark.parametrize(
    "cadence",
    [
        Cron("0 3 * * *", "Europe/Berlin"),
        Interval(90, "grid", NOON),
        Interval(90),
        Once(after(0.5)),
        Manual(),
    ],
)
def test_a_schedule_of_any_cadence_comes_back_from_the_engine(cadence: Cadence) -> None:
    schedule = arm(
        a_schedule(
            cadence=cadence,
            tags=("a", "ü"),
            misfire=Misfire(grace_seconds=7),
            retry=Retry(max_attempts=4),
            breaker=Breaker(failures=9),
            average_steps=3.25,
            last_run={"id": "01RUN", "status": "failed", "finished_at": None},
        ),
        NOON,
    )
    store(schedule)
    assert stored(schedule) == schedule


# What is not stored


def test_what_has_its_default_is_not_stored() -> None:
    assert set(raw(ScheduleItem, a_schedule())) == {
        "tenant_id",
        "schedule_id",
        "name",
        "cadence",
        "target",
        "label",
        "created_at",
        "updated_at",
        "version",
    }


def test_what_differs_from_its_default_is_stored_even_if_it_is_nothing() -> None:
    item = raw(ScheduleItem, a_schedule(priority=0, retry=Retry(max_attempts=2)))
    assert item["priority"] == {"N": "0"}
    assert "retry" in item


def test_an_unused_slot_is_stored_as_its_bare_key() -> None:
    item = to_item(ControlItem, Slot(key="000"), kind="floor").serialize()
    assert item == {"kind": {"S": "floor"}, "key": {"S": "000"}}


def test_an_empty_text_is_told_from_none() -> None:
    run = replace(a_run_that_is(RunStatus.FAILED), error_message="")
    store(run)
    assert stored(run) == run


# The sparse indexes


def test_a_schedule_is_in_the_due_index_exactly_while_it_can_fire(engine: Engine) -> None:
    armed = arm(a_schedule(), NOON)
    store(armed)
    assert {"due_shard", "next_fire_at"} <= engine.item(ScheduleItem).keys()

    to_paused = changes(ScheduleItem, armed, disarm(replace(armed, status=ScheduleStatus.PAUSED)))
    ScheduleItem(armed.tenant_id, armed.schedule_id).update(to_paused)
    assert not {"due_shard", "next_fire_at", "fire_at"} & engine.item(ScheduleItem).keys()


@pytest.mark.parametrize("status", RunStatus)
def test_a_run_is_in_the_waiting_index_exactly_while_it_is_queued(
    status: RunStatus, engine: Engine
) -> None:
    store(a_run_that_is(status))
    is_there = {"pool", "queue_key"} & engine.item(RunItem).keys()
    assert is_there == ({"pool", "queue_key"} if status is RunStatus.QUEUED else set())


def test_a_claim_takes_a_run_out_of_the_waiting_index_and_a_hand_back_puts_it_in_again(
    engine: Engine,
) -> None:
    queued = a_run()
    store(queued)
    in_queue = {name: engine.item(RunItem)[name] for name in ("pool", "queue_key")}

    claimed = transitions.claim(queued, "000", 1, after(1), concurrent=1)
    RunItem(queued.tenant_id, queued.run_id).update(changes(RunItem, queued, claimed))
    assert not {"pool", "queue_key"} & engine.item(RunItem).keys()

    back = transitions.unclaim(claimed)
    RunItem(queued.tenant_id, queued.run_id).update(changes(RunItem, claimed, back))
    assert {name: engine.item(RunItem)[name] for name in ("pool", "queue_key")} == in_queue


# Changes


def names_of(actions: list[Any]) -> list[str]:
    return sorted(str(action.values[0]) for action in actions)


def test_nothing_changed_is_no_action() -> None:
    assert changes(RunItem, a_run(), a_run()) == []


def test_only_what_differs_is_written() -> None:
    running = a_run_that_is(RunStatus.RUNNING)
    beat = replace(running, lease_expires_at=after(900), steps=4)
    assert names_of(changes(RunItem, running, beat)) == ["lease_expires_at", "steps"]


@pytest.mark.parametrize("other", [True, 1.0])
def test_what_python_calls_equal_is_written_if_it_is_stored_differently(other: Any) -> None:
    before, to = a_run(payload={"deep": [{"x": 1}]}), a_run(payload={"deep": [{"x": other}]})
    assert names_of(changes(RunItem, before, to)) == ["payload"]
    store(before)
    RunItem(before.tenant_id, before.run_id).update(changes(RunItem, before, to))
    kept = stored(before)
    assert isinstance(kept, Run)
    assert repr(kept.payload) == repr(to.payload)


def test_what_goes_back_to_its_default_is_removed() -> None:
    before, back = a_run(covers=3, summary="x"), a_run()
    actions = changes(RunItem, before, back)
    assert names_of(actions) == ["covers", "summary"]
    assert {type(action).__name__ for action in actions} == {"RemoveAction"}


def test_an_attribute_made_of_others_changes_with_them() -> None:
    before = a_run(place=Place.QUEUE)
    assert names_of(changes(RunItem, before, replace(before, priority=9))) == [
        "priority",
        "queue_key",
    ]


def test_what_somebody_else_changed_meanwhile_is_not_overwritten() -> None:
    seen = a_run_that_is(RunStatus.RUNNING)
    store(seen)
    item = RunItem(seen.tenant_id, seen.run_id)
    item.update(changes(RunItem, seen, transitions.request_cancel(seen, "ann", after(5))))
    item.update(changes(RunItem, seen, replace(seen, steps=4)))
    assert stored(seen) == replace(transitions.request_cancel(seen, "ann", after(5)), steps=4)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(RUNS, RUNS)
def test_changes_turn_the_item_of_one_value_into_that_of_another(before: Run, value: Run) -> None:
    to = replace(value, tenant_id=before.tenant_id, run_id=before.run_id)
    old, new = raw(RunItem, before), raw(RunItem, to)
    actions = changes(RunItem, before, to)
    assert names_of(actions) == sorted(
        name for name in old.keys() | new.keys() if old.get(name) != new.get(name)
    )
    store(before)
    if actions:
        RunItem(before.tenant_id, before.run_id).update(actions)
    assert stored(before) == to


def test_a_value_that_looks_like_dynamodbs_own_form_is_kept_as_it_is() -> None:
    before = a_run_that_is(RunStatus.RUNNING)
    odd = replace(before, callback_hashes={"S": "x"})
    store(before)
    RunItem(before.tenant_id, before.run_id).update(changes(RunItem, before, odd))
    assert stored(before) == odd

"""Each guard matters: without it the simulation fails, and by a rule that is named."""

import pytest

from tests.simulation.guards import GUARDS, Guard
from tests.simulation.missing import history_with, history_without, seeds
from tests.simulation.telling import reported

ROWS = pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
#: Many guards matter in the same histories: one of them for each kind of history.
KINDS = list({repr((guard.plan, guard.with_callers)): guard for guard in GUARDS}.values())


@ROWS
def test_without_its_guard_a_rule_breaks(guard: Guard) -> None:
    history = history_without(guard)
    assert history is not None, f"nobody misses it in {guard.histories} histories"
    assert history.broken is not None
    assert history.broken.rule in guard.rules, reported(history)


@ROWS
def test_with_its_guard_the_same_history_is_sound(guard: Guard) -> None:
    history = history_with(guard, next(seeds(guard)))
    assert history.broken is None, reported(history)


@pytest.mark.parametrize("guard", KINDS, ids=lambda guard: guard.name)
@pytest.mark.parametrize("seed", range(3))
def test_with_every_guard_histories_of_its_kind_are_sound(guard: Guard, seed: int) -> None:
    history = history_with(guard, seed)
    assert history.broken is None, reported(history)


@ROWS
def test_it_is_looked_for_in_no_more_histories_than_it_may_take(guard: Guard) -> None:
    assert sorted(seeds(guard)) == list(range(guard.histories))

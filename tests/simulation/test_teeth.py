"""Each guard matters: without it the simulation fails, and by a rule that is named."""

import pytest

from tests.simulation.guards import GUARDS, Guard
from tests.simulation.simulate import simulate
from tests.simulation.telling import reported

ROWS = pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)


@ROWS
def test_without_its_guard_a_rule_breaks(guard: Guard) -> None:
    with guard.without():
        for seed in range(guard.histories):
            history = simulate(seed, guard.plan, guard.besides, with_callers=guard.with_callers)
            if history.broken is not None:
                assert history.broken.rule in guard.rules, reported(history)
                return
    pytest.fail(f"nobody misses it in {guard.histories} histories")


@ROWS
def test_with_its_guard_the_same_histories_are_sound(guard: Guard) -> None:
    for seed in range(3):
        history = simulate(seed, guard.plan, with_callers=guard.with_callers)
        assert history.broken is None, reported(history)

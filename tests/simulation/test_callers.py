"""Histories in which work is done elsewhere: callers that die, come twice, late, or never."""

from collections import Counter

import pytest

from tests.simulation.simulate import Simulation, simulate
from tests.simulation.swapping import swapped
from tests.simulation.telling import reported

#: So many chunks, which workers share, of so many histories.
CHUNKS = 4
HISTORIES = 50
#: What has become of callers' runs, or of fire times that callers were expected for.
_FATES = {
    *("succeeded", "failed", "cancelled", "skipped"),
    *("no_show", "slot_busy", "schedule_paused", "lease_expired", "error", "timeout"),
}


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_rules_hold_for_work_that_is_done_elsewhere(chunk: int) -> None:
    for seed in range(chunk * HISTORIES, (chunk + 1) * HISTORIES):
        history = simulate(seed, with_callers=True)
        assert history.broken is None, reported(history)


def test_these_histories_have_all_that_may_become_of_it() -> None:
    seen: Counter[str] = Counter()
    run = Simulation.run

    def followed(self: Simulation) -> None:
        run(self)
        for item in self.database.items("baton-runs"):
            if item["schedule_id"]["S"].startswith("e"):
                names = ("status", "skip_reason", "failure_reason")
                seen.update(item[name]["S"] for name in names if name in item)

    with swapped(Simulation, "run", followed):
        for seed in range(40):
            simulate(seed, with_callers=True)
    assert seen.keys() >= _FATES, seen

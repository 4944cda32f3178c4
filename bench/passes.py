"""What a pass asks for, by how much is due among how many schedules. `python -m bench.passes`"""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from bench.deployment import Deployment, as_text, deployed
from tests.builders import NOON
from tests.tenants import crowds

MEGABYTE: Final = 1024 * 1024
EXISTING: Final = (1_000, 10_000, 100_000)
DUE: Final = (0, 10, 1_000)
TENANTS: Final = (1, 1_000)
FAT: Final = 4_000


def tick(existing: int, due: int = 0, tenants: int = 1_000) -> dict[str, Any]:
    """One tick, and whatever sweeps it asks for, with so many due among so many others."""
    (found,) = ticks(existing, tenants, (due,))
    return found


def ticks(existing: int, tenants: int, all_due: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    """Such a tick for each number of schedules that are due besides the others."""
    with deployed(1) as deployment:
        deployment.schedules(existing, due=False, tenants=tenants)
        for due in all_due:
            deployment.clock.begin(NOON)
            deployment.schedules(due, due=True, tenants=tenants, named=f"due-{due}")
            yield {"existing": existing, "due": due, "tenants": tenants, **_one(deployment, due)}


def _one(deployment: Deployment, due: int) -> dict[str, Any]:
    before = len(list(deployment.engine.items("baton-runs")))
    began = time.process_time()
    with deployment.measured() as spent:
        seconds = deployment.tick(NOON)
        alone = deployment.engine.meter.requests.total()
        deployment.work_off(NOON, with_runs=False)
    took = time.process_time() - began
    assert len(list(deployment.engine.items("baton-runs"))) == before + due
    return {
        **spent.as_json(),
        "requests_of_the_tick": alone,
        "cpu_ms": round(took * 1000, 1),
        "modelled_seconds_of_the_tick": round(seconds, 2),
    }


def fat_tick(schedules: int = FAT) -> float:
    """The megabytes that a tick takes at most with so many due, 60 KB of a definition each."""
    with deployed(1) as deployment:
        crowds.schedules(deployment.engine, schedules, NOON, due_in=timedelta(0), apart=True)
        return round(crowds.peak_of(lambda: deployment.tick(NOON)) / MEGABYTE, 1)


def everything() -> dict[str, Any]:
    """All figures of passes."""
    found = [
        each
        for tenants in TENANTS
        for existing in EXISTING
        for each in ticks(existing, tenants, DUE)
    ]
    return {"ticks": found, "tick_peak_mb_4000_fat": fat_tick()}


def main() -> None:
    """The command line."""
    print(as_text(everything()))


if __name__ == "__main__":
    main()

"""What a pass asks for, by how much is due among how many schedules. `python -m bench.passes`"""

import time
from datetime import timedelta
from typing import Any, Final

from bench.deployment import as_text, deployed
from tests.builders import NOON
from tests.tenants import crowds

MEGABYTE: Final = 1024 * 1024
EXISTING: Final = (1_000, 10_000, 100_000)
DUE: Final = (0, 10, 1_000)
TENANTS: Final = (1, 1_000)
FAT: Final = 4_000


def tick(existing: int, due: int = 0, tenants: int = 1_000) -> dict[str, Any]:
    """One tick, and whatever sweeps it asks for, with so many due among so many others."""
    with deployed(1) as deployment:
        deployment.schedules(existing - due, due=False, tenants=tenants)
        deployment.schedules(due, due=True, tenants=tenants)
        began = time.process_time()
        with deployment.measured() as spent:
            seconds = deployment.tick(NOON)
            tick_alone = deployment.engine.meter.requests.total()
            deployment.work_off(NOON, with_runs=False)
        took = time.process_time() - began
        fired = len(list(deployment.engine.items("baton-runs")))
    assert fired == due
    return {
        "existing": existing,
        "due": due,
        "tenants": tenants,
        **spent.as_json(),
        "requests_of_the_tick": tick_alone,
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
    combinations = [
        (existing, due, tenants) for tenants in TENANTS for existing in EXISTING for due in DUE
    ]
    return {"ticks": [tick(*each) for each in combinations], "tick_peak_mb_4000_fat": fat_tick()}


def main() -> None:
    """The command line."""
    print(as_text(everything()))


if __name__ == "__main__":
    main()

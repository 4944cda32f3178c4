"""The figures that are watched, within a minute and without servers: `make bench-quick`.

It prints one JSON object. `bench/counts.json` keeps those that are counts, which are the same on
every machine; a test fails when one of them is worse than what is kept there, and so does this
program with `--check`. After a change for the better, `--keep` writes them anew.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench import claims, cold_start, costs, next_fire, passes, runs
from bench.deployment import as_text, deployed
from tests.builders import NOON

KEPT: Final = Path(__file__).with_name("counts.json")
#: How much worse a count may be before that is told: sizes vary a little with the machine.
LEEWAY: Final[Mapping[str, float]] = {"tick_peak_mb_4000_fat": 0.2, "zip_kib": 0.03}
#: Few enough that croniter's worst ones do not take the minute for themselves.
ASKED: Final = next_fire.EXPRESSIONS[::3]
STARTS: Final = 2
SOME: Final = 250


def counts(many: int = 100_000) -> dict[str, float]:
    """What is counted on the in-memory DynamoDB: the less, the better.

    `many` may be fewer where time counts: whether it matters is a test of its own.
    """
    run = runs.http()
    return {
        "tick_requests_1k": passes.tick(1_000)["requests"],
        "tick_requests_100k": passes.tick(many)["requests"],
        "tick_peak_mb_4000_fat": passes.fat_tick(),
        **storm_counts(),
        "write_units_per_run": run["write_units"],
        "read_units_per_run": run["read_units"],
        "usd_per_million_http_runs": run["usd_per_million_in_all"],
        "claim_read_units_10": claims.claim(10)["read_units"],
        "claim_read_units_10000": claims.claim(10_000)["read_units"],
        "claim_read_units_10000_of_one": claims.claim(10_000, claims.BUSY)["read_units"],
        "claim_write_units": claims.claim(10)["write_units"],
        "idle_usd_month": round(costs.with_allowances(costs.month(0)), 3),
    }


def storm_counts(schedules: int = 2_000) -> dict[str, float]:
    """What one of very many schedules that are due at once asks for."""
    with deployed(1) as deployment:
        deployment.schedules(schedules, due=True)
        with deployment.measured() as spent:
            deployment.wake(NOON)
            deployment.work_off(NOON, with_runs=False)
        recorded = len(list(deployment.engine.items("baton-runs")))
    assert recorded == schedules
    return {
        "storm_requests_per_schedule": round(spent.requests.total() / schedules, 2),
        "storm_write_units_per_schedule": round(spent.write_units / schedules, 2),
    }


def times() -> dict[str, Any]:
    """What a clock says, and the size of the package: they vary with the machine."""
    starts, kib = cold_start.measure(STARTS)
    taken = next_fire.measure(ASKED)
    return {
        "cold_ms": {name: each["after"] for name, each in starts.items()},
        "cold_ms_before": {name: each["before"] for name, each in starts.items()},
        "zip_kib": round(kib),
        "next_fire_us_string": taken["string"]["median_us"],
        "next_fire_us_again": taken["again"]["median_us"],
        "next_fire_us_croniter": taken["croniter"]["median_us"],
    }


def worse(kept: Mapping[str, float], found: Mapping[str, float]) -> list[str]:
    """The counts that are worse than those kept, each in a sentence; those missing as well."""
    return [
        f"{name} is {found.get(name)}, and was {before}"
        for name, before in kept.items()
        if name not in found or found[name] > before * (1 + LEEWAY.get(name, 0)) + 1e-9
    ]


def kept() -> dict[str, float]:
    """The counts as they are kept."""
    found: dict[str, float] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.quick", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if a count is worse than kept")
    parser.add_argument("--keep", action="store_true", help="keep the counts of this run")
    given = parser.parse_args()
    found = {**counts(), **times()}
    print(as_text(found))
    watched = {name: each for name, each in found.items() if name in kept()}
    if given.keep:
        watched = {name: each for name, each in found.items() if _is_count(name)}
        KEPT.write_text(as_text(watched) + "\n", encoding="utf-8")
    if given.check and (faults := worse(kept(), watched)):
        sys.exit("\n".join(faults))


def _is_count(name: str) -> bool:
    return not name.startswith(("cold_ms", "next_fire_us"))


if __name__ == "__main__":
    main()

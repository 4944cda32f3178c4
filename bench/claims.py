"""What it costs to hand a slot on while many wait, and how long they take. `python -m bench.claims`

10,000 runs wait for 1, 10 or 100 slots: runs of schedules of their own, of one tenant or of a
thousand, or all of one busy schedule. Their jobs take no time, so that nothing but Baton counts.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bench.deployment import Deployment, as_text, deployed, settings
from chalicelib.domain.runs.run import Place, RunStatus, Trigger, order_of
from chalicelib.domain.time.cadences import Manual
from chalicelib.engine.moves import claiming
from chalicelib.store.dynamodb.models import ControlItem, RunItem, ScheduleItem
from tests.builders import NOON, a_run, a_schedule

MANY: Final = "own schedules, 1,000 tenants"
ONE: Final = "own schedules, one tenant"
BUSY: Final = "one busy schedule"
#: Who waits: name → of how many schedules they are for each waiting run (0: all of one), tenants.
CROWDS: Final = {MANY: (1, 1000), ONE: (1, 1), BUSY: (0, 1)}
CAPACITIES: Final = (1, 10, 100)
#: After how many runs the costs of one are taken to be known.
SAMPLE: Final = 200
A_MOMENT: Final = timedelta(seconds=3)


def crowd(deployment: Deployment, waiting: int, kind: str) -> None:
    """Store so many waiting runs, each where it waits."""
    own, tenants = CROWDS[kind]
    plain = a_schedule(
        cadence=Manual(), target={"type": "function", "name": "probe"}, average_duration_seconds=2.0
    )
    for number in range(waiting):
        tenant_id = f"tenant-{number % tenants:04d}"
        schedule_id = f"waits-{number if own else 0:06d}"
        run_id = f"01WAITS{number:06d}"
        run = a_run(
            tenant_id=tenant_id,
            schedule_id=schedule_id,
            run_id=run_id,
            trigger=Trigger.MANUAL,
            queued_at=NOON + timedelta(milliseconds=number - waiting),
            place=Place.QUEUE if own or number == 0 else Place.LINE,
        )
        deployment.store(RunItem, "runs", [run])
        if run.place is Place.QUEUE:
            schedule = replace(
                plain,
                tenant_id=tenant_id,
                schedule_id=schedule_id,
                head_run_id=run_id,
                in_line=0 if own else waiting - 1,
            )
            deployment.store(ScheduleItem, "schedules", [schedule])
        else:
            line = f"line#{tenant_id}#{schedule_id}#asked"
            item = ControlItem(line, order_of(run), tenant_id=tenant_id, run_id=run_id)
            deployment.put("control", dict(item.serialize()))


def claim(waiting: int, kind: str = MANY) -> dict[str, Any]:
    """What handing out the one free slot asks for, so many waiting."""
    with deployed(1) as deployment:
        crowd(deployment, waiting, kind)
        deployment.system.settings()
        with deployment.measured() as spent:
            claiming.hand_out_free(deployment.system, "main")
        assert len(deployment.queues.runs) == 1
    return spent.as_json()


def drain(waiting: int, capacity: int, kind: str, runs: int) -> dict[str, Any]:
    """So many of those that wait come to their ends, through that many slots."""
    with deployed(capacity) as deployment:
        deployment.system.jobs.add("probe", lambda _context, _params: None, None)
        deployment.put("control", settings(capacity))
        crowd(deployment, waiting, kind)
        deployment.wake(NOON)
        lasted = 0.0
        with deployment.measured() as spent:
            for _ in range(min(runs, waiting)):
                lasted += deployment.run(deployment.queues.runs.pop(0), NOON + A_MOMENT)
        ended = Counter(run["status"]["S"] for run in deployment.engine.items("baton-runs"))
        at_work = ended[RunStatus.CLAIMED]
    done = ended[RunStatus.SUCCEEDED]
    assert done == min(runs, waiting), ended
    figures = spent.as_json()
    expected = min(capacity if CROWDS[kind][0] else 1, waiting - done)
    return {
        "waiting": waiting,
        "capacity": capacity,
        "kind": kind,
        "runs": done,
        **{f"{name}_per_run": round(each / done, 2) for name, each in figures.items()},
        "seconds_per_run": round(lasted / done, 3),
        "all_slots_busy": at_work == expected,
        "modelled_seconds_for_all": round(lasted / done * waiting / max(expected, 1), 1),
    }


def everything(waiting: int = 10_000) -> dict[str, Any]:
    """All figures of waiting runs."""
    return {
        "claim": {
            f"{number:,} waiting, {kind}": claim(number, kind)
            for kind in CROWDS
            for number in (10, waiting)
        },
        "drain": [
            drain(number, capacity, kind, SAMPLE)
            for kind in CROWDS
            for capacity in CAPACITIES
            for number in (300, waiting)
        ],
        "to the last": drain(1000, 10, MANY, 1000),
    }


def main() -> None:
    """The command line."""
    print(as_text(everything()))


if __name__ == "__main__":
    main()

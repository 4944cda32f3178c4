"""Very many schedules due at one instant: recorded by a wake and its sweeps.

Run: python -m bench.storm

All of it happens on the in-memory DynamoDB, message by message as SQS hands them out; how long it
would take on AWS is worked out by the model (`bench.deployment`), sweeps side by side as Lambda
starts them. What one partition of DynamoDB may take in a second is a limit of its own.
"""

import argparse
import heapq
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from typing import Any, Final

from bench import wire
from bench.deployment import CALL, PARTITION_WRITES, SHARE, Deployment, as_text, deployed, settings
from chalicelib.store import sweep_items
from infra.places import ROOT
from tests.builders import NOON
from tests.tenants import crowds

#: How many messages of a queue Lambda takes at once at first, and how many more each second.
AT_FIRST: Final = 5
MORE_A_SECOND: Final = 5
#: How long a function needs that has to be started first, on a Lambda's share of a core (`bench
#: .cold_start`), in seconds.
COLD: Final = 1.0
#: How many schedules the processor's time is measured on.
SAMPLE: Final = 1500
_START: Final = """
import resource, app
from chalicelib.store.dynamodb.models import shared_connection
shared_connection().client
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def cpu() -> dict[str, float]:
    """What the processor does for one schedule, and for one request, in milliseconds of a core.

    Measured through botocore on one sweep; the least of three.
    """
    best: dict[str, float] = {}
    for _ in range(3):
        with deployed(10, fan_out=1) as deployment:
            deployment.schedules(SAMPLE, due=True)
            with wire.stopped(deployment) as watch:
                deployment.wake(NOON)
                before, requests = watch.seconds, watch.requests
                deployment.sweep(deployment.queues.sweeps[0], NOON)
                seconds, asked = watch.seconds - before, watch.requests - requests
            fired = len(list(deployment.engine.items("baton-runs")))
        measured = {"schedule_ms": seconds / fired * 1e3, "request_ms": seconds / asked * 1e3}
        if not best or measured["schedule_ms"] < best["schedule_ms"]:
            best = measured
    return {name: round(value, 3) for name, value in best.items()}


def storm(
    schedules: int, *, tenants: int = 1000, capacity: int = 1, fan_out: int = 4, request_ms: float
) -> dict[str, Any]:
    """All those schedules due at noon, worked off to the last: what it asked for and how long."""
    with deployed(capacity, fan_out=fan_out) as deployment:
        deployment.cpu_of_call = request_ms / 1e3
        deployment.schedules(schedules, due=True, tenants=tenants)
        deployment.engine.forget_written()
        with deployment.measured() as spent:
            ends = _work_off(deployment)
        _check(deployment, schedules)
        written = Counter(deployment.engine.written())
    seconds = max(ends)
    hottest: list[dict[str, Any]] = [
        {
            "partition": f"{table.removeprefix('baton-')}{'.' + index if index else ''}",
            "key": str(partition),
            "units": units,
            "seconds_at_its_limit": round(units / PARTITION_WRITES, 1),
        }
        for (table, index, partition), units in _hottest_of_each(written)
    ]
    return {
        "schedules": schedules,
        "tenants": tenants,
        "capacity": capacity,
        "sweeps": len(ends) - 1,
        "requests_per_schedule": round(spent.requests.total() / schedules, 3),
        "read_units_per_schedule": round(spent.read_units / schedules, 3),
        "write_units_per_schedule": round(spent.write_units / schedules, 3),
        "log_bytes_per_schedule": round(spent.log_bytes / schedules),
        "sqs_requests": spent.messages,
        "modelled_seconds": round(seconds, 1),
        "partitions": hottest,
        "partition_seconds": max(each["seconds_at_its_limit"] for each in hottest),
    }


def _work_off(deployment: Deployment) -> list[float]:
    """A wake at noon and whatever sweeps it asks for: when each ended, in seconds after noon."""
    ends = [COLD + deployment.wake(NOON)]
    began_at = ends[0]
    busy: list[float] = []
    while deployment.queues.sweeps:
        part = deployment.queues.sweeps.pop(0)
        start = _start(began_at, busy)
        took = COLD + deployment.sweep(part, NOON + timedelta(seconds=start))
        heapq.heappush(busy, start + took)
        ends.append(start + took)
    return ends


def _start(began_at: float, busy: list[float]) -> float:
    """When the next message is taken: as soon as Lambda has one more at work, or one has ended."""
    more = max(len(busy) + 1 - AT_FIRST, 0) / MORE_A_SECOND
    return began_at + more


def _check(deployment: Deployment, schedules: int) -> None:
    """Each schedule has one record and no more, and nothing is due any more."""
    records = Counter(run["schedule_id"]["S"] for run in deployment.engine.items("baton-runs"))
    assert len(records) == schedules and set(records.values()) == {1}, "not each recorded once"
    now = "2026-03-01T12:00:00.000Z"
    left = [
        one for one in deployment.engine.items("baton-schedules") if one["next_fire_at"]["S"] <= now
    ]
    assert not left, f"{len(left)} are left"


def _hottest_of_each(written: Counter[Any]) -> list[tuple[Any, int]]:
    """Of each table and index the partition that has taken most, with its units."""
    hottest: dict[Any, tuple[Any, int]] = {}
    for place, units in written.most_common():
        hottest.setdefault(place[:2], (place, units))
    return list(hottest.values())


def memory(schedules: int = 10_000) -> dict[str, float]:
    """The megabytes of a wake function that has started, and what one sweep takes beside that.

    The latter has in it what the tables in memory have grown by, so it is less in truth.
    """
    with deployed(1) as deployment:
        deployment.schedules(schedules, due=True)
        deployment.wake(NOON)
        part = deployment.queues.sweeps[0]
        peak = crowds.peak_of(lambda: deployment.sweep(part, NOON))
    return {"started_mb": _started(), "sweep_mb_at_most": round(peak / crowds.MEGABYTE, 1)}


def _started() -> float:
    """The resident megabytes of a process that has imported what the wake needs."""
    done = subprocess.run(  # noqa: S603  # this Python
        [sys.executable, "-c", _START],
        cwd=ROOT,
        env={"_HANDLER": "app.wake", "AWS_DEFAULT_REGION": "us-east-1", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return round(int(done.stdout) / 1024, 1)


def bursts() -> list[dict[str, Any]]:
    """A wake with so many due, with slots for all of them and with none to speak of."""
    found = []
    for due, capacity in ((200, 500), (200, 1), (900, 500), (900, 1)):
        with deployed(capacity) as deployment:
            deployment.put("control", settings(capacity))
            deployment.schedules(due, due=True)
            seconds = deployment.wake(NOON)
        found.append({"due": due, "capacity": capacity, "modelled_seconds": round(seconds, 2)})
    return found


def a_wake_meanwhile() -> dict[str, Any]:
    """A wake while every part is being swept, with what its sweeps ask for, all of them in vain."""
    with deployed(1) as deployment:
        deployment.schedules(4000, due=True)
        for shard in range(4):
            for part in range(4):
                sweep_items.begin(f"{shard}/{part}/4", NOON, NOON + timedelta(minutes=1))
        with deployment.measured() as spent:
            deployment.wake(NOON)
            for asked in deployment.queues.sweeps:
                deployment.sweep(asked, NOON)
    return spent.as_json()


def capacity_500(runs: int = 500, a_second: int = 200) -> dict[str, Any]:
    """The write units that each partition takes in a second at so many runs, of slots 500.

    Counted over whole lives of runs: fired straight into a slot, and those that waited first.
    """
    found: dict[str, Any] = {}
    for name, capacity in (("at once", 500), ("after waiting", 500)):
        with deployed(500) as deployment:
            deployment.put("control", settings(capacity))
            if name == "after waiting":
                deployment.schedules(2 * runs, due=True)
            else:
                deployment.schedules(runs, due=True)
            deployment.engine.forget_written()
            deployment.wake(NOON)
            done = deployment.work_off(NOON + timedelta(seconds=2))
            ended = Counter(run["status"]["S"] for run in deployment.engine.items("baton-runs"))
            written = Counter(deployment.engine.written())
        found[name] = {
            "runs": done,
            "ended": dict(ended),
            "units_a_second": {
                f"{table.removeprefix('baton-')}{'.' + index if index else ''}[{partition}]": round(
                    units / done * a_second, 1
                )
                for (table, index, partition), units in _hottest_of_each(written)
            },
        }
    return found


def everything(counts: tuple[int, ...] = (10_000, 100_000)) -> dict[str, Any]:
    """All figures of this page."""
    taken = cpu()
    return {
        "cpu": taken,
        "model": {"request_seconds": CALL, "share_of_a_core": round(SHARE, 3), "cold": COLD},
        "storms": [storm(count, request_ms=taken["request_ms"]) for count in counts],
        "memory": memory(),
        "a_wake_meanwhile": a_wake_meanwhile(),
        "capacity_500": capacity_500(),
        "bursts": bursts(),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    parser.add_argument("--schedules", type=int, nargs="*", default=[10_000, 100_000])
    print(as_text(everything(tuple(parser.parse_args().schedules))))


if __name__ == "__main__":
    main()

"""Sweeping a shard of which more is due than one pass should take: several do so at once.

Each takes its part of the shard's schedules, page by page, until it is through; whoever runs out of
time asks for another sweep of the same part. What a sweep moves on is due again after the next tick
at the earliest, so it asks for no wakes: sixteen that each ask for one would breed.
"""

from datetime import timedelta
from typing import Any, Final

from chalicelib.engine.moves import claiming
from chalicelib.engine.scheduling.rounds import Round
from chalicelib.engine.scheduling.summary import Summary
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.platform.queues import Sweep
from chalicelib.store import schedule_table, sweep_items

#: How many keys of a shard are looked through at once, and how many schedules fired on one look at
#: the slots.
KEYS_AT_ONCE: Final = 1000
FIRED_AT_ONCE: Final = 100
#: A sweep stops after this long, and what it is at then takes no longer than that.
LONGEST: Final = timedelta(seconds=40)
MARGIN: Final = timedelta(seconds=30)


def sweep(system: System, of: Sweep) -> Summary | None:
    """Fire whatever is due of one part of a shard; None if somebody is at that already."""
    began_at = system.clock.now()
    if not sweep_items.begin(of.name, began_at, began_at + LONGEST + MARGIN):
        return None
    summary = Summary(at=began_at)
    try:
        is_through = _sweep(system, of, summary)
    finally:
        sweep_items.end(of.name)
    events.info("sweep_done", shard=of.shard, part=of.part, **summary.as_json())
    if not is_through:
        system.queues.send_sweeps([of])
    return summary


def _sweep(system: System, of: Sweep, summary: Summary) -> bool:
    """Go through the part, page by page; False if time was up before."""
    start: dict[str, Any] | None = None
    while True:
        due, start = schedule_table.due_page(of.shard, system.clock.now(), KEYS_AT_ONCE, start)
        own = [key for _, key in due if of.has(key)]
        for first in range(0, len(own), FIRED_AT_ONCE):
            if system.clock.now() - summary.at > LONGEST:
                return False
            _fire(system, summary, own[first : first + FIRED_AT_ONCE])
        if start is None:
            return True


def _fire(system: System, summary: Summary, keys: list[tuple[str, str]]) -> None:
    """Fire some, and give to those that wait what slots are free."""
    floors, now = system.floors(), system.clock.now()
    round_ = Round(system, floors, now, summary)
    round_.fire(keys)
    pools = {run.pool for run in round_.heads}
    for floor in floors:
        if floor.pool in pools and floor.free:
            seen = system.floor(floor.pool)
            for run in claiming.claim_waiting(system, seen, now, round_.heads).runs:
                summary.count_claimed(run.tenant_id, 1)

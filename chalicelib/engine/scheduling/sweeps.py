"""Sweeping a shard of which more is due than one pass should take: several do so at once.

Each takes its part of the shard's schedules, page by page, until it is through; whoever runs out of
time asks for another sweep of the same part. What a sweep moves on is due again after the next tick
at the earliest, so it asks for no wakes: sixteen that each ask for one would breed.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.runs.run import Run
from chalicelib.engine.moves import claiming
from chalicelib.engine.scheduling.rounds import Round
from chalicelib.engine.scheduling.summary import Summary
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.platform.queues import Sweep
from chalicelib.store import run_table, schedule_table, sweep_items

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
    """Fire some. Whoever waits already is served before them, and whoever has to wait after."""
    floors, now = system.floors(), system.clock.now()
    with_room = [floor for floor in floors if floor.free]
    if with_room and run_table.somebody_is_in_a_queue() and _serve(system, summary, with_room):
        floors = system.floors()
    round_ = Round(system, floors, now, summary)
    round_.fire(keys)
    pools = {run.pool for run in round_.heads}
    seen = [system.floor(floor.pool) for floor in floors if floor.pool in pools and floor.free]
    _serve(system, summary, seen, round_.heads)


def _serve(
    system: System, summary: Summary, floors: Iterable[Floor], heads: Iterable[Run] = ()
) -> int:
    """Give the free slots of these pools to those that wait; answers with how many got one."""
    now, number = system.clock.now(), 0
    for floor in floors:
        for run in claiming.claim_waiting(system, floor, now, heads).runs:
            summary.count_claimed(run.tenant_id, 1)
            number += 1
    return number

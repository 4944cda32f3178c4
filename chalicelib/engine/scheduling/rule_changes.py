"""After a deployment with other time-zone rules, schedules are set anew by them.

A pass sets whatever is due anew before it fires it. That leaves those that are due earlier by the
new rules than by the old: ticks look through all that are set, so many at a time.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.runs.zone_rules import Progress, is_outdated, look_to_take, set_anew
from chalicelib.domain.time.cron import tzdata_release
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.platform.threads import side_by_side
from chalicelib.store import floor_items, schedule_table
from chalicelib.store.dynamodb.transaction import retry_if_lost

#: How many schedules a tick looks at for this.
MOST_LOOKED_AT: Final = 500


def set_one_anew(system: System, seen: Schedule) -> Schedule:
    """Store the schedule as the present rules set it; answers with what is stored then.

    Raises `TransactionLost` if it has changed meanwhile, and `InvalidFields` if the rules do not
    know its zone any more.
    """
    return _store(system, seen, set_anew(seen))


def _store(system: System, seen: Schedule, after: Schedule) -> Schedule:
    schedule_table.replace(seen, after, system.clock)
    events.info(
        "schedule_set_anew",
        tenant_id=seen.tenant_id,
        schedule_id=seen.schedule_id,
        before=seen.fire_at,
        after=after.fire_at,
        zone_rules=after.zone_rules,
    )
    return after


def set_rest_anew(system: System, known: Progress | None, now: datetime) -> None:
    """Go on setting schedules anew where the last tick stopped, if there are other rules now.

    If storage fails, the error is raised and the next tick begins where this one did.
    """
    progress = look_to_take(known, tzdata_release(), now)
    if progress is None:
        return
    left = MOST_LOOKED_AT
    while left > 0 and not progress.is_through:
        keys, start = schedule_table.set_in_shard(progress.shard, progress.start, left)
        outdated = [each for each in schedule_table.get_many(keys).found if is_outdated(each)]
        steps = [
            partial(_set_if_outdated, system, each.tenant_id, each.schedule_id) for each in outdated
        ]
        side_by_side(steps, system.writers)
        left -= len(keys)
        shard = progress.shard if start is not None else progress.shard + 1
        progress = replace(progress, shard=shard, start=start)
    floor_items.keep_progress(progress)


def _set_if_outdated(system: System, tenant_id: str, schedule_id: str) -> None:
    """Set the schedule anew if that is possible; if not, the pass that fires it puts it aside."""

    def set_it() -> None:
        seen = schedule_table.find_readable(tenant_id, schedule_id)
        if seen is None or not is_outdated(seen):
            return
        try:
            after = set_anew(seen)
        except Exception as error:
            events.warn("not_set_anew", tenant_id=tenant_id, item=schedule_id, why=str(error))
            return
        _store(system, seen, after)

    retry_if_lost(set_it)

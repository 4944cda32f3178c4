"""Sending dead letters back to their queues, on record before the first one moves."""

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.access.actors import Actor
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import activity_items


def redrive(system: System, tenant_id: str, by: Actor, now: datetime) -> int:
    """Send dead letters back; answers with how many were sent.

    No transaction spans a queue and a table. So the record says first that somebody has begun, with
    no number, and then how many were moved.
    """
    begun = activity_items.new_activity(
        tenant_id,
        now,
        actor=by,
        action="dead_letters_redriven",
        subject="dead-letters",
        details={"moved": None},
    )
    activity_items.record(begun)
    moved = system.dead_letters.redrive()
    activity_items.record(replace(begun, details={"moved": moved}))
    events.info("dead_letters_redriven", moved=moved, by=by.name, actor_id=by.actor_id)
    return moved

"""The bodies of schedules and the payloads of runs, where they are too large for what moves them.

DynamoDB charges each change for the whole item, and whoever looks at many schedules or runs reads
them whole. So what is large lies beside them, and is read by whoever wants that one.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.errors import Unreadable
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import WholeSchedule
from chalicelib.store.dynamodb import batches
from chalicelib.store.dynamodb.batches import Key
from chalicelib.store.dynamodb.codec import stored_value
from chalicelib.store.dynamodb.models import BodyItem
from chalicelib.store.dynamodb.transaction import Transaction

#: What a schedule's body is made of.
PARTS: Final = ("target", "description", "tags")


def put_schedule(transaction: Transaction, schedule: WholeSchedule) -> None:
    """Add to a transaction: the body of a schedule that is written in the same one."""
    item = BodyItem(
        *_of_schedule((schedule.tenant_id, schedule.schedule_id)),
        target=dict(schedule.target),
        description=schedule.description or None,
        tags=schedule.tags or None,
    )
    transaction.put("body", item)


def put_payload(transaction: Transaction, run: Run, until: datetime) -> None:
    """Add to a transaction: the payload of a new run. It expires at that instant."""
    payload = dict(run.payload_at_hand or {})
    item = BodyItem(*_of_run((run.tenant_id, run.run_id)), payload=payload, expires_at=until)
    transaction.put("payload", item)


def delete_schedule(transaction: Transaction, key: Key) -> None:
    """Add to a transaction: the body of a schedule is removed, if there is one."""
    transaction.delete("body", BodyItem(*_of_schedule(key)))


def drop_payloads(keys: Iterable[Key]) -> None:
    """Remove the payloads of these runs, where there are any."""
    with BodyItem.batch_write() as batch:
        for key in keys:
            batch.delete(BodyItem(*_of_run(key)))


def of_schedules(keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
    """The raw bodies of these (tenant, schedule) keys, as far as there are any."""
    wanted = {_of_schedule(key): key for key in keys}
    found = batches.raw_items(BodyItem, list(wanted))
    return {wanted[raw["tenant_id"]["S"], raw["body_id"]["S"]]: raw for raw in found}


def payload_of(key: Key) -> dict[str, Any] | None:
    """The payload of a run, if it lies here; reads consistently. Raises `Unreadable`."""
    raw = batches.raw_item(BodyItem, _of_run(key))
    if raw is None:
        return None
    payload = stored_value(BodyItem.payload, raw)
    if payload is None:
        raise Unreadable("What is stored cannot be read: payload, which lies apart")
    return payload


def _of_schedule(key: Key) -> Key:
    return key[0], f"s#{key[1]}"


def _of_run(key: Key) -> Key:
    return key[0], f"r#{key[1]}"

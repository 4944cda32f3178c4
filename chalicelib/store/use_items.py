"""How much each tenant has of what is limited: a counter for each, moved with what it counts.

A counter changes in the transaction that makes or removes what it counts, on the condition that the
limit allows it. So two at once cannot pass it, and a crash leaves nothing counted twice or lost.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.deployment.limits import Limit, last_day
from chalicelib.domain.runs.run import CountedAs
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction, try_write

#: The limits whose counter has to be begun before anything is counted by it.
BEGUN: Final = (Limit.SCHEDULES, Limit.AUDITS)


def step(limit: str) -> str:
    """The name of the step of a transaction that moves the counter."""
    return f"use_{limit}"


def take(transaction: Transaction, tenant_id: str, limit: Limit, most: int) -> None:
    """Add to a transaction: the tenant has one more of what is limited, if it may.

    For schedules and audits there has to be a counter (`begin`).
    """
    begun = limit in BEGUN
    may = conditions.use_is_below(most) if begun else conditions.use_is_unknown_or_below(most)
    more = ControlItem.used.set((ControlItem.used | 0) + 1)
    transaction.update(step(limit), _item(tenant_id, limit), [more], may)


def give_back(transaction: Transaction, tenant_id: str, limit: Limit) -> None:
    """Add to a transaction: the tenant has one less of what is limited.

    For schedules and audits there has to be a counter (`begin`). A run ends all the same if
    somebody removed its counter.
    """
    condition = conditions.use_is_known() if limit in BEGUN else None
    less = ControlItem.used.set((ControlItem.used | 1) - 1)
    transaction.update(step(limit), _item(tenant_id, limit), [less], condition)


def give_back_of_run(transaction: Transaction, tenant_id: str, counted_as: CountedAs) -> None:
    """Add to a transaction: a run does not count as that any more."""
    give_back(transaction, tenant_id, Limit(counted_as))


def begin(tenant_id: str, limit: Limit, used: int) -> None:
    """Begin the counter with what the tenant has, if nobody has counted yet.

    Until somebody has, nothing is made or removed, so what was counted is still true.
    """
    item, uncounted = _item(tenant_id, limit), conditions.use_is_uncounted()
    item.used = used
    try_write(lambda: item.save(condition=uncounted))


def used(tenant_id: str, limit: Limit) -> int | None:
    """How much the tenant has of what is limited; None without a counter. Reads consistently."""
    item = _find(tenant_id, limit)
    return None if item is None or item.used is None else max(int(item.used), 0)


def tokens_by_last_day(tenant_id: str) -> dict[str, int] | None:
    """The tenant's tokens, counted by the day of their end; None if nobody has counted yet."""
    item = _find(tenant_id, Limit.TOKENS)
    return None if item is None else item.value


def keep_tokens(
    transaction: Transaction,
    tenant_id: str,
    before: Mapping[str, int] | None,
    after: Mapping[str, int],
) -> None:
    """Add to a transaction: how many tokens end on which day, if that is still as it was read."""
    item = _item(tenant_id, Limit.TOKENS)
    item.value = {day: count for day, count in sorted(after.items()) if count > 0}
    stored: Any = before
    transaction.put(step(Limit.TOKENS), item, conditions.control_is_unchanged(stored))


def with_ends(
    by_last_day: Mapping[str, int],
    gone: Iterable[datetime | None],
    new: Iterable[datetime | None],
    now: datetime,
) -> dict[str, int]:
    """The count of tokens by their last day, without those gone and with the new; no past days."""
    today = now.date().isoformat()
    counts = Counter(by_last_day)
    counts.subtract(map(last_day, gone))
    counts.update(map(last_day, new))
    return {day: count for day, count in counts.items() if count > 0 and (not day or day >= today)}


def _find(tenant_id: str, limit: Limit) -> ControlItem | None:
    try:
        return ControlItem.get(_kind(tenant_id), str(limit), consistent_read=True)
    except ControlItem.DoesNotExist:
        return None


def _item(tenant_id: str, limit: Limit) -> ControlItem:
    return ControlItem(_kind(tenant_id), str(limit))


def _kind(tenant_id: str) -> str:
    return f"use#{tenant_id}"

"""How many schedules name each pool but `main`: counted with the schedules, so that none is removed
that is in use, and none is named that is gone.
"""

from typing import Final

from chalicelib.domain.runs.queue_order import MAIN
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction

_KIND: Final = "pools"


def step(pool: str) -> str:
    """The name of the step of a transaction that counts a schedule of the pool, or removes it."""
    return f"pool_{pool}"


def declare(pool: str) -> None:
    """Make it known that there is such a pool. It may be so already."""
    ControlItem(_KIND, pool).update([ControlItem.used.set(ControlItem.used | 0)])


def remove(transaction: Transaction, pool: str) -> None:
    """Add to a transaction: there is no such pool, if no schedule names it."""
    transaction.delete(step(pool), ControlItem(_KIND, pool), conditions.use_is_none())


def move(transaction: Transaction, before: str | None, after: str | None) -> None:
    """Add to a transaction: a schedule names another pool; None stands for no schedule.

    The transaction is lost if there is no such pool.
    """
    if before == after:
        return
    if before not in (None, MAIN):
        less = ControlItem.used.set((ControlItem.used | 1) - 1)
        transaction.update(step(str(before)), ControlItem(_KIND, str(before)), [less])
    if after not in (None, MAIN):
        more = ControlItem.used.set((ControlItem.used | 0) + 1)
        there_is = conditions.use_is_known()
        transaction.update(step(str(after)), ControlItem(_KIND, str(after)), [more], there_is)


def schedules_of(pool: str) -> int:
    """How many schedules name the pool."""
    try:
        return int(ControlItem.get(_KIND, pool, consistent_read=True).used or 0)
    except ControlItem.DoesNotExist:
        return 0

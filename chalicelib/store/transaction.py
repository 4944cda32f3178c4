"""Writes that succeed together or not at all, and the name of what was lost if they do not."""

import random
from collections.abc import Callable
from typing import Any

from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.clock import Clock, SystemClock
from chalicelib.errors import LostRace, Unavailable
from chalicelib.store.models import shared_connection

ATTEMPTS = 6
_BUSY = frozenset(
    {
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "TransactionInProgressException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
    }
)


class TransactionLost(LostRace):
    """Somebody else changed it first."""

    def __init__(self, steps: frozenset[str]) -> None:
        self.steps = steps
        super().__init__(f"lost: {', '.join(sorted(steps))}")


class Transaction:
    """Collects named writes, then commits them in one request.

    `clock` is what it waits on between attempts when DynamoDB reports a conflict or throttles.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._steps: dict[str, list[tuple[str, Callable[[TransactWrite], None]]]] = {
            kind: [] for kind in ("delete", "put", "update")
        }

    def delete(self, step: str, item: Model, condition: Condition) -> None:
        """Remove an item on a condition."""
        self._add("delete", step, lambda tx: tx.delete(item, condition=condition))

    def put(self, step: str, item: Model, condition: Condition) -> None:
        """Write a whole item on a condition."""
        self._add("put", step, lambda tx: tx.save(item, condition=condition))

    def update(self, step: str, item: Model, actions: list[Any], condition: Condition) -> None:
        """Change some attributes of an item on a condition."""
        self._add("update", step, lambda tx: tx.update(item, actions=actions, condition=condition))

    def commit(self) -> None:
        """Write everything.

        Raises `TransactionLost` with the names of the steps whose condition failed, and
        `Unavailable` if DynamoDB stays busy.
        """
        for attempt in range(ATTEMPTS):
            try:
                return self._write()
            except TransactWriteError as error:
                lost = self._lost(error)
                if lost:
                    raise TransactionLost(lost) from error
                if not _is_busy(error):
                    raise
            self._clock.sleep(random.uniform(0, 0.025 * 2**attempt))
        raise Unavailable("DynamoDB is busy with the same items")

    def _add(self, kind: str, step: str, add: Callable[[TransactWrite], None]) -> None:
        self._steps[kind].append((step, add))

    def _write(self) -> None:
        with TransactWrite(connection=shared_connection()) as transaction:
            for steps in self._steps.values():
                for _, add in steps:
                    add(transaction)

    def _lost(self, error: TransactWriteError) -> frozenset[str]:
        # The request lists deletes, puts, updates in this order, and so do the reasons.
        names = [name for steps in self._steps.values() for name, _ in steps]
        return frozenset(
            name
            for name, reason in zip(names, error.cancellation_reasons, strict=False)
            if reason is not None and reason.code == "ConditionalCheckFailed"
        )


def _is_busy(error: PynamoDBException) -> bool:
    if error.cause_response_code in _BUSY:
        return True
    reasons = getattr(error, "cancellation_reasons", [])
    return any(reason is not None and reason.code in _BUSY for reason in reasons)

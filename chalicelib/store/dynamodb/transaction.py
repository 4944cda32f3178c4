"""Conditional writes, alone or in transactions, with retries while DynamoDB is busy."""

import random
from collections.abc import Callable
from typing import Any, Final, TypeVar

from pynamodb.exceptions import PutError, PynamoDBException, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.domain.errors import LostRace, Unavailable
from chalicelib.platform import metrics
from chalicelib.platform.clock import Clock
from chalicelib.store.dynamodb.models import shared_connection

T = TypeVar("T")

#: How often a write is tried while DynamoDB is busy.
ATTEMPTS: Final = 6
#: How often a decision is tried while what it rests on keeps changing.
MOST_TRIES: Final = 8
_CONDITION_FAILED: Final = "ConditionalCheckFailedException"
_THROTTLED = frozenset(
    {
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
    }
)
_BUSY = _THROTTLED | {
    "TransactionConflict",
    "TransactionInProgressException",
    "TransactionConflictException",
}


class TransactionLost(LostRace):
    """Some steps of a transaction lost: their conditions failed, and nothing was written."""

    def __init__(self, steps: frozenset[str]) -> None:
        self.steps = steps
        super().__init__(f"lost: {', '.join(sorted(steps))}")


class Transaction:
    """Writes with names, collected to be committed in one request, all or none of them.

    It sleeps on `clock` between attempts while DynamoDB is busy.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._steps: dict[str, list[tuple[str, Callable[[TransactWrite], None]]]] = {
            kind: [] for kind in ("check", "delete", "put", "update")
        }

    def check(self, step: str, model: type[Model], key: str, condition: Condition) -> None:
        """Demand a condition of an item that is not written; `key` is its whole key."""
        self._add("check", step, lambda tx: tx.condition_check(model, key, condition=condition))

    def delete(self, step: str, item: Model, condition: Condition | None = None) -> None:
        """Remove an item, on a condition if there is one."""
        self._add("delete", step, lambda tx: tx.delete(item, condition=condition))

    def put(self, step: str, item: Model, condition: Condition | None = None) -> None:
        """Write a whole item, on a condition if there is one."""
        self._add("put", step, lambda tx: tx.save(item, condition=condition))

    def update(
        self, step: str, item: Model, actions: list[Any], condition: Condition | None = None
    ) -> None:
        """Change some attributes of an item, on a condition if there is one."""
        self._add("update", step, lambda tx: tx.update(item, actions=actions, condition=condition))

    def commit(self) -> None:
        """Write all steps.

        Raises `TransactionLost` with the names of the steps whose condition failed, and
        `Unavailable` if DynamoDB stays busy.
        """
        try:
            retry_while_busy(self._write, self._clock)
        except TransactWriteError as error:
            lost = self._lost(error)
            if not lost:
                raise
            raise TransactionLost(lost) from error

    def _add(self, kind: str, step: str, add: Callable[[TransactWrite], None]) -> None:
        self._steps[kind].append((step, add))

    def _write(self) -> None:
        with TransactWrite(connection=shared_connection()) as transaction:
            for steps in self._steps.values():
                for _, add in steps:
                    add(transaction)

    def _lost(self, error: TransactWriteError) -> frozenset[str]:
        # The request lists checks, deletes, puts and updates in this order, and so do the reasons.
        names = [name for steps in self._steps.values() for name, _ in steps]
        return frozenset(
            name
            for name, reason in zip(names, error.cancellation_reasons, strict=False)
            if reason is not None and reason.code == "ConditionalCheckFailed"
        )


def retry_while_busy(write: Callable[[], T], clock: Clock) -> T:
    """Do a write, and again after a little sleep each time that DynamoDB is busy.

    Raises `Unavailable` if DynamoDB stays busy.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            clock.sleep(random.uniform(0, 0.0125 * 2**attempt))
        try:
            return write()
        except PynamoDBException as error:
            if not is_busy(error):
                raise
            metrics.count(metrics.THROTTLED, not _codes(error).isdisjoint(_THROTTLED))
    raise Unavailable


def retry_if_lost(step: Callable[[], T], look: Callable[[LostRace], None] = lambda _: None) -> T:
    """Do a step that reads, decides and writes, and do it again each time that it loses a race.

    Before each further try `look` is given what was lost; it raises an error if no try can help.
    Raises the `LostRace` of the last of `MOST_TRIES` tries, and any other error at once.
    """
    for _ in range(MOST_TRIES - 1):
        try:
            return step()
        except LostRace as lost:
            look(lost)
    return step()


def try_write(write: Callable[[], object]) -> bool:
    """Do a single conditional write. Returns False if its condition failed: nothing was written."""
    try:
        write()
    except (PutError, UpdateError) as error:
        if code_of(error) != _CONDITION_FAILED:
            raise
        return False
    return True


def is_busy(error: Exception) -> bool:
    """Whether the same request may succeed a moment later: throttling, or a conflict of writes."""
    if not isinstance(error, PynamoDBException):
        return False
    codes = _codes(error)
    return "ConditionalCheckFailed" not in codes and not codes.isdisjoint(_BUSY)


def _codes(error: PynamoDBException) -> set[str | None]:
    """DynamoDB's codes for the error, and for each part of a transaction that it was about."""
    reasons = getattr(error, "cancellation_reasons", [])
    return {code_of(error), *(reason.code for reason in reasons if reason is not None)}


def code_of(error: PynamoDBException) -> str | None:
    """DynamoDB's code for the error; None if no answer came at all.

    PynamoDB's own `cause_response_code` fails on lost connections and timeouts, because the
    `response` of those errors of botocore is None.
    """
    response = getattr(error.cause, "response", None) or {}
    code: str | None = response.get("Error", {}).get("Code")
    return code

"""Two at once: what another does between somebody's look and their write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.dynamodb import InMemoryDynamoDB
from tests.dynamodb.faults import Call, Faults


class _Between(Faults):
    def __init__(self, act: Callable[[], object], operation: str) -> None:
        self._act, self._operation = act, operation
        self.has_acted = False

    def before(self, call: Call) -> None:
        if call.operation == self._operation and not self.has_acted:
            self.has_acted = True
            self._act()


@contextmanager
def meanwhile(
    database: InMemoryDynamoDB, act: Callable[[], object], before: str = "TransactWriteItems"
) -> Iterator[None]:
    """Do this right before the first write that is asked for in the block."""
    usual, between = database.faults, _Between(act, before)
    database.faults = between
    try:
        yield
    finally:
        database.faults = usual
    assert between.has_acted, "nothing was written, so nothing came in between"

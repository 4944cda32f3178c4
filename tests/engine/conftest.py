"""What tests of the engine share: the lines that operators read."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.platform import events
from tests.harness import Stack


class Lines(logging.Handler):
    """What was said, by event."""

    def __init__(self) -> None:
        super().__init__()
        self._records: list[Any] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)

    def of(self, event: str) -> list[dict[str, Any]]:
        return [dict(record.fields) for record in self._records if record.event == event]


@pytest.fixture
def lines(stack: Stack) -> Iterator[Lines]:
    """All lines from here on."""
    handler = Lines()
    level = events.logger.level
    events.logger.addHandler(handler)
    events.logger.setLevel(logging.INFO)
    yield handler
    events.logger.removeHandler(handler)
    events.logger.setLevel(level)

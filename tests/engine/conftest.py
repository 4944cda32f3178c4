"""What tests of the engine share: the lines that operators read."""

import json
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
        """What lines of that event say of themselves."""
        return [dict(record.fields) for record in self._records if record.event == event]

    def written(self, event: str | None = None) -> list[dict[str, Any]]:
        """The lines as they are written, of that event or all."""
        return [json.loads(text) for text in self.texts(event)]

    def texts(self, event: str | None = None) -> list[str]:
        """The lines as they are written, as text."""
        chosen = [record for record in self._records if event in {None, record.event}]
        return [record.getMessage() for record in chosen]

    def clear(self) -> None:
        """Forget what was said so far."""
        self._records.clear()


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

"""What a job reports of its work: what is sound is kept, and its log says what is not."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from chalicelib.domain.runs import report_rules
from chalicelib.domain.runs.report_rules import Judged, as_shown, guarded
from chalicelib.domain.runs.run import Totals

T = TypeVar("T")


class Log(Protocol):
    """Where warnings go."""

    def add_line(self, level: str, message: str, data: dict[str, Any]) -> None:
        """Add a line to the run's log."""
        ...


class Reporting:
    """Judges what one attempt of a job reports."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._warned: set[str] = set()

    def keep(self, name: str, value: object, judge: Callable[[Any], Judged[T]]) -> T | None:
        """What is kept of a value; None if it is left out.

        The first of each name that has to be changed or left out is a warning in the log.
        """
        judged = judge(value)
        if judged.fault is not None and name not in self._warned:
            self._warned.add(name)
            change = "left out" if judged.kept is None else f"kept as {as_shown(judged.kept)}"
            message = f"{name}: {as_shown(value)} {judged.fault}; {change}"
            self._log.add_line("warning", message, {})
        return judged.kept

    def totals(self, given: object) -> Totals:
        """Totals from whatever has them by name: an object's attributes, or a mapping's items."""
        counts = {name: self._total(given, name) for name in ("processed", "skipped", "errors")}
        return Totals(**counts)

    def _total(self, given: Any, name: str) -> int:
        def read() -> object:
            return given.get(name, 0) if isinstance(given, Mapping) else getattr(given, name)

        return self.keep(f"totals.{name}", guarded(read, None), report_rules.count) or 0

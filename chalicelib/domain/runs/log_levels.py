"""How grave the lines of a run's log are. A job may call its levels what it likes."""

from enum import StrEnum
from typing import Final


class LogLevel(StrEnum):
    """The levels that lines are looked for by, from the least to the gravest."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_ORDER: Final = list(LogLevel)
#: Other names that jobs use.
_KNOWN_AS: Final = {
    "trace": LogLevel.DEBUG,
    "warn": LogLevel.WARNING,
    "critical": LogLevel.ERROR,
    "fatal": LogLevel.ERROR,
}


def is_as_grave(level: str, least: LogLevel) -> bool:
    """Whether a line of that level is at least so grave; one of an unknown level is as `info`."""
    name = level.lower()
    known = LogLevel(name) if name in _ORDER else _KNOWN_AS.get(name, LogLevel.INFO)
    return _ORDER.index(known) >= _ORDER.index(least)

"""Prints what the Lambdas say, in a form people can read, as it arrives."""

import json
from datetime import UTC, datetime
from typing import Any, NoReturn

from chalicelib.platform.clock import SystemClock
from infra.stack import LocalStack, LogLine

_CLOCK = SystemClock()
_EVERY_SECONDS = 1.0
#: Lines may be written late, so every look goes back this far.
_LOOK_BACK_MS = 10_000
#: What Lambda itself writes around an invocation.
_FRAME = ("START ", "END ", "REPORT ", "INIT_START ")


class Follower:
    """Follows one stack's logs."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._seen: set[LogLine] = set()
        self._from_ms = _now_ms()

    def follow(self) -> NoReturn:
        """Print new lines until interrupted. Raises `MiniStackError` if MiniStack stops."""
        while True:
            self._stack.ministack.check()
            self._print_new()
            _CLOCK.sleep(_EVERY_SECONDS)

    def _print_new(self) -> None:
        since = max(self._from_ms, _now_ms() - _LOOK_BACK_MS)
        lines = self._stack.logs(since_ms=since)
        for line in lines:
            if line not in self._seen and (text := readable(line)):
                print(text, flush=True)
        self._seen = set(lines)


def readable(line: LogLine) -> str | None:
    """The line for people; None for metrics, and for what Lambda frames each invocation with."""
    text = None if line.text.startswith(_FRAME) else _readable_text(line.text)
    if not text:
        return None
    at = datetime.fromtimestamp(line.at_ms / 1000, UTC).strftime("%H:%M:%S")
    return f"  {at}  {line.function:<10}  {text}"


def _readable_text(text: str) -> str | None:
    try:
        fields = json.loads(text)
    except ValueError:
        return text
    if not isinstance(fields, dict) or "event" not in fields:
        return text
    event, level = fields.pop("event"), fields.pop("level", "info")
    if event == "metrics":
        return None
    fields.pop("request_id", None)
    exception = fields.pop("exception", None)
    words = [] if level == "info" else [level.upper()]
    words += [f"{event:<14}"]
    words += [f"{name}={_short(value)}" for name, value in fields.items() if value is not None]
    return " ".join(words) + (f"\n{exception}" if exception else "")


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _now_ms() -> int:
    return int(_CLOCK.now().timestamp() * 1000)

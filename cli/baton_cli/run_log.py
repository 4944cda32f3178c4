"""Reads a run's log, and follows it to the run's end."""

from collections.abc import Iterator
from typing import Any, Final

from baton_cli.client import Client
from baton_cli.sleeper import Sleeper

#: The statuses that a run ends in.
FINAL: Final = frozenset({"succeeded", "failed", "skipped", "cancelled"})
_SHORTEST: Final = 0.5
_LONGEST: Final = 5.0
_SLOWER: Final = 1.5
_LINES: Final = 200

Line = dict[str, Any]
Run = dict[str, Any]


def lines(client: Client, run_id: str, after: int = 0) -> Iterator[Line]:
    """The lines that the log has now, after a sequence number."""
    while True:
        page = client.get(f"/v1/runs/{run_id}/log", {"after": after, "limit": _LINES})
        yield from page["items"]
        if len(page["items"]) < _LINES:
            return
        after = page["next_after"]


def follow(
    client: Client, sleeper: Sleeper, run_id: str, after: int = 0
) -> Iterator[tuple[Run, list[Line]]]:
    """The run and the new lines of its log, each time it is looked at, until the run has ended.

    The less happens, the longer the wait before the next look.
    """
    wait, status = _SHORTEST, ""
    while True:
        # The run is read first: once it has ended, its log is complete.
        run = client.get(f"/v1/runs/{run_id}")
        new = list(lines(client, run_id, after))
        yield run, new
        if run["status"] in FINAL:
            return
        after = new[-1]["sequence"] if new else after
        has_news = bool(new) or run["status"] != status
        wait, status = _SHORTEST if has_news else min(wait * _SLOWER, _LONGEST), run["status"]
        sleeper.sleep(wait)

"""A run's log while it grows, and the run's end."""

from collections.abc import Iterator
from typing import Any, Final

from baton_cli.client import Client
from baton_cli.sleeper import Sleeper

#: Where a run's life ends.
FINAL: Final = frozenset({"succeeded", "failed", "skipped", "cancelled"})
_SHORTEST: Final = 0.5
_LONGEST: Final = 5.0
_SLOWER: Final = 1.5
_LINES: Final = 200

Line = dict[str, Any]
Run = dict[str, Any]


def lines(client: Client, run_id: str, after: int = 0) -> Iterator[Line]:
    """The lines there are after a sequence number."""
    while True:
        page = client.get(f"/v1/runs/{run_id}/log", {"after": after, "limit": _LINES})
        yield from page["items"]
        if len(page["items"]) < _LINES:
            return
        after = page["next_after"]


def follow(
    client: Client, sleeper: Sleeper, run_id: str, after: int = 0
) -> Iterator[tuple[Run, list[Line]]]:
    """The run and what is new in its log, look by look; the last look is at the run's end.

    The less happens, the longer between two looks.
    """
    wait, before = _SHORTEST, ""
    while True:
        # The run first: what it logged before its end is there once the end is.
        run = client.get(f"/v1/runs/{run_id}")
        new = list(lines(client, run_id, after))
        yield run, new
        if run["status"] in FINAL:
            return
        after = new[-1]["sequence"] if new else after
        happens = bool(new) or run["status"] != before
        wait, before = _SHORTEST if happens else min(wait * _SLOWER, _LONGEST), run["status"]
        sleeper.sleep(wait)

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
_LINES: Final = 1000
#: So many lines come with a run.
_WITH_A_RUN: Final = 200

Line = dict[str, Any]
Run = dict[str, Any]


def lines(client: Client, run_id: str, after: int = 0, level: str | None = None) -> Iterator[Line]:
    """The lines that the log has now, after a sequence number; with a level, the graver ones."""
    query = {"limit": _LINES, "level": level}
    while True:
        page = client.get(f"/v1/runs/{run_id}/log", {"after": after, **query})
        yield from page["items"]
        # It has come to the end if it went no further; of large lines there may be fewer on a page.
        if page["next_after"] == after:
            return
        after = page["next_after"]


def last_lines(client: Client, run_id: str, count: int, level: str | None = None) -> list[Line]:
    """The last lines that the log has now; with a level, the graver ones."""
    found: list[Line] = []
    before = None
    while len(found) < count:
        query = {"tail": min(count - len(found), _LINES), "before": before, "level": level}
        page = client.get(f"/v1/runs/{run_id}/log", query)
        found = page["items"] + found
        before = page["next_before"]
        if before is None:
            break
    return found


def follow(
    client: Client, sleeper: Sleeper, run_id: str, after: int = 0
) -> Iterator[tuple[Run, list[Line]]]:
    """The run and the new lines of its log, each time it is looked at, until the run has ended.

    The less happens, the longer the wait before the next look.
    """
    wait, status = _SHORTEST, ""
    while True:
        # The run is read first: once it has ended, its log is complete.
        run = client.get(f"/v1/runs/{run_id}", {"log_after": after})
        log = run.pop("log")
        new = log["items"]
        if len(new) == _WITH_A_RUN:
            new = [*new, *lines(client, run_id, log["next_after"])]
        yield run, new
        if run["status"] in FINAL:
            return
        after = new[-1]["sequence"] if new else after
        has_news = bool(new) or run["status"] != status
        wait, status = _SHORTEST if has_news else min(wait * _SLOWER, _LONGEST), run["status"]
        sleeper.sleep(wait)

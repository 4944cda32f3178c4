"""Rule 5: of each schedule one run at most stands in a queue, and the schedule knows who waits."""

from collections import defaultdict
from typing import Final

from tests.simulation.items import Change, number, status, text
from tests.simulation.processes import Process
from tests.simulation.world import World

HEAD: Final = "5 of a schedule one run at most stands in a queue, and it knows which"
LINE: Final = "5 a schedule knows how many stand in its line"
STANDING: Final = "5 what stands in a line has its item there, and nothing else has"

_LINE: Final = "line#"


class LineRules:
    """Follows where the runs of each schedule wait."""

    def __init__(self, world: World) -> None:
        self._world = world
        #: Schedule → place → the runs of it that wait there.
        self._places: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(
            lambda: defaultdict(set)
        )
        self._standing: set[str] = set()
        self._in_line: set[str] = set()

    def check(self, _process: Process, changes: list[Change]) -> None:
        """Look at one write."""
        for change in changes:
            if change.table == "runs":
                self._follow(change)
            elif change.table == "control" and (text(change.item, "kind") or "").startswith(_LINE):
                self._follow_item(change)
        for change in changes:
            if change.table == "schedules" and change.after is not None:
                self._compare(change)
        if self._standing != self._in_line:
            self._world.breaks(STANDING, f"{sorted(self._standing ^ self._in_line)}")

    def _follow(self, change: Change) -> None:
        run_id, name = (text(change.item, key) or "" for key in ("run_id", "schedule_id"))
        for waiting in self._places[name].values():
            waiting.discard(run_id)
        self._in_line.discard(run_id)
        if status(change.after) == "queued":
            place = text(change.after, "place") or ""
            self._places[name][place].add(run_id)
            if place == "line":
                self._in_line.add(run_id)

    def _follow_item(self, change: Change) -> None:
        run_id = text(change.item, "run_id") or ""
        if change.after is None:
            self._standing.discard(run_id)
        else:
            self._standing.add(run_id)

    def _compare(self, change: Change) -> None:
        name = text(change.item, "schedule_id") or ""
        head, heads = text(change.after, "head_run_id"), self._places[name]["queue"]
        if heads != ({head} if head else set()):
            self._world.breaks(HEAD, f"{name} says {head}, and there are {sorted(heads)}")
        said, stand = number(change.after, "in_line"), self._places[name]["line"]
        if said != len(stand):
            self._world.breaks(LINE, f"{name} says {said}, and there are {sorted(stand)}")

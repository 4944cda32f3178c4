"""Retries whose rest is over are read from their head too, however many there are."""

from dataclasses import replace

from chalicelib.store import run_table
from tests.builders import NOON, a_run, after
from tests.store.engines import Line
from tests.store.writing import store


def test_no_more_of_them_are_read_than_were_asked_for(line: Line) -> None:
    rested = [
        a_run(run_id=f"{n:02d}", schedule_id=f"S{n}", queued_at=after(-600 + n)) for n in range(12)
    ]
    store(*[replace(run, not_before=after(-30), attempt=2) for run in rested])
    line.requests.clear()
    line.scanned = 0
    assert [run.run_id for run in run_table.waiting(NOON, 3)] == ["00", "01", "02"]
    assert line.scanned == 3

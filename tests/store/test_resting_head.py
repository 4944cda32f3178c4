"""Retries whose rest is over: many of them are read bit by bit, and all of them are served."""

from dataclasses import replace
from itertools import islice

from chalicelib.store import run_table
from tests.builders import NOON, a_run, after
from tests.store.engines import Line
from tests.store.writing import store

MANY = 130


def rested(line: Line) -> list[str]:
    runs = [
        a_run(run_id=f"{n:03d}", schedule_id=f"S{n}", queued_at=after(-600 + n))
        for n in range(MANY)
    ]
    store(*[replace(run, not_before=after(-30), attempt=2) for run in runs])
    line.requests.clear()
    line.scanned = 0
    return [run.run_id for run in runs]


def test_no_more_of_them_are_read_than_a_first_part(line: Line) -> None:
    ids = rested(line)
    assert [run.run_id for run in islice(run_table.waiting(NOON), 3)] == ids[:3]
    assert line.scanned == 100


def test_all_of_them_are_served_however_many_there_are(line: Line) -> None:
    ids = rested(line)
    assert [run.run_id for run in run_table.waiting(NOON)] == ids

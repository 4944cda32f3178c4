"""The page about performance is as what was measured has it."""

import json

from bench import page


def test_the_page_is_up_to_date() -> None:
    measured = json.loads(page.MEASURED.read_text(encoding="utf-8"))
    stored = page.PAGE.read_text(encoding="utf-8")
    assert stored == page.page(measured), "it is written by: python -m bench.page"


def test_what_is_watched_is_what_the_page_tells() -> None:
    measured = json.loads(page.MEASURED.read_text(encoding="utf-8"))
    run = measured["run"]["function or HTTP, 2 s"]
    assert measured["counts"]["write_units_per_run"] == run["write_units"]

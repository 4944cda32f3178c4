"""A job's log lines: whatever it says can be stored, and the limit is the run's."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.runs.report_rules import shortened
from chalicelib.engine.running import attempt, log_lines, supervisor
from chalicelib.engine.running.log_lines import storable
from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.harness import Stack

PROBE = {"type": "function", "name": "probe"}


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("no words")


def circle() -> dict[str, Any]:
    data: dict[str, Any] = {}
    data["itself"] = data
    return data


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        ({}, None),
        (None, None),
        ({"n": float("nan")}, {"n": "NaN"}),
        ({"n": [float("inf"), -float("inf")]}, {"n": ["Infinity", "-Infinity"]}),
        ({"set": {1}}, {"set": "{1}"}),
        ({1: "one"}, {"1": "one"}),
        ({"half": "\ud800"}, {"half": "?"}),
        ({"x": float}, {"x": "<class 'float'>"}),
        ({"x": Unspeakable()}, {"unreadable": "RuntimeError: no words"}),
        (circle(), {"unreadable": "ValueError: Circular reference detected"}),
    ],
)
def test_data_is_kept_as_json_knows_it(data: Any, kept: Any) -> None:
    assert storable(data) == kept
    json.dumps(storable(data), allow_nan=False)


def test_keys_that_json_does_not_know_are_described() -> None:
    kept = storable({("a", "b"): 1})  # type: ignore[dict-item]  # jobs are not type-checked
    assert kept is not None and kept["unreadable"].startswith("TypeError: keys must be str")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x" * 4096, "x" * 4096),
        ("x" * 4097, "x" * 4093 + "…"),
        ("ü" * 2049, "ü" * 2046 + "…"),
        ("\ud800", "?"),
    ],
)
def test_a_text_is_cut_to_a_line_with_a_visible_mark(text: str, kept: str) -> None:
    assert shortened(text) == kept


def test_odd_lines_keep_no_other_from_the_log(api: Api, stack: Stack) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        context.log("odd", value=float("nan"), half="\ud800")
        context.log(42, level="x" * 5000)  # type: ignore[arg-type]  # jobs are not type-checked
        context.log("last")
        context.summary = "s" * 9000

    stack.register("probe", probe)
    run = api.start(api.create(target=PROBE))
    stack.deliver()
    assert api.log(run) == ["odd", "42", "last"]
    ended = api.run(run)
    assert (ended["status"], len(ended["summary"].encode())) == ("succeeded", 4096)


def test_the_limit_is_the_runs_and_not_the_attempts(api: Api, stack: Stack) -> None:
    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        for _ in range(6_000):
            context.log("x")
        if context.attempt == 1:
            raise RuntimeError

    stack.register("probe", probe)
    retry = {"max_attempts": 2, "delay_seconds": 1}
    run = api.start(api.create(target=PROBE, retry=retry))
    stack.run_for(60)
    second = 1 * log_lines.LINES_PER_ATTEMPT
    last = api.get(f"/v1/runs/{run['id']}/log?after={second + 9_999}")["items"]
    # The first attempt's 6,001st line is its traceback.
    assert [line["message"] for line in last] == ["x", "2001 further lines dropped"]


def test_a_line_is_seen_within_three_seconds() -> None:
    looked = timedelta(seconds=supervisor.EVERY_SECONDS)
    assert attempt.FLUSH_EVERY + looked < timedelta(seconds=3)

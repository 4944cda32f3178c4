"""A run's log: with the run, from its end, by gravity, and as a whole."""

import json
from typing import Any

import pytest

from chalicelib.jobs.context import JobContext
from chalicelib.store import log_table
from tests.api_client import Api
from tests.harness import Stack

PROBE: dict[str, Any] = {"type": "function", "name": "probe"}
LEVELS = ("debug", "info", "warn", "error", "critical", "odd")


@pytest.fixture
def run(api: Api, stack: Stack) -> dict[str, Any]:
    """A run with thirty lines, of all levels in turn."""

    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        for number in range(1, 31):
            context.log(f"line {number}", LEVELS[number % 6], number=number)

    stack.register("probe", probe)
    started = api.start(api.create(target=PROBE), payload={"depth": 2})
    stack.deliver()
    return started


def numbers(answer: dict[str, Any]) -> list[int]:
    return [line["data"]["number"] for line in answer["items"]]


def test_a_run_comes_with_its_payload_and_new_lines_if_asked(api: Api, run: dict[str, Any]) -> None:
    alone = api.get(f"/v1/runs/{run['id']}")
    assert (alone["payload"], alone["log"]) == ({"depth": 2}, None)
    both = api.get(f"/v1/runs/{run['id']}?log_after=28")
    assert numbers(both["log"]) == [29, 30]
    assert both["log"]["next_after"] == 30


def test_a_large_payload_is_there_too(api: Api, stack: Stack) -> None:
    stack.register("takes", lambda _context, _params: None)
    schedule = api.create(target={"type": "function", "name": "takes"})
    started = api.start(schedule, payload={"note": "x" * 5000})
    assert api.get(f"/v1/runs/{started['id']}")["payload"] == {"note": "x" * 5000}
    plain = api.runs(schedule)
    assert "payload" not in plain[0]


def test_the_end_is_read_first_and_then_what_was_before(api: Api, run: dict[str, Any]) -> None:
    path = f"/v1/runs/{run['id']}/log"
    last = api.get(f"{path}?tail=10")
    assert numbers(last) == list(range(21, 31))
    assert last["next_after"] == 30
    before = api.get(f"{path}?before={last['next_before']}&limit=15")
    assert numbers(before) == list(range(6, 21))
    first = api.get(f"{path}?before={before['next_before']}&tail=15")
    assert (numbers(first), first["next_before"]) == ([1, 2, 3, 4, 5], None)
    assert api.get(f"{path}?tail=30")["next_before"] is None


def test_lines_are_found_by_how_grave_they_are(api: Api, run: dict[str, Any]) -> None:
    path = f"/v1/runs/{run['id']}/log"
    errors = api.get(f"{path}?level=error&limit=1000")
    assert {line["level"] for line in errors["items"]} == {"error", "critical"}
    warnings = api.get(f"{path}?level=warning&tail=4")
    assert numbers(warnings) == [22, 26, 27, 28]
    assert api.get(f"{path}?level=error&after=28")["next_after"] == 30
    everything = api.get(f"{path}?level=debug&limit=1000")
    assert len(everything["items"]) == 30
    no_debug = api.get(f"{path}?level=info&limit=1000")
    assert {line["level"] for line in no_debug["items"]} == set(LEVELS) - {"debug"}


def test_the_whole_log_is_one_object_a_line(api: Api, stack: Stack, run: dict[str, Any]) -> None:
    answer = stack.http("GET", f"/v1/runs/{run['id']}/log.ndjson", token=stack.viewer)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert "baton-next-after" not in answer.headers
    lines = [json.loads(line) for line in answer.body.decode().splitlines()]
    assert lines == api.get(f"/v1/runs/{run['id']}/log?limit=1000")["items"]


def test_a_very_large_log_comes_in_parts(
    stack: Stack, run: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_table, "MOST_BYTES", 300)
    found: list[int] = []
    after = "0"
    while after:
        path = f"/v1/runs/{run['id']}/log.ndjson?after={after}"
        answer = stack.http("GET", path, token=stack.viewer)
        lines = [json.loads(line) for line in answer.body.decode().splitlines()]
        assert 0 < len(lines) < 20
        found += [line["data"]["number"] for line in lines]
        after = answer.headers.get("baton-next-after", "")
    assert found == list(range(1, 31))


def test_a_page_by_gravity_looks_at_so_many_lines_and_goes_on(
    api: Api, run: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_table, "MOST_SIFTED", 10)
    path = f"/v1/runs/{run['id']}/log?level=error"
    first = api.get(path)
    assert (numbers(first), first["next_after"]) == ([3, 4, 9, 10], 10)
    back = api.get(f"{path}&tail=9")
    assert (numbers(back), back["next_before"]) == ([21, 22, 27, 28], 21)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("after=1&tail=2", "after"),
        ("after=1&before=2", "after"),
        ("limit=1001", "limit"),
        ("tail=0", "tail"),
        ("level=loud", "level"),
    ],
)
def test_questions_that_make_no_sense_are_refused(
    stack: Stack, run: dict[str, Any], query: str, field: str
) -> None:
    answer = stack.http("GET", f"/v1/runs/{run['id']}/log?{query}", token=stack.viewer)
    assert (answer.status, [each["field"] for each in answer.json["errors"]]) == (422, [field])


@pytest.mark.parametrize("tail", ["", "?log_after=0", "/log?tail=1", "/log.ndjson"])
def test_another_tenants_run_is_not_there(stack: Stack, run: dict[str, Any], tail: str) -> None:
    foreign = stack.token("acme", ["viewer"])
    assert stack.http("GET", f"/v1/runs/{run['id']}{tail}", token=foreign).status == 404


def test_a_run_is_done_over_with_other_parameters(
    api: Api, stack: Stack, run: dict[str, Any]
) -> None:
    path = f"/v1/runs/{run['id']}/retry"
    body = {"payload": {"depth": 9}, "max_steps": 7}
    again = stack.http("POST", path, body, token=stack.operator)
    assert (again.status, again.json["max_steps"]) == (202, 7)
    assert api.get(f"/v1/runs/{again.json['id']}")["payload"] == {"depth": 9}

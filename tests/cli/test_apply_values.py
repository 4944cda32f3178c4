"""`apply` compares what a file says as the API stores it, and the same file twice is no change."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baton_cli.files.plan import change
from baton_cli.files.yaml_core import write_yaml
from tests.api_client import Api
from tests.cli.conftest import Cli
from tests.cli.test_files import LIKE_OTHERS, VALUES, exactly

E_COMPOSED, E_DECOMPOSED = "Caf\u00e9", "Cafe\u0301"
VISIBLE = st.text(st.characters(codec="utf-8", categories=("L", "M", "N", "S")), max_size=8)
NAMES = VISIBLE.map(lambda text: f"n{text}") | LIKE_OTHERS.filter(
    lambda text: text.isprintable() and any(one.isalnum() for one in text)
)
CADENCES = st.sampled_from(
    [
        {"type": "manual"},
        {"type": "cron", "expression": "0 3 * * 1-5", "timezone": "Europe/Berlin"},
        {"type": "interval", "seconds": 3600, "from": "grid"},
        {"type": "interval", "seconds": 60, "anchor": "2026-04-01T00:00:00.123456+02:00"},
        {"type": "once", "at": "2026-12-24T18:00:00.999999Z"},
    ]
)
BODIES = st.dictionaries(VISIBLE | LIKE_OTHERS, VALUES, max_size=4) | st.lists(VALUES, max_size=4)
TARGETS = st.one_of(
    st.fixed_dictionaries({"type": st.just("http"), "url": st.just("https://example.com/")}),
    st.fixed_dictionaries(
        {
            "type": st.just("http"),
            "url": st.just("https://example.com/"),
            "headers": st.sampled_from([{}, {"X-A": "1"}, {"X-B": {"secret": "b"}}]),
            "body": BODIES | LIKE_OTHERS | st.none(),
            "success_codes": st.none() | st.lists(st.integers(200, 204), min_size=1, max_size=2),
        }
    ),
)
SCHEDULES = st.fixed_dictionaries(
    {"name": NAMES, "cadence": CADENCES, "target": TARGETS},
    optional={
        "description": VISIBLE,
        "tags": st.lists(NAMES, max_size=4),
        "retry": st.sampled_from([{}, {"max_attempts": 3}, {"backoff": "exponential"}]),
        "max_steps": st.none() | st.integers(1, 9),
        "priority": st.integers(0, 9),
        "starts_at": st.none() | st.just("2026-04-01T00:00:00.0009Z"),
        "enabled": st.booleans(),
    },
)


def body(**values: Any) -> dict[str, Any]:
    return {"type": "http", "url": "https://example.com/", "body": values}


def as_file(schedule: dict[str, Any]) -> str:
    return json.dumps({"schedules": [schedule]})


@pytest.mark.parametrize("form", ["ascii.json", "letters.json", "dumped.yaml"])
def test_the_same_file_twice_changes_nothing_whatever_is_in_it(
    cli: Cli, api: Api, form: str
) -> None:
    api.stack.keep_secret("b")

    @settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
    @given(SCHEDULES)
    def check(schedule: dict[str, Any]) -> None:
        # What a file does not say of a schedule of that name would stay as it is.
        for earlier in api.get("/v1/schedules")["items"]:
            path = f"/v1/schedules/{earlier['id']}"
            assert api.stack.http("DELETE", path, token=api.stack.operator).status == 204
        wanted = {"schedules": [schedule]}
        text = {
            "ascii.json": json.dumps(wanted),
            "letters.json": json.dumps(wanted, ensure_ascii=False),
            "dumped.yaml": write_yaml(wanted),
        }[form]
        path = cli.file(text, form)
        cli.ok("apply", "-f", path, "--prune", "--yes")
        (stored,) = api.get("/v1/schedules")["items"]
        assert stored["name"] == unicodedata.normalize("NFC", schedule["name"])
        given_body = schedule["target"].get("body")
        assert exactly(stored["target"].get("body")) == exactly(given_body)
        result = cli.run("apply", "-f", path, "--prune", "--dry-run")
        assert result.exit_code == 0, result.output

    check()


@pytest.mark.parametrize(
    ("before", "after"),
    [(1, True), (True, 1), (0, False), (False, 0), (1, 1.0), (1.0, 1), (0.0, -0.0), (0, None)],
)
def test_what_python_calls_equal_is_a_change(cli: Cli, api: Api, before: Any, after: Any) -> None:
    for place in (lambda value: {"x": value}, lambda value: {"x": [{"y": value}]}):
        made = api.create(name="S", target=body(**place(before)))
        path = cli.file(as_file({"name": "S", "target": body(**place(after))}), "s.json")
        out = cli.ok("apply", "-f", path, "--yes")
        shown = f"{json.dumps(place(before))} → {json.dumps(place(after))}"
        assert f"target.body: {shown}" in out
        assert exactly(api.schedule(made)["target"]["body"]) == exactly(place(after))
        assert cli.run("apply", "-f", path, "--dry-run").exit_code == 0
        cli.ok("schedules", "delete", "S", "--yes")


def test_another_order_of_keys_is_no_change(cli: Cli, api: Api) -> None:
    api.create(name="S", target=body(a=1, b={"c": 2, "d": 3}))
    path = cli.file(as_file({"name": "S", "target": body(b={"d": 3, "c": 2}, a=1)}), "s.json")
    assert cli.run("apply", "-f", path, "--dry-run").exit_code == 0


def test_null_in_a_targets_own_part_is_a_value(cli: Cli, api: Api) -> None:
    made = api.create(name="S", target={**body(a=1, b={"c": 1}, gone=1), "method": "PUT"})
    wanted = {"a": None, "b": {"c": None}, "d": [{"e": None}]}
    path = cli.file(as_file({"name": "S", "priority": 1, "target": body(**wanted)}), "s.json")
    out = cli.ok("apply", "-f", path, "--yes")
    assert "target.body" in out
    stored = api.schedule(made)
    assert (stored["target"]["body"], stored["priority"]) == (wanted, 1)
    assert stored["target"]["method"] == "PUT"
    assert cli.run("apply", "-f", path, "--dry-run").exit_code == 0

    path = cli.file(as_file({"name": "S", "target": body(a=None)}), "s.json")
    cli.ok("apply", "-f", path, "--yes")
    assert api.schedule(made)["target"]["body"] == {"a": None}
    path = cli.file(as_file({"name": "S", "target": body()}), "s.json")
    assert 'target.body: {"a": null} → {}' in cli.ok("apply", "-f", path, "--yes")
    assert api.schedule(made)["target"]["body"] == {}


def test_only_null_that_is_a_value_needs_the_whole_target() -> None:
    before = {"name": "S", "status": "active", "target": body(a=1), "max_steps": 3}
    for target, replaces in (
        (body(a=None), True),
        (body(a={"b": None}), True),
        (body(a=[{"b": None}]), False),
        ({**body(a=2), "signing_secret": None}, False),
    ):
        found = change(before, {"name": "S", "target": target, "max_steps": None})
        assert found is not None
        assert (found.replaces_target, found.patch["max_steps"]) == (replaces, None)


def test_another_kind_of_target_may_hold_null_at_once(cli: Cli, api: Api) -> None:
    made = api.create(name="S")
    path = cli.file(as_file({"name": "S", "target": body(a=None)}), "s.json")
    cli.ok("apply", "-f", path, "--yes")
    assert api.schedule(made)["target"]["body"] == {"a": None}
    assert "params" not in api.schedule(made)["target"]


def test_names_are_the_same_however_their_accents_are_written(cli: Cli, api: Api) -> None:
    made = api.create(name=E_COMPOSED, tags=["a"])
    wanted = {"name": E_DECOMPOSED, "tags": ["a", "a"], "description": ""}
    path = cli.file(as_file(wanted), "s.json")
    assert cli.run("apply", "-f", path, "--prune", "--dry-run").exit_code == 0
    assert cli.json("schedules", "get", E_DECOMPOSED)["id"] == made["id"]
    twice = cli.file(f"- name: {E_COMPOSED}\n- name: {E_DECOMPOSED}")
    result = cli.run("apply", "-f", twice, "--yes")
    assert (result.exit_code, "is there twice" in result.stderr) == (2, True)
    other = cli.file(as_file({"name": "Cafe", "cadence": {"type": "manual"}}), "s.json")
    assert "1 to create" in cli.run("apply", "-f", other, "--dry-run").stdout


def test_an_instant_is_compared_to_the_millisecond(cli: Cli, api: Api) -> None:
    once = {"type": "once", "at": "2026-12-24T18:00:00.5Z"}
    api.create(name="S", cadence=once)
    for at, code in (
        ("2026-12-24T19:00:00.500999+01:00", 0),
        ("2026-12-24T18:00:00.501Z", 8),
        ("soon", 8),
    ):
        path = cli.file(as_file({"name": "S", "cadence": {"type": "once", "at": at}}), "s.json")
        assert cli.run("apply", "-f", path, "--dry-run").exit_code == code


def test_what_is_exported_is_read_as_it_was_stored(cli: Cli, api: Api) -> None:
    target = body(a=["1e3", "0644", "yes", "~", "12:30", "2026-01-01", 1.0, None, "\U0001f680"])
    api.create(name="0o17", description="1e3", tags=["on", "1_0"], target=target)
    path = cli.file(cli.ok("schedules", "export"), "exported.yaml")
    assert cli.run("apply", "-f", path, "--prune", "--dry-run").exit_code == 0

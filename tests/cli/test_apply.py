"""`baton apply`: schedules made to be as a file has them."""

import json
from typing import Any

import httpx
import pytest

from tests.api_client import Api
from tests.cli.conftest import URL, Cli
from tests.clients.wire import LOST, Wire

TWO = """
schedules:
  - name: Nightly
    cadence: {type: cron, expression: 0 3 * * *, timezone: Europe/Berlin}
    target: {type: function, name: drill, params: {steps: 2, seconds: 0}}
    tags: [a, b]
  - name: Once
    cadence: {type: once, at: 2026-12-24T18:00:00+01:00}
    target: {type: function, name: drill}
    retry: {max_attempts: 3}
    enabled: false
"""


def schedules(api: Api) -> dict[str, Any]:
    return {one["name"]: one for one in api.get("/v1/schedules?limit=200")["items"]}


def test_what_is_not_there_is_created_and_a_second_time_nothing_changes(cli: Cli, api: Api) -> None:
    path = cli.file(TWO)
    out = cli.ok("apply", "-f", path, "--yes")
    assert "+ Nightly" in out and "2 to create" in out and "Applied." in out
    found = schedules(api)
    assert found["Once"]["status"] == "paused"
    assert found["Once"]["cadence"]["at"] == "2026-12-24T17:00:00Z"
    assert "0 to create, 0 to change, 0 to delete, 2 as they should be" in cli.ok(
        "apply", "-f", path
    )
    assert schedules(api) == found


def test_the_difference_is_shown_and_nothing_else_is_changed(cli: Cli, api: Api) -> None:
    cli.ok("apply", "-f", cli.file(TWO), "--yes")
    before = schedules(api)["Nightly"]
    path = cli.file(TWO.replace("0 3 * * *", "0 4 * * *").replace("[a, b]", "[a]"))
    out = cli.ok("apply", "-f", path, "--yes")
    assert 'cadence.expression: "0 3 * * *" → "0 4 * * *"' in out
    assert 'tags: ["a", "b"] → ["a"]' in out
    assert "1 to change" in out
    after = schedules(api)["Nightly"]
    assert after["cadence"] == {**before["cadence"], "expression": "0 4 * * *"}
    ours = ("cadence", "tags", "next_fire_at", "updated_at")
    assert {k: v for k, v in after.items() if k not in ours} == {
        k: v for k, v in before.items() if k not in ours
    }


def test_a_dry_run_changes_nothing_and_tells_by_its_exit_code(cli: Cli, api: Api) -> None:
    path = cli.file(TWO)
    assert cli.run("apply", "-f", path, "--dry-run").exit_code == 8
    assert schedules(api) == {}
    cli.ok("apply", "-f", path, "--yes")
    assert cli.run("apply", "-f", path, "--dry-run").exit_code == 0


def test_it_asks_before_it_does_anything(cli: Cli, api: Api) -> None:
    path = cli.file(TWO)
    for answer in ("n\n", ""):
        assert cli.run("apply", "-f", path, stdin=answer).exit_code == 1
        assert schedules(api) == {}
    assert cli.run("apply", "-f", path, stdin="y\n").exit_code == 0
    assert len(schedules(api)) == 2


def test_only_pruning_deletes(cli: Cli, api: Api) -> None:
    api.create(name="Left over")
    path = cli.file(TWO)
    cli.ok("apply", "-f", path, "--yes")
    assert "Left over" in schedules(api)
    out = cli.ok("apply", "-f", path, "--prune", "--yes")
    assert "- Left over" in out
    assert set(schedules(api)) == {"Nightly", "Once"}


def test_what_the_file_does_not_say_stays(cli: Cli, api: Api) -> None:
    api.create(name="Nightly", priority=9, max_steps=7, misfire={"policy": "skip"})
    cli.ok("apply", "-f", cli.file(TWO), "--yes")
    found = schedules(api)["Nightly"]
    assert (found["priority"], found["max_steps"], found["misfire"]["policy"]) == (9, 7, "skip")
    assert found["cadence"]["type"] == "cron"


def test_null_takes_away_what_can_be_nothing(cli: Cli, api: Api) -> None:
    api.create(name="Probe", max_steps=7)
    path = cli.file("- {name: Probe, max_steps: null}")
    assert "max_steps: 7 → null" in cli.ok("apply", "-f", path, "--yes")
    assert schedules(api)["Probe"]["max_steps"] is None
    assert cli.run("apply", "-f", path, "--dry-run").exit_code == 0


def test_what_a_targets_own_part_no_longer_has_goes(cli: Cli, api: Api) -> None:
    api.stack.keep_secret("b")
    http = {
        "type": "http",
        "url": "https://example.com/",
        "headers": {"X-A": "1", "X-B": {"secret": "b"}},
        "body": {"deep": {"type": "x", "gone": 1}, "flag": 1},
    }
    api.create(name="Call", target=http)
    path = cli.file("""
- name: Call
  target:
    type: http
    url: https://example.com/
    headers: {X-B: {secret: b}}
    body: {deep: {type: y}, flag: true}
""")
    cli.ok("apply", "-f", path, "--yes")
    target = schedules(api)["Call"]["target"]
    assert target["headers"] == {"X-B": {"secret": "b"}}
    assert target["body"] == {"deep": {"type": "y"}, "flag": True}
    assert cli.run("apply", "-f", path, "--dry-run").exit_code == 0


def test_another_kind_of_target_replaces_the_whole(cli: Cli, api: Api) -> None:
    api.create(name="Probe", target={"type": "http", "url": "https://example.com/", "body": "x"})
    path = cli.file("- {name: Probe, target: {type: function, name: drill}}")
    cli.ok("apply", "-f", path, "--yes")
    assert schedules(api)["Probe"]["target"]["type"] == "function"
    assert cli.run("apply", "-f", path, "--dry-run").exit_code == 0


def test_switching_on_and_off_with_a_change(cli: Cli, api: Api) -> None:
    api.create(name="Probe")
    cli.ok("apply", "-f", cli.file("- {name: Probe, enabled: false, priority: 1}"), "--yes")
    found = schedules(api)["Probe"]
    assert (found["status"], found["priority"]) == ("paused", 1)
    out = cli.ok("apply", "-f", cli.file("- {name: Probe, enabled: true}"), "--yes")
    assert "enabled: false → true" in out
    assert schedules(api)["Probe"]["status"] == "active"


def test_what_changed_since_it_was_shown_is_left_alone(cli: Cli, api: Api) -> None:
    made = api.create(name="Probe")
    path = cli.file("- {name: Probe, priority: 1}")
    stack, patched = cli.stack, f"/v1/schedules/{made['id']}"

    class Meddling(Wire):
        """Somebody is quicker, between the look and the change."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "PATCH":
                stack.http("PATCH", patched, {"priority": 9}, token=stack.operator)
            return super().handle_request(request)

    cli.wire = Meddling(stack, URL)
    result = cli.run("apply", "-f", path, "--yes")
    assert result.exit_code == 1
    assert "412 stale" in result.stderr
    assert schedules(api)["Probe"]["priority"] == 9


def test_what_is_refused_does_not_stop_the_rest(cli: Cli, api: Api) -> None:
    text = TWO + "  - {name: Bad, cadence: {type: cron, expression: x}, target: {type: nope}}\n"
    result = cli.run("apply", "-f", cli.file(text), "--yes")
    assert result.exit_code == 1
    assert "1 failed, 2 applied." in result.stderr
    assert "cadence.expression" in result.stderr and "target" in result.stderr
    assert set(schedules(api)) == {"Nightly", "Once"}


def test_nothing_more_is_tried_once_nobody_answers(cli: Cli, api: Api) -> None:
    path = cli.file(TWO)
    cli.wire.faults = [None, *[LOST] * 4]
    assert cli.run("apply", "-f", path, "--yes").exit_code == 6
    assert set(schedules(api)) == {"Nightly"}


def test_programs_get_the_plan_and_what_became_of_it(cli: Cli, api: Api) -> None:
    api.create(name="Nightly", priority=1)
    result = cli.run(
        "apply", "-f", cli.file("- {name: Nightly, priority: 2}"), "--dry-run", "--json"
    )
    plan = json.loads(result.stdout)
    assert plan["change"][0]["differences"] == [{"field": "priority", "before": 1, "after": 2}]
    assert (plan["applied"], plan["create"], plan["delete"]) == (False, [], [])
    done = cli.json("apply", "-f", cli.file(TWO), "--yes")
    assert (done["applied"], done["create"], done["failed"]) == (True, ["Once"], [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("schedules: nothing", "a list"),
        ("", "a list"),
        ("- {name: A}\n- {name: A}", "“A” is there twice"),
        ("- {nam: A}", "schedule 1 has no name"),
        ("- {name: A, colour: red}", "no field “colour”"),
        ("- {name: A, timeout_seconds: null}", "timeout_seconds is null"),
        ("- {name: A, enabled: 1}", "enabled must be"),
        ("- {name: A, name: B}", "given more than once"),
        ("- {name: A, target: {params: {1: x}}}", "a key must be text"),
        ("- [", "cannot be read"),
        ("- !!python/object:os.system {}", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_before_anything_is_sent(
    cli: Cli, text: str, told: str
) -> None:
    result = cli.run("apply", "-f", cli.file(text), "--yes")
    assert (result.exit_code, told in result.stderr) == (2, True), result.stderr
    assert cli.wire.sent == []


def test_names_must_tell_the_schedules_apart(cli: Cli, api: Api) -> None:
    for _ in range(2):
        api.create(name="Nightly")
    result = cli.run("apply", "-f", cli.file(TWO), "--yes")
    assert result.exit_code == 2
    assert "Once" not in schedules(api)


def test_what_is_exported_is_as_it_should_be(cli: Cli, api: Api) -> None:
    api.stack.keep_secret("s")
    cli.ok("apply", "-f", cli.file(TWO), "--yes")
    api.create(name="Grid", cadence={"type": "interval", "seconds": 3600, "from": "grid"})
    api.create(
        name="Call",
        target={"type": "http", "url": "https://example.com/", "headers": {"X": {"secret": "s"}}},
        starts_at="2026-04-01T00:00:00Z",
    )
    path = cli.file(cli.ok("schedules", "export"), "exported.yaml")
    assert cli.run("apply", "-f", path, "--prune", "--dry-run").exit_code == 0
    before = schedules(api)
    for name in before:
        cli.ok("schedules", "delete", name, "--yes")
    cli.ok("apply", "-f", path, "--yes")
    own = ("id", "created_at", "updated_at", "next_fire_at")
    after = schedules(api)
    assert {n: {k: v for k, v in s.items() if k not in own} for n, s in after.items()} == {
        n: {k: v for k, v in s.items() if k not in own} for n, s in before.items()
    }


def test_a_file_may_come_by_pipe(cli: Cli, api: Api) -> None:
    cli.ok("apply", "-f", "-", "--yes", stdin=TWO)
    assert len(schedules(api)) == 2


def test_what_will_collide_is_warned_of(cli: Cli) -> None:
    text = "".join(
        f"- {{name: {name}, cadence: {{type: cron, expression: 0 * * * *}},"
        " target: {type: function, name: drill}}\n"
        for name in ("One", "Two")
    )
    result = cli.run("apply", "-f", cli.file(text), "--yes")
    assert result.exit_code == 0
    assert "Warning: " in result.stderr and "One" in result.stderr
    assert "Warning: " not in result.stdout


def test_true_is_not_one(cli: Cli, api: Api) -> None:
    target = {"type": "http", "url": "https://example.com/", "body": {"flag": 1}}
    api.create(name="Call", target=target)
    path = cli.file(
        "- {name: Call, target: {type: http, url: 'https://example.com/', body: {flag: true}}}"
    )
    assert 'target.body: {"flag": 1} → {"flag": true}' in cli.ok("apply", "-f", path, "--yes")
    assert schedules(api)["Call"]["target"]["body"] == {"flag": True}

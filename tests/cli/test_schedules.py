"""Schedules from the command line."""

import json

import httpx

from tests.api_client import Api
from tests.cli.conftest import Cli


def test_flags_make_a_schedule(cli: Cli, api: Api) -> None:
    made = cli.json(
        *("schedules", "create", "--name", "Nightly", "--cron", "0 3 * * 1-5"),
        *("--timezone", "Europe/Berlin", "--function", "drill", "--params", '{"steps": 2}'),
        *("--timeout", "13m20s", "--tag", "a", "--tag", "b", "--paused"),
    )["schedule"]
    found = api.schedule(made)
    assert found["cadence"] == {
        "type": "cron",
        "expression": "0 3 * * 1-5",
        "timezone": "Europe/Berlin",
    }
    assert (found["timeout_seconds"], found["tags"]) == (800, ["a", "b"])
    assert (found["status"], found["target"]["params"]) == ("paused", {"steps": 2})


def test_flags_change_what_a_file_says(cli: Cli) -> None:
    path = cli.file(
        "name: From a file\ncadence: {type: manual}\ntarget: {type: function, name: drill}"
    )
    made = cli.json("schedules", "create", "-f", path, "--every", "6h")["schedule"]
    assert (made["name"], made["cadence"]["seconds"]) == ("From a file", 21_600)


def test_two_cadences_are_one_too_many(cli: Cli, api: Api) -> None:
    result = cli.run("schedules", "create", "--cron", "* * * * *", "--manual")
    assert result.exit_code == 2
    assert "--cron, --manual" in result.stderr
    assert cli.wire.sent == []


def test_work_that_is_done_elsewhere_has_one_target(cli: Cli) -> None:
    options = ("schedules", "create", "--name", "Backup", "--manual", "--external")
    assert cli.json(*options)["schedule"]["target"] == {"type": "external"}
    refused = cli.run(*options, "--function", "drill")
    assert (refused.exit_code, "--external" in refused.stderr) == (2, True)


def test_every_wrong_field_is_told(cli: Cli) -> None:
    result = cli.run(
        "schedules", "create", "--name", "x", "--cron", "99 * * * *", "--http", "ftp://x"
    )
    assert result.exit_code == 1
    assert "cadence.expression: " in result.stderr
    assert "target.url: " in result.stderr
    assert "422 invalid_fields" in result.stderr


def test_to_programs_the_problem_is_told_in_json(cli: Cli) -> None:
    result = cli.run("schedules", "create", "--name", "x", "--json")
    problem = json.loads(result.stderr)
    assert problem["code"] == "invalid_fields"
    assert {error["field"] for error in problem["errors"]} == {"cadence", "target"}
    assert result.stdout == ""


def test_a_schedule_is_found_by_its_name_and_by_its_id(cli: Cli, api: Api) -> None:
    made = api.create(name="Probe")
    api.create(name="Probe 2")
    api.create(name="probe")
    assert cli.json("schedules", "get", "Probe")["id"] == made["id"]
    assert cli.json("schedules", "get", made["id"])["id"] == made["id"]


def test_a_name_that_two_have_is_refused_with_their_ids(cli: Cli, api: Api) -> None:
    ids = [api.create(name="Twin")["id"] for _ in range(2)]
    result = cli.run("schedules", "pause", "Twin")
    assert result.exit_code == 2
    assert all(each in result.stderr for each in ids)


def test_what_is_not_there_has_its_own_exit_code(cli: Cli) -> None:
    assert cli.run("schedules", "get", "Nothing").exit_code == 3
    assert cli.run("schedules", "get", "0" * 26).exit_code == 3


def test_pausing_and_resuming(cli: Cli, api: Api) -> None:
    made = api.create()
    assert "paused" in cli.ok("schedules", "pause", "Probe")
    assert api.schedule(made)["status"] == "paused"
    assert "active" in cli.ok("schedules", "resume", "Probe")
    assert api.schedule(made)["status"] == "active"


def test_deleting_asks_first(cli: Cli, api: Api) -> None:
    made = api.create()
    assert cli.run("schedules", "delete", "Probe", stdin="n\n").exit_code == 1
    assert cli.run("schedules", "delete", "Probe").exit_code == 1
    assert api.schedule(made)
    cli.ok("schedules", "delete", "Probe", stdin="y\n")
    assert cli.run("schedules", "get", made["id"]).exit_code == 3


def test_people_read_local_time_and_programs_utc(cli: Cli, api: Api) -> None:
    api.create(cadence={"type": "cron", "expression": "30 4 * * *", "timezone": "UTC"})
    assert "2026-03-01 05:30:00" in cli.ok("schedules", "list")
    assert "2026-03-01 05:30:00" in cli.ok("schedules", "get", "Probe")
    found = cli.json("schedules", "list")["items"][0]
    assert found["next_fire_at"] == "2026-03-01T04:30:00.000Z"


def test_a_long_name_is_whole_in_a_pipe(cli: Cli, api: Api) -> None:
    api.create(name="n" * 200)
    assert "n" * 200 in cli.ok("schedules", "list")


def test_what_a_terminal_would_obey_is_shown_instead(cli: Cli) -> None:
    hostile = {"name": "Red [red]alert[/red]", "description": "a\x1b[2Jb\u202ec"}
    cli.wire.faults = [httpx.Response(200, json=hostile)]
    out = cli.ok("schedules", "get", "0" * 26)
    assert "Red [red]alert[/red]" in out
    assert "a\\x1b[2Jb\\u202ec" in out


def test_filters_reach_the_api(cli: Cli, api: Api) -> None:
    api.create(name="One")
    api.create(name="Two")
    cli.ok("schedules", "pause", "Two")
    assert [
        one["name"] for one in cli.json("schedules", "list", "--status", "paused")["items"]
    ] == ["Two"]
    found = cli.json("schedules", "list", "--search", "on", "--target", "drill")["items"]
    assert [one["name"] for one in found] == ["One"]


def test_a_check_that_fails_has_an_exit_code(cli: Cli, api: Api) -> None:
    api.create()
    assert cli.run("schedules", "check", "Probe").exit_code == 0
    away = {"type": "http", "url": "http://nowhere.invalid/"}
    api.create(name="Away", target=away, enabled=False)
    result = cli.run("schedules", "check", "Away")
    assert result.exit_code == 1
    assert "nowhere.invalid" in result.stdout

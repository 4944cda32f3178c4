"""What is sent again when no answer comes, and what is not."""

import httpx

from tests.api_client import Api
from tests.cli.conftest import Cli
from tests.clients.wire import LOST, refusal


def busy(**headers: str) -> httpx.Response:
    return refusal(503, "busy", **headers)


def test_a_run_whose_answer_was_lost_is_started_once(cli: Cli, api: Api) -> None:
    schedule = api.create()
    cli.wire.faults = [None, LOST]
    run = cli.json("run-now", "Probe", "--when-busy", "queue")
    assert [each["id"] for each in api.runs(schedule)] == [run["id"]]
    keys = {each.headers["idempotency-key"] for each in cli.wire.sent if each.method == "POST"}
    assert len(cli.wire.sent) == 3 and len(keys) == 1


def test_two_commands_start_two_runs_unless_they_share_a_key(cli: Cli, api: Api) -> None:
    schedule = api.create()
    first = cli.json("run-now", schedule["id"], "--when-busy", "queue", "--key", "build-7")
    again = cli.json("run-now", schedule["id"], "--when-busy", "queue", "--key", "build-7")
    other = cli.json("run-now", schedule["id"], "--when-busy", "queue")
    assert first["id"] == again["id"] != other["id"]


def test_what_is_busy_is_asked_again_after_the_time_it_names(cli: Cli) -> None:
    cli.wire.faults = [busy(**{"retry-after": "7"}), busy()]
    cli.ok("slot")
    assert cli.naps.slept == [7.0, 1.0]


def test_nobody_is_asked_for_ever(cli: Cli) -> None:
    cli.wire.faults = [busy() for _ in range(9)]
    assert cli.run("slot").exit_code == 6
    assert len(cli.wire.sent) == 4
    cli.wire.faults = [LOST] * 9
    assert cli.run("slot").exit_code == 6


def test_a_change_whose_answer_was_lost_is_not_sent_again(cli: Cli, api: Api) -> None:
    schedule = api.create()
    cli.wire.faults = [LOST]
    assert cli.run("schedules", "pause", schedule["id"]).exit_code == 6
    assert len(cli.wire.sent) == 1


def test_a_refusal_is_not_asked_again(cli: Cli) -> None:
    assert cli.run("schedules", "create", "--name", "x").exit_code == 1
    assert len(cli.wire.sent) == 1


def test_the_first_request_of_that_key_may_be_under_way(cli: Cli, api: Api) -> None:
    schedule = api.create()
    cli.wire.faults = [refusal(409, "idempotency_in_progress", **{"retry-after": "1"})]
    assert cli.json("run-now", schedule["id"])["schedule_id"] == schedule["id"]
    assert cli.naps.slept == [1.0]


def test_what_is_no_baton_is_told_so(cli: Cli) -> None:
    cli.wire.faults = [httpx.Response(200, text="<html>")]
    result = cli.run("slot")
    assert (result.exit_code, "not Baton" in result.stderr) == (6, True)
    cli.wire.faults = [httpx.Response(302, headers={"location": "https://login.test/"})]
    result = cli.run("slot")
    assert (result.exit_code, "https://login.test/" in result.stderr) == (1, True)

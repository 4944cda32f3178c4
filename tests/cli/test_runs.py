"""Runs from the command line: starting, following, ending them."""

import json
from typing import Any

from tests.api_client import Api
from tests.cli.conftest import Cli
from tests.harness import Stack


def function(name: str) -> dict[str, Any]:
    return {"type": "function", "name": name, "params": {}}


def test_a_run_is_started_by_its_schedules_name(cli: Cli, api: Api) -> None:
    api.create()
    run = cli.json("run-now", "Probe", "--payload", '{"steps": 2}', "--max-steps", "9")
    assert (run["trigger"], run["max_steps"]) == ("manual", 9)
    cli.stack.deliver()
    assert len(api.log(run)) == 2


def test_a_payload_may_come_from_a_file(cli: Cli, api: Api) -> None:
    api.create()
    run = cli.json("run-now", "Probe", "--payload", "@" + cli.file('{"steps": 3}', "payload.json"))
    cli.stack.deliver()
    assert len(api.log(run)) == 3


def test_busy_has_its_own_exit_code_and_names_the_holder(cli: Cli, api: Api) -> None:
    api.start(api.create(name="Holder"))
    api.create()
    result = cli.run("run-now", "Probe")
    assert result.exit_code == 4
    assert "held by “Holder”" in result.stderr
    assert "--when-busy queue" in result.stderr
    assert cli.json("run-now", "Probe", "--when-busy", "queue")["status"] == "queued"


def test_forcing_needs_more_than_an_operator(cli: Cli, api: Api) -> None:
    api.start(api.create())
    assert cli.run("run-now", "Probe", "--when-busy", "force").exit_code == 5
    admin = cli.stack.admin
    assert cli.json("run-now", "Probe", "--when-busy", "force", BATON_TOKEN=admin)["forced"]


def test_waiting_follows_the_log_and_tells_success(cli: Cli, api: Api) -> None:
    api.create()
    cli.naps.meanwhile.append(cli.stack.deliver)
    result = cli.run("run-now", "Probe", "--wait", "--payload", '{"steps": 3}')
    assert result.exit_code == 0
    assert [line.split("  ")[1] for line in result.stdout.splitlines()] == [
        f"Step {number} of 3 done" for number in (1, 2, 3)
    ]
    assert "— succeeded" in result.stderr


def test_waiting_tells_failure(cli: Cli, api: Api, stack: Stack) -> None:
    def fail(_context: Any, _params: Any) -> None:
        raise ValueError("no such thing")

    stack.register("fail", fail)
    api.create(target=function("fail"))
    cli.naps.meanwhile.append(stack.deliver)
    result = cli.run("run-now", "Probe", "--wait")
    assert result.exit_code == 7
    assert "— failed" in result.stderr and "no such thing" in result.stderr


def test_to_programs_waiting_answers_with_the_ended_run_alone(cli: Cli, api: Api) -> None:
    api.create()
    cli.naps.meanwhile.append(cli.stack.deliver)
    assert cli.json("run-now", "Probe", "--wait")["status"] == "succeeded"


def test_following_shows_lines_as_they_come_each_once(cli: Cli, api: Api, stack: Stack) -> None:
    seen: list[int] = []

    def talk(context: Any, _params: Any) -> None:
        for number in range(250):
            context.log(f"line {number}")

    stack.register("talk", talk)
    run = api.start(api.create(target=function("talk")))
    cli.naps.meanwhile += [lambda: seen.append(1), stack.deliver]
    out = cli.ok("logs", run["id"], "-f")
    assert [line.split("  ")[1] for line in out.splitlines()] == [f"line {n}" for n in range(250)]
    assert seen == [1]


def test_the_less_happens_the_longer_between_looks(cli: Cli, api: Api) -> None:
    run = api.start(api.create())
    cli.naps.meanwhile += [lambda: None] * 9 + [cli.stack.deliver]
    assert cli.run("logs", run["id"], "-f").exit_code == 0
    slept = cli.naps.slept
    assert slept[0] == 0.5 and slept == sorted(slept) and slept[-1] == 5.0


def test_a_cancelled_run_did_not_succeed(cli: Cli, api: Api) -> None:
    run = api.start(api.create())
    assert cli.json("runs", "cancel", run["id"])["id"] == run["id"]
    cli.naps.meanwhile.append(cli.stack.deliver)
    assert cli.run("logs", run["id"], "-f").exit_code == 7
    assert "cancelled" in cli.ok("runs", "list")


def test_looking_at_a_log_does_not_judge_the_run(cli: Cli, api: Api, stack: Stack) -> None:
    def fail(context: Any, _params: Any) -> None:
        context.log("odd", level="warning", data_of="mine")
        raise ValueError

    stack.register("fail", fail)
    run = api.start(api.create(target=function("fail")))
    stack.deliver()
    assert 'WARNING odd  {"data_of": "mine"}' in cli.ok("logs", run["id"])


def test_to_programs_a_log_is_an_object_a_line(cli: Cli, api: Api) -> None:
    run = api.start(api.create(), payload={"steps": 2})
    cli.stack.deliver()
    lines = [json.loads(line) for line in cli.ok("logs", run["id"], "--json").splitlines()]
    assert [line["sequence"] for line in lines] == [1, 2]
    later = cli.ok("logs", run["id"], "--after", "1", "--json").splitlines()
    assert [json.loads(line)["sequence"] for line in later] == [2]


def test_a_log_cannot_drive_the_terminal(cli: Cli, api: Api, stack: Stack) -> None:
    stack.register("paint", lambda context, _params: context.log("a\x1b]0;b\x07\nc"))
    run = api.start(api.create(target=function("paint")))
    stack.deliver()
    out = cli.ok("logs", run["id"])
    assert "\x1b" not in out and "\x07" not in out
    assert "\\x1b]0;b\\x07\n    c" in out


def test_doing_a_run_over(cli: Cli, api: Api) -> None:
    run = api.start(api.create(), payload={"steps": 2})
    cli.stack.deliver()
    again = cli.json("runs", "retry", run["id"])
    assert again["trigger"] == "retry" and again["id"] != run["id"]


def test_listing_runs_of_a_schedule(cli: Cli, api: Api) -> None:
    run = api.start(api.create())
    cli.stack.deliver()
    api.start(api.create(name="Other"))
    found = cli.json("runs", "list", "--schedule", "Probe", "--status", "succeeded")["items"]
    assert [each["id"] for each in found] == [run["id"]]
    assert run["id"] in cli.ok("runs", "list", "--trigger", "manual")
    assert "drill" not in cli.ok("runs", "get", run["id"])


def test_what_cannot_be_an_id_is_never_sent(cli: Cli) -> None:
    assert cli.run("runs", "get", "../schedules").exit_code == 2
    assert cli.run("logs", "").exit_code == 2
    assert cli.wire.sent == []


def test_no_longer_looking_leaves_the_run_alone(cli: Cli, api: Api) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    run = api.start(api.create())
    cli.naps.meanwhile.append(interrupt)
    assert cli.run("logs", run["id"], "-f").exit_code == 130
    assert api.run(run)["status"] == "claimed"


def test_an_attempts_lines_are_not_told_again_with_the_next_ones(
    cli: Cli, api: Api, stack: Stack
) -> None:
    def second_time_lucky(context: Any, _params: Any) -> None:
        context.log(f"attempt {context.attempt}")
        if context.attempt == 1:
            raise ValueError("not yet")

    stack.register("lucky", second_time_lucky)
    again = {"max_attempts": 2, "delay_seconds": 1}
    run = api.start(api.create(target=function("lucky"), retry=again))
    cli.naps.meanwhile += [stack.deliver, lambda: stack.run_for(60)]
    lines = cli.ok("logs", run["id"], "-f").splitlines()
    assert [line for line in lines if "attempt 1" in line] == lines[:1]
    assert sum("attempt 2" in line for line in lines) == 1


def test_the_end_of_a_log_and_its_graver_lines(cli: Cli, api: Api, stack: Stack) -> None:
    def talk(context: Any, _params: Any) -> None:
        for number in range(1, 8):
            context.log(f"line {number}", "error" if number % 3 == 0 else "info")

    stack.register("talk", talk)
    run = api.start(api.create(target=function("talk")))
    stack.deliver()

    def shown(*options: str) -> list[str]:
        result = cli.run("logs", run["id"], *options)
        assert result.exit_code == 0
        return [line.rpartition("line ")[2] for line in result.stdout.splitlines()]

    assert shown("--tail", "2") == ["6", "7"]
    assert shown("--tail", "2", "--level", "error") == ["3", "6"]
    assert shown("--level", "warning") == ["3", "6"]
    assert shown("--tail", "5", "--after", "5") == ["6", "7"]


def test_a_run_is_repeated_with_changes(cli: Cli, api: Api) -> None:
    run = api.start(api.create())
    cli.stack.deliver()
    again = cli.json("runs", "retry", run["id"], "--payload", '{"steps": 2}', "--max-steps", "5")
    assert (again["trigger"], again["max_steps"]) == ("retry", 5)
    assert cli.json("runs", "get", again["id"])["payload"] == {"steps": 2}


def test_runs_are_listed_by_state_pool_and_time(cli: Cli, api: Api) -> None:
    run = api.start(api.create())
    cli.stack.deliver()

    def listed(*options: str) -> list[str]:
        return [each["id"] for each in cli.json("runs", "list", *options)["items"]]

    assert listed("--status", "failed", "--status", "succeeded", "--pool", "main") == [run["id"]]
    assert listed("--from", "2026-03-01T00:00:00Z", "--to", "2026-03-02T00:00:00Z") == [run["id"]]
    assert listed("--from", "2026-03-02T00:00:00Z") == []

"""What will happen, and why."""

from tests.api_client import Api
from tests.cli.conftest import Cli


def test_a_cadence_is_previewed_in_both_times(cli: Cli) -> None:
    out = cli.ok(
        "preview", "--cron", "30 4 * * *", "--timezone", "America/New_York", "--count", "2"
    )
    # Half past four in New York is half past ten in Berlin.
    assert "2026-03-01 10:30:00" in out and "2026-03-01T04:30:00" in out
    assert len(cli.json("preview", "--every", "6h", "--count", "3")["fire_times"]) == 3


def test_a_preview_starts_where_it_is_told_to(cli: Cli) -> None:
    found = cli.json(
        "preview", "--cron", "0 0 * * *", "--after", "2026-06-01T12:00:00Z", "--count", "1"
    )
    assert found["fire_times"][0]["at"] == "2026-06-02T00:00:00.000Z"


def test_a_preview_of_nothing_is_misuse(cli: Cli) -> None:
    assert cli.run("preview").exit_code == 2
    assert cli.run("preview", "--every", "often").exit_code == 2
    assert cli.run("preview", "--at", "tomorrow").exit_code == 2
    assert cli.run("preview", "--cron", "61 * * * *").exit_code == 1


def test_a_schedule_is_explained(cli: Cli, api: Api) -> None:
    api.create(cadence={"type": "cron", "expression": "5 0 * * *", "timezone": "UTC"})
    out = cli.ok("explain", "Probe")
    assert "Next fire time: 2026-03-01 01:05:00" in out
    assert "It is active" in out and "no fire times behind it" in out
    cli.stack.run_for(400)
    assert "ran" in cli.ok("explain", "Probe")
    assert cli.json("explain", "Probe")["reasons"][0]["code"] == "active"


def test_the_coming_hours_are_forecast(cli: Cli, api: Api) -> None:
    for name in ("One", "Two"):
        api.create(
            name=name, cadence={"type": "cron", "expression": "0 * * * *", "timezone": "UTC"}
        )
    out = cli.ok("forecast", "--hours", "6")
    assert "One" in out and "Two" in out and "1 slot, " in out
    # None at the very instant at which they were made.
    assert cli.json("forecast", "--hours", "6")["totals"]["fire_times"] == 10
    assert cli.run("forecast", "--hours", "999").exit_code == 2

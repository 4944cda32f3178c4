"""What goes on, live in a terminal."""

from tests.api_client import Api
from tests.cli.conftest import Cli


def test_holders_the_queue_and_what_comes_next(cli: Cli, api: Api) -> None:
    cli.stack.tick()
    api.create(name="Hourly", cadence={"type": "cron", "expression": "0 * * * *"})
    holder = api.start(api.create(name="Holder", max_steps=9))
    api.start(api.create(name="Patient"), "?when_busy=queue")
    out = cli.ok("top")
    assert "main: 1 of 1 slots, 1 waiting" in out
    assert "Holder" in out and holder["id"] in out and "0/9" in out
    assert "Patient" in out and "5 min" in out
    assert "Hourly" in out and "1 h" in out
    assert "24 h: 0 succeeded, 0 failed, 0 skipped" in out


def test_an_idle_deployment_says_so(cli: Cli) -> None:
    out = cli.ok("top")
    assert "No slot is taken." in out and "Nothing is set to fire." in out


def test_it_looks_again_sooner_while_something_works(cli: Cli, api: Api) -> None:
    api.start(api.create())
    cli.naps.meanwhile.append(cli.stack.deliver)
    assert cli.ok("top", "--looks", "3").count("As of") == 3
    assert cli.naps.slept == [4.0, 15.0]
    cli.ok("top", "--looks", "2", "--every", "2")
    assert cli.naps.slept[-1] == 2.0


def test_what_is_wrong_is_told(cli: Cli, api: Api) -> None:
    failing = {"type": "function", "name": "drill", "params": {"seconds": 0, "ending": "fail"}}
    every_minute = {"type": "cron", "expression": "* * * * *"}
    api.create(name="Invoices", cadence=every_minute, target=failing, breaker={"failures": 1})
    cli.stack.run_for(70)
    cli.stack.advance(600)
    out = cli.ok("top", "--once")
    assert "Broken: Invoices" in out
    assert "The minute pass was last here" in out


def test_anothers_run_is_not_named(cli: Cli, api: Api) -> None:
    api.start(api.create(name="Mine alone"))
    out = cli.ok("top", BATON_TOKEN=cli.stack.token(tenant="other"))
    assert "another tenant's" in out and "Mine alone" not in out


def test_programs_get_the_overview_as_it_is(cli: Cli) -> None:
    assert cli.json("top")["pools"][0]["name"] == "main"

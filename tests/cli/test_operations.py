"""The deployment from the command line."""

from tests.api_client import Api
from tests.cli.conftest import Cli


def test_who_holds_the_slot(cli: Cli, api: Api) -> None:
    assert "No slot is taken." in cli.ok("slot")
    run = api.start(api.create(name="Holder"))
    out = cli.ok("slot")
    assert "Holder" in out and run["id"] in out and "1 slot, 0 waiting" in out


def test_anothers_run_is_not_named(cli: Cli, api: Api) -> None:
    api.start(api.create(name="Mine alone"))
    stranger = cli.stack.token(tenant="other")
    out = cli.ok("slot", BATON_TOKEN=stranger)
    assert "another tenant's" in out and "Mine alone" not in out


def test_health_is_an_exit_code(cli: Cli) -> None:
    cli.stack.tick()
    assert cli.run("health").exit_code == 0
    cli.stack.advance(3600)
    result = cli.run("health")
    assert result.exit_code == 1
    assert "Last tick 1 h ago" in result.stdout


def test_what_the_tenant_may_have_and_has(cli: Cli, api: Api) -> None:
    api.create()
    rows = {line.split()[0]: line.split()[1:] for line in cli.ok("limits").splitlines()[1:]}
    assert rows["schedules"] == ["1", "1000"]
    assert rows["definition_bytes"] == ["–", "65536"]
    assert cli.json("limits")["limits"]["forced_runs"] == {"limit": 2, "used": 0}


def test_the_jobs_there_are(cli: Cli) -> None:
    assert "drill" in cli.ok("jobs")
    assert any(job["name"] == "cleanup-logs" for job in cli.json("jobs")["items"])


def test_any_other_call(cli: Cli, api: Api) -> None:
    api.create()
    assert '"total": 1' in cli.ok("api", "get", "/v1/stats")
    made = cli.json("api", "PUT", "/v1/pressure/editor", "--data", '{"ttl_seconds": 60}')
    assert made["source"] == "editor"
    assert "Pressure from editor" in cli.ok("slot")
    assert cli.ok("api", "DELETE", "/v1/pressure/editor") == ""
    assert cli.run("api", "GET", "v1/stats").exit_code == 2
    assert cli.run("api", "PUT", "/v1/pressure/editor", "--data", "{").exit_code == 2


def test_a_token_is_made_used_listed_and_revoked(cli: Cli) -> None:
    admin = cli.stack.admin
    result = cli.run(
        "tokens", "create", "ci", "--scope", "viewer", "--days", "30", BATON_TOKEN=admin
    )
    secret = result.stdout.strip()
    assert secret not in result.stderr
    cli.ok("slot", BATON_TOKEN=secret)
    assert cli.run("tokens", "list", BATON_TOKEN=secret).exit_code == 5
    listed = cli.json("tokens", "list", BATON_TOKEN=admin)["items"]
    made = next(each for each in listed if each["name"] == "ci")
    assert made["scopes"] == ["viewer"]
    assert secret not in cli.ok("tokens", "list", BATON_TOKEN=admin)
    rotated = cli.run("tokens", "rotate", made["id"], "--overlap", "0", BATON_TOKEN=admin)
    assert cli.run("slot", BATON_TOKEN=secret).exit_code == 5
    secret = rotated.stdout.strip()
    cli.ok("slot", BATON_TOKEN=secret)
    cli.ok("tokens", "revoke", made["id"], "--cascade", "--yes", BATON_TOKEN=admin)
    assert cli.run("slot", BATON_TOKEN=secret).exit_code == 5


def test_a_secret_that_was_shown_before_is_told_to_be_lost(cli: Cli) -> None:
    args = ("tokens", "create", "ci", "--key", "once")
    assert cli.run(*args, BATON_TOKEN=cli.stack.admin).exit_code == 0
    result = cli.run(*args, BATON_TOKEN=cli.stack.admin)
    assert (result.exit_code, "shown then" in result.stderr) == (1, True)


def test_the_token_is_never_told(cli: Cli) -> None:
    for args in (("slot",), ("schedules", "get", "nope"), ("--help",)):
        assert cli.stack.operator not in cli.run(*args).output
    assert all(each.path.startswith("/") for each in cli.wire.sent)

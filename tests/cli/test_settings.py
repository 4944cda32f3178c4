"""Where Baton is and who asks."""

from pathlib import Path

import pytest

from baton_cli.connection import resolve
from baton_cli.exits import UsageProblem
from tests.cli.conftest import URL, Cli

PROFILES = """
profile = "work"
[profiles.work]
url = "https://work.test/api"
token_file = "work.token"
[profiles.home]
url = "https://home.test"
token = "home-token"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(PROFILES)
    (tmp_path / "work.token").write_text("work-token\n")
    for each in (path, tmp_path / "work.token"):
        each.chmod(0o600)
    return path


def test_the_profile_of_the_file_serves(config: Path) -> None:
    found = resolve(None, None, None, config)
    assert (found.url, found.token, found.warnings) == ("https://work.test/api", "work-token", ())


def test_a_profile_is_chosen_by_name(config: Path) -> None:
    assert resolve(None, None, "home", config).token == "home-token"


def test_flags_and_environment_come_before_the_profile(config: Path) -> None:
    found = resolve("https://other.test", "other-token", "home", config)
    assert (found.url, found.token) == ("https://other.test", "other-token")
    assert resolve(None, "other-token", "home", config).token == "other-token"


def test_a_profiles_token_goes_nowhere_else(config: Path) -> None:
    assert resolve("https://other.test", None, "home", config).token is None
    assert resolve("https://home.test", None, "home", config).token == "home-token"


def test_a_token_that_others_can_read_is_warned_of(config: Path) -> None:
    config.chmod(0o644)
    assert "chmod 600" in resolve(None, None, "home", config).warnings[0]


def test_an_open_way_is_warned_of_unless_it_is_this_machine(config: Path) -> None:
    assert "unencrypted" in resolve("http://far.test", "t", None, config).warnings[0]
    for near in ("localhost:4566", "x.execute-api.localhost:4566/api", "127.0.0.1", "[::1]"):
        assert resolve(f"http://{near}", "t", None, config).warnings == ()


@pytest.mark.parametrize(
    "url", ["ftp://x", "work.test", "https://", "https://x/?a=b", "https://u:p@x", "https://x:y"]
)
def test_what_is_no_url_is_refused(url: str, config: Path) -> None:
    with pytest.raises(UsageProblem):
        resolve(url, "t", None, config)


@pytest.mark.parametrize(
    "text", ["[profiles.work]\nurll = 'x'", "[profiles.work]\nurl = 1", "nonsense", "profiles = 1"]
)
def test_a_file_that_cannot_be_meant_is_refused(text: str, config: Path) -> None:
    config.write_text(text)
    with pytest.raises(UsageProblem):
        resolve(None, None, "work", config)


def test_a_token_cut_in_half_is_refused_before_it_is_sent(config: Path) -> None:
    with pytest.raises(UsageProblem):
        resolve("https://x.test", "two\nlines", None, config)


def test_without_a_place_the_command_says_how_to_name_one(cli: Cli) -> None:
    result = cli.run("slot", BATON_URL=None)
    assert result.exit_code == 2
    assert "BATON_URL" in result.stderr


def test_an_unknown_profile_is_misuse(cli: Cli) -> None:
    assert cli.run("--profile", "nope", "slot", BATON_URL=None).exit_code == 2


def test_the_url_may_end_as_people_paste_it(cli: Cli) -> None:
    for end in ("/", "/v1", "/v1/"):
        cli.ok("slot", BATON_URL=URL + end)


def test_a_wrong_token_has_its_own_exit_code_and_is_not_repeated(cli: Cli) -> None:
    for token in ("wrong-token", None):
        result = cli.run("slot", BATON_TOKEN=token)
        assert result.exit_code == 5
        assert "wrong-token" not in result.output


def test_a_missing_scope_is_not_allowed(cli: Cli) -> None:
    result = cli.run("schedules", "create", "--name", "x", BATON_TOKEN=cli.stack.viewer)
    assert result.exit_code == 5


def test_help_needs_no_place(cli: Cli) -> None:
    assert "Exit codes" in cli.ok("--help", BATON_URL=None)
    assert "SCHEDULE" in cli.ok("run-now", "--help", BATON_URL=None)


def test_json_may_stand_before_or_after_the_command(cli: Cli) -> None:
    assert cli.ok("--json", "slot") == cli.ok("slot", "--json")

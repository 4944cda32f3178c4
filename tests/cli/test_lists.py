"""How much of a list is read."""

import pytest

from tests.api_client import Api
from tests.cli.conftest import Cli


@pytest.fixture(autouse=True)
def five(api: Api) -> None:
    for number in range(5):
        api.create(name=f"Number {number}")


def test_a_list_ends_where_it_was_told_to(cli: Cli) -> None:
    result = cli.run("schedules", "list", "--limit", "2")
    assert "Number 4" in result.stdout and "Number 2" not in result.stdout
    assert "There are more" in result.stderr


def test_a_list_goes_on_from_its_cursor(cli: Cli) -> None:
    first = cli.json("schedules", "list", "--limit", "2")
    rest = cli.json("schedules", "list", "--cursor", first["next_cursor"])
    names = [one["name"] for one in first["items"] + rest["items"]]
    assert names == [f"Number {number}" for number in (4, 3, 2, 1, 0)]
    assert rest["next_cursor"] is None


def test_more_than_a_page_follows_the_cursors(cli: Cli, api: Api) -> None:
    for number in range(5, 203):
        api.create(name=f"Number {number}")
    found = cli.json("schedules", "list", "--all")
    assert [one["name"] for one in found["items"]] == [f"Number {n}" for n in range(202, -1, -1)]
    assert len(cli.wire.sent) == 2
    limited = cli.json("schedules", "list", "--limit", "202")
    assert limited["items"] == found["items"][:202]
    assert limited["next_cursor"] is not None


def test_a_damaged_cursor_is_refused(cli: Cli) -> None:
    result = cli.run("schedules", "list", "--cursor", "nonsense")
    assert (result.exit_code, "bad_cursor" in result.stderr) == (1, True)


def test_an_empty_list_says_so(cli: Cli) -> None:
    assert cli.ok("schedules", "list", "--search", "nothing like it").strip() == "None."

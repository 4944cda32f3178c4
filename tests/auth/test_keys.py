"""The issuer's keys are kept, fetched seldom, and stay in use for hours while it is away."""

from datetime import datetime
from typing import Any

import pytest

from chalicelib.domain.errors import BatonError, Unverifiable
from chalicelib.oidc.keys import Keys
from tests.builders import NOON, after

HOUR = 3600


class Issuer:
    """Publishes key ids; away while `keys` is None."""

    def __init__(self, *keys: str) -> None:
        self.keys: tuple[str, ...] | None = keys
        self.fetches = 0

    def __call__(self) -> list[dict[str, Any]]:
        self.fetches += 1
        if self.keys is None:
            raise BatonError("away")
        return [{"kid": key} for key in self.keys]


def found(keys: Keys, key_id: str | None, now: datetime) -> list[str]:
    return [key["kid"] for key in keys.find(key_id, now)]


def test_keys_are_fetched_once_an_hour() -> None:
    issuer = Issuer("one")
    keys = Keys(issuer)
    for seconds in (0, 1, HOUR - 1):
        assert found(keys, "one", after(seconds)) == ["one"]
    assert issuer.fetches == 1
    assert found(keys, "one", after(HOUR)) == ["one"]
    assert issuer.fetches == 2


def test_keys_are_fetched_when_a_new_one_is_first_seen() -> None:
    issuer = Issuer("old")
    keys = Keys(issuer)
    keys.find("old", NOON)
    issuer.keys = ("old", "new")
    assert found(keys, "new", after(30)) == ["new"]
    assert found(keys, "old", after(31)) == ["old"]
    assert issuer.fetches == 2


def test_a_key_that_was_withdrawn_is_taken_no_longer_after_an_hour() -> None:
    issuer = Issuer("old")
    keys = Keys(issuer)
    keys.find("old", NOON)
    issuer.keys = ("new",)
    assert found(keys, "old", after(HOUR - 1)) == ["old"]
    assert found(keys, "old", after(HOUR)) == []


def test_unknown_keys_do_not_hammer_the_issuer() -> None:
    issuer = Issuer("one")
    keys = Keys(issuer)
    for seconds in range(90):
        assert found(keys, f"made-up-{seconds}", after(seconds)) == []
    assert issuer.fetches == 3


def test_an_issuer_that_is_away_is_not_hammered_either() -> None:
    issuer = Issuer()
    issuer.keys = None
    keys = Keys(issuer)
    for seconds in range(90):
        with pytest.raises(Unverifiable):
            keys.find("one", after(seconds))
    assert issuer.fetches == 3


def test_kept_keys_serve_on_for_twelve_hours_without_their_issuer() -> None:
    issuer = Issuer("one")
    keys = Keys(issuer)
    keys.find("one", NOON)
    issuer.keys = None
    assert found(keys, "one", after(12 * HOUR - 1)) == ["one"]
    with pytest.raises(Unverifiable):
        keys.find("one", after(12 * HOUR))


def test_a_key_that_may_be_new_cannot_be_judged_while_the_issuer_is_away() -> None:
    issuer = Issuer("one")
    keys = Keys(issuer)
    keys.find("one", NOON)
    issuer.keys = None
    with pytest.raises(Unverifiable):
        keys.find("new", after(30))
    issuer.keys = ("one",)
    assert found(keys, "new", after(60)) == []


def test_keys_are_fresh_again_once_the_issuer_is_back() -> None:
    issuer = Issuer("one")
    keys = Keys(issuer)
    keys.find("one", NOON)
    issuer.keys = None
    keys.find("one", after(HOUR))
    issuer.keys = ("two",)
    assert found(keys, "two", after(HOUR + 30)) == ["two"]
    assert found(keys, "two", after(2 * HOUR)) == ["two"]
    assert issuer.fetches == 3


@pytest.mark.parametrize(("published", "names"), [(("one",), ["one"]), (("one", "two"), [])])
def test_a_token_without_a_key_id_is_of_the_only_key_there_is(
    published: tuple[str, ...], names: list[str]
) -> None:
    assert found(Keys(Issuer(*published)), None, NOON) == names


def test_keys_of_the_same_id_are_all_found() -> None:
    assert found(Keys(Issuer("one", "two", "one")), "one", NOON) == ["one", "one"]

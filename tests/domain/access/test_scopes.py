"""Each scope includes the ones before it."""

import pytest

from chalicelib.domain.access.scopes import SCOPES, highest, includes


def test_a_scope_includes_itself_and_all_before_it() -> None:
    held = {scope: [other for other in SCOPES if includes(scope, other)] for scope in SCOPES}
    assert held == {
        "viewer": ["viewer"],
        "operator": ["viewer", "operator"],
        "admin": ["viewer", "operator", "admin"],
        "owner": ["viewer", "operator", "admin", "owner"],
    }


@pytest.mark.parametrize("held", ["", "run", "Owner", "own"])
def test_what_is_no_scope_includes_nothing(held: str) -> None:
    assert not any(includes(held, scope) for scope in SCOPES)


@pytest.mark.parametrize(
    ("scopes", "found"),
    [
        (["admin", "viewer"], "admin"),
        (["viewer", "operator", "unheard-of"], "operator"),
        (["unheard-of"], ""),
        ([], ""),
    ],
)
def test_the_highest_of_several_counts(scopes: list[str], found: str) -> None:
    assert highest(scopes) == found

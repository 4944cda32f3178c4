"""A token is verified by what is stored now, and not by an older copy."""

from chalicelib.store import token_table
from tests.builders import NOON
from tests.store.engines import Line


def test_a_token_is_read_consistently(line: Line) -> None:
    _, bearer = token_table.issue("acme", "ci", ["viewer"], NOON)
    line.requests.clear()
    assert token_table.verify(bearer, NOON) is not None
    ((operation, request),) = line.requests
    assert (operation, request["ConsistentRead"]) == ("GetItem", True)

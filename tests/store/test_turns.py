"""The last ranks of tenants: what keeps them taking turns."""

from chalicelib.store import rank_items
from tests.builders import NOON, after
from tests.store.engines import Line


def test_a_tenant_that_never_queued_has_no_ranks() -> None:
    assert rank_items.last_ranks("acme") == {}


def test_ranks_come_back_priority_by_priority() -> None:
    rank_items.keep("acme", {0: NOON, 5: after(0.5), 9: after(60)})
    assert rank_items.last_ranks("acme") == {0: NOON, 5: after(0.5), 9: after(60)}


def test_the_last_ranks_count() -> None:
    rank_items.keep("acme", {5: NOON})
    rank_items.keep("acme", {5: after(60)})
    assert rank_items.last_ranks("acme") == {5: after(60)}


def test_every_tenant_has_its_own() -> None:
    rank_items.keep("acme", {5: NOON})
    assert rank_items.last_ranks("umbrella") == {}


def test_the_ranks_are_read_as_they_are_now(line: Line) -> None:
    """A rank that another pass gave out a moment ago counts."""
    rank_items.last_ranks("acme")
    ((name, request),) = line.requests
    assert (name, request["ConsistentRead"]) == ("GetItem", True)

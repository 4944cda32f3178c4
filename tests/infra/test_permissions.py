"""Stacks notice what a function asks for and its policy does not grant."""

import pytest

from chalicelib.store import run_table
from tests import permissions
from tests.harness import Stack


def test_what_no_policy_grants_is_named_at_the_end_of_the_stack() -> None:
    denied = pytest.raises(AssertionError, match=r"\('daily', 'GetItem', 'RunsTable'\)")
    with denied, Stack() as stack, stack._as_function("daily"):
        assert run_table.find("default", "a-run") is None


def test_what_a_test_itself_asks_for_needs_no_policy() -> None:
    with Stack() as stack:
        assert run_table.find("default", "a-run") is None
        with stack._as_function("runner"):
            assert run_table.find("default", "a-run") is None


@pytest.mark.parametrize(
    ("operation", "params", "needs"),
    [
        ("GetItem", {"TableName": "baton-run-log"}, {("GetItem", "RunLogTable")}),
        (
            "Query",
            {"body": '{"TableName": "baton-runs", "IndexName": "waiting"}'},
            {("Query", "RunsTable/index/waiting")},
        ),
        ("BatchGetItem", {"RequestItems": {"baton-runs": {}}}, {("BatchGetItem", "RunsTable")}),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "baton-runs"}},
                    {"ConditionCheck": {"TableName": "baton-control"}},
                ]
            },
            {("PutItem", "RunsTable"), ("ConditionCheckItem", "ControlTable")},
        ),
    ],
)
def test_a_request_needs_an_action_on_each_of_its_tables(
    operation: str, params: dict[str, object], needs: set[permissions.Permission]
) -> None:
    assert set(permissions.needed(operation, params)) == needs

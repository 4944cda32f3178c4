"""Roles allow what is asked for, and nothing that nobody asks for."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests import permissions
from tests.harness import Stack
from tests.infra.flows import FLOWS
from tests.permissions import ROLES, Right
from tests.simulation.simulate import simulate

# The flows and histories are run once, by one worker of pytest-xdist.
pytestmark = pytest.mark.xdist_group("rights")

HISTORIES: Final = 30
_POLLER: Final = "Lambda itself polls, by the function's role"
#: Function and action → why no function asks for that although its role allows it.
NOT_ASKED_FOR: Final = {
    **{
        (function, f"sqs:{action}"): _POLLER
        for function in ("runner", "wake")
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
    },
    **{
        ("outgoing", f"dynamodb:{action}"): _POLLER
        for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    },
    **{
        (function, f"logs:{action}"): "Lambda itself keeps what a function prints"
        for function in ROLES
        for action in ("CreateLogStream", "PutLogEvents")
    },
}

Asked = set[tuple[str, Right]]


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    """What each function asked of AWS in all flows and in some histories."""
    everything: Asked = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BATON_TESTS_ENGINE", "memory")
        for flow in FLOWS:
            with Stack() as stack:
                flow(stack)
            everything |= stack.asked
        for seed in range(HISTORIES):
            everything |= simulate(seed).asked
        yield everything


def of(function: str, asked: Asked) -> set[Right]:
    return {right for each, right in asked if each == function}


@pytest.mark.parametrize("function", ROLES)
def test_a_role_allows_what_its_function_asks_for(function: str, asked: Asked) -> None:
    assert of(function, asked)
    assert permissions.missing(function, of(function, asked)) == set()


@pytest.mark.parametrize("function", ROLES)
def test_a_role_allows_nothing_that_nobody_asks_for(function: str, asked: Asked) -> None:
    idle = permissions.unused(function, of(function, asked))
    reasons = {action for each, action in NOT_ASKED_FOR if each == function}
    assert {right for right in idle if right.action not in reasons} == set()
    assert {right.action for right in idle} == reasons, "a reason is out of date"


@pytest.mark.parametrize("function", ROLES)
def test_one_right_more_is_noticed(function: str, asked: Asked) -> None:
    role = permissions.role(function)
    more = Right("dynamodb:Scan", "arn:aws:dynamodb:us-east-1:123456789012:table/baton-runs")
    wider = role._replace(granted=role.granted | {more})
    assert more in permissions.not_needed(wider, of(function, asked))


@pytest.mark.parametrize("function", ROLES)
def test_each_right_less_is_noticed(function: str, asked: Asked) -> None:
    role = permissions.role(function)
    for right in role.granted:
        if (function, right.action) not in NOT_ASKED_FOR:
            narrower = role._replace(granted=role.granted - {right})
            assert not all(map(narrower.allows, of(function, asked))), right


# Secrets: seen by the API, read by the runner, and the deployment's own by neither


def reads(store: str, name: str) -> list[Right]:
    """All that shows a secret's value, or that it is there."""
    operations: dict[str, dict[str, Any]] = {
        "ssm": {
            "GetParameter": {"Name": f"/baton/secrets/{name}"},
            "ListTagsForResource": {"ResourceId": f"/baton/secrets/{name}"},
        },
        "secrets-manager": {
            "GetSecretValue": {"SecretId": f"baton/secrets/{name}"},
            "DescribeSecret": {"SecretId": f"baton/secrets/{name}"},
        },
    }
    return [
        right
        for operation, params in operations[store].items()
        for right in permissions.needed(store, operation, params)
    ]


@pytest.mark.parametrize("store", ["ssm", "secrets-manager"])
@pytest.mark.parametrize(
    ("function", "name", "may_read", "may_look"),
    [
        ("api", "acme/crm", False, True),
        ("runner", "acme/crm", True, False),
        ("outgoing", "acme/crm", False, False),
        ("api", "_deployment/notifications", False, False),
        ("runner", "_deployment/notifications", False, False),
        ("outgoing", "_deployment/notifications", True, False),
        ("outgoing", "_deployment/another", False, False),
        ("tick", "acme/crm", False, False),
    ],
)
def test_who_may_read_a_secret_and_who_may_look_for_it(
    store: str, function: str, name: str, may_read: bool, may_look: bool
) -> None:
    assert [permissions.allows(function, right) for right in reads(store, name)] == [
        may_read,
        may_look,
    ]

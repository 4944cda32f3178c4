"""What makes a deployment's health a warning."""

from typing import Any

import pytest

from chalicelib.domain.outlook.health import HealthFigures, Level, TenantLoad, overall, warnings
from tests.builders import NOON, after


def figures(**changes: Any) -> HealthFigures:
    return HealthFigures(**{"now": NOON, "last_tick_at": after(-30), **changes})


def codes(**changes: Any) -> list[str]:
    return [reason.code for reason in warnings(figures(**changes))]


def load(pending: int) -> dict[str, TenantLoad]:
    return {"acme": TenantLoad(tenant_id="acme", pending=pending, running=1)}


def test_all_is_well_with_a_recent_tick() -> None:
    assert overall(figures(tenants=load(3), dead_letters={"run": 0})) is Level.OK


@pytest.mark.parametrize(("pending", "expected"), [(20, []), (21, ["many_pending"])])
def test_more_than_twenty_pending_of_a_tenant_are_a_warning(
    pending: int, expected: list[str]
) -> None:
    assert codes(tenants=load(pending)) == expected
    assert (load(pending)["acme"].level is Level.WARNING) is bool(expected)


def test_a_number_that_was_cut_is_said_to_be_a_least_one() -> None:
    cut = TenantLoad(tenant_id="acme", pending=5000, running=1, may_be_more=True)
    (reason,) = warnings(figures(tenants={"acme": cut}))
    assert reason.message == "At least 5000 runs of acme wait for a slot."
    (reason,) = warnings(figures(tenants=load(21)))
    assert reason.message == "21 runs of acme wait for a slot."


@pytest.mark.parametrize(("age", "expected"), [(180, []), (180.001, ["tick_late"])])
def test_a_tick_that_stays_away_is_a_warning(age: float, expected: list[str]) -> None:
    assert codes(last_tick_at=after(-age)) == expected


def test_no_tick_yet_is_one_only_when_something_is_overdue() -> None:
    assert codes(last_tick_at=None) == []
    assert codes(last_tick_at=None, overdue=True) == ["no_tick"]


def test_dead_letters_are_a_warning() -> None:
    (reason,) = warnings(figures(dead_letters={"run": 1, "wake": 2}))
    assert reason.code == "dead_letters"
    assert reason.message.startswith("3 messages")


def test_a_tick_of_a_clock_that_is_ahead_has_no_age() -> None:
    age = figures(last_tick_at=after(2)).tick_age
    assert age is not None
    assert age.total_seconds() == 0

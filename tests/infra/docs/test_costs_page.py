"""The page about costs is as what is counted and priced has it."""

import pytest

from bench import costs


def test_the_page_is_up_to_date() -> None:
    stored = costs.PAGE.read_text(encoding="utf-8")
    assert stored == costs.page(), "it is written by: python -m bench.costs"


def test_what_is_counted_is_what_the_engine_is_held_to() -> None:
    count = costs.counted()
    assert (count.tick_requests, count.tick.writes, count.run.writes) == (12, 1, 16)


@pytest.mark.parametrize("calls_back", [False, True])
def test_more_runs_cost_more_and_none_cost_what_is_idle(calls_back: bool) -> None:
    bills = [sum(costs.dollars(costs.month(n, calls_back=calls_back)).values()) for n in (0, 1, 9)]
    assert bills == sorted(bills)
    assert bills[0] == sum(costs.dollars(costs.month(0)).values())


def test_a_run_that_calls_back_is_not_paid_for_waiting() -> None:
    waits, calls = costs.month(100), costs.month(100, calls_back=True)
    assert waits.waiting == 100 * costs.HOURS * costs.JOB * costs.gigabytes_of("RunnerMemory")
    assert (calls.waiting, waits.api_requests) == (0, 0)
    assert calls.api_requests == 100 * costs.HOURS * (costs.HEARTBEATS + 1)


def test_allowances_are_taken_off_each_once_and_never_below_nothing() -> None:
    idle = costs.month(0)
    assert 0 < costs.with_allowances(idle) < sum(costs.dollars(idle).values())
    nothing = costs.Month()
    assert costs.with_allowances(nothing) == 0


def test_an_open_dashboard_costs_about_a_dollar_and_reads_little() -> None:
    assert costs.look_reads("/v1/overview") <= 10
    assert sum(costs.dollars(costs.tab()).values()) < 1.5

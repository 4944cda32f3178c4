"""What a target's calls do to its run, and which word counts when several could."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.runs import reports, transitions
from chalicelib.domain.runs.reports import Report, ReportedEnd
from chalicelib.domain.runs.run import FailureReason, Run, RunStatus, Totals
from chalicelib.domain.runs.transitions import IllegalTransition
from tests.builders import a_run_that_is, after

#: `a_run_that_is` starts runs two seconds after noon.
HOUR = timedelta(hours=1)


def asked(**changes: Any) -> Run:
    """A run whose target was asked, with an hour to work and a lease of 120 s."""
    running = a_run_that_is(RunStatus.RUNNING, **{"lease_seconds": 120, **changes})
    return transitions.await_callback(running, "hash", HOUR, after(2))


def test_a_claim_adds_its_hash_to_those_before() -> None:
    run = asked(callback_hashes={"0": "older"})
    assert run.callback_hashes == {"0": "older", "1": "hash"}
    assert (run.deadline_at, run.lease_expires_at) == (after(3602), after(122))
    assert run.calls_back


@pytest.mark.parametrize(("at", "until"), [(100, 220), (3482, 3602), (3483, 3602), (3600, 3602)])
def test_a_lease_never_outlasts_the_deadline(at: float, until: float) -> None:
    assert transitions.renew(asked(), after(at)).lease_expires_at == after(until)


@pytest.mark.parametrize("status", [RunStatus.QUEUED, RunStatus.CLAIMED, RunStatus.SUCCEEDED])
def test_only_a_running_run_is_renewed_or_condemned(status: RunStatus) -> None:
    run = a_run_that_is(status)
    with pytest.raises(IllegalTransition):
        transitions.renew(run, after(3))
    with pytest.raises(IllegalTransition):
        transitions.condemn(run, FailureReason.TIMEOUT, after(3))


def test_what_ends_or_starts_anew_has_no_deadline_and_no_verdict() -> None:
    run = transitions.condemn(asked(), FailureReason.TIMEOUT, after(5))
    ends = [
        transitions.succeed(run, after(6)),
        transitions.retry_later(run, FailureReason.ERROR, "", after(9), after(5)),
    ]
    assert [(end.deadline_at, end.verdict) for end in ends] == [(None, None)] * 2
    assert {"1": "hash"} == ends[0].callback_hashes == ends[1].callback_hashes


@pytest.mark.parametrize(
    ("changes", "at", "reason"),
    [
        ({}, 100, None),
        ({"max_steps": 5, "steps": 5}, 100, None),
        ({"max_steps": 5, "steps": 6}, 100, "budget_exceeded"),
        ({}, 3601.999, None),
        ({}, 3602, "timeout"),
        ({"cancel_requested_at": after(9)}, 100, "cancelled"),
        ({"max_steps": 5, "steps": 6}, 3602, "budget_exceeded"),
        ({"cancel_requested_at": after(9), "max_steps": 5, "steps": 6}, 3602, "cancelled"),
    ],
)
def test_why_a_target_is_to_stop(changes: dict[str, Any], at: float, reason: str | None) -> None:
    run = asked(**changes)
    assert reports.reason_to_stop(run, after(at)) == reason
    heard = reports.after_heartbeat(run, Report(), 0, after(at))
    assert heard.heard_at == after(at)
    renewed = transitions.renew(run, after(at)).lease_expires_at
    assert heard.lease_expires_at == (renewed if reason is None else run.lease_expires_at)


def test_a_report_keeps_what_it_does_not_tell() -> None:
    told = Report(steps=4, progress={"done": 1, "total": 2}, totals=Totals(1), summary="so far")
    run = reports.with_report(asked(), told)
    assert reports.with_report(run, Report(steps=2)) == run
    assert reports.with_report(run, Report(summary="")).summary == ""


@pytest.mark.parametrize(
    ("changes", "verdict", "ended"),
    [
        ({}, ReportedEnd(), (None, None, False)),
        (
            {"totals": Totals(errors=2)},
            ReportedEnd(),
            ("item_errors", "It ended with errors in 2 items.", False),
        ),
        (
            {"totals": Totals(errors=2)},
            ReportedEnd(reason=FailureReason.ERROR, message="m"),
            ("error", "m", False),
        ),
        (
            {"max_steps": 1, "steps": 2},
            ReportedEnd(reason=FailureReason.ERROR),
            ("budget_exceeded", "The step budget of 1 is used up.", False),
        ),
        ({"cancel_requested_at": after(9)}, ReportedEnd(), (None, None, True)),
    ],
)
def test_how_it_ends(changes: dict[str, Any], verdict: ReportedEnd, ended: tuple[Any, ...]) -> None:
    outcome = reports.outcome_of_end(asked(**changes), Report(), verdict, after(50))
    assert (outcome.reason, outcome.message, outcome.cancelled) == ended


@pytest.mark.parametrize(
    ("run", "reason", "message"),
    [
        (asked(), "lease_expired", "Its target fell silent: no heartbeat within 120 s."),
        (transitions.renew(asked(), after(3500)), "timeout", "It took longer than 3600 s."),
        (asked(max_steps=1, steps=2), "budget_exceeded", "The step budget of 1 is used up."),
        (
            a_run_that_is(RunStatus.RUNNING),
            "lease_expired",
            "Its runner fell silent: no heartbeat within 1200 s.",
        ),
        (
            transitions.condemn(a_run_that_is(RunStatus.RUNNING), FailureReason.TIMEOUT, after(9)),
            "timeout",
            "It was stopped (timeout) and did not end by itself; its process was ended.",
        ),
    ],
)
def test_why_it_fell_silent(run: Run, reason: str, message: str) -> None:
    outcome = reports.outcome_of_silence(run)
    assert (outcome.reason, outcome.message, outcome.cancelled) == (reason, message, False)


def test_a_cancelled_run_that_fell_silent_is_cancelled() -> None:
    assert reports.outcome_of_silence(asked(cancel_requested_at=after(9))).cancelled

"""How long records are kept."""

from datetime import timedelta

import pytest

from chalicelib.domain.deployment import retention
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.runs.run import FINAL, RunStatus
from tests.builders import NOON, a_run_that_is, after


@pytest.mark.parametrize("status", sorted(FINAL))
def test_a_final_run_is_removed_after_the_days_that_were_set(status: RunStatus) -> None:
    kept = retention.keep(a_run_that_is(status), Settings(run_days=7), NOON)
    assert kept.expires_at == NOON + timedelta(days=7)


@pytest.mark.parametrize("status", sorted(set(RunStatus) - FINAL))
def test_a_run_that_has_not_ended_is_never_removed(status: RunStatus) -> None:
    run = a_run_that_is(status)
    assert retention.keep(run, Settings(), NOON) is run


def test_removal_is_set_in_whole_seconds_as_storage_wants_it() -> None:
    ended = a_run_that_is(RunStatus.FAILED)
    kept = retention.keep(ended, Settings(run_days=1), after(0.999))
    assert kept.expires_at == NOON + timedelta(days=1)
    assert retention.log_lines_until(Settings(run_days=1), after(0.999)) == kept.expires_at


def test_log_lines_stay_as_long_as_their_run_and_not_the_days_of_logs() -> None:
    settings = Settings(run_days=90, log_days=30)
    assert retention.log_lines_until(settings, NOON) == NOON + timedelta(days=90)

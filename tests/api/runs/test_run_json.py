"""A run is shown by the fields that the API describes, and nothing else of it is."""

from dataclasses import dataclass, fields

from chalicelib.api.resources.views import run_json
from chalicelib.api.schemas.run_schemas import RunOut
from chalicelib.domain.runs.run import Run
from tests import builders

#: What of a run stays with Baton.
KEPT_BACK = {
    "counted_as",
    "place",
    "tenant_id",
    "token",
    "started_by",
    "payload",
    "checkpoint",
    "expires_at",
    "unstarted_claims",
    "lease_seconds",
    "callback_hashes",
    "verdict",
    "log_lines",
    "behind",
    "behind_others",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOfTomorrow(Run):
    """A run with a field that was added later."""

    added_later: str = "for Baton alone"


def test_a_field_that_is_added_to_runs_is_not_shown_by_itself() -> None:
    run = builders.a_run()
    tomorrow = RunOfTomorrow(**{field.name: getattr(run, field.name) for field in fields(run)})
    assert run_json(tomorrow) == run_json(run)
    assert "for Baton alone" not in run_json(tomorrow).values()


def test_what_is_shown_is_what_is_described() -> None:
    assert set(run_json(builders.a_run())) == set(RunOut.__annotations__)


def test_what_is_not_shown_is_what_is_meant_not_to_be() -> None:
    shown = {"run_id", *RunOut.__annotations__}
    assert {field.name for field in fields(Run)} - shown == KEPT_BACK

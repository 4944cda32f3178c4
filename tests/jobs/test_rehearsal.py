"""A job can be tried out in a test of its own, without a deployment."""

import pytest
from pydantic import BaseModel, ValidationError

from chalicelib.domain.runs.run import Totals
from chalicelib.jobs.context import JobContext
from chalicelib.jobs.drill import drill
from chalicelib.jobs.registry import job
from chalicelib.jobs.rehearsal import rehearse
from chalicelib.jobs.stops import BudgetExceeded, Cancelled


class PageParams(BaseModel):
    pages: int


@job("read-pages", params=PageParams)
def read_pages(context: JobContext, params: PageParams) -> None:
    """Reads pages."""
    for page in range(params.pages):
        context.step()
        context.log("read", page=page)
        context.totals.processed += 1
        context.progress(page + 1, params.pages)
    context.summary = "all read"


def test_it_shows_what_a_job_logged_counted_and_said() -> None:
    done = rehearse(read_pages, {"pages": 2})
    assert done.log == [("info", "read", {"page": 0}), ("info", "read", {"page": 1})]
    assert (done.totals, done.steps, done.summary) == (Totals(processed=2), 2, "all read")
    assert done.progress == {"done": 2, "total": 2}


def test_time_passes_only_where_the_job_sleeps() -> None:
    assert rehearse(drill, {"steps": 2, "seconds": 600}).summary == "2 steps in 600 s"


def test_parameters_are_checked_as_they_will_be() -> None:
    with pytest.raises(ValidationError):
        rehearse(read_pages, {"pages": "many"})


def test_a_budget_stops_the_job() -> None:
    with pytest.raises(BudgetExceeded):
        rehearse(read_pages, {"pages": 3}, max_steps=2)


def test_a_job_can_be_cancelled_in_the_middle() -> None:
    with pytest.raises(Cancelled):
        rehearse(read_pages, {"pages": 3}, cancel_after_steps=1)

"""What can be a job: a function that does its work when it is called."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

import pytest

from chalicelib.jobs.context import JobContext
from chalicelib.jobs.registry import JobFunction, Registry, job


async def coroutine(_context: JobContext, _params: Any) -> None:
    raise AssertionError


def generator(_context: JobContext, _params: Any) -> Iterator[None]:
    yield None


async def async_generator(_context: JobContext, _params: Any) -> AsyncIterator[None]:
    yield None


@pytest.mark.parametrize("function", [coroutine, generator, async_generator, partial(coroutine)])
def test_what_only_prepares_its_work_is_refused(function: JobFunction) -> None:
    with pytest.raises(TypeError, match="'crawl' has to do its work when it is called"):
        job("crawl")(function)
    with pytest.raises(TypeError, match="'crawl' has to do its work"):
        Registry().add("crawl", function)


def test_any_other_callable_is_a_job() -> None:
    made = job("count")(partial(lambda start, _context, _params: start, 7))
    assert made(None, {}) == 7  # type: ignore[arg-type]

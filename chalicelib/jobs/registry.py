"""The registry: functions by name, each with a model of its parameters."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.domain.errors import BatonError
from chalicelib.jobs.context import JobContext

if TYPE_CHECKING:
    from pydantic import BaseModel

JobFunction = Callable[[JobContext, Any], object]
#: Says what is ready, in a sentence; raises, with a sentence, if something is not.
ReadinessCheck = Callable[[Any], str]


class UnknownJob(BatonError):
    """No function of this name is registered."""

    message = "No function of this name is registered."


@dataclass(frozen=True, slots=True)
class Job:
    """A registered function; calling the job calls it. Without a `params` model it gets a dict.

    `check` is given the parameters and looks whether what the job needs is there.
    """

    name: str
    function: JobFunction
    description: str
    params: "type[BaseModel] | None" = None
    check: ReadinessCheck | None = None

    def __call__(self, context: JobContext, params: Any) -> object:
        return self.function(context, params)

    def parse(self, params: Mapping[str, Any]) -> Any:
        """The parameters as the function wants them. Raises `pydantic.ValidationError`."""
        return dict(params) if self.params is None else self.params.model_validate(dict(params))


def job(
    name: str,
    params: "type[BaseModel] | None" = None,
    check: ReadinessCheck | None = None,
) -> Callable[[JobFunction], Job]:
    """Make the decorated function a job; its docstring's first line describes it to people.

    Raises `TypeError` for one whose call does no work: a coroutine function or a generator.
    """

    def make(function: JobFunction) -> Job:
        if _only_prepares(function):
            raise TypeError(
                f"the job {name!r} has to do its work when it is called; a coroutine function or"
                " a generator does not: call asyncio.run(...) in an ordinary function"
            )
        described = (function.__doc__ or "").strip().partition("\n")[0]
        return Job(name, function, described, params, check)

    return make


def _only_prepares(function: JobFunction) -> bool:
    """Whether a call of it makes a coroutine or a generator, whose code nothing would run."""
    kinds = (
        inspect.iscoroutinefunction,
        inspect.isgeneratorfunction,
        inspect.isasyncgenfunction,
    )
    return any(is_one(function) for is_one in kinds)


class Registry:
    """Jobs by name. `discover` is asked for more, once, when somebody asks for an unknown one."""

    def __init__(self, discover: Callable[[], Iterable[Job]] = tuple) -> None:
        self._jobs: dict[str, Job] = {}
        self._discover: Callable[[], Iterable[Job]] | None = discover

    def add(
        self, name: str, function: JobFunction, params: "type[BaseModel] | None" = None
    ) -> None:
        """Register a function; a later one of the same name takes its place."""
        self.put(job(name, params)(function))

    def put(self, made: Job) -> None:
        """Register a job; a later one of the same name takes its place."""
        self._jobs[made.name] = made

    def get(self, name: str) -> Job:
        """The job of that name. Raises `UnknownJob` with the names there are."""
        if name not in self._jobs:
            self._look()
        try:
            return self._jobs[name]
        except KeyError:
            known = ", ".join(sorted(self._jobs)) or "none"
            raise UnknownJob(f"no function {name!r} is registered; there are: {known}") from None

    def all(self) -> list[Job]:
        """Every job, by name."""
        self._look()
        return [self._jobs[name] for name in sorted(self._jobs)]

    def _look(self) -> None:
        if self._discover is not None:
            discover, self._discover = self._discover, None
            self._jobs = {found.name: found for found in discover()} | self._jobs

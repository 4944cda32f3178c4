"""The registry: functions by name, each with a model of its parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.errors import BatonError
from chalicelib.jobs.context import JobContext

if TYPE_CHECKING:
    from pydantic import BaseModel

JobFunction = Callable[[JobContext, Any], object]


class UnknownJob(BatonError):
    """No function of this name is registered."""


@dataclass(frozen=True, slots=True)
class Job:
    """A registered function. Without a `params` model it gets a plain dict."""

    name: str
    function: JobFunction
    description: str
    params: "type[BaseModel] | None" = None

    def parse(self, params: Mapping[str, Any]) -> Any:
        """The parameters as the function wants them. Raises `pydantic.ValidationError`."""
        return dict(params) if self.params is None else self.params.model_validate(dict(params))


class Registry:
    """Jobs by name."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def job(
        self, name: str, params: "type[BaseModel] | None" = None
    ) -> Callable[[JobFunction], JobFunction]:
        """Register the decorated function; its docstring's first line describes it to people."""

        def register(function: JobFunction) -> JobFunction:
            self.add(name, function, params)
            return function

        return register

    def add(
        self, name: str, function: JobFunction, params: "type[BaseModel] | None" = None
    ) -> None:
        """Register a function; a later one of the same name takes its place."""
        described = (function.__doc__ or "").strip().partition("\n")[0]
        self._jobs[name] = Job(name, function, described, params)

    def get(self, name: str) -> Job:
        """The job of that name. Raises `UnknownJob` with the names there are."""
        try:
            return self._jobs[name]
        except KeyError:
            known = ", ".join(sorted(self._jobs)) or "none"
            raise UnknownJob(f"no function {name!r} is registered; there are: {known}") from None

    def all(self) -> list[Job]:
        """Every job, by name."""
        return [self._jobs[name] for name in sorted(self._jobs)]


def built_in() -> Registry:
    """A registry with the jobs Baton brings along."""
    from chalicelib.jobs import cleanup_logs, drill

    registry = Registry()
    cleanup_logs.register(registry)
    drill.register(registry)
    return registry

"""The environment variables of a stack's functions: whether AWS takes them, and Baton."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from chalicelib.domain.deployment.settings import ROOM_FOR_FORCED_RUNS
from chalicelib.platform import config, events
from infra.aws.expressions import Expressions, Template
from infra.aws.parameters import HIDDEN
from infra.template import of_type

#: All variables of a function together, in bytes as JSON: that is what Lambda measures.
LARGEST_ENVIRONMENT = 4096
_FUNCTION = "AWS::Serverless::Function"


def too_large(expressions: Expressions) -> Iterator[str]:
    """A sentence for each function whose variables are larger than Lambda takes."""
    for name, variables in _environments(expressions.template):
        size = len(_json(expressions.value(variables)))
        if size > LARGEST_ENVIRONMENT:
            yield (
                f"{name}: its environment would have {size} bytes; {LARGEST_ENVIRONMENT} are the"
                f" most. Most of it is {_largest(expressions, variables)}."
            )


def faults_that_baton_sees(expressions: Expressions, *, besides: str) -> list[str]:
    """The faults that functions would log about their configuration, to go on with a default.

    Parameters that the text `besides` names are left out: a fault of theirs was found already.
    """
    found = {
        fault: None
        for name, fault in _logged_faults(expressions)
        if not re.search(rf"\b{name}\b", besides)
    }
    return list(found)


def _logged_faults(expressions: Expressions) -> Iterator[tuple[str, str]]:
    """Pairs of a parameter and what is wrong with it."""
    for _, variables in _environments(expressions.template):
        environment = {name: str(expressions.value(each)) for name, each in variables.items()}
        with _warnings_logged() as logged:
            seen = config.from_environment(environment)
        least = seen.capacity + ROOM_FOR_FORCED_RUNS
        if seen.runner_concurrency < least:
            yield (
                "RunnerConcurrency",
                f"RunnerConcurrency: {seen.runner_concurrency} runners are too few for a Capacity"
                f" of {seen.capacity}; {least} are the least, as forced runs need some besides.",
            )
        for variable, expected in logged:
            for name in _parameters_in(variables.get(variable), expressions.template):
                value = expressions.parameter(name)
                if value != HIDDEN:
                    yield name, f"{name}: “{value}” is not taken; Baton expects {expected}."


@contextmanager
def _warnings_logged() -> Iterator[list[tuple[str, str]]]:
    """Collect, instead of printing, which variable is invalid and what is expected of it."""
    logged: list[tuple[str, str]] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            fields = getattr(record, "fields", {})
            logged.append((fields.get("variable", ""), fields.get("expected", "")))

    collector = Collector(logging.WARNING)
    propagated, events.logger.propagate = events.logger.propagate, False
    events.logger.addHandler(collector)
    try:
        yield logged
    finally:
        events.logger.removeHandler(collector)
        events.logger.propagate = propagated


def _parameters_in(expression: Any, template: Template) -> Iterator[str]:
    if isinstance(expression, list):
        for item in expression:
            yield from _parameters_in(item, template)
    elif isinstance(expression, Mapping):
        for name, item in expression.items():
            if name == "Ref" and item in template["Parameters"]:
                yield item
            yield from _parameters_in(item, template)


def _environments(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each function with its variables, as the template writes them."""
    common = template.get("Globals", {}).get("Function", {})
    for name, function in of_type(dict(template), _FUNCTION).items():
        yield name, {**_variables(common), **_variables(function)}


def _variables(function: Mapping[str, Any]) -> dict[str, Any]:
    variables: dict[str, Any] = function.get("Environment", {}).get("Variables", {})
    return variables


def _largest(expressions: Expressions, variables: Mapping[str, Any]) -> str:
    return max(variables, key=lambda name: len(_json(expressions.value(variables[name]))))


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

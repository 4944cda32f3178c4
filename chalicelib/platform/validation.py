"""From data to pydantic models, with every wrong field named by its path."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from chalicelib.domain.errors import FieldError, InvalidFields

M = TypeVar("M", bound=BaseModel)


def parse(model: type[M], data: Mapping[str, Any], context: Any = None) -> M:
    """The data as that model; its validators may look at the context.

    Raises `InvalidFields` with every wrong field's path. A validator that raises a `ValueError`
    with `field_errors` names the paths itself.
    """
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        raise InvalidFields(
            field_error
            for problem in error.errors(include_url=False, include_input=False)
            for field_error in _field_errors(data, problem)
        ) from error


def _field_errors(data: Mapping[str, Any], problem: Any) -> tuple[FieldError, ...]:
    found: tuple[FieldError, ...] | None
    found = getattr(problem.get("ctx", {}).get("error"), "field_errors", None)
    return found or (FieldError(_path(data, problem["loc"]), _message(problem)),)


def _path(data: Any, location: tuple[int | str, ...]) -> str:
    """The dotted path of a wrong field, without the names of union members pydantic puts in."""
    parts: list[str] = []
    for position, part in enumerate(location):
        if isinstance(data, Mapping) and part in data:
            data = data[part]
        elif isinstance(data, Mapping) and position < len(location) - 1:
            continue
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        parts.append(str(part))
    return ".".join(parts)


def _message(problem: Any) -> str:
    known = {
        "missing": "is required",
        "extra_forbidden": "is not a field that can be written here",
        "union_tag_not_found": "needs a type",
    }
    return known.get(problem["type"]) or str(problem["msg"]).removeprefix("Value error, ")

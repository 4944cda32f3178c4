"""From data to pydantic models, with every wrong field named by its path."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from chalicelib.domain.errors import FieldError, InvalidFields

M = TypeVar("M", bound=BaseModel)

_UNKNOWN = "extra_forbidden"
_MESSAGES = {
    "missing": "is required",
    _UNKNOWN: "is not a field that can be written here",
    "union_tag_not_found": "needs a type",
}


def parse(model: type[M], data: Mapping[str, Any], context: Any = None) -> M:
    """The data as that model; its validators may look at the context.

    Raises `InvalidFields` with every wrong field's path. A validator that raises a `ValueError`
    with `field_errors` names the paths itself.
    """
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        raise InvalidFields(_all_errors(model, data, context, problems)) from error


def _all_errors(
    model: type[BaseModel], data: Mapping[str, Any], context: Any, problems: list[Any]
) -> list[FieldError]:
    """What the problems say of the data, and what an unknown field among them has hidden.

    Pydantic does not go on to an object's validators if the object has an unknown field. So the
    data is read a second time without those.
    """
    unknown = [_keys(data, problem) for problem in problems if problem["type"] == _UNKNOWN]
    if not unknown:
        return [error for problem in problems for error in _field_errors(data, problem)]
    rest: Any = data
    for keys in unknown:
        rest = _without(rest, keys)
    errors = [FieldError(_path(keys), _MESSAGES[_UNKNOWN]) for keys in unknown]
    try:
        parse(model, rest, context)
    except InvalidFields as others:
        return [*others.errors, *errors]
    return errors


def _field_errors(data: Mapping[str, Any], problem: Any) -> tuple[FieldError, ...]:
    found: tuple[FieldError, ...] | None
    found = getattr(problem.get("ctx", {}).get("error"), "field_errors", None)
    return found or (FieldError(_path(_keys(data, problem)), _message(problem)),)


def _keys(data: Any, problem: Any) -> list[int | str]:
    """The keys that lead to a problem's place in the data.

    Pydantic puts the names of union members between them, which are left out here.
    """
    keys: list[int | str] = []
    *before, last = problem["loc"]
    for key in before:
        is_key = key in data if isinstance(data, Mapping) else isinstance(key, int)
        if is_key and not _is_tag(key, data, keys):
            keys.append(key)
            data = data[key]
    names_absent_field = problem["type"] == "missing"
    if names_absent_field or (isinstance(data, Mapping) and last in data) or isinstance(last, int):
        keys.append(last)
    return keys


def _is_tag(key: int | str, data: Any, keys: list[int | str]) -> bool:
    """Whether the key is the `type` of an object that stands for one of several models."""
    return bool(keys) and isinstance(data, Mapping) and data.get("type") == key


def _without(data: Any, keys: list[int | str]) -> Any:
    """The data without the field that these keys lead to."""
    key, *rest = keys
    if isinstance(data, list):
        return [_without(item, rest) if at == key else item for at, item in enumerate(data)]
    if rest:
        return {**data, key: _without(data[key], rest)}
    return {name: value for name, value in data.items() if name != key}


def _path(keys: list[int | str]) -> str:
    return ".".join(map(str, keys))


def _message(problem: Any) -> str:
    return _MESSAGES.get(problem["type"]) or str(problem["msg"]).removeprefix("Value error, ")

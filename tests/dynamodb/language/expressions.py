"""The expressions of a request, read once and kept by their text, checked for every request."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Generic, TypeVar

from tests.dynamodb.errors import invalid
from tests.dynamodb.language import condition_parser, update_parser
from tests.dynamodb.language.conditions import Condition
from tests.dynamodb.language.tokens import Check, Path, Scope, Tokens
from tests.dynamodb.language.updates import Update
from tests.dynamodb.values import taken_in_all

T = TypeVar("T")
Request = Mapping[str, Any]
_VALUES: Final = "ExpressionAttributeValues"
_NAMES: Final = "ExpressionAttributeNames"


@dataclass(frozen=True, slots=True, eq=False)
class Parsed(Generic[T]):
    """An expression, which placeholders it uses, and what is to be checked of their values.

    There is one of each text, so they are told apart by identity, which is quick.
    """

    root: T
    names: frozenset[str]
    values: frozenset[str]
    checks: tuple[Check, ...]


def root_of(parsed: Parsed[T] | None) -> T | None:
    """The expression itself."""
    return None if parsed is None else parsed.root


def condition_of(request: Request) -> Parsed[Condition] | None:
    """The condition a write carries."""
    return _condition("ConditionExpression", request)


def filter_of(request: Request) -> Parsed[Condition] | None:
    """What a query or scan leaves out."""
    return _condition("FilterExpression", request)


def key_condition_of(request: Request) -> Parsed[Condition]:
    """Which keys a query is after."""
    found = _condition("KeyConditionExpression", request)
    if found is None:
        raise invalid(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in "
            "the request."
        )
    return found


def update_of(request: Request) -> Parsed[Update] | None:
    """What an update changes; None if it only makes sure that the item exists."""
    text = request.get("UpdateExpression")
    return None if text is None else _read_update(text)


def projection_of(request: Request) -> Parsed[list[Path]] | None:
    """Which places of an item a read asks for."""
    text = request.get("ProjectionExpression")
    return None if text is None else _read_projection(text)


def scope_of(request: Request, *expressions: Parsed[Any] | None) -> Scope:
    """The request's names and values, which must be those that its expressions use."""
    used = _together(expressions)
    names, values = request.get(_NAMES), request.get(_VALUES)
    if used.names or names is not None:
        _compare(_NAMES, "name used in the document path", used.names, names)
    if used.values or values is not None:
        _compare(_VALUES, "value used in expression", used.values, values)
    scope = Scope(names or {}, taken_in_all(values) if values else {})
    for check in used.checks:
        check(scope)
    return scope


@cache
def _together(expressions: tuple[Parsed[Any] | None, ...]) -> Parsed[None]:
    """What several expressions use and check between them."""
    given = [expression for expression in expressions if expression is not None]
    return Parsed(
        None,
        frozenset(name for expression in given for name in expression.names),
        frozenset(name for expression in given for name in expression.values),
        tuple(check for expression in given for check in expression.checks),
    )


def _compare(what: str, use: str, used: frozenset[str], given: Mapping[str, Any] | None) -> None:
    known: Set[str] = given.keys() if given is not None else frozenset()
    if known == used and known:
        return
    if given is not None and not given:
        raise invalid(f"{what} must not be empty")
    if missing := used - known:
        kind = use.partition(" ")[0]
        raise invalid(
            f"An expression attribute {use} is not defined; attribute {kind}: {min(missing)}"
        )
    if unused := known - used:
        raise invalid(f"Value provided in {what} unused in expressions: keys: {_listed(unused)}")


def _listed(names: Any) -> str:
    return "{" + ", ".join(sorted(names)) + "}"


def _condition(kind: str, request: Request) -> Parsed[Condition] | None:
    text = request.get(kind)
    return None if text is None else _read_condition(kind, text)


@cache
def _read_condition(kind: str, text: str) -> Parsed[Condition]:
    return _read(kind, text, condition_parser.parse)


@cache
def _read_update(text: str) -> Parsed[Update]:
    return _read("UpdateExpression", text, update_parser.parse)


@cache
def _read_projection(text: str) -> Parsed[list[Path]]:
    return _read("ProjectionExpression", text, _paths)


def _paths(tokens: Tokens) -> list[Path]:
    paths = tokens.listed(tokens.path)
    if tokens.peek():
        tokens.stray()
    return paths


def _read(kind: str, text: str, parse: Callable[[Tokens], T]) -> Parsed[T]:
    tokens = Tokens(kind, text)
    root = parse(tokens)
    return Parsed(root, frozenset(tokens.names), frozenset(tokens.values), tuple(tokens.checks))

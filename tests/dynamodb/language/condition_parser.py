"""Reading condition, filter and key condition expressions."""

from typing import Final

from tests.dynamodb.language.conditions import (
    FUNCTIONS,
    MEASURED,
    ORDERING,
    Between,
    Comparison,
    Condition,
    Every,
    Function,
    In,
    Negation,
    Operand,
    Size,
    Some,
    in_order,
)
from tests.dynamodb.language.tokens import Path, Placeholder, Scope, Tokens
from tests.dynamodb.values import kind_of

_COMPARATORS: Final = {"=", "<>", *ORDERING}
_TYPES: Final = ("S", "N", "B", "NULL", "SS", "BOOL", "L", "BS", "NS", "M")


def parse(tokens: Tokens) -> Condition:
    """The whole text as one condition."""
    condition = _some(tokens)
    if tokens.peek():
        tokens.stray()
    return condition


def _some(tokens: Tokens) -> Condition:
    parts = [_every(tokens)]
    while tokens.accept("OR"):
        parts.append(_every(tokens))
    return parts[0] if len(parts) == 1 else Some(parts)


def _every(tokens: Tokens) -> Condition:
    parts = [_negation(tokens)]
    while tokens.accept("AND"):
        parts.append(_negation(tokens))
    return parts[0] if len(parts) == 1 else Every(parts)


def _negation(tokens: Tokens) -> Condition:
    if tokens.accept("NOT"):
        return Negation(_negation(tokens))
    if tokens.accept("("):
        inner = _some(tokens)
        tokens.expect(")")
        return inner
    return _test(tokens)


def _test(tokens: Tokens) -> Condition:
    if tokens.peek(1) == "(" and tokens.peek() != "size":
        return _function(tokens)
    left = _operand(tokens)
    if tokens.accept("BETWEEN"):
        return _between(tokens, left)
    if tokens.accept("IN"):
        tokens.expect("(")
        choices = tokens.listed(lambda: _operand(tokens))
        tokens.expect(")")
        return In(left, choices)
    if tokens.peek() not in _COMPARATORS:
        tokens.stray()
    return _comparison(tokens, left, tokens.take())


def _comparison(tokens: Tokens, left: Operand, operator: str) -> Condition:
    right = _operand(tokens)
    if left == right:
        tokens.refuse(
            "The first operand must be distinct from the remaining operands for this operator or "
            f"function; operator: {operator}"
        )
    if operator in ORDERING:
        tokens.demand(f"operator: {operator}", (left, right), ("S", "N", "B"))
    return Comparison(left, operator, right)


def _between(tokens: Tokens, operand: Operand) -> Condition:
    low = _operand(tokens)
    tokens.expect("AND")
    high = _operand(tokens)
    tokens.demand("operator: BETWEEN", (operand, low, high), ("S", "N", "B"))
    if isinstance(low, Placeholder) and isinstance(high, Placeholder):
        tokens.checks.append(lambda scope: _check_bounds(tokens, scope, low, high))
    return Between(operand, low, high)


def _function(tokens: Tokens) -> Condition:
    name = tokens.take()
    if name not in FUNCTIONS:
        tokens.refuse(f"Invalid function name; function: {name}")
    tokens.expect("(")
    arguments = tokens.listed(lambda: _operand(tokens))
    tokens.expect(")")
    _check_arguments(tokens, name, arguments)
    return Function(name, arguments)


def _operand(tokens: Tokens) -> Operand:
    if tokens.peek().startswith(":"):
        return tokens.placeholder()
    if tokens.peek() != "size" or tokens.peek(1) != "(":
        return tokens.path()
    tokens.take()
    tokens.expect("(")
    inner = _operand(tokens)
    tokens.expect(")")
    tokens.demand("operator or function: size", (inner,), MEASURED)
    return Size(inner)


# Checks of what comes with a request


def _check_arguments(tokens: Tokens, name: str, arguments: list[Operand]) -> None:
    if len(arguments) != (1 if name.endswith("exists") else 2):
        tokens.refuse(
            "Incorrect number of operands for operator or function; "
            f"operator or function: {name}, number of operands: {len(arguments)}"
        )
    if name.endswith("exists") and not isinstance(arguments[0], Path):
        tokens.refuse(
            f"Operator or function requires a document path; operator or function: {name}"
        )
    if name == "begins_with":
        tokens.demand(f"operator or function: {name}", arguments, ("S", "B"))
    if name == "attribute_type":
        _check_type_name(tokens, arguments[1])


def _check_type_name(tokens: Tokens, wanted: Operand) -> None:
    if not isinstance(wanted, Placeholder):
        tokens.refuse(
            "Incorrect operand type for operator or function; "
            "operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
        )

    def check(scope: Scope) -> None:
        name = scope.values[wanted.name].get("S")
        if name not in _TYPES:
            valid = "{" + ",".join(_TYPES) + "}"
            raise tokens.wrong(
                f"Invalid attribute type name found; type: {name}, valid types: {valid}"
            )

    tokens.checks.append(check)


def _check_bounds(tokens: Tokens, scope: Scope, low: Placeholder, high: Placeholder) -> None:
    bottom, top = scope.values[low.name], scope.values[high.name]
    bounds = f"lower bound operand: {bottom}, upper bound operand: {top}"
    if kind_of(bottom) != kind_of(top):
        raise tokens.wrong(
            f"The BETWEEN operator requires same data type for lower and upper bounds; {bounds}"
        )
    if in_order(bottom, ">", top):
        raise tokens.wrong(
            "The BETWEEN operator requires upper bound to be greater than or equal to lower "
            f"bound; {bounds}"
        )

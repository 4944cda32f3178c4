"""Reading update expressions."""

from collections.abc import Callable
from typing import Final

from tests.dynamodb.language.tokens import Path, Placeholder, Scope, Steps, Tokens
from tests.dynamodb.language.updates import IfNotExists, ListAppend, Operand, Sum, Update

_SETS: Final = ("SS", "NS", "BS")


def parse(tokens: Tokens) -> Update:
    """The whole text as one update."""
    update = Update()
    clauses: dict[str, Callable[[], None]] = {
        "SET": lambda: update.sets.extend(tokens.listed(lambda: _assignment(tokens))),
        "REMOVE": lambda: update.removes.extend(tokens.listed(tokens.path)),
        "ADD": lambda: update.adds.extend(tokens.listed(lambda: _change(tokens, "ADD"))),
        "DELETE": lambda: update.deletes.extend(tokens.listed(lambda: _change(tokens, "DELETE"))),
    }
    seen = set()
    while word := tokens.peek().upper():
        if word not in clauses:
            tokens.stray()
        if word in seen:
            tokens.refuse(f'The "{word}" section can only be used once in an update expression;')
        seen.add(word)
        tokens.take()
        clauses[word]()
    tokens.checks.append(lambda scope: _check_apart(tokens, update, scope))
    return update


def _assignment(tokens: Tokens) -> tuple[Path, Operand]:
    path = tokens.path()
    tokens.expect("=")
    left = _operand(tokens)
    if tokens.peek() not in ("+", "-"):
        return path, left
    sign = tokens.take()
    right = _operand(tokens)
    tokens.demand(f"operator or function: {sign}", (left, right), ("N",))
    return path, Sum(left, 1 if sign == "+" else -1, right)


def _operand(tokens: Tokens) -> Operand:
    if tokens.peek().startswith(":"):
        return tokens.placeholder()
    if tokens.peek(1) != "(":
        return tokens.path()
    name = tokens.take()
    if name not in ("if_not_exists", "list_append"):
        tokens.refuse(f"Invalid function name; function: {name}")
    tokens.expect("(")
    first = tokens.path() if name == "if_not_exists" else _operand(tokens)
    tokens.expect(",")
    second = _operand(tokens)
    tokens.expect(")")
    if isinstance(first, Path) and name == "if_not_exists":
        return IfNotExists(first, second)
    tokens.demand(f"operator or function: {name}", (first, second), ("L",))
    return ListAppend(first, second)


def _change(tokens: Tokens, word: str) -> tuple[Path, Placeholder]:
    path, given = tokens.path(), tokens.placeholder()
    kinds = (*_SETS, "N") if word == "ADD" else _SETS
    tokens.demand(f"operator: {word}", (given,), kinds)
    return path, given


def _check_apart(tokens: Tokens, update: Update, scope: Scope) -> None:
    """No two changes may be to the same place, nor to a place and one within it."""
    places = [path.resolved(scope) for path in update.paths]
    if len({place[0] for place in places}) == len(places):
        return
    for place, one in enumerate(places):
        for other in places[place + 1 :]:
            shared = min(len(one), len(other))
            if one[:shared] == other[:shared]:
                raise tokens.wrong(
                    "Two document paths overlap with each other; must remove or rewrite one of "
                    f"these paths; path one: {_shown(one)}, path two: {_shown(other)}"
                )


def _shown(steps: Steps) -> str:
    shown = (f"[{step}]" if isinstance(step, int) else step for step in steps)
    return f"[{', '.join(shown)}]"

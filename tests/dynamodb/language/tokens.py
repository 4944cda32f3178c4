"""Words and signs of an expression, and what all expressions share: paths and placeholders."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from tests.dynamodb.errors import Refused, invalid
from tests.dynamodb.values import Item, Value, kind_of

_TOKEN: Final = re.compile(r"\s*([#:]?\w+|<>|<=|>=|[=<>(),.\[\]+-])")
Step = str | int
Steps = tuple[Step, ...]


@dataclass(slots=True)
class Scope:
    """What the placeholders of one request stand for."""

    names: Mapping[str, str]
    values: Item


Check = Callable[[Scope], None]


@dataclass(frozen=True, slots=True)
class Path:
    """An attribute, or a place within one. Steps may be name placeholders."""

    steps: Steps

    def resolved(self, scope: Scope) -> Steps:
        """The steps by their true names."""
        names = scope.names
        return tuple(
            names.get(step, step) if isinstance(step, str) else step for step in self.steps
        )

    def value(self, item: Item, scope: Scope) -> Value | None:
        """What is there, if anything is."""
        head = self.steps[0]
        found = item.get(scope.names.get(head, head))  # type: ignore[arg-type]  # the first is a name
        return found if len(self.steps) == 1 else within(found, self.resolved(scope)[1:])


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value that comes with the request."""

    name: str

    def value(self, _item: Item, scope: Scope) -> Value:
        """The value it stands for."""
        return scope.values[self.name]


def within(value: Value | None, steps: Iterable[Step]) -> Value | None:
    """What is at these steps inside a value, if anything is."""
    for step in steps:
        if value is None:
            return None
        if isinstance(step, str):
            value = value.get("M", {}).get(step)
        else:
            value = next(iter(value.get("L", [])[step : step + 1]), None)
    return value


@dataclass(slots=True)
class Tokens:
    """A text to be read from left to right; notes which placeholders it meets, and what to check.

    A check looks at a request's values before any item is looked at.
    """

    kind: str
    text: str
    names: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    checks: list[Check] = field(default_factory=list)
    _left: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.text.strip():
            self.refuse("The expression can not be empty;")
        self._left = _TOKEN.findall(self.text)[::-1]
        if "".join(reversed(self._left)) != "".join(self.text.split()):
            self.refuse(f'Syntax error; text: "{self.text}"')

    def peek(self, ahead: int = 0) -> str:
        """What comes next; empty at the end."""
        return self._left[-1 - ahead] if len(self._left) > ahead else ""

    def take(self) -> str:
        """The next one, which is then behind us."""
        return self._left.pop() if self._left else self.stray()

    def accept(self, wanted: str) -> bool:
        """Take that one if it is next; words in either case."""
        if self.peek().upper() != wanted:
            return False
        self._left.pop()
        return True

    def expect(self, wanted: str) -> None:
        """Take that one, which must be next."""
        if not self.accept(wanted):
            self.stray()

    def stray(self) -> NoReturn:
        """What is next must not be there."""
        self.refuse(f'Syntax error; token: "{self.peek() or "<EOF>"}", text: "{self.text}"')

    def refuse(self, why: str) -> NoReturn:
        """The expression is wrong."""
        raise self.wrong(why)

    def wrong(self, why: str) -> Refused:
        """The error that names this expression."""
        return invalid(f"Invalid {self.kind}: {why}")

    def path(self) -> Path:
        """A document path."""
        steps: list[Step] = [self._name()]
        while self.peek() in (".", "["):
            if self.take() == ".":
                steps.append(self._name())
            else:
                steps.append(int(self.take()))
                self.expect("]")
        return Path(tuple(steps))

    def placeholder(self) -> Placeholder:
        """A value placeholder."""
        if not self.peek().startswith(":"):
            self.stray()
        self.values.add(self.peek())
        return Placeholder(self.take())

    def listed(self, part: Callable[[], Any]) -> list[Any]:
        """Parts with commas between them."""
        parts = [part()]
        while self.accept(","):
            parts.append(part())
        return parts

    def demand(self, of: str, operands: Iterable[object], kinds: Collection[str]) -> None:
        """Values that come with a request must be of these types; those of items need not be."""
        given = [operand.name for operand in operands if isinstance(operand, Placeholder)]

        def check(scope: Scope) -> None:
            for kind in (kind_of(scope.values[name]) for name in given):
                if kind not in kinds:
                    raise self.wrong(
                        f"Incorrect operand type for operator or function; {of}, "
                        f"operand type: {kind}"
                    )

        if given:
            self.checks.append(check)

    def _name(self) -> str:
        token = self.take()
        if token.startswith("#"):
            self.names.add(token)
        elif not token.isidentifier():
            self.refuse(f'Syntax error; token: "{token}", text: "{self.text}"')
        return token

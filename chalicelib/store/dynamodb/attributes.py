"""How values are stored in DynamoDB: readable in its console, and exact."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.constants import STRING

from chalicelib.domain.json_values import as_json
from chalicelib.domain.runs.run import AttemptRecord, FailureReason, Payload, RunStatus
from chalicelib.domain.runs.schedule import End
from chalicelib.domain.time.instants import from_text, to_text

#: What is larger than this as JSON, in bytes, does not lie in the item that the engine moves.
MOST_IN_ITEM: Final = 256

#: The letter that stands for each status; those of ends come first.
_LETTERS: Final = {
    RunStatus.SUCCEEDED: "s",
    RunStatus.FAILED: "f",
    RunStatus.SKIPPED: "k",
    RunStatus.CANCELLED: "c",
    RunStatus.QUEUED: "q",
    RunStatus.CLAIMED: "l",
    RunStatus.RUNNING: "r",
}
_STATUSES: Final = {letter: status for status, letter in _LETTERS.items()}
_END: Final = re.compile(r"([a-z])(\d*)")

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class InstantAttribute(Attribute[datetime]):
    """An instant as fixed-width RFC 3339 text: index keys made of it sort by time."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        return to_text(value)

    def deserialize(self, value: str) -> datetime:
        return from_text(value)


class EnumAttribute(Attribute[E]):
    """A member of a string enumeration, by its value."""

    attr_type = STRING

    def __init__(self, kind: type[E], **options: Any) -> None:
        self.kind = kind
        super().__init__(**options)

    def serialize(self, value: E) -> str:
        return value.value

    def deserialize(self, value: str) -> E:
        return self.kind(value)


class JsonAttribute(Attribute[T]):
    """A value as compact JSON text, in which floats, nulls and empty texts stay as they are."""

    attr_type = STRING

    def __init__(
        self,
        encode: Callable[[T], Any] = lambda value: value,
        decode: Callable[[Any], T] = lambda data: data,
        **options: Any,
    ) -> None:
        self.encode, self.decode = encode, decode
        super().__init__(**options)

    def serialize(self, value: T) -> str:
        return as_compact_json(self.encode(value))

    def deserialize(self, value: str) -> T:
        return self.decode(json.loads(value))


class RecentAttribute(Attribute[tuple[End, ...]]):
    """How the last runs of a schedule ended, in a few bytes each: `s4200k` is a success of 4,200 ms
    and then a skip. A schedule's item has to stay within one write unit.
    """

    attr_type = STRING

    def serialize(self, value: tuple[End, ...]) -> str:
        return "".join(
            _LETTERS[end.status] + ("" if end.duration_ms is None else str(end.duration_ms))
            for end in value
        )

    def deserialize(self, value: str) -> tuple[End, ...]:
        return tuple(
            End(_STATUSES[letter], int(took) if took else None)
            for letter, took in _END.findall(value)
            if letter in _STATUSES
        )


def known_fields(kind: type, data: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the stored values that are fields of the dataclass.

    Others were written by another version of Baton, as while a new one is being deployed.
    """
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in data.items() if name in names}


class PayloadAttribute(Attribute[Mapping[str, Any] | Payload]):
    """A run's payload if it is small, or else a mark that it lies apart.

    The mark is no JSON: a release of Baton that knows no payloads apart cannot read the run,
    and leaves it to one that does. A large payload that such a release stored in the run itself is
    not decoded either.
    """

    attr_type = STRING

    def serialize(self, value: Mapping[str, Any] | Payload) -> str:
        return value.value if isinstance(value, Payload) else as_compact_json(value)

    def deserialize(self, value: str) -> Mapping[str, Any] | Payload:
        if value == Payload.APART.value or len(value) > MOST_IN_ITEM:
            return Payload.APART
        payload: Mapping[str, Any] = json.loads(value)
        return payload


def as_compact_json(value: Any) -> str:
    """The value as storage keeps it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def is_small(*values: Any) -> bool:
    """Whether these values together are small enough for the item that the engine moves."""
    return sum(len(as_compact_json(value).encode()) for value in values) <= MOST_IN_ITEM


def attempts_to_json(attempts: tuple[AttemptRecord, ...]) -> list[dict[str, Any]]:
    """Failed attempts as storage keeps them."""
    return [
        {name: as_json(value) for name, value in asdict(each).items() if value is not None}
        for each in attempts
    ]


def attempts_from_json(data: list[dict[str, Any]]) -> tuple[AttemptRecord, ...]:
    """What `attempts_to_json` wrote."""
    stored = [known_fields(AttemptRecord, each) for each in data]
    return tuple(
        AttemptRecord(**{n: _attempt_value(n, v) for n, v in each.items()}) for each in stored
    )


def _attempt_value(name: str, value: Any) -> Any:
    if name.endswith("_at"):
        return from_text(value)
    return FailureReason(value) if name == "reason" else value

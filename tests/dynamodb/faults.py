"""What may go wrong around an operation. As it stands, nothing does: derive and override."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One operation: its place in the order of all, its name and its parameters."""

    number: int
    operation: str
    request: Mapping[str, Any]


class Faults:
    """Asked before, during and after every operation."""

    def before(self, call: Call) -> None:
        """May raise: then nothing was read or written."""

    def after(self, call: Call) -> None:
        """May raise: then what was asked for was done (or refused) and the caller never learns."""

    def leaves_out(self, _call: Call, _place: int) -> bool:
        """Whether a batch leaves this one of its parts undone."""
        return False

    def lag(self, _table: str, _index: str | None) -> int:
        """How many writes old the view of this read is (None: the table itself).

        Asked for every eventually consistent read, never for a consistent one.
        """
        return 0


class SeededLag(Faults):
    """Reads of indexes see them as they were up to `most` writes ago; the same for one seed."""

    def __init__(self, seed: int, most: int) -> None:
        self._random, self._most = Random(seed), most

    def lag(self, _table: str, index: str | None) -> int:
        return 0 if index is None else self._random.randint(0, self._most)

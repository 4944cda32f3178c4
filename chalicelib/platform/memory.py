"""What a process remembers for a moment of what it has read, so that it need not read it again.

It is for what people look at, and for nothing that anybody decides by: another process may have
changed it meanwhile.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_REMEMBERED: Final = timedelta(seconds=60)
#: Of more than so many things at once all are forgotten.
_MOST: Final = 5_000


class Memory:
    """What one process remembers, by kind and key."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Any], tuple[datetime, Any]] = {}

    def forget(self, kind: str) -> None:
        """Remember nothing of that kind: this process has changed it."""
        self._known = {key: known for key, known in self._known.items() if key[0] != kind}

    def recall(
        self,
        kind: str,
        keys: Iterable[K],
        now: datetime,
        read: Callable[[list[K]], Mapping[K, V]],
    ) -> dict[K, V]:
        """The values of these keys: those remembered, and what `read` finds of the others."""
        found: dict[K, V] = {}
        missing = []
        for key in keys:
            at, value = self._known.get((kind, key), (None, None))
            if at is not None and timedelta(0) <= now - at < _REMEMBERED:
                found[key] = value  # type: ignore[assignment]  # one kind, one type of values
            else:
                missing.append(key)
        if missing:
            new = read(missing)
            if len(self._known) + len(new) > _MOST:
                self._known.clear()
            self._known.update({(kind, key): (now, value) for key, value in new.items()})
            found.update(new)
        return found

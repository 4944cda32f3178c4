"""The issuer's keys, kept: asked for seldom, and serving on while the issuer is away."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.errors import BatonError, Unverifiable
from chalicelib.oidc.issuer import Jwk
from chalicelib.platform import events

#: Kept keys are asked for anew after so long: one that was withdrawn is taken no longer then …
FRESH: Final = timedelta(hours=1)
#: … unless the issuer cannot be asked. Then they serve for so long.
LASTING: Final = timedelta(hours=12)
#: The issuer is not asked more often than this, whatever tokens come and however it answers.
PAUSE: Final = timedelta(seconds=30)


class Keys:
    """The keys of one issuer. `ask` gets what it publishes now, and raises a `BatonError`."""

    def __init__(self, ask: Callable[[], Sequence[Jwk]]) -> None:
        self._ask = ask
        self._keys: Sequence[Jwk] = ()
        self._got_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._failed = False

    def find(self, key_id: str | None, now: datetime) -> list[Jwk]:
        """The keys of that id; without an id the only key there is. None means: not the issuer's.

        An id that is not known may be of a new key, so the issuer is asked for it. Raises
        `Unverifiable` if it cannot be told.
        """
        if (self._is_older_than(FRESH, now) or not self._named(key_id)) and self._may_ask(now):
            self._refresh(now)
        found = self._named(key_id)
        if self._is_older_than(LASTING, now) or (self._failed and not found):
            raise Unverifiable("The issuer's keys cannot be had at the moment; try again.")
        return found

    def _named(self, key_id: str | None) -> list[Jwk]:
        if key_id is None:
            return list(self._keys) if len(self._keys) == 1 else []
        return [key for key in self._keys if key.get("kid") == key_id]

    def _is_older_than(self, age: timedelta, now: datetime) -> bool:
        return self._got_at is None or now - self._got_at >= age

    def _may_ask(self, now: datetime) -> bool:
        return self._asked_at is None or now - self._asked_at >= PAUSE

    def _refresh(self, now: datetime) -> None:
        self._asked_at = now
        try:
            self._keys = self._ask()
        except BatonError as error:
            self._failed = True
            events.warn("oidc_keys_unavailable", why=str(error), kept=len(self._keys))
        else:
            self._failed, self._got_at = False, now

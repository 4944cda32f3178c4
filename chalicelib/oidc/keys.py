"""The issuer's keys in memory: they are fetched seldom, and stay in use while it is away."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.errors import BatonError, Unverifiable
from chalicelib.oidc.issuer import Jwk
from chalicelib.platform import events

#: Keys are fetched again after this time, so that a withdrawn key is not accepted for longer.
FRESH: Final = timedelta(hours=1)
#: While the issuer cannot be reached, the keys fetched last are used for this long.
LASTING: Final = timedelta(hours=12)
#: The least time between two requests to the issuer, whatever tokens come and whatever it answers.
PAUSE: Final = timedelta(seconds=30)


class Keys:
    """The keys of one issuer. `fetch` returns those it publishes now, or raises a `BatonError`."""

    def __init__(self, fetch: Callable[[], Sequence[Jwk]]) -> None:
        self._fetch = fetch
        self._keys: Sequence[Jwk] = ()
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._failed = False

    def find(self, key_id: str | None, now: datetime) -> list[Jwk]:
        """The issuer's keys of that id. Without an id: its only key, or none if it has several.

        An unknown id may be that of a new key, so the keys are then fetched again. Raises
        `Unverifiable` if they are needed and cannot be had.
        """
        if (self._is_older_than(FRESH, now) or not self._named(key_id)) and self._may_fetch(now):
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
        return self._fetched_at is None or now - self._fetched_at >= age

    def _may_fetch(self, now: datetime) -> bool:
        return self._tried_at is None or now - self._tried_at >= PAUSE

    def _refresh(self, now: datetime) -> None:
        self._tried_at = now
        try:
            self._keys = self._fetch()
        except BatonError as error:
            self._failed = True
            events.warn("oidc_keys_unavailable", why=str(error), kept=len(self._keys))
        else:
            self._failed, self._fetched_at = False, now

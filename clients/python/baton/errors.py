"""What can go wrong with a call, and how a run is told to stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class BatonError(Exception):
    """A call did not come to an answer that it could use."""


class Unreachable(BatonError):
    """No answer came. The request may have been carried out all the same."""


class NotBaton(BatonError):
    """Something answered that is not Baton: another page, or a redirect."""


class Redirected(NotBaton):
    """Something answered that Baton is elsewhere. No redirect is followed: the token stays here."""


class Problem(BatonError):
    """The API refused, and said why (RFC 9457).

    `code` is stable, so programs go by it; `detail` is for people. `errors` names every wrong field
    of a 422: `{"field": "cadence.expression", "message": "…"}`. `document` has all that was said,
    as the `holders` of a `capacity_full`; `headers` are those of the answer, in small letters.
    """

    def __init__(
        self,
        status: int,
        document: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.document = dict(document)
        self.headers = dict(headers or {})
        self.code = str(document.get("code", ""))
        self.detail = str(document.get("detail") or document.get("title") or "The API refused.")
        super().__init__(f"{self.detail} ({status}{f' {self.code}' if self.code else ''})")

    @property
    def errors(self) -> list[dict[str, str]]:
        """The wrong fields, and what is wrong with each; none if it is about no field."""
        found = self.document.get("errors")
        return found if isinstance(found, list) else []

    @property
    def retry_after(self) -> float | None:
        """How many seconds the API asks to wait before the next attempt, if it does."""
        asked = self.headers.get("retry-after", "")
        return float(asked) if asked.isdecimal() else None


class NoRun(BatonError):
    """There is no run to report on: nothing that was given names one that calls back."""


class Fail(Exception):
    """Raised inside a run, ends it as failed for this reason.

    `reason` is one of those that docs/how-to/long-runs.md lists; `retry_after` says for how many
    seconds another attempt should be put off.
    """

    def __init__(self, reason: str, message: str, *, retry_after: int | None = None) -> None:
        self.reason, self.message, self.retry_after = reason, message, retry_after
        super().__init__(message)


class Stopped(BaseException):
    """The run is to stop. `except Exception` does not catch it, so that no job swallows it.

    `reason` is Baton's own (`cancelled`, `budget_exceeded`, `timeout`), or one of

    * `lease_lost`: the run has ended, or another attempt has it;
    * `unauthorized`: its token is good for nothing any more, as after its schedule was deleted;
    * `silence`: the API has not answered for so long that the lease is over;
    * `signal`: this process was asked to end.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)

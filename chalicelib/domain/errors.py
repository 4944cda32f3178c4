"""The errors that Baton raises on purpose all over, and their messages to people."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


class BatonError(Exception):
    """Base of Baton's own errors. One that is raised without a text has its class's `message`."""

    message: ClassVar[str] = "Something went wrong in Baton."

    def __str__(self) -> str:
        return super().__str__() or self.message


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field of a request: its path (`cadence.expression`) and what is wrong with it."""

    field: str
    message: str


class InvalidFields(BatonError):
    """Some fields are not valid."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in self.errors))


class NotFound(BatonError):
    """There is no such resource."""

    message = "There is no such resource."


class Unreadable(BatonError):
    """What is stored of the resource cannot be read; the text says what is wrong with it."""

    message = "What is stored of it cannot be read."


class Conflict(BatonError):
    """The resource is in a state that does not allow this."""

    message = "The resource is in a state that does not allow this."


class LimitExceeded(BatonError):
    """A tenant has as much of something as it may have: `limit` says of what, `most` how much."""

    def __init__(self, limit: str, most: int) -> None:
        self.limit, self.most = limit, most
        super().__init__(f"This is beyond the limit {limit}, which is {most}.")


class LostRace(BatonError):
    """Somebody else changed it first."""

    message = "Somebody else changed it first."


class BadRunToken(BatonError):
    """A valid token of this run is needed."""

    message = "A valid token of this run is needed."


class Untrusted(BatonError):
    """The token is not valid."""

    message = "The token is not valid."


class Unverifiable(BatonError):
    """Whether the token is valid cannot be found out at the moment."""

    message = "Whether the token is valid cannot be told at the moment; try again."


class ClaimOver(BatonError):
    """The run is no longer yours: it has ended, or is another's by now. Stop working on it."""

    message = (
        "The run is no longer yours: it has ended, or is another's by now. Stop working on it."
    )


class Unavailable(BatonError):
    """Storage is busy; try again."""

    message = "Storage is busy; try again."

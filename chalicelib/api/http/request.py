"""A request after authentication and parsing: what handlers are given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from chalicelib.api.http.auth import Caller
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas.base import NoBody, NoQuery
from chalicelib.domain import ids
from chalicelib.engine.system import System

B = TypeVar("B")
Q = TypeVar("Q")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class MergePatch(Generic[M]):
    """A merge patch (RFC 7396) of what clients write as that model: null resets a field."""

    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Generic[B, Q]):
    """What was asked, by whom and when. `now` is the request's one look at the clock.

    `seed` is set for a request that may come again (`Idempotency-Key`), with the instant it came
    first: what it creates gets the same id each time.
    """

    system: System
    now: datetime
    caller: Caller
    body: B
    query: Q
    headers: Mapping[str, str]
    base_path: str = ""
    seed: tuple[datetime, str] | None = None

    def new_id(self) -> str:
        """The id of what this request creates."""
        return ids.new_id(self.now) if self.seed is None else ids.derived_id(*self.seed)

    def demand_match(self, etag: str) -> None:
        """Refuse a change to what has changed since the client looked. Raises a 412 `Problem`."""
        wanted = self.headers.get("if-match")
        if wanted is None or wanted.strip() == "*":
            return
        if etag not in map(str.strip, wanted.split(",")):
            raise Problem(
                412,
                "stale",
                "It has changed since you looked: get it anew, and look at what you change.",
                headers={"ETag": etag},
            )


PlainRequest = Request[NoBody, NoQuery]

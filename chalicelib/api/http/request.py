"""Requests as handlers get them: authenticated and parsed."""

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
    """What was asked, by whom and when.

    `now` is the only instant that the request goes by. A request with an `Idempotency-Key` has a
    `seed`, with the instant it came first: repeated, it gives what it creates the same id.
    """

    system: System
    now: datetime
    caller: Caller
    body: B
    query: Q
    headers: Mapping[str, str]
    base_path: str = ""
    seed: tuple[datetime, str] | None = None
    #: The address that the request came from, as API Gateway saw it.
    source: str = ""
    #: What the cursors of the list that is asked for are bound to.
    cursor_tag: str = ""

    def new_id(self) -> str:
        """The id of what this request creates."""
        return ids.new_id(self.now) if self.seed is None else ids.derived_id(*self.seed)

    def demand_match(self, etag: str) -> None:
        """Raise a 412 `Problem` if `If-Match` is there and does not name this tag."""
        header = self.headers.get("if-match")
        if header is None or header.strip() == "*":
            return
        if etag not in map(str.strip, header.split(",")):
            raise Problem(
                412,
                "stale",
                "It has changed since you looked: get it anew, and look at what you change.",
                headers={"ETag": etag},
            )


PlainRequest = Request[NoBody, NoQuery]

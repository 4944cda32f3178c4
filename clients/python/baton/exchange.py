"""A call of the API, whatever carries it: what is sent, what answers mean, what is repeated."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from baton.errors import NotBaton, Problem, Redirected, Unreachable

VERSION: Final = "0.1.0"
#: How often a call that may safely come twice is sent at most, while no answer comes or the API is
#: too busy; and the seconds before the second time, which double, up to the longest.
ATTEMPTS: Final = 4
_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 30.0
#: The same request may succeed a little later.
_BUSY: Final = frozenset({502, 503, 504})
_BUSY_CODES: Final = frozenset({"idempotency_in_progress", "throttled"})
_FIRST_REDIRECT, _FIRST_ERROR = 300, 400
_REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT"})
KEY: Final = "Idempotency-Key"
#: JSON a line: what is long comes so.
_LINES: Final = "application/x-ndjson"


@dataclass(frozen=True)
class Call:
    """A call: its method, its path (`/v1/…`), and what goes with it.

    `query` may have None for what is not asked for. One that `creates` something gets an
    idempotency key of its own, unless it has one, so that it may come twice.
    """

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    creates: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The body's value, None if it is empty. Raises `ValueError` if it is no JSON."""
        return json.loads(self.content) if self.content else None


class Resource(dict[str, Any]):
    """A JSON object as the API answered with it, with its entity tag."""

    etag: str | None = None


def etag_of(resource: Any) -> str | None:
    """The entity tag that an answer came with; given as `if_match`, no other change is undone."""
    return getattr(resource, "etag", None)


def path(template: str, **values: str) -> str:
    """A path with its values in place, each as one segment."""
    return template.format_map({name: quote(each, safe="") for name, each in values.items()})


def text_of(value: Any) -> str:
    """A value in a query, as the API writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Exchange:
    """A call on its way: what to send, and after each attempt whether there is another."""

    def __init__(self, call: Call, base_url: str, token: str | None, agent: str) -> None:
        """Raises `ValueError` if the body cannot be JSON."""
        given = {name: text_of(each) for name, each in call.query.items() if each is not None}
        self.method = call.method
        self.url = base_url + call.path + (f"?{urlencode(given)}" if given else "")
        self.content = None if call.body is None else _content(call.body)
        self.headers = self._headers(call, token, agent)
        self._base_url = base_url
        self._attempts = 0
        may_repeat = call.method in _REPEATABLE or KEY in self.headers
        self._most = ATTEMPTS if may_repeat else 1

    def _headers(self, call: Call, token: str | None, agent: str) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": agent}
        if self.content is not None:
            headers["Content-Type"] = "application/json"
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        headers |= {name: each for name, each in call.headers.items() if each is not None}
        if call.creates:
            headers.setdefault(KEY, uuid.uuid4().hex)
        return headers

    def seconds_after_loss(self, why: str) -> float:
        """How long to wait before the next attempt, as no answer came.

        Raises:
            Unreachable: there is no next attempt.
        """
        self._attempts += 1
        if self._attempts >= self._most:
            raise Unreachable(f"No answer from {self._base_url}: {why}")
        return self._wait()

    def seconds_after(self, answer: Answer) -> float | None:
        """How long to wait before the next attempt; None if this answer is the one."""
        self._attempts += 1
        if self._attempts >= self._most or not _is_busy(answer):
            return None
        asked = answer.headers.get("retry-after", "")
        return min(float(asked), _LONGEST_WAIT) if asked.isdecimal() else self._wait()

    def result(self, answer: Answer) -> Answer:
        """The answer, if it is a success.

        Raises:
            Problem: the API refused.
            NotBaton: it is not Baton that answered; `Redirected` if it named another place.
        """
        if answer.status >= _FIRST_ERROR:
            raise Problem(answer.status, problem_of(answer), answer.headers)
        if answer.status >= _FIRST_REDIRECT:
            place = answer.headers.get("location", "elsewhere")
            raise Redirected(
                f"{self._base_url} redirects to {place}: set the URL to where Baton is."
            )
        if answer.headers.get("content-type", "").startswith(_LINES):
            return answer
        try:
            _ = answer.json
        except ValueError:
            raise NotBaton(
                f"What answers at {self._base_url} is not Baton: its answer is no JSON."
            ) from None
        return answer

    def _wait(self) -> float:
        return min(_FIRST_WAIT * 2.0 ** (self._attempts - 1), _LONGEST_WAIT)


def value_of(answer: Answer) -> Any:
    """The JSON of a successful answer; of an object, with its entity tag."""
    value = answer.json
    if not isinstance(value, dict):
        return value
    resource = Resource(value)
    resource.etag = answer.headers.get("etag")
    return resource


def problem_of(answer: Answer) -> dict[str, Any]:
    """The problem document of a refusal, or one made up if it has none."""
    try:
        problem = answer.json
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        return problem
    return {"status": answer.status, "detail": f"The answer was {answer.status}, without a reason."}


def _content(body: Any) -> bytes:
    try:
        return json.dumps(body, allow_nan=False).encode()
    except TypeError as error:
        raise ValueError(str(error)) from error


def _is_busy(answer: Answer) -> bool:
    if answer.status in _BUSY:
        return True
    return answer.status >= _FIRST_ERROR and problem_of(answer).get("code") in _BUSY_CODES

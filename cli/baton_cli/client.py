"""Baton's API for the commands: paths in, JSON out, refusals as errors."""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from baton_cli.exits import ApiError, CliError, Exit, Unreachable, UsageProblem
from baton_cli.sleeper import Sleeper
from baton_cli.transport import Reply, Transport

_ATTEMPTS: Final = 4
_FIRST_DELAY: Final = 0.5
_LONGEST_DELAY: Final = 30.0
_PASSING: Final = frozenset({502, 503, 504})
_MOST_A_PAGE: Final = 200
_FIRST_REDIRECT, _FIRST_ERROR = 300, 400

Query = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """Some items of a list, and the cursor of what follows."""

    items: list[Any]
    next_cursor: str | None


class Client:
    """One deployment, as one token sees it."""

    def __init__(
        self,
        url: str,
        token: str | None,
        transport: Transport,
        sleeper: Sleeper,
        *,
        as_json: bool = False,
    ) -> None:
        self._url = url.rstrip("/").removesuffix("/v1")
        self._token, self._transport, self._sleeper = token, transport, sleeper
        self._as_json = as_json

    def get(self, path: str, query: Query | None = None) -> Any:
        """What a path shows."""
        return self.call("GET", path, query=query).json

    def post(self, path: str, body: Any = None, query: Query | None = None) -> Any:
        """The answer to an action that does not create."""
        return self.call("POST", path, body=body, query=query).json

    def create(
        self, path: str, body: Any = None, query: Query | None = None, key: str | None = None
    ) -> Any:
        """The answer to a creation. Under its key it is made once, however often it is sent."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self.call("POST", path, body=body, query=query, headers=headers).json

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The API's answer; what may be repeated is, while nobody answers or it is too busy.

        Raises:
            ApiError: the API refused.
            Unreachable: nobody answered.
        """
        url = self._url + path + _query(query)
        content = None if body is None else _content(body)
        sent = {**self._headers(content), **(headers or {})}
        attempts = _ATTEMPTS if method == "GET" or "Idempotency-Key" in sent else 1
        for attempt in range(1, attempts):
            wait = min(_FIRST_DELAY * 2 ** (attempt - 1), _LONGEST_DELAY)
            try:
                reply = self._transport.send(method, url, sent, content)
            except Unreachable:
                self._sleeper.sleep(wait)
                continue
            if not _is_passing(reply):
                return self._judged(reply)
            self._sleeper.sleep(_asked_wait(reply, wait))
        return self._judged(self._transport.send(method, url, sent, content))

    def page(self, path: str, query: Query, limit: int | None, cursor: str | None = None) -> Listed:
        """The first `limit` items of a list (None: all), from a cursor on."""
        items: list[Any] = []
        while True:
            size = _MOST_A_PAGE if limit is None else min(limit - len(items), _MOST_A_PAGE)
            page = self.get(path, {**query, "limit": size, "cursor": cursor})
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None or (limit is not None and len(items) >= limit):
                return Listed(items, cursor)

    def all(self, path: str, query: Query | None = None) -> Iterator[Any]:
        """Every item of a list."""
        yield from self.page(path, query or {}, None).items

    def _headers(self, content: bytes | None) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": "baton-cli"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        return headers

    def _judged(self, reply: Reply) -> Reply:
        """The reply, if it is what was asked for. Raises otherwise."""
        if reply.status >= _FIRST_ERROR:
            raise ApiError(reply.status, _problem(reply), as_json=self._as_json)
        if reply.status >= _FIRST_REDIRECT:
            place = reply.headers.get("location", "elsewhere")
            raise CliError(f"{self._url} redirects to {place}: set the URL to where Baton is.")
        try:
            _ = reply.json
        except ValueError:
            message = f"What answers at {self._url} is not Baton: its answer is no JSON."
            raise CliError(message, Exit.UNREACHABLE) from None
        return reply


def _content(body: Any) -> bytes:
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise UsageProblem(f"What is to be sent cannot be JSON: {error}") from error


def _query(query: Query | None) -> str:
    given = {name: value for name, value in (query or {}).items() if value is not None}
    return f"?{urlencode(given)}" if given else ""


def _problem(reply: Reply) -> dict[str, Any]:
    try:
        problem = reply.json
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        return problem
    return {"status": reply.status, "detail": f"The answer was {reply.status}, without a reason."}


def _is_passing(reply: Reply) -> bool:
    """Whether the same request may well succeed a little later."""
    return reply.status in _PASSING or (
        reply.status >= _FIRST_ERROR and _problem(reply).get("code") == "idempotency_in_progress"
    )


def _asked_wait(reply: Reply, otherwise: float) -> float:
    asked = reply.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_DELAY) if asked.isdecimal() else otherwise

"""A client of Baton's API: it takes paths, answers with JSON, and raises refusals as errors."""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from baton_cli.exits import ApiError, CliError, Exit, Unreachable, UsageProblem
from baton_cli.sleeper import Sleeper
from baton_cli.text import clean
from baton_cli.transport import Reply, Transport

_ATTEMPTS: Final = 4
_FIRST_DELAY: Final = 0.5
_LONGEST_DELAY: Final = 30.0
_TEMPORARY: Final = frozenset({502, 503, 504})
_LARGEST_PAGE: Final = 200
_FIRST_REDIRECT, _FIRST_ERROR = 300, 400

Query = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """The first items of a list, and the cursor to the others; None if these are all."""

    items: list[Any]
    next_cursor: str | None


class Client:
    """Calls the API of one deployment with one token."""

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
        """The JSON that a path answers to GET."""
        return self.call("GET", path, query=query).json

    def post(self, path: str, body: Any = None, query: Query | None = None) -> Any:
        """The JSON answer to an action that creates nothing, and is not repeated."""
        return self.call("POST", path, body=body, query=query).json

    def create(
        self, path: str, body: Any = None, query: Query | None = None, key: str | None = None
    ) -> Any:
        """The JSON answer to a creation; its idempotency key lets it be sent again safely."""
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
        """The API's answer.

        Requests that may safely come twice are sent again, up to four times in all, while no
        answer comes or the API is too busy.

        Raises:
            ApiError: the API refused.
            Unreachable: no answer came.
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
            if not _is_temporary(reply):
                return self._checked(reply)
            self._sleeper.sleep(_wait_before_next(reply, wait))
        return self._checked(self._transport.send(method, url, sent, content))

    def page(self, path: str, query: Query, limit: int | None, cursor: str | None = None) -> Listed:
        """The first `limit` items of a list from a cursor on; all of them if `limit` is None."""
        items: list[Any] = []
        while True:
            size = _LARGEST_PAGE if limit is None else min(limit - len(items), _LARGEST_PAGE)
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

    def _checked(self, reply: Reply) -> Reply:
        """The reply, if it is a success. Raises `ApiError`, or `CliError` if it is not Baton's."""
        if reply.status >= _FIRST_ERROR:
            raise ApiError(reply.status, _problem(reply), as_json=self._as_json)
        if reply.status >= _FIRST_REDIRECT:
            place = clean(reply.headers.get("location", "elsewhere"))
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
    """The problem document of a refusal, or one made up if it has none."""
    try:
        problem = reply.json
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        return problem
    return {"status": reply.status, "detail": f"The answer was {reply.status}, without a reason."}


def _is_temporary(reply: Reply) -> bool:
    """Whether the same request may succeed a little later."""
    return reply.status in _TEMPORARY or (
        reply.status >= _FIRST_ERROR and _problem(reply).get("code") == "idempotency_in_progress"
    )


def _wait_before_next(reply: Reply, otherwise: float) -> float:
    """The seconds that the reply asks to wait, within a bound; `otherwise` if it asks for none."""
    asked = reply.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_DELAY) if asked.isdecimal() else otherwise

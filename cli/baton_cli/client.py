"""The API as commands ask it: paths in, JSON out, and errors that end a command."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

import baton
from baton import Answer, Call
from baton.external import Place, take
from baton_cli.exits import ApiError, CliError, Exit, Unreachable, UsageProblem
from baton_cli.sleeper import Sleeper
from baton_cli.text import clean

_LARGEST_PAGE: Final = 200

Query = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """The first items of a list, and the cursor to the others; None if these are all."""

    items: list[Any]
    next_cursor: str | None


class Client:
    """Calls the API of one deployment with one token, by `baton.Client`."""

    def __init__(
        self,
        url: str,
        token: str | None,
        transport: httpx.BaseTransport | None,
        sleeper: Sleeper,
        *,
        as_json: bool = False,
    ) -> None:
        """`transport` carries requests instead of the network, if there is one."""
        self._as_json = as_json
        self._api = baton.Client(
            url, token, transport=transport, sleep=sleeper.sleep, agent="baton-cli"
        )

    def close(self) -> None:
        """Close all connections."""
        self._api.close()

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
        headers = {"Idempotency-Key": key}
        return self._answer(Call("POST", path, query or {}, body, headers, creates=True)).json

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The API's answer; what may safely come twice is sent again while no answer comes.

        Raises:
            ApiError: the API refused.
            Unreachable: no answer came.
        """
        return self._answer(Call(method, path, query or {}, body, headers or {}))

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

    def take(
        self, place: Place, waiting: Callable[[Any], None], sleep: Callable[[float], None]
    ) -> dict[str, Any]:
        """What names the run that has got its slot, for work that is done here.

        As `baton.external.take`, but for what it raises.
        """
        with self._ending_the_command():
            return take(self._api, place, waiting, sleep)

    def _answer(self, call: Call) -> Answer:
        """The answer to the call; what goes wrong ends the command."""
        with self._ending_the_command():
            return self._api.call(call)

    @contextmanager
    def _ending_the_command(self) -> Iterator[None]:
        """What goes wrong with a call ends the command."""
        try:
            yield
        except baton.Problem as problem:
            document = problem.document
            raise ApiError(problem.status, document, as_json=self._as_json) from None
        except baton.Unreachable as error:
            raise Unreachable(clean(str(error))) from None
        except baton.Redirected as error:
            raise CliError(clean(str(error))) from None
        except baton.NotBaton as error:
            raise CliError(clean(str(error)), Exit.UNREACHABLE) from None
        except ValueError as error:
            raise UsageProblem(f"What is to be sent cannot be JSON: {error}") from error

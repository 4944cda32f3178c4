"""Clients of Baton's API: every call by name, for plain and for asynchronous programs.

Where Baton is and the token for it are given, or stand in the environment as `BATON_URL` and
`BATON_TOKEN`.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Final

import httpx

from baton import types
from baton.async_runs import AsyncRun
from baton.errors import BatonError, Stopped
from baton.exchange import VERSION, Answer, Call, Exchange, value_of
from baton.external import Place, take
from baton.operations import AsyncOperations, Operations
from baton.pages import AsyncPages, Pages
from baton.runs import Run, run

#: Seconds for a connection, and then for an answer; API Gateway answers within 30.
TIMEOUT: Final = httpx.Timeout(35.0, connect=5.0)
AGENT: Final = f"baton-client/{VERSION}"


class Client(Operations):
    """Calls the API of one deployment with one token. Threads may share it."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: httpx.Timeout | float = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,  # noqa: TID251  # the client is no part of Baton
        agent: str = AGENT,
    ) -> None:
        """`transport` carries requests instead of the network; `sleep` waits between attempts.

        Raises `ValueError` if neither an argument nor the environment says where Baton is.
        """
        self._url, self._token = _place(url), _token(token)
        self._agent, self._sleep = agent, sleep
        self._http = httpx.Client(timeout=timeout, transport=transport, follow_redirects=False)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    @property
    def url(self) -> str:
        """Where Baton is, without `/v1`."""
        return self._url

    def external(
        self,
        schedule_id: str,
        *,
        waiting: Callable[[types.WholeRun], None] | None = None,
        retries: str | None = None,
        idempotency_key: str | None = None,
        transport: httpx.BaseTransport | None = None,
        **wanted: Any,
    ) -> Run:
        """Take the slot of an `external` schedule; the run that is done here, for a `with` block.

            with client.external(schedule_id) as run:
                ...

        Args:
            schedule_id: The schedule; its target is `{"type": "external"}`.
            waiting: What is told of the run each time that it is looked at while it waits for its
                slot. Without it nobody waits, and a 429 `Problem` says who is at work.
            retries: An ended run of it that is done over, from the checkpoint that it has left.
            idempotency_key: One that outlives the process, so that it takes one slot in all.
            transport: What carries the run's own requests instead of the network.
            wanted: `payload`, `max_steps`, `max_tokens` and `max_cost` of the run.

        Raises:
            Problem: it is busy (429), off (409), not there, or not external; or the run was
                cancelled or skipped while it waited (409).
            Unreachable: no answer came. A slot that was taken all the same is free soon.
        """
        waits = waiting is not None
        place = Place(schedule_id, wanted, waits=waits, key=idempotency_key, retries=retries)
        begun = take(self, place, waiting or (lambda _run: None), self._sleep)
        return run(begun, transport=transport)

    def call(self, call: Call) -> Answer:
        """The answer to a call, which need not be one that has a name here.

        What may safely come twice is sent again, up to four times in all, while no answer comes or
        the API is too busy.

        Raises:
            Problem: the API refused.
            Unreachable: no answer came.
            NotBaton: something else answered.
        """
        exchange = Exchange(call, self._url, self._token, self._agent)
        while True:
            try:
                answer = _answer(self._http.send(self._request(exchange)))
            except httpx.RequestError as error:
                self._sleep(exchange.seconds_after_loss(_why(error)))
                continue
            seconds = exchange.seconds_after(answer)
            if seconds is None:
                return exchange.result(answer)
            self._sleep(seconds)

    def _request(self, exchange: Exchange) -> httpx.Request:
        return self._http.build_request(
            exchange.method, exchange.url, headers=exchange.headers, content=exchange.content
        )

    def _value(self, call: Call) -> Any:
        return value_of(self.call(call))

    def _pages(self, call: Call) -> Pages[Any, Any]:
        return Pages(lambda cursor: self._value(_from_cursor(call, cursor)))


class AsyncClient(AsyncOperations):
    """The same for asynchronous programs. Tasks of one event loop may share it."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: httpx.Timeout | float = TIMEOUT,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        agent: str = AGENT,
    ) -> None:
        """As of `Client`."""
        self._url, self._token = _place(url), _token(token)
        self._agent, self._sleep = agent, sleep
        self._http = httpx.AsyncClient(timeout=timeout, transport=transport, follow_redirects=False)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def external(
        self,
        schedule_id: str,
        *,
        waiting: Callable[[types.WholeRun], None] | None = None,
        retries: str | None = None,
        idempotency_key: str | None = None,
        transport: httpx.BaseTransport | None = None,
        **wanted: Any,
    ) -> AsyncRun:
        """Take the slot of an `external` schedule; the run that is done here.

            async with await client.external(schedule_id) as run:
                ...

        Everything is as of `Client.external`; a task that is cancelled while it waits gives the
        wait up. `waiting` is called in another thread.
        """
        given_up = threading.Event()

        def sleep(seconds: float) -> None:
            if given_up.wait(seconds):
                raise asyncio.CancelledError

        def begin() -> Run:
            with Client(
                self._url, self._token, transport=transport, sleep=sleep, agent=self._agent
            ) as client:
                return client.external(
                    schedule_id,
                    waiting=waiting,
                    retries=retries,
                    idempotency_key=idempotency_key,
                    transport=transport,
                    **wanted,
                )

        beginning = asyncio.ensure_future(asyncio.to_thread(begin))
        try:
            return AsyncRun(await asyncio.shield(beginning))
        except asyncio.CancelledError:
            given_up.set()
            with suppress(BatonError, asyncio.CancelledError):
                await asyncio.to_thread(_give_back, await beginning)
            raise

    async def call(self, call: Call) -> Answer:
        """As `Client.call`."""
        exchange = Exchange(call, self._url, self._token, self._agent)
        while True:
            try:
                answer = _answer(await self._http.send(self._request(exchange)))
            except httpx.RequestError as error:
                await self._sleep(exchange.seconds_after_loss(_why(error)))
                continue
            seconds = exchange.seconds_after(answer)
            if seconds is None:
                return exchange.result(answer)
            await self._sleep(seconds)

    def _request(self, exchange: Exchange) -> httpx.Request:
        return self._http.build_request(
            exchange.method, exchange.url, headers=exchange.headers, content=exchange.content
        )

    async def _value(self, call: Call) -> Any:
        return value_of(await self.call(call))

    def _pages(self, call: Call) -> AsyncPages[Any, Any]:
        return AsyncPages(lambda cursor: self._value(_from_cursor(call, cursor)))


def _give_back(taken: Run) -> None:
    """End a run whose slot nobody wants any more."""
    with suppress(Stopped), taken:
        raise Stopped("signal")


def _place(url: str | None) -> str:
    found = url or os.environ.get("BATON_URL", "")
    if not found:
        raise ValueError("Where is Baton? Give its URL, or set BATON_URL.")
    return found.rstrip("/").removesuffix("/v1")


def _token(token: str | None) -> str | None:
    return token or os.environ.get("BATON_TOKEN") or None


def _from_cursor(call: Call, cursor: str | None) -> Call:
    return call if cursor is None else replace(call, query={**call.query, "cursor": cursor})


def _answer(response: httpx.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, response.content)


def _why(error: httpx.RequestError) -> str:
    return str(error) or type(error).__name__

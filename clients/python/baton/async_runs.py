"""Runs that call back, in asynchronous programs: the same run, which blocks no event loop.

    async with baton.async_run(event) as run:
        async for page in pages:
            await run.step(tokens=...)
            await run.checkpoint({"page": page})

Its heartbeats are a thread's, so that a loop that is busy loses no lease.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import httpx

from baton.errors import Stopped
from baton.runs import EVERY, STEPS_WITHIN, Patience, Run, run


def async_run(
    source: Mapping[str, Any] | None = None,
    *,
    every: float = EVERY,
    steps_within: float = STEPS_WITHIN,
    patience: Patience = None,
    transport: httpx.BaseTransport | None = None,
) -> AsyncRun:
    """The run that an event, headers or an environment names, for an `async with` block.

    Everything is as of `baton.run`.
    """
    given = run(
        source, every=every, steps_within=steps_within, patience=patience, transport=transport
    )
    return AsyncRun(given)


class AsyncRun:
    """A run under way, as of `baton.Run`. What may wait for an answer is awaited."""

    def __init__(self, under_way: Run) -> None:
        self._run = under_way
        self._takes_signals = self._was_asked_to_end = False

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._run.run_id

    @property
    def reason(self) -> str | None:
        """Why the run is to stop, as `Stopped` has it; None while it may go on."""
        return self._run.reason

    @property
    def budget(self) -> str | None:
        """Which budget is used up, if that is why the run is to stop."""
        return self._run.budget

    @property
    def resumed_from(self) -> dict[str, Any] | None:
        """The checkpoint that the attempt before has left; None if there is none."""
        return self._run.resumed_from

    @property
    def summary(self) -> str | None:
        """What is said of the run at its end, in a sentence."""
        return self._run.summary

    @summary.setter
    def summary(self, text: str | None) -> None:
        self._run.summary = text

    async def step(self, count: int = 1, *, tokens: int = 0, cost: float = 0.0) -> None:
        """As `Run.step`."""
        await asyncio.to_thread(self._run.step, count, tokens=tokens, cost=cost)

    async def checkpoint(self, data: Mapping[str, Any]) -> None:
        """As `Run.checkpoint`."""
        await asyncio.to_thread(self._run.checkpoint, data)

    def progress(self, done: int, total: int) -> None:
        """As `Run.progress`."""
        self._run.progress(done, total)

    def log(self, message: str, level: str = "info", **data: Any) -> None:
        """As `Run.log`."""
        self._run.log(message, level, **data)

    def count(self, processed: int = 0, skipped: int = 0, errors: int = 0) -> None:
        """As `Run.count`."""
        self._run.count(processed, skipped, errors)

    def check(self) -> None:
        """As `Run.check`."""
        self._run.check()

    async def __aenter__(self) -> AsyncRun:
        """Begin. Raises `Stopped` if the run is over already."""
        beginning = asyncio.ensure_future(asyncio.to_thread(self._run.__enter__))
        try:
            await asyncio.shield(beginning)
        except asyncio.CancelledError as error:
            await beginning  # It has begun all the same, and would never end.
            await asyncio.to_thread(self._run.__exit__, type(error), error, None)
            raise
        if _may_take_signals():
            task = asyncio.current_task()
            assert task is not None
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._end, task)
            self._takes_signals = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say how it ended; raises as `Run` does, and `SystemExit` if SIGTERM has ended it."""
        if self._takes_signals:
            asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
        ended = Stopped("signal") if self._was_asked_to_end else error
        kind = None if ended is None else type(ended)
        saying = asyncio.to_thread(self._run.__exit__, kind, ended, trace)
        await asyncio.shield(asyncio.ensure_future(saying))
        if self._was_asked_to_end:
            raise SystemExit(128 + signal.SIGTERM) from error

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._was_asked_to_end = True
        task.cancel()


def _may_take_signals() -> bool:
    """Whether SIGTERM would end this process, and can be taken here."""
    is_main = threading.current_thread() is threading.main_thread()
    is_posix = hasattr(signal, "SIGHUP")
    return is_main and is_posix and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL

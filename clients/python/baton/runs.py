"""Runs that call back: heartbeats, what there is to report, and the end, in a `with` block.

    with baton.run(event) as run:
        for page in pages:
            run.step(tokens=...)
            run.progress(done, total)
            run.checkpoint({"page": page})

Inside it a thread keeps the run's lease. A run that is to stop hears of it by `Stopped`, at its
next `step`, `checkpoint`, `progress`, `log`, `count` or `check`; a signal that ends the process
raises it at once. What the block raises is the run's failure, and its end is the run's end.
Baton's side is described in docs/how-to/long-runs.md.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final

import httpx

from baton.errors import Fail, NoRun, Problem, Stopped, Unreachable
from baton.exchange import VERSION, Answer, problem_of

logger = logging.getLogger("baton_client")

#: Seconds between heartbeats at most: within them a run hears that it is to stop.
EVERY: Final = 30.0
#: Steps that follow each other faster than this many seconds share a heartbeat.
STEPS_WITHIN: Final = 1.0
#: After how many seconds a heartbeat that was not taken is followed by the next, at most.
_SOON: Final = 5.0
#: How long a lease counts as running, in seconds, before any answer has said until when it does.
_UNKNOWN_LEASE: Final = 60.0
_SHORTEST_LEASE: Final = 5.0
_BEATS_IN_A_LEASE: Final = 3
_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 10.0
#: For so long a process that was asked to end tries to say so.
_PATIENCE_AFTER_A_SIGNAL: Final = 10.0
#: Lines of a heartbeat at most, and characters of what they say: a request has its limit, too.
_MOST_LINES: Final = 500
_MOST_TEXT: Final = 32_768
_LONGEST_TEXT: Final = 4096
#: Bytes of a checkpoint as JSON.
_LARGEST_CHECKPOINT: Final = 8192
_TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0)
_OK, _UNAUTHORIZED, _CONFLICT, _FIRST_FAULT = 200, 401, 409, 500
_UNPROCESSABLE: Final = frozenset({413, 422})
#: Why a run stops that is not this process's any more: there is nobody to tell.
_LOST: Final = frozenset({"lease_lost", "unauthorized", "silence"})
_SIGNALS: Final = ("SIGTERM", "SIGINT")
_FIELDS: Final = (
    "run_id",
    "callback_url",
    "run_token",
    "schedule_id",
    "tenant_id",
    "fire_at",
    "ending_file",
)


#: Seconds, or a function that says how many; None for as long as it takes.
Patience = float | Callable[[], float] | None


@dataclass(frozen=True)
class Callback:
    """What the target of a run is given of it. The token is good for this attempt alone."""

    run_id: str
    url: str
    token: str = field(repr=False)
    schedule_id: str | None = None
    tenant_id: str | None = None
    fire_at: str | None = None
    attempt: int | None = None
    #: Where the end is written to, if another process says it to Baton: `baton exec` does.
    ending_file: str | None = None


def seconds() -> float:
    """Seconds by a clock that nobody sets, and that goes on while the machine sleeps: leases do."""
    clock = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def callback_in(source: Mapping[str, Any] | None = None) -> Callback:
    """What a Lambda event, the headers of a request, or an environment says of its run.

    Without any, it is this process's environment: `BATON_CALLBACK_URL` and `BATON_RUN_TOKEN`.

    Raises:
        NoRun: it names no run, or one whose target is not to call back.
    """
    given: Mapping[str, Any] = os.environ if source is None else source
    for inner in ("baton", "headers"):
        if isinstance(given.get(inner), Mapping):
            given = given[inner]
            break
    # `run_id` of an event, `Baton-Run-Id` of headers, `BATON_RUN_ID` of an environment.
    plain = {str(name).lower().replace("-", "_"): each for name, each in given.items()}
    found = {name: plain.get(f"baton_{name}", plain.get(name)) for name in _FIELDS}
    url, token = found["callback_url"], found["run_token"]
    if not (isinstance(url, str) and url and isinstance(token, str) and token):
        raise NoRun(
            "There is no run that calls back: neither an event with “baton”, nor the headers "
            "Baton-Callback-Url and Baton-Run-Token, nor BATON_CALLBACK_URL and BATON_RUN_TOKEN."
        )
    url = url.rstrip("/")
    attempt = plain.get("baton_attempt", plain.get("attempt"))
    return Callback(
        run_id=found["run_id"] or url.rpartition("/")[2],
        url=url,
        token=token,
        schedule_id=found["schedule_id"],
        tenant_id=found["tenant_id"],
        fire_at=found["fire_at"],
        attempt=None if attempt is None else int(attempt),
        ending_file=found["ending_file"],
    )


def run(
    source: Mapping[str, Any] | None = None,
    *,
    every: float = EVERY,
    steps_within: float = STEPS_WITHIN,
    patience: Patience = None,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,  # noqa: TID251  # the client is no part of Baton
) -> Run:
    """The run that a Lambda event, headers or an environment names, for a `with` block.

    Args:
        source: As `callback_in` takes it; this process's environment, if None.
        every: Seconds between heartbeats at most; a third of the lease, if that is less.
        steps_within: Steps that follow each other within so many seconds share a heartbeat.
        patience: For how many seconds the end is said again while no answer comes; if None, for as
            long as the lease runs. A function is asked when the end has come.
        transport: What carries requests instead of the network.
        sleep: What waits between attempts to say the end.

    Raises:
        NoRun: there is no run that calls back.
    """
    callback = callback_in(source)
    http = httpx.Client(timeout=_TIMEOUT, transport=transport, follow_redirects=False)
    return Run(
        callback, http, every=every, steps_within=steps_within, patience=patience, sleep=sleep
    )


class Run:
    """A run under way. Its methods may be called from any thread."""

    def __init__(
        self,
        callback: Callback,
        http: httpx.Client,
        *,
        every: float = EVERY,
        steps_within: float = STEPS_WITHIN,
        patience: Patience = None,
        clock: Callable[[], float] = seconds,
        sleep: Callable[[float], None] = time.sleep,  # noqa: TID251  # the client is no part of Baton
    ) -> None:
        """Programs call `run`, which says what these are. `clock` counts seconds."""
        self.callback = callback
        #: What is said of the run at its end, in a sentence.
        self.summary: str | None = None
        #: The checkpoint that the attempt before has left, or this one when it was interrupted;
        #: None if there is none. It is known once the block has begun.
        self.resumed_from: dict[str, Any] | None = None
        #: Which budget is used up, if that is why the run is to stop: `steps`, `tokens` or `cost`.
        self.budget: str | None = None
        self._every, self._steps_within, self._patience = every, steps_within, patience
        self._http = http
        self._steps = 0
        self._tokens, self._cost = 0, 0.0
        self._totals = {"processed": 0, "skipped": 0, "errors": 0}
        self._progress: dict[str, int] | None = None
        self._checkpoint: dict[str, Any] | None = None
        self._lines: list[dict[str, Any]] = []
        #: Guards what is to be reported.
        self._report = threading.RLock()
        #: One heartbeat goes out at a time.
        self._sending = threading.RLock()
        self._reason: str | None = None
        self._signal: int | None = None
        self._clock, self._sleep = clock, sleep
        self._heard_at: float | None = None
        self._lease_seconds = _UNKNOWN_LEASE
        self._lease_ends = clock() + _UNKNOWN_LEASE
        self._adopted: dict[str, Any] = {}
        self._interval = every
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="baton-heartbeat", daemon=True)
        self._former: dict[int, Any] = {}

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.callback.run_id

    @property
    def reason(self) -> str | None:
        """Why the run is to stop, as `Stopped` has it; None while it may go on."""
        return self._reason

    @property
    def lease(self) -> tuple[float, float] | None:
        """How long the lease is, and when it ends by `seconds`; None before Baton has said so."""
        return None if self._heard_at is None else (self._lease_seconds, self._lease_ends)

    def adopt(self, ending: Mapping[str, Any]) -> None:
        """Say this at the end, too: what another process has reported of the run's end."""
        self._adopted = dict(ending)

    # What the work calls

    def step(self, count: int = 1, *, tokens: int = 0, cost: float = 0.0) -> None:
        """Report one more step, or several, and what it uses up, and see whether to go on.

        Called before the step is taken, it keeps the run within its budget. Raises `Stopped`.
        """
        with self._report:
            self._steps += count
            self._tokens += tokens
            self._cost += cost
        self._beat_soon()
        self.check()

    def checkpoint(self, data: Mapping[str, Any]) -> None:
        """Have Baton keep where the work is: the next attempt finds it in `resumed_from`.

        It goes out as a step does; the newest counts. Raises `Stopped`, and `ValueError` if it is
        no JSON or larger than 8 KiB.
        """
        text = json.dumps(data, allow_nan=False)
        if len(text.encode()) > _LARGEST_CHECKPOINT:
            raise ValueError("A checkpoint has 8 KiB of JSON at most.")
        with self._report:
            self._checkpoint = json.loads(text)
        self._beat_soon()
        self.check()

    def progress(self, done: int, total: int) -> None:
        """Report how far the work is; it goes out with the next heartbeat. Raises `Stopped`."""
        with self._report:
            self._progress = {"done": done, "total": total}
        self.check()

    def log(self, message: str, level: str = "info", **data: Any) -> None:
        """Write a line into the run's log; it goes out with the next heartbeat. Raises `Stopped`.

        `level` is `debug`, `info`, `warning` or `error`.
        """
        with self._report:
            text = message[:_LONGEST_TEXT]
            self._lines.append({"message": text, "level": level, "data": data or None})
        self.check()

    def count(self, processed: int = 0, skipped: int = 0, errors: int = 0) -> None:
        """Add to the totals, which are said at the end; errors fail the run. Raises `Stopped`."""
        with self._report:
            self._totals["processed"] += processed
            self._totals["skipped"] += skipped
            self._totals["errors"] += errors
        self.check()

    def check(self) -> None:
        """See whether to go on, by the last heartbeat. Raises `Stopped`."""
        if self._reason is None and self._clock() >= self._lease_ends:
            self._stop("silence")
        if self._reason is not None:
            raise Stopped(self._reason)

    # From the beginning to the end

    def __enter__(self) -> Run:
        """Begin. Raises `Stopped` if the run is over already, as in a repeated invocation."""
        self._beat(with_checkpoint=True)
        if self._reason is not None:
            stopped = Stopped(self._reason)
            self._say_the_end(stopped)
            self._http.close()
            raise stopped
        self._thread.start()
        self._watch_signals()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say how it ended.

        Raises:
            Stopped: the block has ended well, but the run was not this process's any more.
            Unreachable: nobody answered, so the run is left to its lease.
            Problem: the API refused what was reported; the run failed by that.
        """
        self._leave_signals()
        self._is_over.set()
        self._thread.join()
        try:
            self._say_the_end(error)
        except (Stopped, Unreachable, Problem) as unsaid:
            if error is None:
                raise
            logger.warning("the end of run %s was not taken: %s", self.run_id, unsaid)
        finally:
            self._http.close()
        if self._signal is not None and isinstance(error, Stopped):
            if self._signal == signal.SIGINT:
                raise KeyboardInterrupt from error
            raise SystemExit(128 + self._signal) from error

    # Heartbeats

    def _keep(self) -> None:
        """Beat until the end: what the thread does."""
        wait = self._interval
        while not self._is_over.wait(wait):
            if self._beat():
                wait = self._interval
            elif self._reason in _LOST:
                return
            else:
                wait = min(self._interval / _BEATS_IN_A_LEASE, _SOON)
            if self._clock() >= self._lease_ends:
                self._stop("silence")
                return

    def _beat_soon(self) -> None:
        """Send a heartbeat, unless one was taken just before."""
        if self._heard_at is None or self._clock() - self._heard_at >= self._steps_within:
            self._beat()

    def _beat(self, *, with_checkpoint: bool = False) -> bool:
        """Send a heartbeat with what there is to report; returns whether it was taken."""
        with self._sending:
            with self._report:
                lines = self._next_lines()
                body = {**self._counts(), "log": lines} if lines else self._counts()
                if self._progress is not None:
                    body["progress"] = self._progress
            if with_checkpoint:
                body["with_checkpoint"] = True
            sent_at = self._clock()
            try:
                answer = self._send("heartbeat", body)
            except httpx.RequestError as error:
                logger.info("no answer to a heartbeat of run %s: %r", self.run_id, error)
                return False
            return self._hear(answer, sent_at, lines, body.get("checkpoint"))

    def _next_lines(self) -> list[dict[str, Any]]:
        """As many of the lines that wait as a heartbeat has room for; one at least."""
        room, count = _MOST_TEXT, 0
        for line in self._lines[:_MOST_LINES]:
            room -= len(line["message"]) + (len(str(line["data"])) if line["data"] else 0)
            if room < 0 and count:
                break
            count += 1
        return self._lines[:count]

    def _hear(
        self,
        answer: Answer,
        sent_at: float,
        lines: list[dict[str, Any]],
        checkpoint: dict[str, Any] | None,
    ) -> bool:
        if answer.status == _OK:
            self._heard_at = sent_at
            self._forget(lines, checkpoint)
            said = answer.json
            if "checkpoint" in said:
                self.resumed_from = said["checkpoint"]
            if said["continue"]:
                self._renew(said.get("lease_expires_at"), answer, sent_at)
            else:
                self.budget = said.get("budget")
                self._stop(str(said.get("reason", "cancelled")))
            return True
        if answer.status == _CONFLICT:
            self._stop("lease_lost")
        elif answer.status == _UNAUTHORIZED:
            self._stop("unauthorized")
        elif answer.status in _UNPROCESSABLE:
            # What is wrong would be wrong again; the lease matters more.
            logger.warning("a report of run %s is refused: %s", self.run_id, answer.content)
            self._forget(lines, checkpoint)
            with self._report:
                self._progress = None
        return False

    def _forget(self, lines: list[dict[str, Any]], checkpoint: dict[str, Any] | None) -> None:
        with self._report:
            del self._lines[: len(lines)]
            if self._checkpoint is checkpoint:
                self._checkpoint = None

    def _renew(self, until: str | None, answer: Answer, sent_at: float) -> None:
        """Note until when the lease runs, by the API's clock and not by this machine's."""
        if until is None:
            return
        seconds = (_instant(until) - _date_of(answer)).total_seconds()
        seconds = max(seconds, _SHORTEST_LEASE)  # It was renewed, whatever clocks say.
        self._lease_seconds, self._lease_ends = seconds, sent_at + seconds
        self._interval = min(self._every, max(seconds / _BEATS_IN_A_LEASE, 1.0))

    def _counts(self) -> dict[str, Any]:
        counts: dict[str, Any] = {"steps": self._steps} if self._steps else {}
        if self._checkpoint is not None:
            counts["checkpoint"] = self._checkpoint
        if self._tokens or self._cost:
            counts["usage"] = {"tokens": self._tokens, "cost": self._cost}
        return counts

    def _stop(self, reason: str) -> None:
        if self._reason is None:
            self._reason = reason

    # The end

    def _say_the_end(self, error: BaseException | None) -> None:
        """Complete or fail the run. Raises `Stopped`, `Unreachable`, `Problem`."""
        if isinstance(error, Stopped) and error.reason in _LOST:
            return
        while self._lines and self._beat():
            pass  # What is not taken now is lost: the end has no room for lines.
        with self._report:
            ending = {**self._adopted, **self._counts()}
            if any(self._totals.values()):
                ending["totals"] = dict(self._totals)
            if self.summary is not None:
                ending["summary"] = self.summary[:_LONGEST_TEXT]
        failure = None if error is None else _failure(error)
        if failure is None:
            self._end("complete", ending)
        else:
            self._end("fail", {**ending, **failure})

    def _end(self, what: str, body: dict[str, Any]) -> None:
        """Say it until it is answered, or leave it to the process that does."""
        if self.callback.ending_file:
            ending = {"what": what, "body": body}
            Path(self.callback.ending_file).write_text(json.dumps(ending), encoding="utf-8")
            return
        answer, was_lost = self._answered(what, body)
        if answer.status == _OK:
            return
        if answer.status in (_CONFLICT, _UNAUTHORIZED):
            if was_lost:
                # An earlier one may have counted, whose answer was lost; it is over in any case.
                logger.info("the end of run %s was said before", self.run_id)
                return
            reason = "lease_lost" if answer.status == _CONFLICT else "unauthorized"
            self._stop(reason)
            raise Stopped(reason)
        problem = Problem(answer.status, problem_of(answer), answer.headers)
        if answer.status in _UNPROCESSABLE:
            # A run has to end, and as what was reported is wrong, it has failed.
            message = f"Its report was refused: {problem.errors or problem}"
            self._answered("fail", {"reason": "error", "message": message[:_LONGEST_TEXT]})
        raise problem

    def _answered(self, what: str, body: dict[str, Any]) -> tuple[Answer, bool]:
        """The first answer that is one, and whether one to an earlier try may have been lost."""
        until = self._said_until()
        wait, was_lost = _FIRST_WAIT, False
        while True:
            why = ""
            try:
                answer = self._send(what, body)
            except httpx.RequestError as error:
                was_lost = was_lost or not isinstance(error, httpx.ConnectError)
                why = f"{type(error).__name__}: {error}"
            else:
                if answer.status < _FIRST_FAULT and answer.status != 429:  # noqa: PLR2004
                    return answer, was_lost
                was_lost = was_lost or answer.status != 503  # noqa: PLR2004  # it did nothing
                why = f"the answer was {answer.status}"
            if self._clock() + wait >= until:
                raise Unreachable(f"{self.callback.url} was not told of the end: {why}")
            self._sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _said_until(self) -> float:
        now = self._clock()
        if self._signal is not None:
            return now + _PATIENCE_AFTER_A_SIGNAL
        if self._patience is not None:
            return now + (self._patience() if callable(self._patience) else self._patience)
        return max(self._lease_ends, now + _FIRST_WAIT * 4)

    def _send(self, what: str, body: Mapping[str, Any]) -> Answer:
        response = self._http.post(
            f"{self.callback.url}/{what}",
            json=body,
            headers={
                "Authorization": f"Bearer {self.callback.token}",
                "Accept": "application/json",
                "User-Agent": f"baton-client/{VERSION}",
            },
        )
        headers = {name.lower(): each for name, each in response.headers.items()}
        return Answer(response.status_code, headers, response.content)

    # Signals

    def _watch_signals(self) -> None:
        """Have signals that would end the process stop the run first; not those that are taken."""
        if threading.current_thread() is not threading.main_thread():
            return
        for name in _SIGNALS:
            number = getattr(signal, name)
            former = signal.getsignal(number)
            if former in (signal.SIG_DFL, signal.default_int_handler):
                self._former[number] = former
                signal.signal(number, self._on_signal)

    def _leave_signals(self) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)
        self._former.clear()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signal = number
        self._leave_signals()  # A second one ends the process as it would have done.
        self._stop("signal")
        raise Stopped("signal")


def _failure(error: BaseException) -> dict[str, Any] | None:
    """What is said of a run that this ended; None if it is no failure."""
    if isinstance(error, Fail):
        failure: dict[str, Any] = {"reason": error.reason, "message": error.message}
        if error.retry_after is not None:
            failure["retry_after_seconds"] = error.retry_after
    elif isinstance(error, Stopped):
        failure = {"reason": "aborted", "message": f"It was stopped: {error.reason}."}
    elif isinstance(error, SystemExit):
        if not error.code:
            return None
        failure = {"reason": "error", "message": f"It exited with {error.code}."}
    elif isinstance(error, Exception):
        failure = {"reason": "error", "message": f"{type(error).__name__}: {error}"}
    else:
        failure = {"reason": "aborted", "message": f"It was ended by {type(error).__name__}."}
    return {**failure, "message": failure["message"][:_LONGEST_TEXT]}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _date_of(answer: Answer) -> datetime:
    """When the API answered, by its own clock; by this machine's, if it does not say."""
    try:
        return parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError, TypeError):
        return datetime.now().astimezone()

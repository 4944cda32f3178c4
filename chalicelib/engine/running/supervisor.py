"""Stopping work from outside: threads that maintain the attempt, and a signal that interrupts it.

Lambda calls handlers on the main thread, where Python delivers signals, also into blocking I/O
and `time.sleep`. One thread maintains lease and log. Another only looks at the clock, so that
storage that hangs cannot hold it up; when the attempt is to stop it sends the signal, whose
handler raises the stop in the job's own frames.

The work lasts until every thread that the job started and that Python itself would wait for has
ended, as a program does; that of a stopped job until every thread has. Child processes are killed.
A job that does not give way in any of this takes its process with it: no code of an attempt may
still run when its slot goes to somebody else, and Lambda uses the process for the next one.
"""

import os
import signal
import threading
from contextlib import AbstractContextManager
from types import FrameType, TracebackType
from typing import Final

from chalicelib.engine.running.attempt import Attempt
from chalicelib.engine.running.leftovers import ProcessSnapshot
from chalicelib.platform import events
from chalicelib.platform.threads import with_context

EVERY_SECONDS: Final = 1.0
#: A job that does not give way to this many interrupts, one a second, takes the process with it:
#: nothing of it may still run when the slot goes to somebody else.
PATIENCE: Final = 10
#: The same where the slot may go to somebody else within seconds: the lease is over.
PATIENCE_WITHOUT_LEASE: Final = 1
#: How long the verdict of a process that ends itself may take to reach storage.
VERDICT_SECONDS: Final = 2.0
#: How often leftover threads are looked for.
LOOK_EVERY_SECONDS: Final = 0.05


def supervised(
    attempt: Attempt, every_seconds: float = EVERY_SECONDS
) -> AbstractContextManager[None]:
    """Maintain the attempt while the body works; interrupt the body when it is to stop."""
    return _Supervision(attempt, every_seconds)


class _Supervision(AbstractContextManager[None]):
    """The context manager behind `supervised`.

    It is a class because an interrupt could end a generator just before its cleanup begins.
    """

    def __init__(self, attempt: Attempt, every_seconds: float) -> None:
        self._attempt, self._every_seconds = attempt, every_seconds
        self._body_works = False
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=with_context(each), daemon=True)
            for each in (self._maintain, self._watch)
        ]

    def __enter__(self) -> None:
        self._previous_handler = signal.signal(signal.SIGALRM, self._interrupt)
        for thread in self._threads:
            thread.start()
        self._snapshot = ProcessSnapshot()
        self._body_works = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._body_works = False
        self._attempt.accept_stop(error)
        self._await_threads()
        self._over.set()
        self._tidy_up()
        for thread in self._threads:
            thread.join()
        # Not before the threads have ended: without a handler a late signal ends the process.
        signal.signal(signal.SIGALRM, self._previous_handler)

    def _interrupt(self, _signal: int, frame: FrameType | None) -> None:
        leaving = frame is not None and frame.f_code is _Supervision.__exit__.__code__
        if self._attempt.stop is not None and self._body_works and not leaving:
            raise self._attempt.stop

    def _await_threads(self) -> None:
        """Wait for threads that the job left behind. `_watch` goes on, so this wait has an end."""
        is_reported = False
        while left := self._leftovers():
            if not is_reported:
                self._tell_of_threads("Waiting for threads that it left behind", left)
                is_reported = True
            if self._attempt.stop is not None:
                self._kill_processes()  # some thread may be waiting for one
            self._over.wait(LOOK_EVERY_SECONDS)

    def _tidy_up(self) -> None:
        self._kill_processes()
        if staying := self._snapshot.threads():
            self._tell_of_threads("Daemon threads that it left behind go on", staying)

    def _kill_processes(self) -> None:
        if killed := self._snapshot.end_processes():
            events.warn("attempt_left_processes", run_id=self._attempt.run.run_id, left=killed)
            self._add_line("Processes that it left behind: killed", killed)

    def _leftovers(self) -> list[str]:
        before = self._snapshot
        return before.lasting_threads() if self._attempt.stop is None else before.threads()

    def _tell_of_threads(self, message: str, names: list[str]) -> None:
        events.warn("attempt_left_threads", run_id=self._attempt.run.run_id, left=names)
        self._add_line(message, names)

    def _add_line(self, message: str, what: list[str] | list[int]) -> None:
        self._attempt.add_line("warning", message, {"left": what})

    def _maintain(self) -> None:
        while not self._over.wait(self._every_seconds):
            self._attempt.maintain()

    def _watch(self) -> None:
        ignored = 0
        while not self._over.wait(self._every_seconds):
            self._attempt.check_time()
            if self._attempt.stop is None:
                continue
            patience = PATIENCE if self._attempt.holds_lease else PATIENCE_WITHOUT_LEASE
            if ignored >= patience:
                self._end_process()
            ignored += 1
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)

    def _end_process(self) -> None:
        """End everything. Storage may hang, so the verdict has little time to reach it."""
        self._snapshot.end_processes()
        writer = threading.Thread(target=with_context(self._record_verdict), daemon=True)
        writer.start()
        writer.join(VERDICT_SECONDS)
        events.error("attempt_unstoppable", run_id=self._attempt.run.run_id)
        os._exit(1)

    def _record_verdict(self) -> None:
        try:
            self._attempt.record_verdict()
        except Exception:
            events.error("verdict_lost", run_id=self._attempt.run.run_id)

"""Stopping work from outside: threads that tend the attempt, and a signal that interrupts it.

Lambda calls handlers on the main thread, where Python delivers signals, also into blocking I/O
and `time.sleep`. One thread tends lease and log. Another only looks at the clock, so that storage
that hangs cannot hold it up; when the attempt is to stop it sends the signal, whose handler raises
the stop in the job's own frames.
"""

import os
import signal
import threading
from contextlib import AbstractContextManager
from types import FrameType, TracebackType
from typing import Final

from chalicelib import events
from chalicelib.engine.attempt import Attempt

EVERY_SECONDS: Final = 1.0
#: A job that does not give way to this many interrupts, one a second, takes the process with it:
#: nothing of it may still run when the slot goes to somebody else.
PATIENCE: Final = 10
#: The same where the slot may go to somebody else within seconds: the lease is over.
PATIENCE_WITHOUT_LEASE: Final = 1


def supervised(
    attempt: Attempt, every_seconds: float = EVERY_SECONDS
) -> AbstractContextManager[None]:
    """Tend the attempt while the body works; interrupt the body when it is to stop."""
    return _Supervision(attempt, every_seconds)


class _Supervision(AbstractContextManager[None]):
    """A class, for in a generator an interrupt just before the cleanup would prevent it."""

    def __init__(self, attempt: Attempt, every_seconds: float) -> None:
        self._attempt, self._every_seconds = attempt, every_seconds
        self._body_works = False
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=each, daemon=True) for each in (self._tend, self._watch)
        ]

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGALRM, self._interrupt)
        for thread in self._threads:
            thread.start()
        self._body_works = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._body_works = False
        self._over.set()
        for thread in self._threads:
            thread.join()
        # Not before the threads have ended: without a handler a late signal ends the process.
        signal.signal(signal.SIGALRM, self._before)

    def _interrupt(self, _signal: int, frame: FrameType | None) -> None:
        leaving = frame is not None and frame.f_code is _Supervision.__exit__.__code__
        if self._attempt.stop is not None and self._body_works and not leaving:
            raise self._attempt.stop

    def _tend(self) -> None:
        while not self._over.wait(self._every_seconds):
            self._attempt.tend()

    def _watch(self) -> None:
        ignored = 0
        while not self._over.wait(self._every_seconds):
            self._attempt.notice()
            if self._attempt.stop is None:
                continue
            patience = PATIENCE if self._attempt.holds_lease else PATIENCE_WITHOUT_LEASE
            if ignored >= patience:
                events.error("attempt_unstoppable", run_id=self._attempt.run.run_id)
                os._exit(1)
            ignored += 1
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)

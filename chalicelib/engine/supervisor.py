"""Stopping work from outside: a thread that tends the attempt, and a signal that interrupts it.

Lambda calls handlers on the main thread, where Python delivers signals, also into blocking I/O
and `time.sleep`. The thread tends lease, log and deadline once a second; when the attempt is to
stop it sends the signal, whose handler raises the stop in the job's own frames.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from chalicelib import events
from chalicelib.engine.attempt import Attempt

TEND_EVERY_SECONDS: Final = 1.0
#: A job that does not give way to this many interrupts, one a second, takes the process with it:
#: nothing of it may still run when the slot goes to somebody else.
PATIENCE: Final = 10


@contextmanager
def supervised(attempt: Attempt) -> Iterator[None]:
    """Tend the attempt while the body works; interrupt the body when it is to stop."""
    over = threading.Event()

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        if attempt.stop is not None and not over.is_set():
            raise attempt.stop

    before = signal.signal(signal.SIGALRM, interrupt)
    thread = threading.Thread(target=_watch, args=(attempt, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        signal.signal(signal.SIGALRM, before)
        thread.join()


def _watch(attempt: Attempt, over: threading.Event) -> None:
    ignored = 0
    while not over.wait(TEND_EVERY_SECONDS):
        attempt.tend()
        if attempt.stop is None:
            continue
        if ignored >= PATIENCE:
            events.error("attempt_unstoppable", run_id=attempt.run.run_id)
            os._exit(1)
        ignored += 1
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)

"""What a job leaves behind when its own frames have ended: threads and child processes.

Python can neither stop a thread nor see that one is done with what it was started for, so the
difference between before and after is what counts.
"""

import concurrent.futures.thread
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Final

from chalicelib.domain.runs.report_rules import guarded

_PROCESSES: Final = Path("/proc")
_ZOMBIE: Final = "Z"
#: How the names of Baton's own threads begin, which may outlast a job: a name cannot be looked up
#: with a time limit, so the thread that does it goes on after the limit.
OWN_THREADS: Final = "baton-"


class ProcessSnapshot:
    """The threads and child processes that were there before the job, and so are not its own."""

    def __init__(self) -> None:
        self._threads = frozenset(sys._current_frames())
        self._children = frozenset(_descendants(os.getpid()))

    def threads(self) -> list[str]:
        """The names of the threads that have come since then and may still run code of the job."""
        return [name for name, _ in self._new()]

    def lasting_threads(self) -> list[str]:
        """Those of them that Python itself would wait for before it ends a program."""
        return [name for name, daemon in self._new() if not daemon]

    def end_processes(self) -> list[int]:
        """Kill the child processes that have come since then, and theirs. Returns their ids."""
        # Where nobody has imported it, it has not started its process either.
        tracker = getattr(
            sys.modules.get("multiprocessing.resource_tracker"), "_resource_tracker", None
        )
        own = {getattr(tracker, "_pid", None)}
        found = [pid for pid in _descendants(os.getpid()) if pid not in self._children | own]
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        return found

    def _new(self) -> Iterator[tuple[str, bool]]:
        """Each new thread's name, and whether it is a daemon. One unknown to Python is."""
        known = {thread.ident: thread for thread in threading.enumerate()}
        for ident, frame in sys._current_frames().items():
            if ident in self._threads or _rests_in_a_pool(frame):
                continue
            thread = known.get(ident)
            name, daemon = _name_and_daemon(thread) if thread else (f"thread {ident}", True)
            if not name.startswith(OWN_THREADS):
                yield name, daemon


def _name_and_daemon(thread: threading.Thread) -> tuple[str, bool]:
    """A job's own kind of thread may have properties that fail; it then counts as no daemon."""
    return guarded(lambda: (str(thread.name), bool(thread.daemon)), ("a thread", False))


def _rests_in_a_pool(frame: FrameType) -> bool:
    """Whether it is a worker of `concurrent.futures` that has nothing to do."""
    if frame.f_code is not concurrent.futures.thread._worker.__code__:
        return False
    queue = frame.f_locals.get("work_queue")
    return queue is not None and queue.empty() and "work_item" not in frame.f_locals


def _descendants(pid: int) -> Iterator[int]:
    """The living processes below that one; none where the system has no /proc."""
    children: dict[int, list[int]] = {}
    for entry in _PROCESSES.glob("[0-9]*"):
        state, parent = _state_and_parent(entry)
        if state != _ZOMBIE:
            children.setdefault(parent, []).append(int(entry.name))
    below = children.get(pid, [])
    while below:
        yield from below
        below = [grandchild for child in below for grandchild in children.get(child, [])]


def _state_and_parent(process: Path) -> tuple[str, int]:
    """From `pid (command) state ppid …`; the command may hold anything, brackets too."""
    try:
        _, _, rest = (process / "stat").read_text().rpartition(")")
        state, parent = rest.split()[:2]
    except (OSError, ValueError):
        return _ZOMBIE, 0  # it has ended meanwhile
    return state, int(parent)

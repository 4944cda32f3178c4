"""Runs a command, and ends it with whoever asked for it, or with the lease: whichever is first.

    python -I -S guardian.py CONTROL REPORT -- COMMAND …

A process of its own, in a session of its own: no signal that reaches its caller reaches it. The
command gets a session of its own, too, and this process's stdin, stdout and stderr.

CONTROL is a file descriptor that the caller writes lines to, and holds open as long as it lives:

    lease AT            everything is to be over at that instant of `seconds`
    stop SECONDS        ask the command to end; kill it after so many seconds

REPORT is one that it reads: `begun PGID`, then `ended CODE`, or `expired` if the lease was over,
or `failed TEXT` if there is no such command. After the last of these nothing is at work any more.

When CONTROL ends, the caller is gone: everything is killed at once. This file stands alone, and
is started without anything installed, so that it is there quickly.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

#: How often it looks at the clock at least, in seconds: a machine that slept is late all at once.
_LONGEST_WAIT: Final = 0.5
#: The same while the end is near.
_SHORT_WAIT: Final = 0.02
#: For so long what the command has left behind is asked to end before it is killed.
_LEFT_BEHIND: Final = 2.0
_SET_DEATH_SIGNAL: Final = 1
_SET_SUBREAPER: Final = 36


def seconds() -> float:
    """Seconds of a clock that all processes share, and that goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Guardian:
    """The command under way."""

    def __init__(self, control: int, report: int) -> None:
        self._control, self._report = control, report
        self._lines = b""
        self._lease_ends = seconds() + _LONGEST_WAIT * 20
        self._kill_at: float | None = None
        self._is_expired = False
        self._is_alone = False
        self._code: int | None = None
        self._group = 0

    def run(self, command: list[str]) -> None:
        """Run the command to its end, and say how it ended."""
        with suppress(OSError, AttributeError):
            # Linux: whatever a process of the command leaves behind becomes a child of this one.
            ctypes.CDLL(None).prctl(_SET_SUBREAPER, 1, 0, 0, 0)
        woken, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        # Signals that are sent to all processes, as at a shutdown, are for its caller to answer.
        # A command that is started gets them as they were.
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda *_: None)
        try:
            process = subprocess.Popen(  # noqa: S603  # it is what this is for
                command,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  # there is one thread
            )
        except (OSError, ValueError) as error:
            self._say(f"failed {error}")
            return
        self._group = process.pid
        self._say(f"begun {process.pid}")
        while not self._is_over():
            timeout = _LONGEST_WAIT if self._kill_at is None else _SHORT_WAIT
            waits_for = [woken] if self._is_alone else [woken, self._control]
            ready, _, _ = select.select(waits_for, [], [], timeout)
            if woken in ready:
                os.read(woken, 4096)
            if self._control in ready:
                self._hear()
            self._look_at_the_clock()
        self._say("expired" if self._is_expired else f"ended {self._code}")

    def _hear(self) -> None:
        received = os.read(self._control, 4096)
        if not received:
            self._is_alone = True
            self._kill()
            return
        *lines, self._lines = (self._lines + received).split(b"\n")
        for line in lines:
            word, _, number = line.partition(b" ")
            if word == b"lease":
                self._lease_ends = float(number)
            elif word == b"stop":
                self._ask_to_end(float(number))

    def _ask_to_end(self, grace: float) -> None:
        if self._kill_at is None:
            self._kill_at = seconds() + grace
            self._signal(signal.SIGTERM)
            self._signal(signal.SIGCONT)  # What is stopped takes no signal.

    def _kill(self) -> None:
        self._kill_at = seconds()
        self._signal(signal.SIGKILL)

    def _look_at_the_clock(self) -> None:
        now = seconds()
        if now >= self._lease_ends and self._code is None:
            self._is_expired = True
        if now >= self._lease_ends or (self._kill_at is not None and now >= self._kill_at):
            self._kill()

    def _is_over(self) -> bool:
        """Whether neither the command nor anything that it has left behind is there any more."""
        with suppress(ChildProcessError):
            while True:
                process, status = os.waitpid(-1, os.WNOHANG)
                if process == 0:
                    break
                if process == self._group:
                    self._code = os.waitstatus_to_exitcode(status)
        if self._code is None:
            return False
        if not _children() and not self._has_group():
            return True
        self._ask_to_end(_LEFT_BEHIND)
        return False

    def _has_group(self) -> bool:
        try:
            os.killpg(self._group, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True

    def _signal(self, number: int) -> None:
        """Send a signal to the command's group, and to what has left the group and its parent."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._group, number)
        for child in _children():
            if child != self._group:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(child, number)

    def _say(self, what: str) -> None:
        with suppress(BrokenPipeError):
            os.write(self._report, what.encode("utf-8", "replace").replace(b"\n", b" ") + b"\n")


def _die_with_parent() -> None:
    """Linux: the command is killed when this process is, whoever does that."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def _children() -> list[int]:
    """The processes that are this one's children by now; none where nothing lists them."""
    with suppress(OSError):
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
        return [int(each) for each in listed.split()]
    return []


if __name__ == "__main__":
    Guardian(int(sys.argv[1]), int(sys.argv[2])).run(sys.argv[4:])

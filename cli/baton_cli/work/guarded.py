"""A command that is at work only while this process lives and holds its lease."""

import os
import select
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from baton_cli.exits import CliError
from baton_cli.work.output import Output

_GUARDIAN: Final = str(Path(__file__).with_name("guardian.py"))
#: How long the guardian may take over what has been asked of it, in seconds.
_SLOW: Final = 5.0
_LOOKS: Final = 250


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, minus the signal that killed it; or it had to."""

    code: int
    has_expired: bool = False


class Guarded:
    """A command under way. At the block's end it is over, whatever happened in the block."""

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], output: Output, lease: float
    ) -> None:
        """Start the command; `lease` is the instant at which it has to be over.

        Raises `CliError` if there is no such command.
        """
        self._output = output
        control_end, self._control = os.pipe()
        self._report, report_end = os.pipe()
        os.set_blocking(self._control, False)  # A guardian that is stopped must not stop this.
        self._said, self._until = b"", 0.0
        self._group: int | None = None
        arguments = [str(control_end), str(report_end), "--", *command]
        try:
            self._process = subprocess.Popen(  # noqa: S603  # it is what this is for
                [sys.executable, "-I", "-S", _GUARDIAN, *arguments],
                env=dict(environ),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(control_end, report_end),
                start_new_session=True,
            )
        finally:
            os.close(control_end)
            os.close(report_end)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._report, selectors.EVENT_READ)
        output.read_from(self._process)
        self.renew(lease)

    def __enter__(self) -> "Guarded":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Have it killed if it is still at work."""
        if self._control >= 0:
            os.close(self._control)
            self._control = -1
        self._wait_for_guardian()
        self._output.close()
        self._selector.close()
        os.close(self._report)

    def renew(self, until: float) -> None:
        """Let it work until that instant of `baton.runs.seconds`, and no longer."""
        if until != self._until:
            self._until = until
            self._tell(f"lease {until!r}")

    def stop(self, grace: float) -> None:
        """Ask it to end, and have it killed after so many seconds."""
        self._tell(f"stop {max(grace, 0.0)!r}")

    def kill(self) -> None:
        """Kill it, whatever its guardian does: that one may be stopped."""
        self._kill_group()
        self._process.kill()

    def ended(self, wait: float) -> Ended | None:
        """How it ended; None if it is still at work after so many seconds.

        Raises `CliError` if it could not be started.
        """
        if not self._selector.select(wait):
            return None
        received = os.read(self._report, 4096)
        if not received:
            # Somebody has killed the guardian. On Linux the command is gone with it.
            self._kill_group()
            return Ended(-signal.SIGKILL)
        *lines, self._said = (self._said + received).split(b"\n")
        for line in lines:
            word, _, text = line.decode("utf-8", "replace").partition(" ")
            match word:
                case "begun":
                    self._group = int(text)
                case "ended":
                    return Ended(int(text))
                case "expired":
                    return Ended(-signal.SIGKILL, has_expired=True)
                case "failed":
                    raise CliError(f"The command cannot be started: {text}", code=_not_found(text))
        return None

    def _tell(self, line: str) -> None:
        with suppress(BrokenPipeError, BlockingIOError):
            os.write(self._control, f"{line}\n".encode())

    def _wait_for_guardian(self) -> None:
        try:
            self._process.wait(_SLOW)
        except subprocess.TimeoutExpired:
            self._kill_group()
            self._process.kill()
            self._process.wait()

    def _kill_group(self) -> None:
        if self._group is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, signal.SIGKILL)
                for _ in range(_LOOKS):  # It is over when all of it is gone.
                    os.killpg(self._group, 0)
                    select.select([], [], [], _SLOW / _LOOKS)


def _not_found(text: str) -> int:
    return 127 if "[Errno 2]" in text else 126

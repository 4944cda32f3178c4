"""What a command says: shown here as it comes, and in its run's log line by line."""

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from subprocess import Popen
from typing import IO, Any, BinaryIO, Final

#: Characters of a line of the log, and lines of a log, at most: the rest is only shown here.
LONGEST_LINE: Final = 2_000
MOST_LINES: Final = 2_000
#: For so long a process that has left the command's group may keep its output open, in seconds.
_LINGER: Final = 1.0

#: Takes a line and its level.
Log = Callable[[str, str], None]


class Output:
    """Relays both streams of a command, as bytes; `log` gets stderr as `warning`."""

    def __init__(self, log: Log, out: BinaryIO | None = None, err: BinaryIO | None = None) -> None:
        self._log = log
        self._out, self._err = out or sys.stdout.buffer, err or sys.stderr.buffer
        self._lock = threading.Lock()
        self._lines = self._left_out = 0
        self._threads: list[threading.Thread] = []

    def read_from(self, process: "Popen[bytes]") -> None:
        """Begin to relay what the process says."""
        for stream, shown, level in (
            (process.stdout, self._out, "info"),
            (process.stderr, self._err, "warning"),
        ):
            given = (stream, shown, level)
            thread = threading.Thread(target=self._relay, args=given, daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """Return when all was relayed, and say in the log how much was left out of it."""
        for thread in self._threads:
            thread.join(_LINGER)
        if self._left_out:
            self._log(f"{self._left_out} more lines were shown only where it ran.", "warning")

    def _relay(self, stream: IO[Any], shown: BinaryIO, level: str) -> None:
        rest = b""
        with stream:
            while received := stream.read1(65_536):  # type: ignore[attr-defined]  # it is buffered
                with suppress(OSError, ValueError):  # Nobody looks any more; the work goes on.
                    shown.write(received)
                    shown.flush()
                *lines, rest = (rest + received).split(b"\n")
                for line in lines:
                    self._write(line, level)
                if len(rest) > LONGEST_LINE * 4:
                    self._write(rest, level)
                    rest = b""
        if rest:
            self._write(rest, level)

    def _write(self, line: bytes, level: str) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r")
        if not text:
            return
        with self._lock:
            self._lines += 1
            if self._lines > MOST_LINES:
                self._left_out += 1
                return
        self._log(text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…", level)

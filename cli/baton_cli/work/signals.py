"""Signals that ask this process to end, noted until it is time for them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


class Interrupted(BaseException):
    """A signal has come while it was waited. `number` is the signal's."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


class Signals:
    """Notes the first of the signals that would end this process; ignored ones stay ignored."""

    def __init__(self) -> None:
        self.number: int | None = None
        #: Whether one was taken, so that another one is for what comes then.
        self.were_taken = False
        self._interrupts = False
        self._former: dict[int, Any] = {}

    def __enter__(self) -> "Signals":
        for name in _NAMES:
            number = getattr(signal, name)
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._former[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)

    def take(self) -> int:
        """The signal that has come, as one that is answered."""
        number, self.number, self.were_taken = self.number, None, True
        assert number is not None
        return number

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Have a signal that has come, or comes meanwhile, raise `Interrupted`."""
        if self.number is not None:
            raise Interrupted(self.number)
        self._interrupts = True
        try:
            yield
        finally:
            self._interrupts = False

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.number = self.number or number
        if self._interrupts:
            self._interrupts = False
            raise Interrupted(number)

"""What a deployment says, and what it asks: nothing is agreed to that nobody was asked about."""

from dataclasses import dataclass
from typing import TextIO

#: What YES= may be: an agreement given beforehand, as continuous integration needs it.
AGREED = "1"
#: … one that holds even where data may be lost.
AGREED_WITH_LOSSES = "with-losses"


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where people are spoken to. `agreed` is what they have agreed to beforehand (``YES=``)."""

    stdin: TextIO
    stdout: TextIO
    agreed: str = ""

    def say(self, text: str = "") -> None:
        """Print a line, at once."""
        print(text, file=self.stdout, flush=True)

    def agrees(self, question: str, *, loses_data: bool = False) -> bool:
        """Whether the answer is yes; without a terminal only if that was agreed beforehand."""
        if self.agreed == AGREED_WITH_LOSSES or (self.agreed == AGREED and not loses_data):
            return True
        if not self.stdin.isatty():
            self.say(self._how_to_agree(loses_data))
            return False
        print(f"{question} [y/N] ", end="", file=self.stdout, flush=True)
        return self.stdin.readline().strip().lower() in ("y", "yes")

    @property
    def is_private(self) -> bool:
        """Whether what is printed is seen by whoever sits there, and kept in no log or file."""
        return self.stdout.isatty()

    def _how_to_agree(self, loses_data: bool) -> str:
        if loses_data:
            return (
                f"Data may be lost, and there is no terminal to ask at: YES={AGREED_WITH_LOSSES}"
                " agrees to that."
            )
        return f"There is no terminal to ask at: YES={AGREED} agrees beforehand."

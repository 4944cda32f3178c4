"""What a file may be at most, and the error that says what is wrong with one, and where."""

from typing import Final

#: Bytes of a file, and characters of its values once its aliases are written out.
LARGEST: Final = 1024 * 1024
#: How deep objects and lists may lie in each other.
DEEPEST: Final = 32
TOO_DEEP: Final = f"it is nested more than {DEEPEST} levels deep"


class Misread(ValueError):
    """A text is not what it should be. The message says why, and at which line and column."""

    @classmethod
    def at(cls, message: str, line: int, column: int) -> "Misread":
        """The error at a place; line and column count from 1."""
        return cls(f"{message} at line {line} column {column}")

    @classmethod
    def at_end_of(cls, before: str, message: str) -> "Misread":
        """The error at the place where the text `before` ends."""
        return cls.at(message, before.count("\n") + 1, len(before) - before.rfind("\n"))

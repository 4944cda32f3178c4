"""Which build of Baton this process runs."""

from functools import cache
from pathlib import Path
from typing import Final

#: The packager writes it; see infra/package.py.
FILE: Final = "build.txt"
_HERE: Final = Path(__file__).resolve().parent.parent / FILE


@cache
def build() -> str:
    """The version and the id of the package: another one for another package.

    Outside of a package, as in tests, it is `unpackaged`.
    """
    return _HERE.read_text(encoding="utf-8").strip() if _HERE.exists() else "unpackaged"

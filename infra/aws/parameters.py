"""The parameters of a deployment as people write them: ``NAME=value``, or files of such lines."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")


class ParametersError(Exception):
    """What was written cannot be read; it names every line that cannot."""


def read(words: Sequence[str]) -> dict[str, str]:
    """Parameter → value. A word is ``NAME=value`` or a file; what comes later wins.

    In a file, each line is ``NAME=value``; empty lines and those that begin with # are left out.
    White space around a name or a value does not count.

    Raises:
        ParametersError: a file is not there, or something in it is no ``NAME=value``.
    """
    values: dict[str, str] = {}
    faults: list[str] = []
    for word in words:
        if "=" in word:
            _take(word, "the command line", values, faults)
        else:
            _read_file(Path(word), values, faults)
    if faults:
        raise ParametersError("\n".join(faults))
    return values


def _read_file(path: Path, values: dict[str, str], faults: list[str]) -> None:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        faults.append(f"{path}: {reason}. Parameters are NAME=value, or a file of such lines.")
        return
    seen: dict[str, str] = {}
    for number, line in _lines(text):
        before = len(seen)
        _take(line, f"{path}, line {number}", seen, faults)
        name = line.partition("=")[0].strip()
        if len(seen) == before and _NAME.fullmatch(name) and "=" in line:
            faults.append(f"{path}, line {number}: {name} is there a second time.")
    values.update(seen)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line


def _take(text: str, where: str, values: dict[str, str], faults: list[str]) -> None:
    name, equals, value = text.partition("=")
    if not equals or not _NAME.fullmatch(name.strip()):
        faults.append(f"{where}: “{text.strip()}” is no NAME=value.")
        return
    values[name.strip()] = value.strip()

"""The parameters of a deployment: how people write them, and what the template takes.

They are written as ``NAME=value``, or in files of such lines.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

#: How many bytes one value may have.
LARGEST_VALUE = 4096

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
#: What AWS shows instead of the value of a parameter that is not to be seen.
HIDDEN = "****"


class ParametersError(Exception):
    """What was written cannot be read; the message names every line that is at fault."""


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


def read_tags(words: Sequence[str]) -> dict[str, str]:
    """Tag → value, each word ``NAME=value``; names may have what AWS lets them have.

    Raises:
        ParametersError: a word has no name or no =.
    """
    faults = [f"“{word}” is no NAME=value of a tag." for word in words if "=" not in word[1:]]
    if faults:
        raise ParametersError("\n".join(faults))
    return {name: value for name, _, value in (word.partition("=") for word in words)}


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


def faults(declared: Mapping[str, Any], given: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the given parameters by a template's declarations, a sentence each.

    A sentence begins with the parameter's name. Parameters that are not given have their default.
    """
    for name in sorted(given.keys() - declared.keys()):
        close = difflib.get_close_matches(name, declared, n=1)
        yield f"{name}: no parameter of Baton{f'; {close[0]} is one' if close else ''}."
    for name, declaration in declared.items():
        if name in given:
            if given[name] != HIDDEN:
                yield from _value_faults(name, declaration, given[name])
        elif "Default" not in declaration:
            yield f"{name}: missing. {declaration.get('Description', 'It has no default.')}"


def _value_faults(name: str, declaration: Mapping[str, Any], value: str) -> Iterator[str]:
    shown = "its value" if declaration.get("NoEcho") else f"“{value}”"
    if len(value.encode()) > LARGEST_VALUE:
        yield f"{name}: {len(value.encode())} bytes; {LARGEST_VALUE} are the most."
    for item in value.split(",") if declaration["Type"] == "CommaDelimitedList" else [value]:
        yield from _text_faults(name, declaration, item.strip(), shown)
    if (
        not declaration.get("MinLength", 0)
        <= len(value)
        <= declaration.get("MaxLength", len(value))
    ):
        yield f"{name}: {shown} has {len(value)} characters; {_span(declaration, 'Length')}."
    if declaration["Type"] == "Number":
        yield from _number_faults(name, declaration, value, shown)


def _text_faults(name: str, declaration: Mapping[str, Any], text: str, shown: str) -> Iterator[str]:
    allowed = [str(each) for each in declaration.get("AllowedValues", [])]
    if allowed and text not in allowed:
        yield f"{name}: {shown} is none of {', '.join(each or '(empty)' for each in allowed)}."
    pattern = declaration.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, text):
        hint = declaration.get("ConstraintDescription", f"it has to match {pattern}")
        yield f"{name}: {shown} is not taken; {hint}."


def _number_faults(
    name: str, declaration: Mapping[str, Any], value: str, shown: str
) -> Iterator[str]:
    try:
        number = float(value)
    except ValueError:
        yield f"{name}: {shown} is no number."
        return
    least, most = declaration.get("MinValue", number), declaration.get("MaxValue", number)
    if not float(least) <= number <= float(most):
        yield f"{name}: {shown} is out of range; {_span(declaration, 'Value')}."


def _span(declaration: Mapping[str, Any], what: str) -> str:
    bounds = (("at least", f"Min{what}"), ("at most", f"Max{what}"))
    return ", ".join(f"{word} {declaration[key]}" for word, key in bounds if key in declaration)

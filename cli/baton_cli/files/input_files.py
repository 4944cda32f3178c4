"""Files that people write: JSON if the name ends in `.json`, else YAML."""

import math
from pathlib import PurePath
from typing import Any, BinaryIO

import jiter

from baton_cli.exits import UsageProblem
from baton_cli.files.file_rules import DEEPEST, LARGEST, TOO_DEEP, Misread
from baton_cli.files.yaml_core import read_yaml


def read_file(file: BinaryIO) -> Any:
    """The value that a file holds. Raises `UsageProblem`, which names the file and the place."""
    raw, name = file.read(LARGEST + 1), name_of(file)
    is_json = PurePath(name).suffix.lower() == ".json"
    try:
        if len(raw) > LARGEST:
            raise Misread(f"it is larger than {LARGEST} bytes")
        text = _decoded(raw)
        return read_json(text) if is_json else read_yaml(text)
    except Misread as error:
        raise UsageProblem(f"{name} cannot be read: {error}") from error


def name_of(file: BinaryIO) -> str:
    """The file's name, for messages; what comes by a pipe need not have one."""
    return str(getattr(file, "name", "<stdin>"))


def read_json(text: str) -> Any:
    """The value of a JSON text, read strictly: no NaN, no key given twice. Raises `Misread`."""
    try:
        value = jiter.from_json(text.encode(), allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        raise Misread(f"it is not JSON: {error}") from error
    _check(value, "it", 1)
    return value


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        raise Misread.at_end_of(before, "it is not UTF-8") from error


def _check(value: Any, name: str, level: int) -> None:
    """Raise `Misread` for what JSON's grammar allows and the API does not."""
    if isinstance(value, float) and not math.isfinite(value):
        raise Misread(f"{name} is a number out of range")
    if not isinstance(value, dict | list):
        return
    if level > DEEPEST:
        raise Misread(TOO_DEEP)
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inner:
        _check(each, f"“{key}”", level + 1)

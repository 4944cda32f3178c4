"""YAML 1.2 with its core schema: https://yaml.org/spec/1.2.2/#103-core-schema.

ruamel.yaml reads and writes. What a plain scalar is, a date or a number for example, it would
decide more generously than the core schema; so that is decided here.
"""

import re
from io import StringIO
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.representer import SafeRepresenter
from ruamel.yaml.resolver import VersionedResolver

from baton_cli.files.file_rules import DEEPEST, TOO_DEEP, Misread
from baton_cli.files.yaml_values import BOOL, FLOAT, INT, MERGE, NULL, PATTERNS, TEXT, value_of

#: Line breaks to YAML 1.1 and to ruamel.yaml, not to YAML 1.2: unescaped they, or the spaces before
#: them, would be lost.
_FORMER_LINE_BREAK: Final = re.compile("[\x85\u2028\u2029]")
_FIRST_CHARACTERS: Final = {
    NULL: ("", *"~nN"),
    BOOL: tuple("tTfF"),
    INT: tuple("-+0123456789"),
    FLOAT: tuple("-+.0123456789"),
    MERGE: ("<",),
}
#: The tags that a plain scalar may have, in the order they are tried, by its first character.
_BY_FIRST_CHARACTER: Final[dict[str, list[tuple[str, re.Pattern[str]]]]] = {
    first: [(tag, PATTERNS[tag]) for tag, firsts in _FIRST_CHARACTERS.items() if first in firsts]
    for first in {each for firsts in _FIRST_CHARACTERS.values() for each in firsts}
}


class _CoreResolver(VersionedResolver):
    """Gives plain scalars their tags, the same ones whatever version a `%YAML` line names."""

    @property
    def versioned_resolver(self) -> dict[str, list[tuple[str, re.Pattern[str]]]]:
        return _BY_FIRST_CHARACTER


class _Representer(SafeRepresenter):
    """Quotes text with a line break of YAML 1.1 in it such that it is written as an escape."""

    def represent_str(self, data: str) -> ScalarNode:
        style = '"' if _FORMER_LINE_BREAK.search(data) else None
        return self.represent_scalar(TEXT, data, style=style)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # nothing is an alias
        return True


_Representer.add_representer(str, _Representer.represent_str)


def read_yaml(text: str) -> Any:
    """The value of a text that is one YAML document; JSON can hold it. Raises `Misread`."""
    if found := _FORMER_LINE_BREAK.search(text):
        raise _unescaped(text, found.start())
    yaml = _yaml()
    yaml.max_depth = DEEPEST + 1  # The deepest list may still hold scalars.
    yaml.composer.warn_double_anchors = False
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        raise _misread(error) from error
    except ReaderError as error:
        raise _unescaped(text, error.position) from error
    return None if root is None else value_of(root)


def write_yaml(value: Any) -> str:
    """The document that `read_yaml` reads as that value."""
    yaml, text = _yaml(), StringIO()
    yaml.Representer = _Representer
    yaml.default_flow_style, yaml.allow_unicode, yaml.width = False, True, 100
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(value, text)
    return text.getvalue()


def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.Resolver = _CoreResolver
    return yaml


def _unescaped(text: str, position: int) -> Misread:
    message = f"the character U+{ord(text[position]):04X} may only stand there escaped"
    return Misread.at_end_of(text[:position], message)


def _misread(error: MarkedYAMLError) -> Misread:
    is_deep = isinstance(error, MaxDepthExceededError)
    parts = [TOO_DEEP] if is_deep else [part for part in (error.context, error.problem) if part]
    mark = error.problem_mark or error.context_mark
    message = ", ".join(parts)
    return Misread(message) if mark is None else Misread.at(message, mark.line + 1, mark.column + 1)

"""The values of YAML nodes, by the core schema's tags.

An alias stands for the whole value that its anchor names, once more each time. Merge keys (`<<`)
are no part of the core schema, but so common that they work: a mapping's own keys come first.
"""

import math
import re
from typing import Any, Final

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from baton_cli.files.file_rules import DEEPEST, LARGEST, TOO_DEEP, Misread

_TAGS: Final = "tag:yaml.org,2002:"
NULL, BOOL, INT, FLOAT = (_TAGS + name for name in ("null", "bool", "int", "float"))
TEXT, SEQUENCE, MAPPING, MERGE = (_TAGS + name for name in ("str", "seq", "map", "merge"))
#: What a scalar of each tag looks like.
PATTERNS: Final = {
    NULL: re.compile(r"(?:~|null|Null|NULL|)\Z"),
    BOOL: re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"),
    INT: re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"),
    FLOAT: re.compile(
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
    ),
    MERGE: re.compile(r"<<\Z"),
}


def value_of(root: Node) -> Any:
    """The value of a document's root, all of it such that JSON can hold it.

    Raises `Misread`, also if the value is deeper or larger than a file may be, which aliases can
    make of a small one.
    """
    return _Values().of(root, 1)


class _Values:
    """Works out the values of one document, and counts what they come to."""

    def __init__(self) -> None:
        self._size = 0

    def of(self, node: Node, level: int) -> Any:
        """The value of a node; the root's level is 1."""
        self._size += 1 + (len(node.value) if isinstance(node, ScalarNode) else 0)
        if self._size > LARGEST:
            raise _fault(f"its aliases make it larger than {LARGEST} characters", node)
        if isinstance(node, ScalarNode):
            return _scalar(node)
        if level > DEEPEST:
            raise _fault(TOO_DEEP, node)
        if isinstance(node, SequenceNode) and node.tag == SEQUENCE:
            return [self.of(each, level + 1) for each in node.value]
        if isinstance(node, MappingNode) and node.tag == MAPPING:
            return self._mapping(node, level)
        raise _unknown_tag(node)

    def _mapping(self, node: MappingNode, level: int) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in node.value:
            if key.tag == MERGE:
                merged = {**self._merged(value, level), **merged}
                continue
            name = _key(key)
            if name in own:
                raise _fault(f"“{name}” is given more than once", key)
            own[name] = self.of(value, level + 1)
        return {**merged, **own}

    def _merged(self, node: Node, level: int) -> dict[str, Any]:
        """The keys that `<<` brings in; of several mappings, the first one's come first."""
        merged: dict[str, Any] = {}
        for each in node.value if isinstance(node, SequenceNode) else [node]:
            if not isinstance(each, MappingNode):
                raise _fault("<< takes a mapping, or a list of mappings", each)
            merged = {**self.of(each, level + 1), **merged}
        return merged


def _key(node: Node) -> str:
    if not isinstance(node, ScalarNode) or node.tag != TEXT:
        raise _fault("a key must be text: quote it", node)
    return _text(node)


def _scalar(node: ScalarNode) -> Any:
    tag, text = str(node.tag), str(node.value)
    if tag in (TEXT, MERGE):
        return _text(node)
    if tag not in PATTERNS:
        raise _unknown_tag(node)
    if not PATTERNS[tag].match(text):
        raise _fault(f"“{text[:40]}” is not what its tag !!{tag.removeprefix(_TAGS)} says", node)
    if tag in (INT, FLOAT):
        return _number(node, tag)
    return None if tag == NULL else text.lower() == "true"


def _text(node: ScalarNode) -> str:
    """The text; two escapes that make one character in JSON do so in YAML."""
    try:
        return str(node.value).encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        raise _fault("half of a surrogate pair is no character", node) from error


def _number(node: ScalarNode, tag: str) -> int | float:
    text = str(node.value)
    try:
        if tag == INT:
            return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
        number = float(text.replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError as error:
        raise _fault(f"the number {text[:40]} is out of range", node) from error
    if not math.isfinite(number):
        raise _fault(f"the number {text[:40]} is out of range", node)
    return number


def _unknown_tag(node: Node) -> Misread:
    return _fault(f"the tag {node.tag} is not one of YAML's core schema", node)


def _fault(message: str, node: Node) -> Misread:
    mark = node.start_mark
    return Misread.at(message, mark.line + 1, mark.column + 1)

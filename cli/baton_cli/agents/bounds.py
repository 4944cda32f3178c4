"""Answers of a size that a model can read; whatever is cut says so."""

import json
from collections.abc import Mapping
from typing import Any, Final

#: Characters of one text, and of a whole answer as JSON.
LONGEST_TEXT: Final = 2_000
LARGEST_ANSWER: Final = 40_000
#: Entries of a list or an object inside an answer.
MOST_ENTRIES: Final = 200


def bounded(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer with long texts and long lists cut, and fields that are still too large left out.

    What was cut says so where it was cut; `left_out` names the fields that are missing.
    """
    found: dict[str, Any] = {name: _cut(each) for name, each in answer.items()}
    left_out: list[str] = []
    while len(found) > 1 and _size(found) > LARGEST_ANSWER:
        largest = max(found, key=lambda name: _size(found[name]))
        if isinstance(found[largest], list) and len(found[largest]) > 1:
            half = len(found[largest]) // 2
            found[largest] = found[largest][:half]
            found["cut"] = f"Of {largest} only the first {half} are here: ask for fewer."
        else:
            del found[largest]
            left_out.append(largest)
    return {**found, "left_out": left_out} if left_out else found


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}… ({len(value) - LONGEST_TEXT} characters more)"
    if isinstance(value, list):
        kept = [_cut(each) for each in value[:MOST_ENTRIES]]
        more = len(value) - len(kept)
        return [*kept, f"… ({more} more)"] if more else kept
    if isinstance(value, Mapping):
        names = list(value)[:MOST_ENTRIES]
        kept_of = {name: _cut(value[name]) for name in names}
        more = len(value) - len(names)
        return {**kept_of, "…": f"{more} more"} if more else kept_of
    return value


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False))

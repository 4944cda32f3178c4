"""What a process remembers of what it has read, for a moment and within a bound."""

import pytest

from chalicelib.platform import memory
from chalicelib.platform.memory import Memory
from tests.builders import NOON, after


class Source:
    """Answers with a key's length, and knows what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def read(self, keys: list[str]) -> dict[str, int]:
        self.asked.append(keys)
        return {key: len(key) for key in keys if key}


def test_what_was_read_is_not_read_again_for_a_minute() -> None:
    source, remembered = Source(), Memory()
    assert remembered.recall("k", ["a", "bb"], NOON, source.read) == {"a": 1, "bb": 2}
    assert remembered.recall("k", ["bb", "ccc"], after(59), source.read) == {"bb": 2, "ccc": 3}
    assert remembered.recall("k", ["bb"], after(60), source.read) == {"bb": 2}
    assert source.asked == [["a", "bb"], ["ccc"], ["bb"]]


def test_what_is_not_there_is_not_remembered_and_kinds_are_apart() -> None:
    source, remembered = Source(), Memory()
    for _ in range(2):
        assert remembered.recall("k", [""], NOON, source.read) == {}
    remembered.recall("k", ["a"], NOON, source.read)
    remembered.recall("l", ["a"], NOON, source.read)
    assert source.asked == [[""], [""], ["a"], ["a"]]


def test_it_remembers_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_MOST", 2)
    source, remembered = Source(), Memory()
    for key in ("a", "b", "c", "c", "a"):
        assert remembered.recall("k", [key], NOON, source.read) == {key: 1}
    assert source.asked == [["a"], ["b"], ["c"], ["a"]]


def test_what_was_changed_can_be_forgotten() -> None:
    source, remembered = Source(), Memory()
    for kind in ("k", "l"):
        remembered.recall(kind, ["a"], NOON, source.read)
    remembered.forget("k")
    for kind in ("k", "l"):
        remembered.recall(kind, ["a"], NOON, source.read)
    assert len(source.asked) == 3

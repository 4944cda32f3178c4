"""Sentences in two languages."""

import copy
import json

import pytest

from chalicelib.domain.texts import Text, german, in_language, joined, preferred, say

RUN = Text("a run", "ein Lauf")


def test_a_text_is_its_english_to_whoever_does_not_ask() -> None:
    assert RUN == "a run"
    assert json.dumps({"message": RUN}) == '{"message": "a run"}'
    assert f"{RUN}" == "a run"
    assert german(RUN) == "ein Lauf"
    assert german("Nightly {crawl}") == "Nightly {crawl}"


def test_values_are_put_in_each_in_its_language() -> None:
    text = say("{who} waits for {name}.", "{who} wartet auf {name}.", who=RUN, name="a {b}")
    assert text == "a run waits for a {b}."
    assert text.de == "ein Lauf wartet auf a {b}."
    assert joined([text, "x"]).de == "ein Lauf wartet auf a {b}. x"


def test_a_copy_has_both() -> None:
    assert copy.deepcopy(RUN).de == "ein Lauf"


def test_an_answer_is_translated_wherever_it_has_texts() -> None:
    answer = {"code": "x", "reasons": [{"message": RUN}], "notes": (RUN,), "count": 1}
    assert in_language(answer, "en") is answer
    assert in_language(answer, "de") == {
        "code": "x",
        "reasons": [{"message": "ein Lauf"}],
        "notes": ["ein Lauf"],
        "count": 1,
    }


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr, de;q=0.5", "de"),
        ("fr", "en"),
        ("*", "en"),
        ("de;q=0", "en"),
        ("de;q=nonsense, en;q=0.1", "en"),
        ("DE ; Q=1", "de"),
        ("de;;;,,=", "de"),
    ],
)
def test_the_language_that_is_liked_best(header: str, language: str) -> None:
    assert preferred(header) == language

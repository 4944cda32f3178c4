"""Sentences in German for who asks for them; codes and data stay as they are."""

import re
from typing import Any

import pytest

from tests.api_client import Api
from tests.harness import Stack

HOURLY: dict[str, Any] = {"type": "cron", "expression": "0 3 * * 1-5", "timezone": "Europe/Berlin"}
GERMAN = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"}
#: Words that no German sentence of Baton's has.
ENGLISH_WORDS = re.compile(r"\b(the|it|its|is|was|are|and|fire time|runs?)\b", re.IGNORECASE)


def ask(stack: Stack, path: str, body: Any = None, method: str = "GET") -> Any:
    answer = stack.http(method, path, body, token=stack.operator, headers=GERMAN)
    assert answer.status < 400, answer.json
    return answer.json


def messages(value: Any) -> list[str]:
    """All sentences in an answer."""
    if isinstance(value, dict):
        own = [value["message"]] if isinstance(value.get("message"), str) else []
        return own + [each for inner in value.values() for each in messages(inner)]
    return [each for inner in value for each in messages(inner)] if isinstance(value, list) else []


def test_explain_says_the_same_in_german(api: Api, stack: Stack) -> None:
    schedule = api.create(name="Nachtlauf", cadence=HOURLY, jitter_seconds=60)
    path = f"/v1/schedules/{schedule['id']}/explain"
    english, in_german = api.get(path), ask(stack, path)
    assert [each["code"] for each in english["reasons"]] == [
        each["code"] for each in in_german["reasons"]
    ]
    texts = messages(in_german)
    assert "Er ist an: er löst nach seinem Takt aus." in texts
    assert "Gerade ist ein Slot frei." in texts
    assert [text for text in texts if ENGLISH_WORDS.search(text)] == []


@pytest.mark.parametrize("state", ["waiting", "skipped", "failed", "paused", "resting"])
def test_the_history_is_told_in_german(api: Api, stack: Stack, state: str) -> None:
    """In each of several situations no English sentence is left."""
    every_minute = {"type": "cron", "expression": "* * * * *"}
    failing = {"type": "function", "name": "drill", "params": {"seconds": 0, "ending": "fail"}}
    options: dict[str, dict[str, Any]] = {
        "waiting": {},
        "skipped": {"when_busy": "skip"},
        "failed": {"target": failing},
        "paused": {},
        "resting": {"target": failing, "retry": {"max_attempts": 3, "delay_seconds": 600}},
    }
    schedule = api.create(name="Nachtlauf", cadence=every_minute, **options[state])
    if state in ("waiting", "skipped", "paused"):
        api.start(api.create(name="Belegt"))
        stack.advance(125)
        stack.tick()
        stack.advance(65)
        stack.tick()
    else:
        stack.run_for(90)
    if state == "paused":
        stack.http("POST", f"/v1/schedules/{schedule['id']}/pause", token=stack.operator)
    found = ask(stack, f"/v1/schedules/{schedule['id']}/explain")
    assert found["history"]
    wrong = [
        text
        for text in messages(found)
        if ENGLISH_WORDS.search(text.replace("error", "").partition("in a row")[0])
    ]
    assert wrong == []


def test_warnings_and_drafts_are_in_german(api: Api, stack: Stack) -> None:
    hourly = {"type": "cron", "expression": "0 * * * *"}
    api.create(name="Erster", cadence=hourly)
    draft = {
        "name": "Zweiter",
        "cadence": hourly,
        "target": {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 0}},
    }
    seen = ask(stack, "/v1/schedules/preview", {"definition": draft}, "POST")
    assert [each["code"] for each in seen["warnings"]] == [
        "overlap",
        "expected_wait",
        "quieter_minutes",
    ]
    assert "„Erster“" in seen["warnings"][0]["message"]
    assert [text for text in messages(seen) if ENGLISH_WORDS.search(text)] == []
    assert seen["description"] == "Jede Stunde (UTC)"


@pytest.mark.parametrize(
    ("cadence", "words"),
    [
        (HOURLY, "Um 03:00, an Montag bis Freitag (Europe/Berlin)"),
        (
            {"type": "interval", "seconds": 5400},
            "1 Stunde 30 Minuten nach dem Ende des letzten Laufs",
        ),
        ({"type": "once", "at": "2026-12-24T18:00:00Z"}, "Einmal, um 2026-12-24 18:00 UTC"),
        ({"type": "manual"}, "Nur wenn jemand startet"),
        (
            {"type": "cron", "expression": "*/10 5-7,9 L * 5L"},
            "Alle 10 Minuten, in den Stunden 05, 06, 07 und 09, am letzten Tag des Monats, oder an"
            " dem letzten Freitag des Monats (UTC)",
        ),
    ],
)
def test_cadences_are_described_in_german(stack: Stack, cadence: Any, words: str) -> None:
    seen = ask(stack, "/v1/cadence/preview", {"cadence": cadence}, "POST")
    assert seen["description"] == words


def test_clock_changes_are_told_in_german(stack: Stack) -> None:
    cadence = {"type": "cron", "expression": "30 2 * * *", "timezone": "Europe/Berlin"}
    body = {"cadence": cadence, "after": "2026-03-28T12:00:00Z", "count": 1}
    (fire_time,) = ask(stack, "/v1/cadence/preview", body, "POST")["fire_times"]
    assert fire_time["note"] == "verschoben: 02:30 entfällt, weil die Uhr vorgeht"


def test_health_is_told_in_german(api: Api, stack: Stack) -> None:
    stack.tick()
    stack.advance(240)
    assert messages(ask(stack, "/v1/overview")) == ["Der letzte Durchgang war vor 4 min."]
    assert messages(ask(stack, "/v1/health")) == ["Der letzte Durchgang war vor 4 min."]


def test_other_languages_get_english(api: Api, stack: Stack) -> None:
    schedule = api.create(cadence=HOURLY)
    path = f"/v1/schedules/{schedule['id']}/explain"
    answer = stack.http("GET", path, token=stack.viewer, headers={"Accept-Language": "fr"})
    assert answer.json == api.get(path)

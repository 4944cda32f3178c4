"""What the tests take for the embedded metric format is as AWS's specification has it."""

import copy
import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.engine import emf

#: A line with all that the specification knows.
GOOD: Final[dict[str, Any]] = {
    "_aws": {
        "Timestamp": 1574109732004,
        "CloudWatchMetrics": [
            {
                "Namespace": "Baton",
                "Dimensions": [["Stack"]],
                "Metrics": [{"Name": "Late", "Unit": "Milliseconds", "StorageResolution": 60}],
            }
        ],
    },
    "Stack": "baton",
    "Late": [1, 2.5],
    "request_id": "whatever else there is",
}


def test_a_line_of_the_format_has_no_faults() -> None:
    assert emf.faults(json.dumps(GOOD)) == []
    assert emf.figures(GOOD) == {"Late": [1, 2.5]}
    assert emf.dimensions(GOOD) == {"Stack": "baton"}


def directive(line: dict[str, Any]) -> dict[str, Any]:
    return line["_aws"]["CloudWatchMetrics"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda line: line.pop("_aws"), "it has no metadata"),
        (lambda line: line["_aws"].pop("Timestamp"), "its timestamp is no whole number"),
        (lambda line: line["_aws"].update(Timestamp=1.5), "its timestamp is no whole number"),
        (lambda line: line["_aws"].update(CloudWatchMetrics=[]), "it has no directives"),
        (lambda line: directive(line).update(Other=1), "a directive has other members"),
        (lambda line: directive(line).update(Namespace=""), "the namespace is no name"),
        (
            lambda line: directive(line).update(Dimensions=[]),
            "there are no dimensions, or too many",
        ),
        (lambda line: line.pop("Stack"), "the dimension Stack has no text"),
        (lambda line: line.update(Stack=5), "the dimension Stack has no text"),
        (lambda line: line.update(Stack=""), "the dimension Stack has no text"),
        (lambda line: directive(line).update(Metrics=[]), "there are no metrics, or too many"),
        (lambda line: directive(line)["Metrics"][0].update(Unit="Hours"), "Late has no such unit"),
        (lambda line: directive(line)["Metrics"][0].update(Value=1), "Late has other members"),
        (lambda line: directive(line)["Metrics"][0].pop("Name"), "a metric has no name"),
        (lambda line: line.pop("Late"), "Late has no number, or too many"),
        (lambda line: line.update(Late="5"), "Late has no number, or too many"),
        (lambda line: line.update(Late=[True]), "Late has no number, or too many"),
        (lambda line: line.update(Late=float("nan")), "Late has no number, or too many"),
        (lambda line: line.update(Late=[1] * 101), "Late has no number, or too many"),
        (lambda line: line.update(Late=[]), "Late has no number, or too many"),
    ],
)
def test_what_breaks_a_rule_is_found(change: Callable[[dict[str, Any]], Any], fault: str) -> None:
    line = copy.deepcopy(GOOD)
    change(line)
    assert fault in emf.faults(json.dumps(line))


def test_text_around_the_object_is_a_fault() -> None:
    assert emf.faults("INFO " + json.dumps(GOOD)) == ["it is not JSON"]

"""The label of a target: what is known of it without reading it."""

from typing import Any

import pytest

from chalicelib.domain.targets.target_label import TargetLabel, label_of
from tests.builders import a_schedule

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
FUNCTION = {"type": "function", "name": "drill", "params": {}}


@pytest.mark.parametrize(
    ("target", "label"),
    [
        (FUNCTION, TargetLabel("function", "drill")),
        (
            {"type": "http", "url": "https://Example.com:8443/a?b"},
            TargetLabel("http", "example.com"),
        ),
        ({"type": "http", "url": "https://[nowhere/"}, TargetLabel("http", "")),
        ({"type": "lambda", "function_arn": ARN}, TargetLabel("lambda", ARN)),
        (
            {"type": "step_function", "state_machine_arn": MACHINE},
            TargetLabel("step_function", MACHINE),
        ),
        (
            {"type": "lambda", "function_arn": ARN, "completion": "callback"},
            TargetLabel("lambda", ARN, calls_back=True),
        ),
    ],
)
def test_it_names_the_kind_and_the_function_host_or_arn(
    target: dict[str, Any], label: TargetLabel
) -> None:
    assert label_of(target) == label
    assert a_schedule(target=target).label == label


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (TargetLabel("function", "drill"), True),
        (TargetLabel("function", "drill", calls_back=True), True),
        (TargetLabel("function", "other"), False),
        (TargetLabel("http", "drill"), False),
        (TargetLabel("mail", "drill"), False),
    ],
)
def test_targets_are_alike_if_they_are_of_one_kind_and_name_the_same(
    other: TargetLabel, alike: bool
) -> None:
    assert label_of(FUNCTION).is_like(other) is alike

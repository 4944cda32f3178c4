"""Every answer is JSON, also where a number that JSON does not have was stored."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.http import json_text
from chalicelib.store.dynamodb.models import RunItem
from tests.api_client import Api
from tests.harness import Answer, Stack

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def strictly(body: bytes) -> Any:
    """The body as a strict reader reads it."""

    def refuse(name: str) -> Any:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(body, parse_constant=refuse)


def shown(api: Api, stack: Stack, cost: float) -> Answer:
    """A run whose stored usage has this number in it."""
    run = api.start(api.create())
    item = RunItem.get("default", run["id"])
    item.usage = {"tokens": 5, "cost": cost}
    item.save()
    return stack.http("GET", f"/v1/runs/{run['id']}", token=stack.viewer)


def not_finite(caplog: pytest.LogCaptureFixture) -> list[Any]:
    """The routes that events name for answers with numbers that JSON does not have."""
    return [
        record.fields["route"]  # type: ignore[attr-defined]
        for record in caplog.records
        if getattr(record, "event", "") == "answer_not_finite"
    ]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_does_not_have_is_null_and_is_logged(
    api: Api, stack: Stack, caplog: pytest.LogCaptureFixture, number: float
) -> None:
    answer = shown(api, stack, number)
    assert answer.status == 200
    assert strictly(answer.body)["usage"] == {"tokens": 5, "cost": None}
    assert not_finite(caplog) == ["GET /v1/runs/{run_id}"]


@pytest.mark.parametrize("number", [0.5, -0.0, 1.7976931348623157e308])
def test_a_number_that_json_has_is_answered_as_it_is(
    api: Api, stack: Stack, caplog: pytest.LogCaptureFixture, number: float
) -> None:
    answer = shown(api, stack, number)
    assert strictly(answer.body)["usage"] == {"tokens": 5, "cost": number}
    assert not_finite(caplog) == []


@given(VALUES)
def test_any_value_is_written_as_json(value: Any) -> None:
    strictly(json_text.write(json_text.finite(value)).encode())


@given(VALUES.filter(lambda value: "nan" not in repr(value) and "inf" not in repr(value)))
def test_a_value_that_json_has_is_written_as_it_is(value: Any) -> None:
    assert strictly(json_text.write(value).encode()) == value
    assert json_text.finite(value) == value

"""What the page about a first job shows works as written."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.api_client import Api
from tests.harness import Stack

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "first-job.md"


@pytest.fixture
def shown() -> list[str]:
    """The code on the page: the job, its test, and more."""
    return re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def module(shown: list[str], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The job's module."""
    made = ModuleType("chalicelib.jobs.sync_mailbox")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    exec(compile(shown[0], str(PAGE), "exec"), vars(made))  # noqa: S102  # our own page
    return made


@pytest.mark.usefixtures("module")
def test_the_job_and_its_test_work_as_written(shown: list[str]) -> None:
    names: dict[str, object] = {}
    exec(compile(shown[1], str(PAGE), "exec"), names)  # noqa: S102  # our own page
    names["test_it_reads_every_folder"]()  # type: ignore[operator]


def test_a_misspelt_parameter_is_refused_when_it_is_saved(
    module: ModuleType, api: Api, stack: Stack
) -> None:
    stack.system.jobs.put(module.sync_mailbox)
    target = {"type": "function", "name": "sync-mailbox", "params": {"folder": ["inbox"]}}
    body = {"name": "Mail", "cadence": {"type": "interval", "seconds": 3600}, "target": target}
    answer = stack.http("POST", "/v1/schedules", body, token=stack.operator)
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == ["target.params.folder"]
    api.create(target={**target, "params": {"folders": ["inbox"]}})

"""What the page about a first job shows works as written."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "first-job.md"


def test_the_job_and_its_test_work_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    job, test, *_ = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    module = ModuleType("chalicelib.jobs.sync_mailbox")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(job, str(PAGE), "exec"), vars(module))  # noqa: S102  # our own page
    shown: dict[str, object] = {}
    exec(compile(test, str(PAGE), "exec"), shown)  # noqa: S102  # our own page
    shown["test_it_reads_every_folder"]()  # type: ignore[operator]

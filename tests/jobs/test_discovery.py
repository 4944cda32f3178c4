"""Jobs are found in the package and in installed packages; a broken one keeps no other away."""

import logging
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from chalicelib.jobs.discovery import GROUP, find
from chalicelib.jobs.registry import Job, Registry, UnknownJob, job
from tests.api_client import Api
from tests.harness import Stack

MODULE = '''
from chalicelib.jobs.registry import job


@job("greet")
def greet(context, params):
    """Says hello."""


@job("drill")
def shadow(context, params):
    """Not the drill of Baton."""


helper = "not a job"
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "jobs_for_a_test.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "jobs_for_a_test", raising=False)
    return "jobs_for_a_test"


def installed(*values: str) -> list[EntryPoint]:
    return [EntryPoint(name=value, value=value, group=GROUP) for value in values]


def names(*values: str) -> list[str]:
    return [found.name for found in find(installed(*values))]


def test_the_built_in_jobs_are_found_in_the_package() -> None:
    assert {"drill", "cleanup-logs"} <= set(names())


def test_an_installed_package_names_a_module_with_jobs_or_a_job(package: str) -> None:
    assert "greet" in names(package)
    assert names(f"{package}:greet")[0] == "greet"


def test_what_cannot_be_loaded_is_reported_and_the_others_are_found(
    package: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="baton"):
        assert "greet" in names("no_such_module", package)
    assert [record.event for record in caplog.records] == ["job_unloadable"]  # type: ignore[attr-defined]
    assert caplog.records[0].fields["source"] == "no_such_module"  # type: ignore[attr-defined]


def test_what_is_no_job_is_passed_over(package: str) -> None:
    assert "helper" not in [found.name for found in find(installed(f"{package}:helper"))]


def test_a_job_of_batons_own_is_not_shadowed_by_an_installed_one(package: str) -> None:
    registry = Registry(lambda: find(installed(package)))
    assert registry.get("drill").params is not None


def test_a_registry_looks_for_jobs_once_and_only_when_it_needs_to() -> None:
    looked = []

    def discover() -> list[Job]:
        looked.append(1)
        return [job("found")(lambda _context, _params: None)]

    registry = Registry(discover)
    registry.add("known", lambda _context, _params: None)
    registry.get("known")
    assert looked == []
    assert [one.name for one in registry.all()] == ["found", "known"]
    with pytest.raises(UnknownJob, match="'other' is registered; there are: found, known"):
        registry.get("other")
    assert looked == [1]


def test_a_registered_job_takes_the_place_of_a_found_one(api: Api, stack: Stack) -> None:
    calls = []
    stack.register("drill", lambda _context, params: calls.append(params))
    api.start(api.create(target={"type": "function", "name": "drill", "params": {"x": 1}}))
    stack.deliver()
    assert calls == [{"x": 1}]


def test_jobs_are_listed_with_the_schema_of_their_parameters(api: Api, stack: Stack) -> None:
    stack.register("plain", lambda _context, _params: None)
    jobs = {one["name"]: one for one in api.get("/v1/jobs")["items"]}
    assert jobs["plain"]["params_schema"] == {"type": "object"}
    drill = jobs["drill"]
    assert drill["description"].startswith("Takes steps and seconds")
    assert drill["params_schema"]["properties"]["steps"]["maximum"] == 10_000
    assert drill["params_schema"]["additionalProperties"] is False

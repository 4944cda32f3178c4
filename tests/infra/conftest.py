"""The package, made once for the tests that look into it."""

import json
from typing import Any

import pytest

from infra import package
from infra.checks import transform
from infra.package import Package


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package as AWS would get it."""
    return package.build(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def sam(packaged: Package) -> dict[str, Any]:
    """The template of the package."""
    template: dict[str, Any] = json.loads(packaged.template.read_text(encoding="utf-8"))
    return template


@pytest.fixture(scope="session")
def transformed(packaged: Package, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The template that CloudFormation works with, once SAM's own code has transformed it."""
    out = tmp_path_factory.mktemp("transformed") / "cloudformation.json"
    return transform.transformed(packaged.template, out)

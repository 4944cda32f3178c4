"""The package, made once for the tests that look into it."""

import copy
import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from infra import package
from infra.package import Package
from infra.template import of_type


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
def transformed(sam: dict[str, Any], monkeypatch_session: pytest.MonkeyPatch) -> dict[str, Any]:
    """The template that CloudFormation works with, once SAM's own code has transformed it."""
    monkeypatch_session.setenv("AWS_DEFAULT_REGION", "us-east-1")
    from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

    template = copy.deepcopy(sam)
    for function in of_type(template, "AWS::Serverless::Function").values():
        function["CodeUri"] = "s3://packages/deployment.zip"
    return cast(dict[str, Any], transform(template, {}, _NoManagedPolicies()))


class _NoManagedPolicies:
    """The account's managed policies, which no role of ours names."""

    def load(self) -> dict[str, str]:
        return {}


@pytest.fixture(scope="session")
def monkeypatch_session() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch

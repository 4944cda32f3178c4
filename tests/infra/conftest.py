"""The package, made once for the tests that look into it."""

import copy
import json
import subprocess
from typing import Any, cast

import pytest

from infra import package
from infra.package import Package
from infra.places import MINISTACK_PYTHON
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


#: SAM's own transformation; the account has no managed policies that a role of ours would name.
_TRANSFORMATION = """
import json, sys
from samtranslator.translator.transform import transform
class NoManagedPolicies:
    def load(self):
        return {}
json.dump(transform(json.load(sys.stdin), {}, NoManagedPolicies()), sys.stdout)
"""


@pytest.fixture(scope="session")
def transformed(sam: dict[str, Any]) -> dict[str, Any]:
    """The template that CloudFormation works with, once SAM's own code has transformed it.

    That code is MiniStack's: it wants an older Pydantic than Baton has.
    """
    template = copy.deepcopy(sam)
    for function in of_type(template, "AWS::Serverless::Function").values():
        function["CodeUri"] = "s3://packages/deployment.zip"
    done = subprocess.run(  # noqa: S603  # MiniStack's interpreter
        [str(MINISTACK_PYTHON), "-c", _TRANSFORMATION],
        input=json.dumps(template),
        env={"AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return cast(dict[str, Any], json.loads(done.stdout))

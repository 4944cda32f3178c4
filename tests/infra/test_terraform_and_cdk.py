"""Deploying with other tools: the module, applied where Terraform is; what the CDK rests on."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from infra import package
from infra.ministack import CREDENTIALS, REGION, free_port
from infra.places import ROOT
from infra.stack import LocalStack
from infra.template import of_type

MODULE: Final = ROOT / "infra" / "terraform"
PAGE: Final = (ROOT / "docs" / "how-to" / "terraform-and-cdk.md").read_text(encoding="utf-8")
ROOT_MODULE: Final = """
provider "aws" {{
  region                      = "{region}"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  s3_use_path_style           = true
  endpoints {{
    cloudformation = "{endpoint}"
    s3             = "{endpoint}"
    sts            = "{endpoint}"
  }}
}}
module "baton" {{
  source     = "{module}"
  name       = "baton"
  package    = "{package}"
  bucket     = "artifacts"
  bucket_url = "{endpoint}/artifacts"
  parameters = {{ Capacity = "3" }}
}}
"""


# Terraform


def test_the_page_uses_the_module_as_it_is() -> None:
    text = (MODULE / "main.tf").read_text(encoding="utf-8")
    variables = set(re.findall(r'^variable "(\w+)"', text, re.MULTILINE))
    [block] = re.findall(r"```hcl\n(.*?)```", PAGE, re.DOTALL)
    [used] = re.findall(r'module "baton" {\n(.*?)^}', block, re.MULTILINE | re.DOTALL)
    given = set(re.findall(r"^  (\w+) +=", used, re.MULTILINE))
    assert given - {"source"} <= variables
    needed = {
        name
        for name in variables
        if "default" not in text.split(f'variable "{name}"')[1].split("\n}")[0]
    }
    assert needed <= given


def test_the_module_finds_the_code_of_every_function(sam: dict[str, Any]) -> None:
    text = json.dumps(sam)
    assert text.count('"./deployment.zip"') == len(of_type(sam, "AWS::Serverless::Function"))
    assert '"\\"./deployment.zip\\""' in (MODULE / "main.tf").read_text(encoding="utf-8")


@pytest.fixture
def terraform(tmp_path: Path) -> "Terraform":
    """Terraform in a directory with the module, if it and its provider are installed."""
    if shutil.which("terraform") is None:
        pytest.skip("Terraform is not installed")
    (tmp_path / "root").mkdir()
    return Terraform(tmp_path / "root")


class Terraform:
    """Terraform in one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603  # in a directory of the test's own
            ["terraform", *words, "-no-color", "-input=false"],  # noqa: S607  # wherever it is
            cwd=self.directory,
            env={**os.environ, **CREDENTIALS},
            capture_output=True,
            text=True,
            check=False,
        )

    def begin(self, **values: object) -> None:
        text = ROOT_MODULE.format(region=REGION, module=MODULE, **values)
        (self.directory / "main.tf").write_text(text, encoding="utf-8")
        if self.run("init").returncode:
            pytest.skip("Terraform cannot get the provider for AWS here")

    def ok(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def test_the_module_makes_the_stack_and_then_changes_nothing(
    terraform: Terraform, tmp_path: Path
) -> None:
    stack = LocalStack(tmp_path / "state", free_port())
    terraform.begin(endpoint=stack.aws.endpoint, package=tmp_path / "package")
    package.build(tmp_path / "package", package.Machine.here())
    try:
        stack.start()
        stack.aws.s3.create_bucket(Bucket="artifacts")
        terraform.ok("apply", "-auto-approve")
        assert "No changes." in terraform.ok("plan", "-detailed-exitcode")
        stack.wait_until_healthy()
        token = stack.issue_token(tenant="default", scopes="owner", name="test")
        assert stack.http("GET", "/v1/slot", token=token).json["capacity"] == 3
    finally:
        stack.stop()


# CDK


def test_the_transformed_template_has_one_zip_for_all_functions(
    transformed: dict[str, Any],
) -> None:
    codes = [each["Code"] for each in of_type(transformed, "AWS::Lambda::Function").values()]
    assert codes
    assert codes.count(codes[0]) == len(codes)
    assert set(codes[0]) == {"S3Bucket", "S3Key"}


def test_the_transformed_template_has_no_cycle(transformed: dict[str, Any]) -> None:
    resources = transformed["Resources"]
    needs = {name: {*_named(each, resources)} - {name} for name, each in resources.items()}
    while ready := [name for name, needed in needs.items() if not needed & needs.keys()]:
        for name in ready:
            del needs[name]
    assert needs == {}


def test_before_the_transform_there_is_one(sam: dict[str, Any]) -> None:
    # Were there none, the page could leave the transform out.
    resources = sam["Resources"]
    assert "ApiAccessLog" in {*_named(resources["RestAPI"], resources)}
    assert "ApiGatewayAccount" in {*_named(resources["ApiAccessLog"], resources)}
    assert "RestAPI" in {*_named(resources["ApiGatewayAccount"], resources)}


def _named(part: Any, resources: Mapping[str, Any]) -> Iterator[str]:
    """The resources that a part of the template refers to."""
    if isinstance(part, list):
        for each in part:
            yield from _named(each, resources)
    elif isinstance(part, Mapping):
        for key, value in part.items():
            if key in ("Ref", "DependsOn"):
                yield from (name for name in _listed(value) if name in resources)
            elif key == "Fn::GetAtt":
                yield _listed(value)[0].partition(".")[0]
            elif key == "Fn::Sub":
                text = _listed(value)[0]
                found = re.findall(r"\${([A-Za-z0-9]+)(?:\.[\w.]+)?}", text)
                yield from (name for name in found if name in resources)
            yield from _named(value, resources)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

"""What a function's process imports and reads before its first request: what it needs, no more."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Final

import pytest

from infra import aws_models, byte_code, package
from infra.package import Machine, Package
from infra.places import LAMBDA_ROOT, ROOT

#: What every function imports that talks to DynamoDB; the last ones are what botocore needs.
STORE: Final = {"chalice", "pynamodb", "botocore", "dateutil", "jmespath", "six", "urllib3"}
WEBHOOKS: Final = {"standardwebhooks", "typing_extensions"}
PYDANTIC: Final = {
    *("pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection")
}
IMPORTS: Final = {
    "app.tick": STORE,
    "app.wake": STORE,
    "app.daily": STORE,
    "app.runner": STORE | WEBHOOKS,
    "app.outgoing": STORE | WEBHOOKS,
    "app.app": STORE | WEBHOOKS | PYDANTIC,
    "chalicelib.api.http.authorizer.handler": STORE - {"chalice"},
}
#: What an installation brings along, as it may be imported by any Python there.
OF_THIS_MACHINE: Final = ("_", "certifi", "distutils-precedence")
ASKED: Final = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
from chalicelib.store.dynamodb.models import shared_connection
shared_connection().client
packages = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
print(json.dumps(sorted(packages - {"app", "chalicelib"})))
"""


@pytest.fixture(scope="module")
def made_here(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package with byte code: this Python can make that for itself only."""
    return package.build(tmp_path_factory.mktemp("here"), Machine.here())


@pytest.mark.parametrize("handler", IMPORTS)
def test_a_function_imports_what_it_needs(handler: str) -> None:
    done = subprocess.run(  # noqa: S603  # this Python
        [sys.executable, "-c", ASKED, handler.rpartition(".")[0]],
        cwd=ROOT,
        env={"_HANDLER": handler, "AWS_DEFAULT_REGION": "us-east-1", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    found = {name for name in json.loads(done.stdout) if not name.startswith(OF_THIS_MACHINE)}
    assert found == IMPORTS[handler]


def test_every_module_has_its_byte_code(made_here: Package) -> None:
    with zipfile.ZipFile(made_here.code) as archive:
        names = archive.namelist()
        byte_codes = [name for name in names if name.endswith(".pyc")]
        sources = {name for name in names if name.endswith(".py")}
        assert {_source_of(name) for name in byte_codes} == sources
        flags = {int.from_bytes(archive.read(name)[4:8], "little") for name in byte_codes}
        assert flags == {1}, "taken as it is, by a hash that nobody looks at"
        (tick,) = [name for name in byte_codes if name.startswith("__pycache__/app.")]
        assert f"{LAMBDA_ROOT}/app.py".encode() in archive.read(tick)


def test_without_a_python_of_that_version_there_is_no_byte_code() -> None:
    assert byte_code.interpreter("python2.0") is None
    assert byte_code.interpreter(Machine.here().runtime) == sys.executable


def _source_of(name: str) -> str:
    path = Path(name)
    return (path.parent.parent / path.name.partition(".")[0]).as_posix() + ".py"


# What botocore reads


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models") / "aws"
    aws_models.write(directory)
    return directory


def test_services_are_described_with_what_is_called_of_them(models: Path) -> None:
    for service, operations in aws_models.CALLED.items():
        (described,) = (models / service).rglob("service-2.json")
        assert set(json.loads(described.read_text())["operations"]) == set(operations)


def test_no_texts_are_packed_and_no_shape_is_missing(models: Path) -> None:
    for path in models.rglob("service-2.json"):
        service = json.loads(path.read_text())
        assert set(aws_models._shapes_in(service)) <= set(service["shapes"])
        assert '"documentation":"' not in path.read_text()


#: Rights that no client of Baton's uses: those of the pollers that feed functions.
OF_POLLERS: Final = {
    *("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"),
    *("CreateLogStream", "PutLogEvents"),
}
#: What an action of IAM is called by botocore, where that differs.
OPERATIONS: Final = {"InvokeFunction": "Invoke", "ConditionCheckItem": "TransactWriteItems"}
SERVICES: Final = {"states": "stepfunctions"}


def test_whatever_a_role_may_do_a_client_can_ask_for(sam: dict[str, Any]) -> None:
    asked = set()
    for statement in _statements(sam["Resources"]):
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            service, _, name = action.partition(":")
            asked.add((SERVICES.get(service, service), OPERATIONS.get(name, name)))
    missing = {
        (service, name)
        for service, name in asked
        if name not in {*aws_models.CALLED.get(service, ()), *OF_POLLERS}
    }
    assert {each for each in missing if each[0] not in {"kms", "xray", "sts"}} == set()


def _statements(value: Any) -> list[dict[str, Any]]:
    """Every statement of a policy in a part of the template."""
    if isinstance(value, list):
        return [each for part in value for each in _statements(part)]
    if not isinstance(value, dict):
        return []
    own = [value] if value.get("Effect") == "Allow" and "Resource" in value else []
    return own + [each for part in value.values() for each in _statements(part)]


def test_clients_are_made_of_it(models: Path) -> None:
    from botocore.loaders import Loader
    from botocore.session import Session

    session = Session()
    loader = Loader(extra_search_paths=[str(models)], include_default_search_paths=False)
    session.register_component("data_loader", loader)
    for service, operations in aws_models.CALLED.items():
        client = session.create_client(
            service,
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        assert set(client.meta.method_to_api_mapping.values()) == set(operations)
        assert "eu-central-1" in client.meta.endpoint_url

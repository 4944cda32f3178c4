"""An AWS on the loopback for what deployments ask of AWS; each test has an account of its own."""

import itertools
from collections.abc import Iterator

import boto3
import pytest

from infra.aws.account import Account
from infra.ministack import MiniStack, free_port
from infra.places import MINISTACK_PYTHON

REGION = "eu-central-1"
_NUMBERS = itertools.count(111111111111)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One MiniStack serves all of these tests, so one worker of pytest-xdist runs them."""
    for item in items:
        if "endpoint" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("deployments"))


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where MiniStack listens."""
    if not MINISTACK_PYTHON.exists():
        pytest.fail("MiniStack is not installed: run these tests by `make test`.")
    directory = tmp_path_factory.mktemp("deployments")
    server = MiniStack(directory, free_port(), {"PERSIST_STATE": "0", "S3_PERSIST": "0"})
    server.start()
    yield server.endpoint
    server.stop()


@pytest.fixture
def credentials(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of somebody with an empty account; set here, and to be given to others."""
    environment = {
        # MiniStack takes twelve digits for the account they are the root of.
        "AWS_ACCESS_KEY_ID": str(next(_NUMBERS)),
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture
def account(credentials: dict[str, str]) -> Iterator[Account]:
    """That account; its stacks go when the test ends, or their ticks would keep MiniStack busy."""
    yours = Account(boto3.Session(region_name=credentials["AWS_DEFAULT_REGION"]))
    yield yours
    for stack in yours.cloudformation.describe_stacks()["Stacks"]:
        yours.cloudformation.delete_stack(StackName=stack["StackName"])

"""The packaged artefact on a MiniStack of its own, shared by all end-to-end tests."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from infra import package
from infra.ministack import free_port
from infra.places import MINISTACK_PYTHON
from infra.stack import Answer, LocalStack, LogLine

#: The origins whose pages may call the API; at the first there are pages, for Chromium.
ORIGINS: Final = (f"http://localhost:{free_port()}", "https://app.example.com")
#: What the stack of these tests is deployed with.
PARAMETERS: Final = {
    "AllowOrigins": ",".join(ORIGINS),
    "AllowTargets": "127.0.0.0/8",
    "EventBusName": "default",
    "NoticeWebhookSecret": "notifications",
    "AllowFunctions": "arn:aws:lambda:us-east-1:000000000000:function:e2e-*",
    "AllowStateMachines": "arn:aws:states:us-east-1:000000000000:stateMachine:e2e-*",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One MiniStack serves all of these tests, so one worker of pytest-xdist runs them."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("e2e"))


@dataclass(frozen=True, slots=True)
class Deployment:
    """A running deployment, as a test sees it. `token` is its owner's."""

    stack: LocalStack
    token: str = field(repr=False)

    @property
    def url(self) -> str:
        """Where the API is, without a slash at the end."""
        return self.stack.url

    def http(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        token: str | None = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call the API: as the owner, with another `token`, or (None) without any."""
        chosen = self.token if token == "" else token
        return self.stack.http(method, path, json, token=chosen, headers=headers)

    def new_token(self, tenant: str = "default", scopes: str = "operator") -> str:
        """A further token."""
        return self.stack.issue_token(tenant=tenant, scopes=scopes, name="test")

    def logs(self, function: str) -> list[LogLine]:
        """What a function (``Runner``, ``Tick``, ``APIHandler`` …) has written, oldest first."""
        return self.stack.logs(function)

    def worker_pids(self, function: str) -> list[int]:
        """The processes that run a function at present: workers are MiniStack's children."""
        name = f"AWS_LAMBDA_FUNCTION_NAME={self.stack.name}-{function}-"
        return [int(line.split()[0]) for line in self._workers() if name in line]

    def access_keys(self, function: str) -> set[str]:
        """The keys that processes of a function use at present: MiniStack's record has them."""
        name = f"AWS_LAMBDA_FUNCTION_NAME={self.stack.name}-{function}-"
        found = [
            re.search(r"AWS_ACCESS_KEY_ID=(\S+)", each) for each in self._workers() if name in each
        ]
        return {key[1] for key in found if key is not None}

    def _workers(self) -> list[str]:
        """Each process that runs a function: its id, and all that it was started with."""
        listed = subprocess.run(
            ["ps", "axeww", "-o", "pid=,ppid=,command="],  # noqa: S607  # wherever ps is
            capture_output=True,
            text=True,
            check=True,
        )
        child = re.compile(rf"\s*\d+\s+{self.stack.ministack.pid}\s")
        return [line for line in listed.stdout.splitlines() if child.match(line)]


@pytest.fixture(scope="session")
def local_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Baton, packaged and deployed as `make run` does; HTTP targets may reach the loopback."""
    if not MINISTACK_PYTHON.exists():
        pytest.fail("MiniStack is not installed: run these tests by `make test`.")
    directory = tmp_path_factory.mktemp("e2e")
    made = package.build(directory / "package", package.Machine.here())
    stack = LocalStack(directory / "state", free_port(), settings={"CLOUDTRAIL_RECORDING": "1"})
    try:
        stack.start()
        stack.deploy(made, PARAMETERS)
        stack.wait_until_healthy()
        token = stack.issue_token(tenant="default", scopes="owner", name="tests")
        yield Deployment(stack, token)
    finally:
        stack.stop()

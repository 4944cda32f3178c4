"""The dashboard in a real Chromium, against the packaged artefact on a MiniStack of its own."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from infra import package, web
from infra.ministack import free_port
from infra.places import LOCAL, MINISTACK_PYTHON
from infra.stack import LocalStack
from tests.browser.issuer import AUDIENCE, CLIENT, Issuer, issuer
from tests.browser.reader import PATIENCE, Reader
from tests.e2e.client import Client, wait_for
from tests.e2e.conftest import Deployment

#: Debian's package; others may call it otherwise.
CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
#: Where pictures of every page go, to be looked at.
PICTURES: Final = LOCAL / "screenshots"
#: Set by `.ci/run`: there, what is missing is a failure.
REQUIRED: Final = "BATON_TESTS_BROWSER" in os.environ

_OPTIONS: Final = ["--no-sandbox", "--disable-dev-shm-usage"]
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One MiniStack and one browser serve all of these tests, so one worker runs them."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


def _missing(what: str) -> None:
    if REQUIRED:
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def company() -> Iterator[Issuer]:
    """The provider whose JWTs the deployment takes besides its own tokens."""
    with issuer() as running:
        yield running


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory, company: Issuer) -> Iterator[Deployment]:
    """Baton with its dashboard, packaged and deployed as `make run` does."""
    if not MINISTACK_PYTHON.exists():
        pytest.fail("MiniStack is not installed: run these tests by `make test`.")
    if CHROMIUM is None:
        _missing("Chromium is not installed: apt-get install chromium")
    if not web.ensure_built(print):
        _missing(web.NO_NODE)
    directory = tmp_path_factory.mktemp("browser")
    made = package.build(directory / "package", package.Machine.here())
    stack = LocalStack(directory / "state", free_port())
    try:
        stack.start()
        stack.deploy(
            made,
            {
                "AllowTargets": "127.0.0.0/8",
                "OidcIssuer": company.url,
                "OidcAudience": AUDIENCE,
                "OidcClientId": CLIENT,
            },
        )
        stack.wait_until_healthy()
        token = stack.issue_token(tenant="default", scopes="owner", name="tests")
        yield Deployment(stack, token)
    finally:
        # Nothing of it is needed again: saving its state would take half a minute.
        if stack.ministack.pid is not None:
            os.killpg(stack.ministack.pid, signal.SIGKILL)
        stack.stop()


# Of this folder alone: as long as Playwright is there, nothing else in its process can use asyncio.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        _missing("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_OPTIONS)
        yield browser
        browser.close()


#: Makes a reader: signed in as the owner unless told otherwise; options are Playwright's.
Open = Callable[..., Reader]


@pytest.fixture
def visit(deployment: Deployment, chromium: Browser) -> Iterator[Open]:
    """Readers, each with a browser profile of their own. At the end none has met a fault."""
    readers: list[Reader] = []

    def make(token: str | None = "", **options: Any) -> Reader:
        reader = Reader(chromium, deployment.url, **options)
        readers.append(reader)
        if token is not None:
            reader.sign_in(token or deployment.token)
        return reader

    yield make
    for reader in readers:
        reader.close()


@pytest.fixture
def reader(visit: Open) -> Reader:
    """An owner at the overview."""
    return visit()


@pytest.fixture
def client(deployment: Deployment) -> Iterator[Client]:
    """The API beside the page. What was made is gone at the end: no test waits for another's."""
    client = Client(deployment)
    yield client
    for schedule in client.call("GET", "/v1/schedules?limit=200")["items"]:
        client.call("DELETE", f"/v1/schedules/{schedule['id']}", expect=204)
    wait_for("every slot is free", lambda: client.holders() == [], within=60)

"""Pages of another origin in a real Chromium: the listed one calls the API, any other cannot."""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.client import Client, drill
from tests.e2e.conftest import ORIGINS, Deployment

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LISTED = ORIGINS[0]
#: What a page does: the answer to a request, or the name of what went wrong.
FETCH = """
async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    const text = await answer.text();
    return { status: answer.status, headers: Object.fromEntries(answer.headers),
      json: text ? JSON.parse(text) : null };
  } catch (error) {
    return { failed: error.name };
  }
}
"""


class Empty(BaseHTTPRequestHandler):
    """Answers with an empty page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Elsewhere</title>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server of pages at the port of the listed origin."""
    listed = urlsplit(LISTED).port
    assert listed
    server = ThreadingHTTPServer(("127.0.0.1", listed), Empty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield listed
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        if "BATON_TESTS_BROWSER" in os.environ:
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as running:
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        launched = running.chromium.launch(executable_path=CHROMIUM, args=options)
        yield launched
        launched.close()


class Page:
    """A page of some origin, and the API as it sees it."""

    def __init__(self, browser: Any, origin: str, deployment: Deployment) -> None:
        self._page = browser.new_page()
        self._page.goto(f"{origin}/")
        self._deployment = deployment

    def fetch(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """What the page gets; with `failed`, nothing that it may read."""
        sent = {"Authorization": f"Bearer {self._deployment.token}", **headers}
        options: dict[str, Any] = {"method": method, "headers": sent}
        if body is not None:
            sent["Content-Type"] = "application/json"
            options["body"] = json.dumps(body)
        found: dict[str, Any] = self._page.evaluate(FETCH, [self._deployment.url + path, options])
        return found

    def close(self) -> None:
        self._page.close()


@pytest.fixture
def listed(browser: Any, port: int, local_stack: Deployment) -> Iterator[Page]:
    page = Page(browser, LISTED, local_stack)
    yield page
    page.close()


@pytest.fixture
def unlisted(browser: Any, port: int, local_stack: Deployment) -> Iterator[Page]:
    """The same page at the same port, by another name: that is another origin."""
    page = Page(browser, f"http://127.0.0.1:{port}", local_stack)
    yield page
    page.close()


def test_a_page_of_the_listed_origin_makes_changes_and_deletes(listed: Page) -> None:
    body = {"name": "From elsewhere", "cadence": {"type": "manual"}, "target": drill()}
    made = listed.fetch("POST", "/v1/schedules", body, **{"Idempotency-Key": "from-elsewhere"})
    assert made["status"] == 201
    again = listed.fetch("POST", "/v1/schedules", body, **{"Idempotency-Key": "from-elsewhere"})
    assert again["headers"]["idempotent-replayed"] == "true"
    path = f"/v1/schedules/{made['json']['schedule']['id']}"
    assert made["headers"]["location"].endswith(path)
    seen = listed.fetch("GET", path)
    tag = {"If-Match": seen["headers"]["etag"]}
    assert listed.fetch("PATCH", path, {"priority": 7}, **tag)["status"] == 200
    stale = listed.fetch("PATCH", path, {"priority": 8}, **tag)
    assert (stale["status"], stale["json"]["code"]) == (412, "stale")
    assert listed.fetch("DELETE", path)["status"] == 204


def test_a_page_of_the_listed_origin_reads_refusals(listed: Page) -> None:
    assert listed.fetch("GET", "/v1/schedules/x")["json"]["code"] == "not_found"
    wrong = listed.fetch("POST", "/v1/schedules", {})
    assert (wrong["status"], len(wrong["json"]["errors"])) == (422, 3)
    refused = listed.fetch("GET", "/v1/schedules", Authorization="Bearer nonsense")
    assert (refused["status"], refused["json"]["code"]) == (401, "unauthorized")
    # What API Gateway answers by itself: the scheme is none that the authorizer is asked about.
    by_gateway = listed.fetch("GET", "/v1/schedules", Authorization="Basic eDp5")
    assert (by_gateway["status"], by_gateway["json"]["code"]) == (401, "unauthorized")
    assert listed.fetch("GET", "/v1/nothing").get("failed") == "TypeError"  # It has no preflight.


def test_what_is_not_for_browsers_is_for_no_page(listed: Page) -> None:
    run = "/v1/runs/01M7WHPSW972H8YH4X4HQ4HA30"
    for path in (f"{run}/heartbeat", "/v1/dead-letters/redrive", "/v1/tokens"):
        assert listed.fetch("POST", path, {}) == {"failed": "TypeError"}


def test_a_page_of_another_origin_reads_and_changes_nothing(
    unlisted: Page, local_stack: Deployment
) -> None:
    body = {"name": "From nowhere", "cadence": {"type": "manual"}, "target": drill()}
    for method, path, sent in (
        ("GET", "/v1/schedules", None),
        ("POST", "/v1/schedules", body),
        ("GET", "/v1/schedules/x", None),
    ):
        assert unlisted.fetch(method, path, sent) == {"failed": "TypeError"}
    found = Client(local_stack).call("GET", "/v1/schedules?q=nowhere")
    assert found["items"] == []

"""The dashboard's page and files: which there are, what is said of them, and what nobody gets."""

from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.api.resources import web_routes
from chalicelib.api.resources.web_routes import Dashboard
from chalicelib.engine import system
from chalicelib.platform.config import SignIn, from_environment
from tests.harness import Answer, Stack

INDEX = """<!doctype html><html><head><title>Baton</title>
<script type="module" src="./assets/index-Abc_1.js"></script></head><body></body></html>
"""
SIGN_IN = SignIn(issuer="https://login.example/realms/a", client_id='b"<c>')


@pytest.fixture
def built(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A deployment whose package has a dashboard."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(INDEX, encoding="utf-8")
    (tmp_path / "assets" / "index-Abc_1.js").write_text("say('ä')", encoding="utf-8")
    (tmp_path / "assets" / "page.css").write_text("a{}", encoding="utf-8")
    (tmp_path / "assets" / "icon.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "assets" / "picture.png").write_bytes(b"\x89PNG")
    monkeypatch.setattr(web_routes, "DASHBOARD", Dashboard(tmp_path))
    return stack


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("/ui", '"assets/index-Abc_1.js"'),
        ("/ui/runs", '"../assets/index-Abc_1.js"'),
        ("/ui/runs/01M7WHPSW972H8YH4X4HQ4HA30", '"../../assets/index-Abc_1.js"'),
    ],
)
def test_the_page_finds_its_files_from_any_depth(built: Stack, path: str, link: str) -> None:
    answer = built.http("GET", path)
    assert answer.status == 200
    assert link in answer.body.decode()
    assert "./assets" not in answer.body.decode().replace("../", "")


def test_the_page_says_who_may_do_what_with_it(built: Stack) -> None:
    headers = built.http("GET", "/ui").headers
    policy = headers.pop("content-security-policy")
    headers.pop("etag")
    assert headers == {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "clipboard-write=(self)",
        "strict-transport-security": "max-age=31536000",
    }
    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def test_with_an_issuer_the_page_may_ask_it_and_is_told_its_client(built: Stack) -> None:
    system.use(replace(built.system, config=replace(built.system.config, sign_in=SIGN_IN)))
    answer = built.http("GET", "/ui")
    assert "connect-src 'self' https://login.example;" in answer.headers["content-security-policy"]
    assert 'content="b&quot;&lt;c&gt;"' in answer.body.decode()
    assert 'data-issuer="https://login.example/realms/a"' in answer.body.decode()


def test_an_issuer_alone_is_no_way_to_sign_in() -> None:
    issuer, client = ("BATON_SIGN_IN_ISSUER", "BATON_SIGN_IN_CLIENT")
    assert from_environment({issuer: "https://a.test"}).sign_in is None
    both = from_environment({issuer: "https://a.test", client: "c"})
    assert both.sign_in == SignIn(issuer="https://a.test", client_id="c")


@pytest.mark.parametrize(
    ("file", "kind", "text"),
    [
        ("index-Abc_1.js", "text/javascript; charset=utf-8", "say('ä')"),
        ("page.css", "text/css; charset=utf-8", "a{}"),
        ("icon.svg", "image/svg+xml", "<svg/>"),
    ],
)
def test_files_are_kept_for_good(built: Stack, file: str, kind: str, text: str) -> None:
    answer = built.http("GET", f"/assets/{file}")
    assert (answer.status, answer.body.decode()) == (200, text)
    etag = answer.headers.pop("etag")
    assert answer.headers == {
        "content-type": kind,
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
    }
    again = built.http("GET", f"/assets/{file}", headers={"If-None-Match": etag})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("path", ["/ui", "/ui/runs", "/assets/page.css"])
def test_who_has_it_is_told_that_it_is_still_good(built: Stack, path: str) -> None:
    etag = built.http("GET", path).headers["etag"]
    assert built.http("GET", path, headers={"If-None-Match": f'"x", W/{etag}'}).status == 304
    assert built.http("GET", path, headers={"If-None-Match": '"x"'}).status == 200
    head = built.http("HEAD", path)
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", etag)


@pytest.mark.parametrize(
    "name", ["gone-Xyz.js", "picture.png", "..%2Findex.html", "%2e%2e%2findex.html", "index.html"]
)
def test_nothing_else_is_handed_out(built: Stack, name: str) -> None:
    answer = built.http("GET", f"/assets/{name}")
    assert (answer.status, answer.body) == (404, b"")
    assert answer.headers["cache-control"] == "no-store"


def test_a_package_without_a_dashboard_says_so_and_its_api_works(stack: Stack) -> None:
    answer = stack.http("GET", "/ui")
    assert answer.status == 404
    assert "make web" in answer.body.decode()
    assert answer.headers["cache-control"] == "no-store"
    assert stack.http("GET", "/healthz").status == 200


def root(stack: Stack, path: str, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """What `/` answers where the gateway calls its path so."""
    monkeypatch.setattr(web_routes, "_path_of", lambda _request: path)
    return stack.http("GET", "/")


@pytest.mark.parametrize(
    ("path", "location"), [("/", "ui"), ("/api/", "ui"), ("/api", "api/ui"), ("", "ui")]
)
def test_the_root_leads_to_the_page(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, path: str, location: str
) -> None:
    answer = root(stack, path, monkeypatch)
    assert (answer.status, answer.headers["location"]) == (302, location)
    assert answer.headers["cache-control"] == "no-store"

"""The page that shows the API's description needs nobody else's network."""

import base64
import hashlib
import re

from tests.harness import Stack


def test_the_page_is_html_under_a_policy_for_its_own_script_and_style(stack: Stack) -> None:
    answer = stack.http("GET", "/docs")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("script", "style"):
        content = re.findall(f"<{tag}>(.*?)</{tag}>", answer.body.decode(), re.DOTALL)
        assert len(content) == 1
        digest = base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_page_names_no_other_host_and_no_absolute_path(stack: Stack) -> None:
    text = stack.http("GET", "/docs").body.decode()
    assert re.findall(r"https?://", text) == []
    links = re.findall(r'(?:href|src)="([^"]*)"', text)
    assert [link for link in links if link.startswith("/")] == []
    assert "v1/openapi.json" in links


def test_the_page_makes_no_markup_of_what_it_is_told(stack: Stack) -> None:
    text = stack.http("GET", "/docs").body.decode()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text)
    assert not re.search(r"\son\w+=|\sstyle=", text)


def test_the_page_follows_the_readers_colours_and_works_by_keyboard(stack: Stack) -> None:
    text = stack.http("GET", "/docs").body.decode()
    assert "prefers-color-scheme: dark" in text
    assert ":focus-visible" in text
    ids = re.findall(r'<label for="(\w+)"', text)
    assert ids == re.findall(r'<input id="(\w+)"', text)

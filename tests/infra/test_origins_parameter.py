"""Which origins a deployment may list: refused before AWS does it, and by the API once more."""

import re
from typing import Any

import pytest

from chalicelib.platform import config
from infra.aws.check_config import faults

TAKEN = [
    "https://app.example.com",
    "https://example.com:8443",
    "https://10.0.0.7",
    "https://a-b.example.com:80",
    "http://localhost",
    "http://localhost:5173",
    "http://localhost:443",
]
REFUSED = [
    "*",
    "null",
    "https://*",
    "https://*.example.com",
    "https://.example.com",
    ".example.com",
    "app.example.com",
    "https://",
    "https://app.example.com/",
    "https://app.example.com/path",
    "https://App.example.com",
    "https://app.example.com:443",
    "https://app.example.com:0",
    "https://app.example.com:",
    "https://user@app.example.com",
    "https://app.example.com?x",
    "https://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example.com",
    "http://app.example.com",
    "http://localhost:80",
    "http://localhost.example.com",
    "http://127.0.0.1:5173",
    "ftp://app.example.com",
    "https://app.example.com https://b.example.com",
]


@pytest.mark.parametrize("origin", TAKEN)
def test_an_origin_as_browsers_write_it_is_taken(sam: dict[str, Any], origin: str) -> None:
    for listed in (origin, f"{origin},https://b.example.com", f"https://b.example.com,{origin}"):
        assert faults(sam, "baton", {"AllowOrigins": listed}) == []
        found = config.from_environment({"BATON_ALLOW_ORIGINS": listed})
        assert found.allow_origins == tuple(listed.split(","))


@pytest.mark.parametrize("origin", REFUSED)
def test_anything_else_is_refused_and_left_out(
    sam: dict[str, Any], origin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for listed in (origin, f"{origin},https://b.example.com", f"https://b.example.com,{origin}"):
        [fault] = faults(sam, "baton", {"AllowOrigins": listed})
        assert fault.startswith(f"AllowOrigins: “{listed}” is not taken; it has to be origins as")
        found = config.from_environment({"BATON_ALLOW_ORIGINS": listed})
        assert origin not in found.allow_origins
        assert len(found.allow_origins) == listed.count(",")


@pytest.mark.parametrize("listed", [",https://a.test", "https://a.test,", "https://a.test,,"])
def test_a_list_has_nothing_empty_in_it(sam: dict[str, Any], listed: str) -> None:
    assert len(faults(sam, "baton", {"AllowOrigins": listed})) == 1


def test_the_api_alone_is_told(sam: dict[str, Any]) -> None:
    told = {
        name
        for name, resource in sam["Resources"].items()
        if re.search("BATON_(ALLOW_ORIGINS|TOKENS_FROM_BROWSERS)", str(resource))
    }
    assert told == {"APIHandler"}


@pytest.mark.parametrize(("told", "may"), [("", False), ("off", False), ("on", True), ("x", False)])
def test_pages_make_no_tokens_unless_told(told: str, may: bool) -> None:
    found = config.from_environment({"BATON_TOKENS_FROM_BROWSERS": told})
    assert found.tokens_from_browsers is may

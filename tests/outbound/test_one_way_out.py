"""Nothing in Baton connects to anybody but through the guard, or by AWS's own client."""

import re
from typing import Final

from infra.places import ROOT

_WAYS_OUT: Final = re.compile(
    r"urlopen|PoolManager|HTTPS?Connection\b|create_connection|socket\.socket\b"
    r"|^\s*(import|from) (requests|httpx|aiohttp|ftplib|smtplib|telnetlib|urllib\.request)\b",
    re.MULTILINE,
)


def test_only_the_guard_opens_connections() -> None:
    sources = sorted((ROOT / "chalicelib").rglob("*.py"))
    found = {
        str(path.relative_to(ROOT / "chalicelib"))
        for path in sources
        if _WAYS_OUT.search(path.read_text(encoding="utf-8"))
    }
    # http_client.py drives the guard's client; its annotations name the class.
    assert found == {"outbound/guard.py", "outbound/http_client.py"}


def test_the_search_would_find_others() -> None:
    assert _WAYS_OUT.search("from urllib.request import urlopen")
    assert _WAYS_OUT.search("import requests")
    assert not _WAYS_OUT.search("from chalicelib.outbound.http_client import Request")

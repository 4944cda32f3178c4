"""The API's description, and a page to read it. Both are public: they hold no data."""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Final

from chalice.app import Blueprint, Response
from chalice.app import Request as ChaliceRequest

from chalicelib.api.http.parsing import base_path_of

blueprint = Blueprint(__name__)

_PAGE: Final = Path(__file__).parent / "pages" / "docs.html"
#: They change with a deployment only, so browsers need not ask each time.
_CACHED: Final = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}


@blueprint.route("/v1/openapi.json", methods=["GET", "HEAD"], content_types=["*/*"])
def get_openapi() -> Response:
    """Get the API's description (OpenAPI 3.1)."""
    request = blueprint.current_request
    text = _document(base_path_of(request))
    return _answer(request, text, {"Content-Type": "application/json"})


@blueprint.route("/docs", methods=["GET", "HEAD"], content_types=["*/*"])
def get_docs() -> Response:
    """Get the page that shows the description. It fetches the description and nothing else."""
    text, policy = _page()
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
    }
    return _answer(blueprint.current_request, text, headers)


def _answer(request: ChaliceRequest, text: str, headers: dict[str, str]) -> Response:
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
    all_headers: dict[str, str | list[str]] = {**headers, **_CACHED, "ETag": etag}
    known = [tag.strip().removeprefix("W/") for tag in _if_none_match(request).split(",")]
    if etag in known or "*" in known:
        return Response("", status_code=304, headers=all_headers)
    return Response("" if request.method == "HEAD" else text, headers=all_headers)


def _if_none_match(request: ChaliceRequest) -> str:
    return str(request.headers.get("if-none-match", ""))


@cache
def _document(base_path: str) -> str:
    # Imported only when somebody asks: every cold start would pay for it otherwise.
    from chalicelib.api.openapi.document import document

    described = {**document(), "servers": [{"url": base_path or "/"}]}
    return json.dumps(described, separators=(",", ":"), ensure_ascii=False)


@cache
def _page() -> tuple[str, str]:
    """The page, and the content security policy that allows its own script and style only."""
    text = _PAGE.read_text(encoding="utf-8")
    script, style = (_hash_of(tag, text) for tag in ("script", "style"))
    policy = (
        f"default-src 'none'; script-src '{script}'; style-src '{style}'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return text, policy


def _hash_of(tag: str, page: str) -> str:
    content = re.search(f"<{tag}>(.*)</{tag}>", page, re.DOTALL)
    assert content is not None
    digest = hashlib.sha256(content[1].encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"

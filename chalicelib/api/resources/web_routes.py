"""The dashboard: one page, and the files that it loads. All of them are public: they hold no data.

`infra/package.py` puts what `make web` builds into the package, as `chalicelib/web`: `index.html`
and a folder `assets`, whose files have a hash of their content in their names. Every file is text:
a gateway that is told of binary types hands the API's own bodies over encoded.
"""

import hashlib
import html
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from chalice.app import Blueprint, Response
from chalice.app import Request as ChaliceRequest

from chalicelib.engine.system import current
from chalicelib.platform.config import SignIn

blueprint = Blueprint(__name__)

#: Where the package has the dashboard. A checkout has none, and neither has a package that was
#: made without Node.
BUILD: Final = Path(__file__).resolve().parents[2] / "web"

_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HTML: Final = "text/html; charset=utf-8"
#: Where the page's own links begin; the page is served at several depths below the API's root.
_RELATIVE: Final = '="./'
_HEAD: Final = "</head>"
_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Baton</title></head>
<body><h1>The dashboard is not part of this deployment</h1>
<p>It is built by <code>make web</code>, which needs Node; the API works without it.</p>
</body></html>
"""


@dataclass(frozen=True)
class Dashboard:
    """What was built in a directory. Nothing is read before it is asked for."""

    directory: Path = BUILD
    _index: dict[tuple[int, SignIn | None], tuple[str, str]] = field(default_factory=dict)
    _read: dict[str, str] = field(default_factory=dict)

    def index(self, depth: int, sign_in: SignIn | None) -> tuple[str, str] | None:
        """The page and its ETag, for a path so many folders below the API's root; None without one.

        Its links are relative, so that it works below any stage, domain and emulator.
        """
        if (depth, sign_in) not in self._index:
            path = self.directory / "index.html"
            if not path.is_file():
                return None
            text = path.read_text(encoding="utf-8").replace(_RELATIVE, f'="{"../" * depth}')
            text = text.replace(_HEAD, f"{_meta(sign_in)}{_HEAD}", 1)
            digest = hashlib.sha256(text.encode()).hexdigest()[:20]
            self._index[depth, sign_in] = (text, f'"{digest}"')
        return self._index[depth, sign_in]

    def asset(self, name: str) -> tuple[str, str] | None:
        """A file's text and content type. A name is looked up, and never made a path of."""
        path = self._assets.get(name)
        if path is None:
            return None
        if name not in self._read:
            self._read[name] = path.read_text(encoding="utf-8")
        return self._read[name], _TYPES[path.suffix]

    @cached_property
    def _assets(self) -> dict[str, Path]:
        directory = self.directory / "assets"
        files = directory.iterdir() if directory.is_dir() else ()
        return {path.name: path for path in files if path.suffix in _TYPES}


#: The dashboard that this deployment serves.
DASHBOARD: Final = Dashboard()


@blueprint.route("/", methods=["GET", "HEAD"], content_types=["*/*"])
def get_root() -> Response:
    """Lead to the dashboard, relative to the address that the caller knows."""
    stage = _path_of(blueprint.current_request).rpartition("/")[2]
    location = f"{stage}/ui" if stage else "ui"
    return Response(
        "", status_code=302, headers={"Location": location, "Cache-Control": "no-store"}
    )


@blueprint.route("/ui", methods=["GET", "HEAD"], content_types=["*/*"])
def get_overview_page() -> Response:
    """Get the dashboard, at its overview."""
    return _page(blueprint.current_request, depth=0)


@blueprint.route("/ui/{page}", methods=["GET", "HEAD"], content_types=["*/*"])
def get_page(page: str) -> Response:  # noqa: ARG001  # the script in it reads the address
    """Get the dashboard, at one of its pages."""
    return _page(blueprint.current_request, depth=1)


@blueprint.route("/ui/{page}/{item}", methods=["GET", "HEAD"], content_types=["*/*"])
def get_item_page(page: str, item: str) -> Response:  # noqa: ARG001
    """Get the dashboard, at the page of one thing."""
    return _page(blueprint.current_request, depth=2)


@blueprint.route("/assets/{file}", methods=["GET", "HEAD"], content_types=["*/*"])
def get_asset(file: str) -> Response:
    """Get a script, style sheet or picture of the dashboard."""
    found = DASHBOARD.asset(file)
    if found is None:
        headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
        return Response("", status_code=404, headers=dict(headers))
    text, kind = found
    headers = {
        "Content-Type": kind,
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"',
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return _answer(blueprint.current_request, text, headers)


def _path_of(request: ChaliceRequest) -> str:
    """The path as the gateway has it, with its stage."""
    return str(request.context.get("path", "/"))


def _page(request: ChaliceRequest, depth: int) -> Response:
    sign_in = current().config.sign_in
    found = DASHBOARD.index(depth, sign_in)
    headers = {
        "Content-Type": _HTML,
        "Content-Security-Policy": policy(sign_in),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "clipboard-write=(self)",
        "Strict-Transport-Security": "max-age=31536000",
    }
    if found is None:
        text = "" if request.method == "HEAD" else _NOT_BUILT
        return Response(text, status_code=404, headers={**headers, "Cache-Control": "no-store"})
    text, etag = found
    return _answer(request, text, {**headers, "Cache-Control": "no-cache", "ETag": etag})


def policy(sign_in: SignIn | None) -> str:
    """The page's content security policy: its own files alone, and where people sign in."""
    issuer = f" {_origin(sign_in.issuer)}" if sign_in else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'{issuer}; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _meta(sign_in: SignIn | None) -> str:
    """What the page has to know to let people sign in with the issuer of a company."""
    if sign_in is None:
        return ""
    client, issuer, audience = (
        html.escape(text) for text in (sign_in.client_id, sign_in.issuer, sign_in.audience)
    )
    return (
        f'<meta name="baton-sign-in" content="{client}" data-issuer="{issuer}"'
        f' data-audience="{audience}">'
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _answer(request: ChaliceRequest, text: str, headers: dict[str, str]) -> Response:
    """The text; or that the caller's copy of it is still good."""
    etag = headers["ETag"]
    sent = str(request.headers.get("if-none-match", ""))
    known = [tag.strip().removeprefix("W/") for tag in sent.split(",")]
    if etag in known or "*" in known:
        return Response("", status_code=304, headers=dict(headers))
    return Response("" if request.method == "HEAD" else text, headers=dict(headers))

"""An OpenID provider on the loopback, with the page that a person goes through."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from chalicelib.platform.clock import SystemClock
from tests.auth.provider import DISCOVERY, JWKS, jwk, signed

CLIENT: Final = "dashboard"
AUDIENCE: Final = "baton"
_KEY: Final = "dashboard-tests"
_MINUTES: Final = 10


@dataclass
class Issuer:
    """A running provider. A code is good once, and for who can prove that they asked for it."""

    url: str
    #: What was asked of it, by the code that it gave.
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    #: How often a code was turned into a token.
    redeemed: int = 0

    def page(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """What a GET of it answers: status, headers and body."""
        if path == DISCOVERY:
            ends = {f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token")}
            return _json({"issuer": self.url, "jwks_uri": self.url + JWKS, **ends})
        if path == JWKS:
            return _json({"keys": [jwk(_KEY)]})
        if path != "/authorization":
            return 404, {}, b""
        code = secrets.token_urlsafe(16)
        self.asked[code] = query
        back = f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
        page = f'<!doctype html><title>Sign in</title><a href="{back}">Go on as Ada</a>'
        return 200, {"Content-Type": "text/html"}, page.replace("&", "&amp;").encode()

    def token(self, sent: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """What the token endpoint answers: a JWT for a code, if the verifier fits the challenge."""
        asked = self.asked.pop(sent.get("code", ""), None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        is_theirs = (
            asked is not None
            and asked["code_challenge_method"] == "S256"
            and asked["code_challenge"] == challenge
            and all(asked[name] == sent.get(name) for name in ("client_id", "redirect_uri"))
        )
        if not is_theirs:
            return _json({"error": "invalid_grant"}, 400)
        self.redeemed += 1
        now = int(SystemClock().now().timestamp())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ada",
            "email": "ada@acme.test",
            "email_verified": True,
            "tenant": "default",
            "scope": "openid baton:operator",
            "iat": now,
            "exp": now + _MINUTES * 60,
        }
        return _json({"access_token": signed(claims, _KEY), "token_type": "Bearer"})


def _json(document: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    headers = {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}
    return status, headers, json.dumps(document).encode()


@contextmanager
def issuer() -> Iterator[Issuer]:
    """A provider for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            self._answer(*running.page(url.path, dict(parse_qsl(url.query))))

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self._answer(*running.token(dict(parse_qsl(self.rfile.read(length).decode()))))

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: Any) -> None:
            """Say nothing: pytest shows what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Issuer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Headers: of authentication, of the body's type, of repeats and of versions."""

import base64
import gzip
import json
from collections.abc import Iterator

import pytest

from tests.api.hostile.requests import GOOD, UNAUTHORIZED, Hostile, World, table

#: One deployment serves them all, on one worker.
pytestmark = pytest.mark.xdist_group("hostile headers")


_UNSUPPORTED = (415, "unsupported_media_type")
_RAW = json.dumps(GOOD).encode()
_JWT = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"alg":"none"}', b'{"sub":"x","scope":"owner","tenant":"default"}', b"")
)
_AUTHORIZATIONS = {
    "empty": "",
    "space": " ",
    "scheme alone": "Bearer",
    "scheme and space": "Bearer ",
    "no scheme": "{token}",
    "basic": "Basic " + base64.b64encode(b"owner:owner").decode(),
    "digest": 'Digest username="owner"',
    "token scheme": "Token {token}",
    "no space": "Bearer{token}",
    "colon": "Bearer: {token}",
    "comma": "Bearer {token},",
    "twice": "Bearer {token} {token}",
    "twice as a list": "Bearer {token}, Bearer {token}",
    "scheme twice": "Bearer Bearer {token}",
    "quoted": 'Bearer "{token}"',
    "in brackets": "Bearer <{token}>",
    "one more": "Bearer {token}x",
    "other case": "Bearer BT_{token}",
    "prefix alone": "Bearer bt_",
    "prefixes": "Bearer bt_bt_bt_",
    "no secret": "Bearer bt_01KJQ4Z6W0ZTG4X2N8Q5V7B3CD_",
    "wrong secret": "Bearer bt_01KJQ4Z6W0ZTG4X2N8Q5V7B3CD_" + "A" * 43,
    "wild card": "Bearer *",
    "null": "Bearer null",
    "undefined": "Bearer undefined",
    "unsigned JWT": f"Bearer {_JWT}",
    "dots": "Bearer ...",
    "many dots": "Bearer " + "." * 5000,
    "run token": "Bearer brt_W10.x",
    "huge": "Bearer " + "A" * 100_000,
    "huge scheme": "A" * 100_000,
    "NUL": "Bearer {token}\x00",
    "Latin-1": "Bearer bt_\xfc",
    "beyond Latin-1": "Bearer bt_\u0131",
    "injection": "Bearer ' OR '1'='1",
    "JSON": 'Bearer {"tenant_id": "default"}',
    "AWS signature": "AWS4-HMAC-SHA256 Credential=x/20260301/us-east-1/s/aws4_request",
    "tabs": "Bearer\t{token}",
}
_TYPES = {
    "text": "text/plain",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=x",
    "XML": "application/xml",
    "YAML": "application/yaml",
    "any": "*/*",
    "half": "application/",
    "no slash": "json",
    "empty": "",
    "JSON text": "text/json",
    "lines": "application/x-ndjson",
    "suffix": "application/vnd.baton+json",
    "problem": "application/problem+json",
    "two": "application/json, text/plain",
    "longer": "application/jsonx",
    "UTF-16": "application/json; charset=utf-16",
    "Latin-1": "application/json; charset=iso-8859-1",
    "Latin-1 quoted": 'application/json; charset="latin-1"',
    "second parameter": "application/json; a=b; charset=utf-16",
    "no charset": "application/json; charset=",
    "huge": "application/" + "x" * 10_000,
}
_ENCODINGS = ("gzip", "br", "deflate", "zstd", "identity, gzip", "x")


def _authorizations() -> Iterator[Hostile]:
    for kind, value in _AUTHORIZATIONS.items():
        for place, method, path in (
            ("create", "POST", "/v1/schedules"),
            ("delete", "DELETE", "/v1/schedules/{schedule}"),
        ):
            yield Hostile(
                name=f"{place}: {kind}",
                answer=UNAUTHORIZED,
                method=method,
                path=path,
                body=GOOD if method == "POST" else None,
                headers={"Authorization": value},
                token=False,
            )
    for name in ("X-Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "X-Tenant"):
        headers = {name: "Bearer {token}"}
        yield Hostile(name=name, answer=UNAUTHORIZED, headers=headers, body=GOOD, token=False)
    for parameter in ("token", "access_token", "authorization"):
        path = f"/v1/schedules?{parameter}={{token}}"
        yield Hostile(name=parameter, answer=UNAUTHORIZED, method="GET", path=path, token=False)


def _types() -> Iterator[Hostile]:
    for kind, value in _TYPES.items():
        for place, method, path in (
            ("create", "POST", "/v1/schedules"),
            ("patch", "PATCH", "/v1/schedules/{schedule}"),
            ("run", "POST", "/v1/schedules/{schedule}/runs"),
        ):
            yield Hostile(
                name=f"{place} as {kind}",
                answer=_UNSUPPORTED,
                method=method,
                path=path,
                raw=_RAW,
                headers={"Content-Type": value},
            )
    patch = {"Content-Type": "application/merge-patch+json"}
    yield Hostile(name="create as a patch", answer=_UNSUPPORTED, raw=_RAW, headers=patch)
    steps = {"Content-Type": "application/json-patch+json"}
    path = "/v1/schedules/{schedule}"
    yield Hostile(
        name="steps", answer=_UNSUPPORTED, method="PATCH", path=path, raw=b"[]", headers=steps
    )
    for encoding in _ENCODINGS:
        yield Hostile(
            name=f"encoded: {encoding}",
            answer=_UNSUPPORTED,
            raw=gzip.compress(_RAW),
            headers={"Content-Encoding": encoding},
        )


def _keys() -> Iterator[Hostile]:
    bad = {
        "empty": "",
        "space": "a b",
        "only a space": " ",
        "control": "a\x00b",
        "newline": "a\nb",
        "not ASCII": "schlüssel",
        "too long": "x" * 256,
        "huge": "x" * 100_000,
    }
    for kind, value in bad.items():
        for place, path in (("create", "/v1/schedules"), ("audit", "/v1/audits")):
            yield Hostile(
                name=f"{place} with key: {kind}",
                answer=(400, "bad_idempotency_key"),
                path=path,
                body=GOOD if place == "create" else {"title": "x"},
                headers={"Idempotency-Key": value},
            )
    versions = {
        "text": "x",
        "empty": "",
        "weak": 'W/"x"',
        "other": '"0123456789abcdef0123"',
        "list": '"a", "b"',
        "not closed": '"abc',
        "huge": '"' + "x" * 100_000 + '"',
        "Latin-1": '"\xfc"',
        "stars": "**",
    }
    for kind, value in versions.items():
        for method, body in (("PATCH", {"name": "Other"}), ("DELETE", None)):
            yield Hostile(
                name=f"{method} if it matches: {kind}",
                answer=(412, "stale"),
                method=method,
                path="/v1/schedules/{schedule}",
                body=body,
                headers={"If-Match": value},
            )


@table([*_authorizations(), *_types(), *_keys()])
def test_it_is_refused_and_changes_nothing(world: World, case: Hostile) -> None:
    world.check(case)


def test_headers_that_mean_nothing_here_change_nothing(world: World) -> None:
    odd = {
        "X-HTTP-Method-Override": "DELETE",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-For": "127.0.0.1",
        "X-Original-URL": "/v1/settings",
        "Host": "evil.example",
        "Range": "bytes=0-1",
        "Expect": "100-continue",
        "Accept": "image/png",
        "Accept-Language": "x" * 10_000,
        "Cookie": "tenant=other",
        **{f"X-{number}": "x" * 100 for number in range(200)},
    }
    path = world.filled("/v1/schedules/{schedule}")
    plain = world.stack.http("GET", path, token=world.token)
    answer = world.stack.http("GET", path, token=world.token, headers=odd)
    assert (answer.status, answer.json) == (200, plain.json)
    assert world.database() == world.before

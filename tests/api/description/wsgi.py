"""The harness as a WSGI application, for tools that speak to nothing else."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from tests.harness import Stack

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def application(stack: Stack) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    """Every request goes through the whole of the API, as the client sent it."""

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        path = environ["REQUEST_URI"].partition("?")[0] + "?" + environ.get("QUERY_STRING", "")
        got = stack.http(environ["REQUEST_METHOD"], path, raw=body, headers=_headers(environ))
        status = f"{got.status} {HTTPStatus(got.status).phrase}"
        start_response(status, list(got.headers.items()))
        return [got.body]

    return answer


def _headers(environ: Environ) -> dict[str, str]:
    sent = {
        name.removeprefix("HTTP_").replace("_", "-").title(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    kind = environ.get("CONTENT_TYPE")
    return {**sent, "Content-Type": kind} if kind else sent

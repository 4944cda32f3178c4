"""`Idempotency-Key`: a repeated request gets the answer of the first, and does nothing more."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from chalice.app import Response

from chalicelib.api.http.problems import Problem
from chalicelib.api.http.request import Request
from chalicelib.domain.errors import BatonError, LostRace, Unavailable
from chalicelib.store import idempotency_items

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
#: Errors after which nobody knows whether the work was done.
_UNCERTAIN: Final = (Unavailable, LostRace)


def once(
    request: Request[Any, Any],
    target: str,
    raw: bytes,
    handle: Callable[[Request[Any, Any]], Response],
    shown_once: Sequence[str] = (),
) -> Response:
    """Handle a request with an idempotency key, or repeat the answer of the first one like it.

    `target` is the method, path and query, `raw` the body: requests with the same key have to
    have the same of both. Fields that are `shown_once` are null in a repeated answer.

    Raises a 409 `Problem` if the key was used for another request, or the first has no answer yet.
    """
    key, clock = key_of(request), request.system.clock
    fingerprint = hashlib.sha256(target.encode() + b"\n" + raw).hexdigest()
    try:
        opened = idempotency_items.open_key(
            request.caller.tenant_id, key, fingerprint, request.now, clock
        )
    except idempotency_items.KeyUsedForAnother as error:
        raise Problem(409, "idempotency_conflict", str(error)) from error
    except idempotency_items.FirstStillUnderWay as error:
        wait = {"Retry-After": "1"}
        raise Problem(409, "idempotency_in_progress", str(error), headers=wait) from error
    if opened.answer is not None:
        return _again(opened.answer)
    seed = f"{request.caller.tenant_id}\n{key}\n{fingerprint}"
    return _first(replace(request, seed=(opened.at, seed)), opened, handle, shown_once)


def _first(
    request: Request[Any, Any],
    opened: idempotency_items.OpenedKey,
    handle: Callable[[Request[Any, Any]], Response],
    shown_once: Sequence[str],
) -> Response:
    clock = request.system.clock
    try:
        response = handle(request)
    except BatonError as error:
        if isinstance(error, _UNCERTAIN):
            idempotency_items.release(opened, clock)
        else:
            idempotency_items.forget(opened, clock)
        raise
    except Exception:
        idempotency_items.release(opened, clock)
        raise
    body = response.body
    if shown_once:
        body = {name: None if name in shown_once else value for name, value in body.items()}
    kept = {"status": response.status_code, "headers": response.headers, "body": body}
    idempotency_items.close(opened, kept, clock)
    return response


def _again(answer: dict[str, Any]) -> Response:
    headers = {**answer["headers"], "Idempotent-Replayed": "true"}
    return Response(answer["body"], status_code=answer["status"], headers=headers)


def key_of(request: Request[Any, Any]) -> str:
    """The idempotency key of a request that has one. Raises a 400 `Problem` for what is none."""
    key = request.headers["idempotency-key"]
    if not _KEY.fullmatch(key):
        detail = "An Idempotency-Key has 1 to 255 visible ASCII characters."
        raise Problem(400, "bad_idempotency_key", detail)
    return key

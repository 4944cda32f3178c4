"""`Idempotency-Key`: a request that comes again gets its first answer, and does nothing more."""

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
#: After these nobody knows whether the work was done.
_UNCERTAIN: Final = (Unavailable, LostRace)


def once(
    request: Request[Any, Any],
    target: str,
    raw: bytes,
    handle: Callable[[Request[Any, Any]], Response],
    shown_once: Sequence[str] = (),
) -> Response:
    """The answer to a request of that key, body and target (`POST /v1/…`): the first one, again.

    What is shown once is not kept, and null in the answer given again.
    Raises a 409 `Problem` if the key was used for another request, or the first has no answer yet.
    """
    key, clock = _key(request), request.system.clock
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
        settle = (
            idempotency_items.release if isinstance(error, _UNCERTAIN) else idempotency_items.forget
        )
        settle(opened, clock)
        raise
    except Exception:
        idempotency_items.release(opened, clock)
        raise
    body = {**response.body, **dict.fromkeys(shown_once)} if shown_once else response.body
    kept = {"status": response.status_code, "headers": response.headers, "body": body}
    idempotency_items.close(opened, kept, clock)
    return response


def _again(answer: dict[str, Any]) -> Response:
    headers = {**answer["headers"], "Idempotent-Replayed": "true"}
    return Response(answer["body"], status_code=answer["status"], headers=headers)


def _key(request: Request[Any, Any]) -> str:
    key = request.headers["idempotency-key"]
    if not _KEY.fullmatch(key):
        detail = "An Idempotency-Key has 1 to 255 visible ASCII characters."
        raise Problem(400, "bad_idempotency_key", detail)
    return key

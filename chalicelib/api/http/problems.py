"""Errors as clients see them: `application/problem+json` (RFC 9457), all made here."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from chalice.app import Response

from chalicelib.domain.deployment.limits import LimitExceeded
from chalicelib.domain.deployment.pools import PoolInUse
from chalicelib.domain.errors import (
    BadRunToken,
    BatonError,
    ClaimOver,
    Conflict,
    FieldError,
    InvalidFields,
    LostRace,
    NotFound,
    Unavailable,
    Unreadable,
    Untrusted,
)
from chalicelib.domain.runs.transitions import IllegalTransition
from chalicelib.store.dynamodb.paging import BadCursor

#: Headers of every answer with data: no cache keeps it, no browser guesses what it is.
UNCACHED: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Problem(BatonError):
    """An error answer: a status, a stable `code` for programs, a `detail` for people."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers, self.more = tuple(errors), dict(headers or {}), more
        super().__init__(detail)

    def response(self) -> Response:
        """The response to the client."""
        body: dict[str, Any] = {
            "type": f"urn:baton:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.more,
        }
        if self.errors:
            body["errors"] = [
                {"field": error.field, "message": error.message} for error in self.errors
            ]
        headers: dict[str, str | list[str]] = {
            "Content-Type": "application/problem+json",
            **UNCACHED,
            **self.headers,
        }
        return Response(body, status_code=self.status, headers=headers)


_HEADERS: Final = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}
#: The status and code of each kind of error.
_STATUSES: Final = (
    (NotFound, 404, "not_found"),
    (BadCursor, 400, "bad_cursor"),
    (BadRunToken, 401, "unauthorized"),
    (Untrusted, 401, "unauthorized"),
    (ClaimOver, 409, "lease_lost"),
    (LostRace, 409, "conflict"),
    (Unreadable, 409, "unreadable"),
    (Conflict, 409, "conflict"),
    (IllegalTransition, 409, "conflict"),
    (Unavailable, 503, "busy"),
)


def from_error(error: BatonError) -> Problem:
    """The problem that the client gets for one of Baton's own errors."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, LimitExceeded):
        more: dict[str, Any] = {"most": error.most, "wanted": error.wanted}
        return Problem(409, "limit_exceeded", str(error), limit=error.limit.value, **more)
    if isinstance(error, PoolInUse):
        named: dict[str, Any] = {"pool": error.pool, "schedules": error.schedules}
        return Problem(409, "pool_in_use", str(error), **named)
    if isinstance(error, InvalidFields):
        return Problem(422, "invalid_fields", "Some fields are not valid.", errors=error.errors)
    for kind, status, code in _STATUSES:
        if isinstance(error, kind):
            return Problem(status, code, str(error), headers=_HEADERS.get(status))
    return Problem(400, "bad_request", str(error))

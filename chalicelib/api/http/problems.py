"""Errors as clients see them: `application/problem+json` (RFC 9457), made in this one place."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from chalice.app import Response

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
)
from chalicelib.domain.runs.transitions import IllegalTransition
from chalicelib.store.dynamodb.paging import BadCursor

#: What every answer says that holds data: it is kept by nobody, and read as what it is.
UNCACHED: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Problem(BatonError):
    """A request that cannot be answered as asked: status, stable code, sentence for people."""

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
        """The problem as a response."""
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
_ANSWERS: Final = (
    (NotFound, 404, "not_found"),
    (BadCursor, 400, "bad_cursor"),
    (BadRunToken, 401, "unauthorized"),
    (ClaimOver, 409, "lease_lost"),
    (LostRace, 409, "conflict"),
    (Conflict, 409, "conflict"),
    (IllegalTransition, 409, "conflict"),
    (Unavailable, 503, "busy"),
)


def from_error(error: BatonError) -> Problem:
    """The problem that an error of ours is to a client."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, InvalidFields):
        return Problem(422, "invalid_fields", "Some fields are not valid.", errors=error.errors)
    for kind, status, code in _ANSWERS:
        if isinstance(error, kind):
            return Problem(status, code, str(error), headers=_HEADERS.get(status))
    return Problem(400, "bad_request", str(error))

"""One outgoing request: guarded, bounded in time and size, its redirects checked.

Targets, webhooks and pings all go this way::

    request = Request(method="POST", url=url, headers={...}, body=b"...")
    answer = outgoing.send(request, Guard(system.config.allow_targets), Countdown(10))
    answer.status, answer.headers, answer.body
"""

import http.client
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from chalicelib.domain.errors import BatonError
from chalicelib.outbound import urls
from chalicelib.outbound.guard import Guard
from chalicelib.outbound.urls import Url
from chalicelib.platform.clock import Countdown

MOST_REDIRECTS: Final = 3
MOST_BODY_BYTES: Final = 4096
_SEE_OTHER: Final = 303
_TURN_POST_INTO_GET: Final = frozenset({301, 302})
_REDIRECTS: Final = frozenset({*_TURN_POST_INTO_GET, _SEE_OTHER, 307, 308})


class TookTooLong(BatonError):
    """The answer was not complete in time."""

    message = "The answer was not complete in time."


class Broken(BatonError):
    """The connection failed, or what came over it was no HTTP."""

    message = "The connection failed, or what came over it was no HTTP."


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked. Header names and values have to be fit for the wire."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Headers for the URL's own origin only: once a redirect has led elsewhere they are gone.
    credentials: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: `body` is its beginning, and `url` who answered in the end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def send(
    request: Request,
    guard: Guard,
    countdown: Countdown,
    *,
    most_bytes: int = MOST_BODY_BYTES,
    is_final: Callable[[int], bool] = lambda _: False,
    redirected: Callable[[int, str], None] = lambda *_: None,
) -> Answer:
    """Send the request and follow its redirects.

    Args:
        request: What to ask.
        guard: What may be reached.
        countdown: Bounds everything: look-up, connection, TLS, sending, reading, redirects.
        most_bytes: So much of the body is read, and no more.
        is_final: Whether a status is wanted as it is, although it is a redirect.
        redirected: Told each redirect's status and where it leads.

    Raises:
        Refused: the URL or a redirect leads where Baton does not go.
        Unresolvable: the host has no address.
        TookTooLong: the countdown ran out.
        Broken: the connection or the answer is.
    """
    url = urls.parse(request.url, guard.allowed)
    for _ in range(MOST_REDIRECTS + 1):
        answer = _exchange(request, url, guard, countdown, most_bytes)
        location = answer.headers.get("Location")
        if answer.status not in _REDIRECTS or not location or is_final(answer.status):
            return answer
        target = urls.follow(url, location, guard.allowed)
        redirected(answer.status, str(target))
        request, url = _onward(request, answer.status, url, target), target
    raise Broken(f"more than {MOST_REDIRECTS} redirects")


def _onward(request: Request, status: int, url: Url, target: Url) -> Request:
    """The request as a redirect changes it, by the rules of the Fetch standard."""
    if target.origin != url.origin:
        request = replace(request, credentials={})
    becomes_get = (status == _SEE_OTHER and request.method != "HEAD") or (
        status in _TURN_POST_INTO_GET and request.method == "POST"
    )
    if not becomes_get:
        return request
    return replace(
        request,
        method="GET",
        body=None,
        headers=_without_body(request.headers),
        credentials=_without_body(request.credentials),
    )


def _without_body(headers: Mapping[str, str]) -> dict[str, str]:
    """Without the headers that describe or sign a body."""
    about_it = ("content-", "webhook-")
    return {name: text for name, text in headers.items() if not name.lower().startswith(about_it)}


def _exchange(
    request: Request, url: Url, guard: Guard, countdown: Countdown, most_bytes: int
) -> Answer:
    try:
        with guard.client(countdown) as client:
            return _ask(client, request, url, most_bytes)
    except (HTTPError, http.client.HTTPException, OSError) as error:
        if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
            raise TookTooLong("the connection was not accepted in time") from error
        if isinstance(error, ReadTimeoutError) or isinstance(_cause(error), TimeoutError):
            raise TookTooLong from error
        raise Broken(_said(error)) from error


def _ask(client: urllib3.PoolManager, request: Request, url: Url, most_bytes: int) -> Answer:
    response = client.connection_from_host(url.host, url.port, url.scheme).urlopen(
        request.method,
        url.path,
        body=request.body,
        headers={**request.headers, **request.credentials},
        redirect=False,
        retries=False,
        preload_content=False,
        enforce_content_length=True,
    )
    try:
        return Answer(response.status, response.headers, response.read(most_bytes), str(url))
    finally:
        response.close()


def _cause(error: Exception) -> Exception:
    """The error that urllib3 has wrapped into this one."""
    return error.args[-1] if error.args and isinstance(error.args[-1], Exception) else error


def _said(error: Exception) -> str:
    """What went wrong, in the words of who noticed it first."""
    cause = _cause(error)
    if isinstance(error, SSLError):
        reason = cause.verify_message if isinstance(cause, ssl.SSLCertVerificationError) else cause
        return f"TLS failed: {reason}"
    if isinstance(error, NewConnectionError):
        return f"it cannot be connected to: {error.__cause__}"
    if isinstance(cause, http.client.RemoteDisconnected):
        return "it closed the connection without an answer"
    if isinstance(cause, http.client.BadStatusLine):
        return "what came back is no HTTP"
    if isinstance(error, ProtocolError):
        return f"the connection broke: {type(cause).__name__}: {cause}"
    return f"the answer cannot be read: {type(cause).__name__}: {cause}"

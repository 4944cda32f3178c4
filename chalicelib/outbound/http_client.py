"""One outgoing request: guarded, bounded in time and size, its redirects checked.

Every HTTP request that Baton makes of its own accord is sent by this module::

    request = Request(method="POST", url=url, headers={...}, body=b"...")
    answer = http_client.send(request, Guard(system.config.allow_targets), Countdown(10))
    answer.status, answer.headers, answer.body
"""

import http.client
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final

import urllib3
from urllib3 import BaseHTTPResponse
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
#: Statuses that say the credentials of a request are missing, wrong or not enough.
REFUSED_CREDENTIALS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_SEE_OTHER: Final = 303
_TURN_POST_INTO_GET: Final = frozenset({301, 302})
_REDIRECTS: Final = frozenset({*_TURN_POST_INTO_GET, _SEE_OTHER, 307, 308})
#: What urllib3, http.client and sockets raise if a peer or the way to it fails.
_NETWORK_ERRORS: Final = (HTTPError, http.client.HTTPException, OSError)


class TookTooLong(BatonError):
    """The answer was not complete in time."""

    message = "The answer was not complete in time."


class Broken(BatonError):
    """The connection failed, or the answer was no HTTP."""

    message = "The connection failed, or the answer was no HTTP."


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request. Its header names and values have to be ones that `header_rules` lets through."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Headers for the origin of `url` only. A redirect to another origin drops them for good.
    credentials: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    #: Whether it holds a secret, a signature or the token of a run: then it goes over https only,
    #: or into a network that the deployment has opened.
    is_confidential: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request, after redirects."""

    status: int
    headers: Mapping[str, str]
    #: The beginning of the body, decoded.
    body: bytes
    #: The URL that gave the answer.
    url: str
    #: Why the body could not be read or decoded any further; None if nothing was in the way.
    body_fault: str | None = None


def send(
    request: Request,
    guard: Guard,
    countdown: Countdown,
    *,
    most_bytes: int = MOST_BODY_BYTES,
    is_final: Callable[[int], bool] = lambda _: False,
    redirected: Callable[[int, str], None] = lambda *_: None,
) -> Answer:
    """Send the request, follow redirects, and return the final answer.

    Args:
        request: The request.
        guard: Decides which addresses may be connected to.
        countdown: Bounds the time for everything: look-up, connection, TLS, sending, redirects,
            reading.
        most_bytes: No more than so many bytes of the body are read.
        is_final: Whether an answer of that status is returned even if it is a redirect.
        redirected: Called before each redirect is followed, with its status and its URL.

    Raises:
        Refused: the URL or a redirect leads to where Baton does not connect.
        Unresolvable: the host has no address.
        TookTooLong: the countdown ended before the answer was complete.
        Broken: the connection failed before there was a status, or the answer was no HTTP. What
            goes wrong after that is the answer's `body_fault`.
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
    """The request that follows a redirect, by the rules of the Fetch standard."""
    if target.origin != url.origin:
        request = replace(request, credentials={}, is_confidential=False)
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
    """The headers without those that describe or sign a body."""
    of_body = ("content-", "webhook-")
    return {name: text for name, text in headers.items() if not name.lower().startswith(of_body)}


def _exchange(
    request: Request, url: Url, guard: Guard, countdown: Countdown, most_bytes: int
) -> Answer:
    guard = guard.for_secrets(url) if request.is_confidential else guard
    try:
        with guard.client(countdown) as client:
            response = _open(client, request, url)
            try:
                body, fault = _read(response, most_bytes)
            finally:
                response.close()
    except _NETWORK_ERRORS as error:
        if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
            raise TookTooLong("the connection was not accepted in time") from error
        if _is_timeout(error):
            raise TookTooLong from error
        raise Broken(_explanation(error)) from error
    return Answer(response.status, response.headers, body, str(url), fault)


def _open(client: urllib3.PoolManager, request: Request, url: Url) -> BaseHTTPResponse:
    """Send the request, and read the final answer's status and headers."""
    return client.connection_from_host(url.host, url.port, url.scheme).urlopen(
        request.method,
        url.path,
        body=request.body,
        headers={**request.headers, **request.credentials},
        redirect=False,
        retries=False,
        preload_content=False,
        enforce_content_length=True,
    )


def _read(response: BaseHTTPResponse, most_bytes: int) -> tuple[bytes, str | None]:
    """The beginning of the body, and why there is no more of it if something went wrong.

    Only a timeout is raised: the status has come, and a body that is cut off or cannot be decoded
    does not take it back.
    """
    body = bytearray()
    try:
        while len(body) < most_bytes and (part := response.read1(most_bytes - len(body))):
            body += part
    except _NETWORK_ERRORS as error:
        if _is_timeout(error):
            raise
        return bytes(body), _explanation(error)
    return bytes(body[:most_bytes]), None


def _is_timeout(error: Exception) -> bool:
    return isinstance(error, ReadTimeoutError) or isinstance(_cause(error), TimeoutError)


def _cause(error: Exception) -> Exception:
    """The error that urllib3 has wrapped into this one."""
    return error.args[-1] if error.args and isinstance(error.args[-1], Exception) else error


def _explanation(error: Exception) -> str:
    """What went wrong, in a few words for the run's log."""
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

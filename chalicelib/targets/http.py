"""HTTP targets: one request, and its answer judged."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import HTTPError, ReadTimeoutError

from chalicelib.config import IPNetwork
from chalicelib.domain.instants import to_text
from chalicelib.domain.run import FailureReason, Run
from chalicelib.errors import FieldError
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.targets import guard
from chalicelib.targets.base import Check

MOST_REDIRECTS: Final = 3
SHOWN_BODY_BYTES: Final = 4096
_SEE_OTHER: Final = 303
_REDIRECTS: Final = frozenset({301, 302, _SEE_OTHER, 307, 308})


class HttpTarget:
    """`{"type": "http", "method", "url", "headers", "body", "success_codes"}`."""

    def __init__(
        self,
        target: Mapping[str, Any],
        run: Run,
        timeout_seconds: int,
        allowed: Sequence[IPNetwork],
    ) -> None:
        self._target, self._run = target, run
        self._timeout_seconds, self._allowed = timeout_seconds, allowed

    def check(self) -> list[Check]:
        try:
            parts = guard.split(self._target["url"])
            port = parts.port or (443 if parts.scheme == "https" else 80)
            found = guard.addresses(parts.hostname or "", port, self._allowed)
        except (guard.Refused, guard.Unresolvable) as error:
            return [Check("address", False, str(error))]
        return [Check("address", True, f"{parts.hostname} is at {', '.join(sorted(set(found)))}")]

    def run(self, context: JobContext) -> None:
        try:
            with self._send(context) as response:
                self._judge(response, context)
        except guard.Unresolvable as error:
            raise Fail(str(error), FailureReason.TARGET_NOT_FOUND) from error
        except guard.Refused as error:
            raise Fail(str(error), FailureReason.ABORTED) from error
        except ReadTimeoutError as error:
            # A moment before the supervisor would say so.
            message = f"It took longer than {self._timeout_seconds} s."
            raise Fail(message, FailureReason.TIMEOUT) from error
        except HTTPError as error:
            message = f"{type(error).__name__}: {error}"
            raise Fail(message, FailureReason.HTTP_ERROR) from error

    def _send(self, context: JobContext) -> urllib3.BaseHTTPResponse:
        method, url, body = self._target.get("method", "POST"), self._target["url"], self._body()
        client = guard.client(self._allowed)
        for _ in range(MOST_REDIRECTS + 1):
            guard.split(url)
            response = client.request(
                method,
                url,
                body=body,
                headers=self._headers(url, body),
                timeout=urllib3.Timeout(connect=10, read=self._timeout_seconds),
                redirect=False,
                preload_content=False,
            )
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or not location:
                return response
            response.close()
            url = urljoin(url, location)
            if response.status == _SEE_OTHER:
                method, body = "GET", None
            context.log(f"Redirected by {response.status}", location=url)
        raise Fail(f"more than {MOST_REDIRECTS} redirects", FailureReason.HTTP_ERROR)

    def _body(self) -> bytes | None:
        body = self._run.payload if self._run.payload is not None else self._target.get("body")
        if body is None:
            return None
        return body.encode() if isinstance(body, str) else json.dumps(body).encode()

    def _headers(self, url: str, body: bytes | None) -> dict[str, str]:
        """The schedule's own headers go to its own host only, for they may hold credentials."""
        kind = {"Content-Type": "application/json"} if body is not None else {}
        own = {
            "User-Agent": "Baton",
            "Idempotency-Key": f"{self._run.run_id}-{self._run.attempt}",
            "Baton-Run-Id": self._run.run_id,
            "Baton-Schedule-Id": self._run.schedule_id,
            "Baton-Fire-At": to_text(self._run.fire_at),
        }
        given = self._target.get("headers", {}) if self._is_at_home(url) else {}
        return {**kind, **given, **own}

    def _is_at_home(self, url: str) -> bool:
        asked, home = guard.split(url), guard.split(self._target["url"])
        return (asked.scheme, asked.netloc) == (home.scheme, home.netloc)

    def _judge(self, response: urllib3.BaseHTTPResponse, context: JobContext) -> None:
        shown = response.read(SHOWN_BODY_BYTES).decode("utf-8", "replace")
        context.log(f"The target answered {response.status}", status=response.status, body=shown)
        context.summary = f"HTTP {response.status}"
        if response.status in self._target.get("success_codes", range(200, 300)):
            context.totals.processed += 1
            return
        raise Fail(
            f"the target answered {response.status}",
            _reason(response.status),
            _retry_after(response.headers.get("Retry-After")),
        )


def faults(target: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with it by its looks: a URL that could never be asked."""
    try:
        guard.split(target["url"])
    except guard.Refused as error:
        return [FieldError("target.url", str(error))]
    return []


def _reason(status: int) -> FailureReason:
    if status in (401, 403):
        return FailureReason.AUTH_FAILED
    if status in (429, 503):
        return FailureReason.RATE_LIMITED
    return FailureReason.HTTP_ERROR


def _retry_after(header: str | None) -> timedelta | None:
    """`Retry-After` in its form of seconds."""
    if header is None or not header.strip().isascii() or not header.strip().isdigit():
        return None
    return timedelta(seconds=min(int(header), 24 * 3600))

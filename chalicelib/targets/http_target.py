"""HTTP targets: one request, and its answer judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from chalicelib.domain.errors import BatonError, FieldError
from chalicelib.domain.runs.run import FailureReason, Run
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.outbound import http_client, retry_after, signature, urls
from chalicelib.outbound.addresses import Refused
from chalicelib.outbound.guard import Guard, Unresolvable
from chalicelib.outbound.http_client import Answer, Broken, Request, TookTooLong
from chalicelib.outbound.redaction import Redactor
from chalicelib.platform.clock import Countdown
from chalicelib.platform.config import IPNetwork
from chalicelib.platform.secrets import NoSuchSecret, Secrets, SecretsUnavailable
from chalicelib.targets import http_request
from chalicelib.targets.base import Check, Definition, Surroundings, Target
from chalicelib.targets.callback import AskToStart, Callback
from chalicelib.targets.target_kind import TargetKind

SHOWN_BODY_BYTES: Final = 4096
PROBE_SECONDS: Final = 5.0
_LONGEST_SHOWN_HEADER: Final = 200
_LONGEST_MESSAGE: Final = 500
_REFUSED_CREDENTIALS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
#: Headers of an answer that help to find out what happened.
_SHOWN_HEADERS: Final = (
    "content-type",
    "content-length",
    "date",
    "location",
    "retry-after",
    "server",
    "www-authenticate",
    "request-id",
    "x-request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "traceparent",
    "cf-ray",
)
#: What a failure to get an answer is recorded as.
_REASONS: Final[Mapping[type[BatonError], FailureReason]] = {
    Unresolvable: FailureReason.TARGET_NOT_FOUND,
    Refused: FailureReason.ABORTED,
    NoSuchSecret: FailureReason.ABORTED,
    signature.BadKey: FailureReason.ABORTED,
    SecretsUnavailable: FailureReason.ERROR,
    TookTooLong: FailureReason.TIMEOUT,
    Broken: FailureReason.HTTP_ERROR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTarget:
    """`{"type": "http", "method", "url", "headers", "body", "success_codes", "signing_secret"}`."""

    target: Definition
    payload: Any
    tenant_id: str
    guard: Guard
    secrets: Secrets
    #: Further headers of Baton's own that nobody else may see, as those of a callback.
    credentials: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> list[Check]:
        """Whether its host is found and allowed, its secrets exist, and it answers, if asked to."""
        reached = self._address()
        probe = [self._probe()] if reached.ok and self.target.get("probe") else []
        return [reached, *map(self._secret, sorted(http_request.secret_names(self.target))), *probe]

    def run(self, context: JobContext) -> None:
        """Send the request and judge the answer. Raises `Fail`."""
        redact = Redactor()
        seconds = (context.deadline - context.now).total_seconds()
        countdown = Countdown(seconds)
        try:
            answer = self._send(context, countdown, redact)
        except tuple(_REASONS) as error:
            is_over = isinstance(error, TookTooLong) and not countdown.left
            message = f"It took longer than {round(seconds)} s." if is_over else str(error)
            raise Fail(redact(message)[:_LONGEST_MESSAGE], _REASONS[type(error)]) from error
        self._judge(answer, context, redact)

    def _send(self, context: JobContext, countdown: Countdown, redact: Redactor) -> Answer:
        def redirected(status: int, url: str) -> None:
            context.log(f"Redirected by {status}", location=redact(url))

        return http_client.send(
            self._request(context, redact),
            self.guard,
            countdown,
            most_bytes=SHOWN_BODY_BYTES + redact.margin,
            is_final=self._is_success,
            redirected=redirected,
        )

    def _request(self, context: JobContext, redact: Redactor) -> Request:
        """The request of this attempt; every secret in it is made known to `redact`."""

        def secret(name: str) -> str:
            value = self.secrets.read(self.tenant_id, name, context.now)
            redact.hide(value)
            return value

        for value in self.credentials.values():
            redact.hide(value)
        return http_request.build(self.target, self.payload, context, secret, self.credentials)

    def _judge(self, answer: Answer, context: JobContext, redact: Redactor) -> None:
        headers = {
            name: redact(answer.headers[name])[:_LONGEST_SHOWN_HEADER]
            for name in _SHOWN_HEADERS
            if name in answer.headers
        }
        context.log(f"The target answered {answer.status}", status=answer.status, headers=headers)
        if answer.body:
            # A line of its own, whose text is kept as long as a line may be.
            context.log(_shown(answer.body, redact), part="body")
        context.summary = f"HTTP {answer.status}"
        if not self._is_success(answer.status):
            raise self._failure(answer, context)
        context.totals.processed += 1

    def _failure(self, answer: Answer, context: JobContext) -> Fail:
        wait = retry_after.parse(answer.headers.get("Retry-After"), context.now)
        reason = FailureReason.HTTP_ERROR
        if answer.status in _REFUSED_CREDENTIALS:
            reason = FailureReason.AUTH_FAILED
            for name in http_request.secret_names(self.target):
                self.secrets.forget(self.tenant_id, name)
        elif _asks_to_wait(answer.status, wait):
            reason = FailureReason.RATE_LIMITED
        return Fail(f"the target answered {answer.status}", reason, wait)

    def _is_success(self, status: int) -> bool:
        return status in (self.target.get("success_codes") or range(200, 300))

    def _address(self) -> Check:
        try:
            url = urls.parse(self.target["url"], self.guard.allowed)
            found = self.guard.addresses(url.host, url.port, Countdown(PROBE_SECONDS))
        except (Refused, Unresolvable) as error:
            return Check("address", False, str(error))
        return Check("address", True, f"{url.host} is at {', '.join(sorted(found))}")

    def _secret(self, name: str) -> Check:
        try:
            self.secrets.fetch(self.tenant_id, name)
        except (NoSuchSecret, SecretsUnavailable) as error:
            return Check(f"secret {name}", False, str(error))
        return Check(f"secret {name}", True, "it is there")

    def _probe(self) -> Check:
        """Any answer will do: without credentials many targets answer HEAD with a refusal."""
        request = Request(
            method="HEAD", url=self.target["url"], headers={"User-Agent": "Baton-Probe"}
        )
        try:
            answer = http_client.send(
                request, self.guard, Countdown(PROBE_SECONDS), is_final=lambda _: True
            )
        except (Refused, Unresolvable, TookTooLong, Broken) as error:
            return Check("probe", False, str(error))
        return Check("probe", True, f"it answers; HEAD without credentials gave {answer.status}")


def _asks_to_wait(status: int, wait: timedelta | None) -> bool:
    """503 alone says that it is broken; with `Retry-After`, that it wants to be left alone."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or (
        status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None
    )


def _shown(body: bytes, redact: Redactor) -> str:
    """The first 4 KiB of the body as text, without secrets."""
    if b"\0" in body:
        return "(The body is not text.)"
    raw = redact(body.decode("utf-8", "replace")).encode("utf-8", "replace")
    if len(body) >= SHOWN_BODY_BYTES + redact.margin:
        # Its end was cut off, perhaps in the middle of a secret: that part stays away.
        raw = raw[: max(len(raw) - redact.margin, 0)]
    return raw[:SHOWN_BODY_BYTES].decode("utf-8", "ignore")


def url_fault(url: str, allowed: tuple[IPNetwork, ...]) -> str | None:
    """Why Baton never sends a request to this URL; None if it may."""
    try:
        urls.parse(url, allowed)
    except Refused as error:
        return str(error)
    return None


def faults(target: Definition, allowed: tuple[IPNetwork, ...]) -> list[FieldError]:
    """The URL is one that Baton never sends requests to, or the body cannot be sent."""
    fault = url_fault(target["url"], allowed)
    found = [] if fault is None else [FieldError("target.url", fault)]
    try:
        http_request.encoded(target.get("body"))
    except UnicodeEncodeError:
        found.append(FieldError("target.body", "holds half of a surrogate pair"))
    return found


def _resolve(
    system: Surroundings, target: Definition, run: Run, callback: Callback | None
) -> Target:
    http_target = HttpTarget(
        target=target,
        payload=run.payload,
        tenant_id=run.tenant_id,
        guard=Guard(system.config.allow_targets),
        secrets=system.secrets,
        credentials=callback.headers if callback else {},
    )
    return AskToStart(http_target) if callback else http_target


KIND: Final = TargetKind(
    name="http",
    resolve=_resolve,
    faults=lambda system, target: faults(target, system.config.allow_targets),
    resource=lambda target: urlsplit(str(target["url"])).hostname or "",
)

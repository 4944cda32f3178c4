"""HTTP targets: one request, and its answer judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from chalicelib.domain.errors import BatonError, FieldError
from chalicelib.domain.runs.run import FailureReason, Run
from chalicelib.domain.targets import target_credentials
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.outbound import addresses, http_client, retry_after, signature, urls
from chalicelib.outbound.addresses import NeedsHttps, Refused
from chalicelib.outbound.guard import Guard, Unresolvable
from chalicelib.outbound.http_client import (
    REFUSED_CREDENTIALS,
    Answer,
    Broken,
    Request,
    TookTooLong,
)
from chalicelib.outbound.redaction import Redactor
from chalicelib.platform.clock import Countdown
from chalicelib.platform.config import IPNetwork
from chalicelib.platform.secrets import NoSuchSecret, Secrets, SecretsThrottled, SecretsUnavailable
from chalicelib.platform.threads import in_time
from chalicelib.targets import answer_log, http_request
from chalicelib.targets.base import Check, Definition, Surroundings, Target, checked
from chalicelib.targets.callback import AskToStart, Callback
from chalicelib.targets.target_kind import TargetKind

_LONGEST_MESSAGE: Final = 500
#: For how long the store of secrets is left alone once it was asked too often.
_REST_OF_SECRETS: Final = timedelta(seconds=5)
#: The failure reason of a run whose request was not answered, by the error.
_REASONS: Final[Mapping[type[BatonError], FailureReason]] = {
    Unresolvable: FailureReason.TARGET_NOT_FOUND,
    Refused: FailureReason.ABORTED,
    NeedsHttps: FailureReason.ABORTED,
    NoSuchSecret: FailureReason.ABORTED,
    signature.BadKey: FailureReason.ABORTED,
    SecretsUnavailable: FailureReason.ERROR,
    SecretsThrottled: FailureReason.RATE_LIMITED,
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
    #: Further headers that only the target may see, such as those of a callback.
    credentials: Mapping[str, str] = field(default_factory=dict)

    def check(self, countdown: Countdown) -> list[Check]:
        """Whether its host is found and allowed, and its secrets exist.

        With `probe`, also whether it answers a HEAD request.
        """
        names = sorted(http_request.secret_names(self.target))
        reached = checked("address", countdown, lambda: self._address(countdown))
        secrets = [self._secret(name, countdown) for name in names]
        if not (reached.ok and self.target.get("probe")):
            return [reached, *secrets]
        return [reached, *secrets, checked("probe", countdown, lambda: self._probe(countdown))]

    def run(self, context: JobContext) -> None:
        """Send the request and judge the answer. Raises `Fail`."""
        redact = Redactor()
        literals = (value for _, value in target_credentials.literals(self.target))
        for value in (*self.credentials.values(), *literals):
            redact.hide(value)
        seconds = (context.deadline - context.now).total_seconds()
        countdown = Countdown(seconds)
        try:
            answer = self._ask(context, countdown, redact)
        except tuple(_REASONS) as error:
            is_over = isinstance(error, TookTooLong) and not countdown.left
            message = f"It took longer than {round(seconds)} s." if is_over else str(error)
            rest = _REST_OF_SECRETS if isinstance(error, SecretsThrottled) else None
            raise Fail(redact(message)[:_LONGEST_MESSAGE], _REASONS[type(error)], rest) from error
        self._judge(answer, context, redact)

    def _ask(self, context: JobContext, countdown: Countdown, redact: Redactor) -> Answer:
        """The answer to the request, which is sent once more if it used an outdated secret."""
        secrets = self._read_secrets(context)
        answer = self._send(secrets, context, countdown, redact)
        if not self._refuses_credentials(answer):
            return answer
        changed = self._changed_secrets(secrets, context)
        if not changed:
            return answer
        answer_log.write(answer, context, redact)
        context.log("Sent once more, as secrets have changed since they were read", secrets=changed)
        return self._send(self._read_secrets(context), context, countdown, redact)

    def _send(
        self,
        secrets: Mapping[str, str],
        context: JobContext,
        countdown: Countdown,
        redact: Redactor,
    ) -> Answer:
        def redirected(status: int, url: str) -> None:
            context.log(f"Redirected by {status}", location=redact(url))

        for value in secrets.values():
            redact.hide(value)
        return http_client.send(
            http_request.build(self.target, self.payload, context, secrets, self.credentials),
            self.guard,
            countdown,
            most_bytes=answer_log.bytes_to_read(redact),
            is_final=self._is_success,
            redirected=redirected,
        )

    def _read_secrets(self, context: JobContext) -> dict[str, str]:
        """The secrets that the target names, with their values."""
        return {
            name: self.secrets.read(self.tenant_id, name, context.now)
            for name in sorted(http_request.secret_names(self.target))
        }

    def _changed_secrets(self, used: Mapping[str, str], context: JobContext) -> list[str]:
        """The names of the secrets that have other values now than those used.

        Values are kept for some minutes, so they are read from the store again. If that does not
        work, none has changed: the answer to the request then stands as it is.
        """
        self._forget_secrets()
        try:
            values = self._read_secrets(context)
        except (NoSuchSecret, SecretsUnavailable):
            return []
        return [name for name, value in values.items() if value != used[name]]

    def _forget_secrets(self) -> None:
        for name in http_request.secret_names(self.target):
            self.secrets.forget(self.tenant_id, name)

    def _judge(self, answer: Answer, context: JobContext, redact: Redactor) -> None:
        answer_log.write(answer, context, redact)
        context.summary = f"HTTP {answer.status}"
        if not self._is_success(answer.status):
            raise self._failure(answer, context)
        context.totals.processed += 1

    def _failure(self, answer: Answer, context: JobContext) -> Fail:
        wait = retry_after.parse(answer.headers.get("Retry-After"), context.now)
        reason = FailureReason.HTTP_ERROR
        if self._refuses_credentials(answer):
            reason = FailureReason.AUTH_FAILED
            self._forget_secrets()  # as they may be changed because of this
        elif _asks_to_wait(answer.status, wait):
            reason = FailureReason.RATE_LIMITED
        return Fail(f"the target answered {answer.status}", reason, wait)

    def _refuses_credentials(self, answer: Answer) -> bool:
        return answer.status in REFUSED_CREDENTIALS and not self._is_success(answer.status)

    def _is_success(self, status: int) -> bool:
        """By the target's `success_codes`. No 1xx is: the only final one leaves HTTP."""
        codes = self.target.get("success_codes") or range(200, 300)
        return status >= HTTPStatus.OK and status in codes

    def _address(self, countdown: Countdown) -> str:
        url = urls.parse(self.target["url"], self.guard.allowed)
        is_confidential = http_request.is_confidential(self.target)
        guard = self.guard.for_secrets(url) if is_confidential else self.guard
        found = guard.addresses(url.host, url.port, countdown)
        if not all(map(addresses.is_public, found)):
            return f"{url.host} is in a network that this deployment has opened"
        return f"{url.host} is at {', '.join(sorted(found))}"

    def _secret(self, name: str, countdown: Countdown) -> Check:
        def find() -> str:
            in_time(lambda: self.secrets.look_for(self.tenant_id, name), countdown.left)
            return "it is there"

        return checked(f"secret {name}", countdown, find)

    def _probe(self, countdown: Countdown) -> str:
        """Whether it answers at all: many targets refuse a HEAD request without credentials."""
        request = Request(
            method="HEAD", url=self.target["url"], headers={"User-Agent": "Baton-Probe"}
        )
        answer = http_client.send(request, self.guard, countdown, is_final=lambda _: True)
        return f"it answers; HEAD without credentials gave {answer.status}"


def _asks_to_wait(status: int, wait: timedelta | None) -> bool:
    """Whether the target asks to be left alone for a while.

    A 503 does so with `Retry-After` only; without it, it says that the target does not work.
    """
    return status == HTTPStatus.TOO_MANY_REQUESTS or (
        status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None
    )


def url_fault(url: str, allowed: tuple[IPNetwork, ...]) -> str | None:
    """Why Baton never sends a request to this URL; None if it may."""
    try:
        urls.parse(url, allowed)
    except Refused as error:
        return str(error)
    return None


def _secrecy_fault(target: Definition, allowed: tuple[IPNetwork, ...]) -> str | None:
    """Why what the target is sent would not be kept secret; None if it is, or holds no secret.

    Where a name leads is found out, and judged, when the request is sent.
    """
    if not http_request.is_confidential(target):
        return None
    try:
        urls.judge_secrecy(urls.parse(target["url"], allowed), allowed)
    except Refused as error:
        return str(error)
    return None


def faults(target: Definition, allowed: tuple[IPNetwork, ...]) -> list[FieldError]:
    """The faults of a target: a URL that Baton never asks, or a body that cannot be sent."""
    fault = url_fault(target["url"], allowed) or _secrecy_fault(target, allowed)
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
        payload=run.payload_at_hand,
        tenant_id=run.tenant_id,
        guard=Guard(system.config.allowed_to(run.tenant_id).networks, system.lookup),
        secrets=system.secrets,
        credentials=callback.headers if callback else {},
    )
    return AskToStart(http_target) if callback else http_target


KIND: Final = TargetKind(
    name="http",
    resolve=_resolve,
    faults=lambda system, tenant_id, target: faults(
        target, system.config.allowed_to(tenant_id).networks
    ),
)

"""What an HTTP target's attempt sends: body, headers, secrets, signature."""

import json
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.domain.targets import target_credentials
from chalicelib.domain.time.instants import to_text
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.outbound import header_rules, signature
from chalicelib.outbound.http_client import Request
from chalicelib.targets.callback import wants_callback

#: Headers for which Baton has a default that a schedule may replace.
_DEFAULTED: Final = frozenset({"Content-Type", "User-Agent"})


def build(
    target: Mapping[str, Any],
    payload: Any,
    context: JobContext,
    secrets: Mapping[str, str],
    credentials: Mapping[str, str],
) -> Request:
    """The request of an attempt.

    Args:
        target: The target's definition.
        payload: The run's own payload, which replaces the definition's body; None if it has none.
        context: The attempt.
        secrets: The values of the secrets that the target names.
        credentials: Further headers, which may be sent to the target's own origin only.

    Raises:
        Fail: a header cannot be sent.
        BadKey: the signing secret is no signing key.
    """
    body, kind = encoded(target.get("body") if payload is None else payload)
    identity = f"{context.run_id}-{context.attempt}"
    headers = {
        **({"Content-Type": kind} if kind else {}),
        "User-Agent": "Baton",
        "Idempotency-Key": identity,
        "Baton-Run-Id": context.run_id,
        "Baton-Schedule-Id": context.schedule_id,
        "Baton-Tenant-Id": context.tenant_id,
        "Baton-Fire-At": to_text(context.fire_at),
    }
    private = dict(credentials)
    for name, given in target.get("headers", {}).items():
        usual = name.title() if name.title() in _DEFAULTED else name
        goes_anywhere = usual in _DEFAULTED and isinstance(given, str)
        (headers if goes_anywhere else private)[usual] = _value(name, given, secrets)
    if key := target.get("signing_secret"):
        private.update(signature.headers(secrets[key["secret"]], identity, context.now, body))
    return Request(
        method=target.get("method", "POST"),
        url=target["url"],
        headers=headers,
        credentials=private,
        body=body,
        is_confidential=is_confidential(target),
    )


def is_confidential(target: Mapping[str, Any]) -> bool:
    """Whether what the target is sent holds a secret, a signature, or the token of a run."""
    literals = any(True for _ in target_credentials.literals(target))
    return literals or bool(secret_names(target)) or wants_callback(target)


def secret_names(target: Mapping[str, Any]) -> set[str]:
    """The names of the secrets that the target needs."""
    named = [*target.get("headers", {}).values(), target.get("signing_secret")]
    return {each["secret"] for each in named if isinstance(each, Mapping)}


def encoded(body: Any) -> tuple[bytes | None, str | None]:
    """A body's bytes and content type: text is sent as it is, anything else as JSON.

    Raises `UnicodeEncodeError` for text with half of a surrogate pair.
    """
    if body is None:
        return None, None
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    return json.dumps(body).encode(), "application/json"


def _value(name: str, given: Any, secrets: Mapping[str, str]) -> str:
    """A header's value. Raises `Fail` if it cannot be sent, as nobody has judged a secret yet."""
    value = secrets[given["secret"]].strip() if isinstance(given, Mapping) else str(given)
    fault = header_rules.name_fault(name) or header_rules.value_fault(value)
    if fault is not None:
        raise Fail(f"the header {name} cannot be sent: it {fault}")
    return value

"""What an HTTP target's attempt sends: body, headers, secrets, signature."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from chalicelib.domain.time.instants import to_text
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.outbound import header_rules, signature
from chalicelib.outbound.http_client import Request

#: Headers that Baton has a word for and a schedule may say otherwise.
_DEFAULTED: Final = frozenset({"Content-Type", "User-Agent"})


def build(
    target: Mapping[str, Any],
    payload: Any,
    context: JobContext,
    secret: Callable[[str], str],
    credentials: Mapping[str, str],
) -> Request:
    """The request of this attempt.

    Args:
        target: The target's definition.
        payload: What was asked for in place of the definition's body, if not None.
        context: The attempt.
        secret: Gives the value of a secret by its name.
        credentials: Further headers of Baton's own, for the target's own origin only.

    Raises:
        Fail: a header cannot be sent.
        BadKey: the signing key is none.
    """
    body, kind = encoded(target.get("body") if payload is None else payload)
    identity = f"{context.run_id}-{context.attempt}"
    headers = {
        **({"Content-Type": kind} if kind else {}),
        "User-Agent": "Baton",
        "Idempotency-Key": identity,
        "Baton-Run-Id": context.run_id,
        "Baton-Schedule-Id": context.schedule_id,
        "Baton-Fire-At": to_text(context.fire_at),
    }
    private = dict(credentials)
    for name, given in target.get("headers", {}).items():
        usual = name.title() if name.title() in _DEFAULTED else name
        goes_anywhere = usual in _DEFAULTED and isinstance(given, str)
        (headers if goes_anywhere else private)[usual] = _value(name, given, secret)
    if key := target.get("signing_secret"):
        private.update(signature.headers(secret(key["secret"]), identity, context.now, body))
    return Request(
        method=target.get("method", "POST"),
        url=target["url"],
        headers=headers,
        credentials=private,
        body=body,
    )


def secret_names(target: Mapping[str, Any]) -> set[str]:
    """The secrets that the target names."""
    named = [*target.get("headers", {}).values(), target.get("signing_secret")]
    return {each["secret"] for each in named if isinstance(each, Mapping)}


def encoded(body: Any) -> tuple[bytes | None, str | None]:
    """A body's bytes, and what kind they are: text is sent as it is, anything else as JSON.

    Raises `UnicodeEncodeError` for text that is none.
    """
    if body is None:
        return None, None
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    return json.dumps(body).encode(), "application/json"


def _value(name: str, given: Any, secret: Callable[[str], str]) -> str:
    """A header's value, judged once more: a secret never was before."""
    value = secret(given["secret"]).strip() if isinstance(given, Mapping) else str(given)
    fault = header_rules.name_fault(name) or header_rules.value_fault(value)
    if fault is not None:
        raise Fail(f"the header {name} cannot be sent: it {fault}")
    return value

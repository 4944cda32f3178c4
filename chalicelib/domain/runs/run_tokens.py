"""Run tokens: what a target proves itself with when it calls back.

A token names one claim of one run and is good for that claim alone. It reads
`brt_<claim>.<secret>`, where the claim is base64 of `[tenant, run, token]`, so that the run is
found in one read; the secret has 256 random bits. Only a hash is kept, on the run.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Final

from chalicelib.domain import ids
from chalicelib.domain.runs.run import Run

_PREFIX: Final = "brt_"
_LONGEST: Final = 1024
#: Hexadecimal digits of the hash that are kept: 128 bits, nothing to be found by trying.
_HASH_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class RunTokenSubject:
    """The claim that a run token names. Whether the token is genuine, only `proves` can tell."""

    tenant_id: str
    run_id: str
    claim: int


def issue(run: Run) -> str:
    """A new token for the claim that the run is held by."""
    claim = json.dumps([run.tenant_id, run.run_id, run.token], separators=(",", ":")).encode()
    text = base64.urlsafe_b64encode(claim).decode().rstrip("=")
    return f"{_PREFIX}{text}.{secrets.token_urlsafe(32)}"


def read(token: str) -> RunTokenSubject | None:
    """The claim that a token names; None for what no token looks like."""
    claim, dot, secret = token.removeprefix(_PREFIX).partition(".")
    if not token.startswith(_PREFIX) or len(token) > _LONGEST or not (dot and secret):
        return None
    try:
        parts = json.loads(base64.b64decode(claim + "=" * (-len(claim) % 4), "-_", validate=True))
        tenant_id, run_id, number = parts
    except (ValueError, TypeError, RecursionError):
        return None
    if not (isinstance(tenant_id, str) and isinstance(run_id, str) and type(number) is int):
        return None
    return RunTokenSubject(tenant_id, run_id, number) if tenant_id and ids.is_id(run_id) else None


def proves(token: str, subject: RunTokenSubject, run: Run) -> bool:
    """Whether this very token was issued for that claim of the run, at whatever time."""
    kept = run.callback_hashes.get(str(subject.claim), "").split()
    return any(hmac.compare_digest(each, hash_of(token)) for each in kept)


def hash_of(token: str) -> str:
    """The hash of a token, which is all that is kept of it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:_HASH_LENGTH]

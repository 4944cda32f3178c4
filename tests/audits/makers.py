"""Audits for tests: valid as they stand, and a test names only what matters to it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.domain.audits import lifecycle
from chalicelib.domain.audits.audit import Audit, AuditTerms
from tests.builders import NOON

DAY: Final = timedelta(days=1)
TERMS: Final = AuditTerms()


def a_draft(**changes: Any) -> Audit:
    """A draft made at noon."""
    plain = Audit(
        tenant_id="acme",
        audit_id="01AUDIT",
        title="How we bake",
        created_at=NOON,
        updated_at=NOON,
        created_by="ann",
        version=1,
    )
    return replace(plain, **changes)


def published(at: datetime = NOON, **changes: Any) -> Audit:
    """An audit published at that instant."""
    return lifecycle.publish(a_draft(**changes), at, at, TERMS)

"""What people do to audits: each change with its record, and with the answer it is to a notice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.domain.audits import notifications
from chalicelib.domain.audits.audit import Audit
from chalicelib.domain.audits.notifications import Notice, Resolution
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.time.instants import to_text
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import activity_items, audit_table, notification_items
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost

T = TypeVar("T")

MOST_TRIES = 8
#: What of an audit its records show, before and after.
_SHOWN = ("title", "url", "external_id", "state", "review_at", "deactivates_at")


class _Answered(Conflict):
    """The audit does not ask this any more."""


class ExternalIdTaken(Conflict):
    """Another audit has this external id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who does what; `answer` is what it says to the open notice of the audit, if anything."""

    by: str
    action: str
    now: datetime
    answer: Resolution | None = None


def create(system: System, audit: Audit, deed: Deed) -> None:
    """Store a new audit. Raises `ExternalIdTaken`."""
    transaction = Transaction(system.clock)
    audit_table.put(transaction, audit)
    record(transaction, deed, None, audit)
    _commit(transaction)
    _tell(deed, audit)


def change(
    system: System,
    key: tuple[str, str],
    deed: Deed,
    decide: Callable[[Audit], Audit],
) -> Audit:
    """Change an audit as `decide` says of it as it is; decided anew if it changed meanwhile.

    Raises `NotFound`, `ExternalIdTaken`, and what `decide` raises.
    """
    return _tried(lambda: _change(system, audit_table.get(*key), deed, decide))


def delete(
    system: System, key: tuple[str, str], deed: Deed, check: Callable[[Audit], None]
) -> None:
    """Remove an audit, unless `check` raises. Raises `NotFound`."""
    _tried(lambda: _delete(system, audit_table.get(*key), deed, check))


def answer(system: System, seen: Notice, deed: Deed, decide: Callable[[Audit], Audit]) -> Notice:
    """Answer a notice by what `decide` makes of its audit. The same answer twice is harmless.

    Raises `Conflict` for a notice that asks nothing, or was answered otherwise.
    """
    if seen.kind not in notifications.ACTIONS:
        raise Conflict("This notification asks for nothing.")

    def decide_on_what_asks(audit: Audit) -> Audit:
        if audit.notice_id != seen.notice_id:
            raise _Answered
        return decide(audit)

    if seen.resolution is None:
        try:
            change(system, (seen.tenant_id, seen.subject), deed, decide_on_what_asks)
        except (_Answered, NotFound):
            events.info("answer_late", tenant_id=seen.tenant_id, notice_id=seen.notice_id)
        seen = notification_items.get(seen.tenant_id, seen.notice_id)
    if seen.resolution is not deed.answer:
        raise Conflict(f"It was answered already: {seen.resolution}, by {seen.resolved_by}.")
    return seen


def _change(system: System, seen: Audit, deed: Deed, decide: Callable[[Audit], Audit]) -> Audit:
    after = decide(seen)
    if after is seen:
        return seen
    transaction = Transaction(system.clock)
    audit_table.update(transaction, seen, after)
    if after.notice_id is None:
        resolve_open(transaction, seen, deed)
    record(transaction, deed, seen, after)
    _commit(transaction)
    _tell(deed, after)
    return after


def _delete(system: System, seen: Audit, deed: Deed, check: Callable[[Audit], None]) -> None:
    check(seen)
    transaction = Transaction(system.clock)
    audit_table.delete(transaction, seen)
    resolve_open(transaction, seen, deed)
    record(transaction, deed, seen, None)
    _commit(transaction)
    _tell(deed, seen)


def resolve_open(transaction: Transaction, audit: Audit, deed: Deed) -> None:
    """Add to a transaction: the audit's open notice is answered by this deed."""
    if audit.notice_id is None or deed.answer is None:
        return
    notice = notification_items.find(audit.tenant_id, audit.notice_id)
    if notice is not None and notice.resolution is None:
        after = notifications.resolve(notice, deed.answer, deed.by, deed.now)
        notification_items.resolve(transaction, notice, after)


def _tried(step: Callable[[], T]) -> T:
    """Do it, again if the audit has changed between our look and our write."""
    for _ in range(MOST_TRIES - 1):
        try:
            return step()
        except TransactionLost:
            continue
    return step()


def _commit(transaction: Transaction) -> None:
    try:
        transaction.commit()
    except TransactionLost as lost:
        if lost.steps == {"external_id"}:
            raise ExternalIdTaken from lost
        raise


def record(
    transaction: Transaction, deed: Deed, seen: Audit | None, after: Audit | None, **more: Any
) -> None:
    """Add to a transaction: who changed the audit, from what to what."""
    audit = after or seen
    assert audit is not None
    activity = activity_items.deed(
        audit.tenant_id,
        deed.now,
        actor=deed.by,
        action=deed.action,
        subject=audit.audit_id,
        details={"before": _shown(seen), "after": _shown(after), **more},
    )
    activity_items.put(transaction, activity)


def _shown(audit: Audit | None) -> dict[str, Any] | None:
    if audit is None:
        return None
    values = {name: getattr(audit, name) for name in _SHOWN}
    return {n: to_text(v) if isinstance(v, datetime) else v for n, v in values.items()}


def _tell(deed: Deed, audit: Audit) -> None:
    events.info(
        deed.action,
        tenant_id=audit.tenant_id,
        audit_id=audit.audit_id,
        state=audit.state,
        by=deed.by,
    )

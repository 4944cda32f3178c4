"""Audits in storage. A change is written only if nobody has changed the audit since it was read."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from chalicelib.domain.audits.audit import REVIEW_SHARDS, Audit, AuditState, state_prefix
from chalicelib.domain.errors import NotFound
from chalicelib.store.dynamodb import batches, conditions
from chalicelib.store.dynamodb.batches import Batch, Key
from chalicelib.store.dynamodb.codec import changes, to_item
from chalicelib.store.dynamodb.models import AuditItem, ExternalIdItem
from chalicelib.store.dynamodb.paging import Page, from_cursor, newest, to_cursor
from chalicelib.store.dynamodb.transaction import Transaction

#: What the id of every audit begins with; items of external ids share the table.
_PREFIX = "0"
_EXTERNAL = "#external#"
_KEYS_IN_A_REQUEST = 500
#: How many are counted at most, where nobody has counted yet.
MOST_COUNTED = 250_000


def get(tenant_id: str, audit_id: str) -> Audit:
    """The audit. Raises `NotFound` and `Unreadable`."""
    audit = find(tenant_id, audit_id)
    if audit is None:
        raise NotFound("There is no such audit.")
    return audit


def find(tenant_id: str, audit_id: str) -> Audit | None:
    """The audit, if there is one. Raises `Unreadable`."""
    if not audit_id.startswith(_PREFIX):
        return None
    return batches.read_one(AuditItem, Audit, (tenant_id, audit_id))


def find_by_external_id(tenant_id: str, external_id: str) -> Audit | None:
    """The tenant's audit with that external id, if there is one."""
    try:
        item = ExternalIdItem.get(tenant_id, _EXTERNAL + external_id, consistent_read=True)
    except ExternalIdItem.DoesNotExist:
        return None
    return find(tenant_id, item.held_by)


def count(tenant_id: str) -> int:
    """How many audits the tenant has; reads consistently, and `MOST_COUNTED` at most."""
    own = AuditItem.audit_id.startswith(_PREFIX)
    return AuditItem.count(tenant_id, own, consistent_read=True, limit=MOST_COUNTED)


def list_newest(tenant_id: str, limit: int, cursor: str | None = None) -> Page[Audit]:
    """A page of a tenant's audits, newest first."""
    return newest(AuditItem, Audit, tenant_id, limit, cursor, prefix=_PREFIX)


def list_in_state(
    tenant_id: str, state: AuditState, limit: int, cursor: str | None = None
) -> Page[Audit]:
    """A page of a tenant's audits in that state, newest first.

    The index may lag a little behind; audits that have left the state meanwhile are left out.
    """
    names = ("tenant_id", "audit_id", "state_key")
    found = AuditItem.by_state.query(
        tenant_id,
        AuditItem.state_key.startswith(state_prefix(state)),
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=from_cursor(
            cursor, {"tenant_id": tenant_id}, names, {"state_key": state_prefix(state)}
        ),
    )
    audits = get_many((tenant_id, item.audit_id) for item in found).found
    in_state = [audit for audit in audits if audit.state is state]
    in_state.sort(key=lambda audit: audit.audit_id, reverse=True)
    return Page(in_state, to_cursor(found.last_evaluated_key))


def get_many(keys: Iterable[Key]) -> Batch[Audit]:
    """The existing audits of these (tenant, audit) keys, in no particular order."""
    return batches.read(AuditItem, Audit, keys)


def due_keys(until: datetime) -> Iterator[Key]:
    """The keys of the audits that are due by then: shard by shard, the earliest of each first.

    The sparse index is read only as far as the iterator is consumed. It may lag a little behind,
    so whoever acts on a key reads the audit itself first.
    """
    for shard in range(REVIEW_SHARDS):
        condition = AuditItem.due_at <= until
        for item in AuditItem.review.query(str(shard), condition, page_size=_KEYS_IN_A_REQUEST):
            yield item.tenant_id, item.audit_id


def put(transaction: Transaction, audit: Audit) -> None:
    """Add to a transaction: a new audit, which takes its external id if it has one."""
    transaction.put("audit", to_item(AuditItem, audit), condition=conditions.audit_is_new())
    _take_external_id(transaction, audit)


def update(transaction: Transaction, before: Audit, after: Audit) -> None:
    """Add to a transaction: the audit changes, unless it has changed since it was read."""
    transaction.update(
        "audit",
        AuditItem(before.tenant_id, before.audit_id),
        changes(AuditItem, before, after),
        condition=conditions.audit_is_unchanged(before),
    )
    if before.external_id != after.external_id:
        _free_external_id(transaction, before)
        _take_external_id(transaction, after)


def delete(transaction: Transaction, audit: Audit) -> None:
    """Add to a transaction: the audit is removed, unless it has changed since it was read.

    Its external id becomes free.
    """
    item = AuditItem(audit.tenant_id, audit.audit_id)
    transaction.delete("audit", item, condition=conditions.audit_is_unchanged(audit))
    _free_external_id(transaction, audit)


def put_aside(key: Key) -> None:
    """Take an unreadable audit out of the `review` index, so that no pass meets it again."""
    batches.put_aside(AuditItem, key, AuditItem.review_shard)


def _take_external_id(transaction: Transaction, audit: Audit) -> None:
    if audit.external_id is not None:
        item = ExternalIdItem(
            audit.tenant_id, _EXTERNAL + audit.external_id, held_by=audit.audit_id
        )
        transaction.put("external_id", item, condition=conditions.external_id_is_free())


def _free_external_id(transaction: Transaction, audit: Audit) -> None:
    if audit.external_id is not None:
        item = ExternalIdItem(audit.tenant_id, _EXTERNAL + audit.external_id)
        held = conditions.external_id_is_held_by(audit)
        transaction.delete("old_external_id", item, condition=held)

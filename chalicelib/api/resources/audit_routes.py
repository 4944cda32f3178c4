"""Audits over HTTP."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from chalice.app import Blueprint

from chalicelib.api.http.answer import Answer, Listing, created, etag_of, listing, tagged
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.merge_patch import patched
from chalicelib.api.http.problems import Problem
from chalicelib.api.http.request import MergePatch, PlainRequest, Request
from chalicelib.api.schemas.audit_schemas import (
    WRITABLE,
    AuditIn,
    AuditOut,
    AuditsQuery,
    ExtendIn,
    NewAuditIn,
)
from chalicelib.api.schemas.base import NoBody, NoQuery
from chalicelib.domain.audits import lifecycle
from chalicelib.domain.audits.audit import Audit, AuditTerms
from chalicelib.domain.audits.notifications import Resolution
from chalicelib.domain.json_values import as_json
from chalicelib.engine.audits import audit_changes
from chalicelib.engine.audits.audit_changes import AuditChange, ExternalIdTaken
from chalicelib.platform.validation import parse
from chalicelib.store import audit_table
from chalicelib.store.dynamodb.paging import Page
from chalicelib.store.dynamodb.transaction import TransactionLost

blueprint = Blueprint(__name__)


@endpoint(
    blueprint,
    "POST /v1/audits",
    scope="operator",
    status=201,
    problems=(409,),
    repeatable=True,
)
def create_audit(request: Request[NewAuditIn, NoQuery]) -> Answer[AuditOut]:
    """Create an audit: a draft, or a published one if `published_at` says since when."""
    body, now = request.body, request.now
    audit = Audit(
        tenant_id=request.caller.tenant_id,
        audit_id=request.new_id(),
        title=body.title,
        url=body.url,
        external_id=body.external_id,
        created_at=now,
        created_by=request.caller.name,
        updated_at=now,
        version=1,
    )
    if body.published_at is not None:
        audit = lifecycle.publish(audit, body.published_at, now, terms_of(request))
    audit = _stored(request, audit)
    return created(request, _json(audit), f"/v1/audits/{audit.audit_id}", _etag(audit))


@endpoint(blueprint, "GET /v1/audits", scope="viewer")
def list_audits(request: Request[NoBody, AuditsQuery]) -> Listing[AuditOut]:
    """List the tenant's audits, newest first, or those with a `state` or an `external_id`."""
    page = _page(request.caller.tenant_id, request.query)
    return listing(page, [_json(audit) for audit in page.items])


@endpoint(blueprint, "GET /v1/audits/{audit_id}", scope="viewer", problems=(409,))
def get_audit(request: PlainRequest, audit_id: str) -> Answer[AuditOut]:
    """Get one audit."""
    return _tagged(audit_table.get(request.caller.tenant_id, audit_id))


@endpoint(blueprint, "PATCH /v1/audits/{audit_id}", scope="operator", problems=(409,), guarded=True)
def patch_audit(request: Request[MergePatch[AuditIn], NoQuery], audit_id: str) -> Answer[AuditOut]:
    """Change an audit by merge patch. Its dates stay as they are."""
    return _changed(request, audit_id, "audit_edited", lambda audit: _patched(request, audit))


@endpoint(
    blueprint,
    "DELETE /v1/audits/{audit_id}",
    scope="operator",
    status=204,
    problems=(409,),
    guarded=True,
)
def delete_audit(request: PlainRequest, audit_id: str) -> None:
    """Delete an audit. If a notification asks whether to keep it, that is answered, too."""
    audit_changes.delete(
        request.system,
        (request.caller.tenant_id, audit_id),
        _change_by(request, "audit_deleted", Resolution.DELETED),
        lambda audit: request.demand_match(_etag(audit)),
    )


@endpoint(
    blueprint,
    "POST /v1/audits/{audit_id}/publish",
    scope="operator",
    problems=(409,),
    guarded=True,
)
def publish_audit(request: PlainRequest, audit_id: str) -> Answer[AuditOut]:
    """Publish a draft, now. Its review and deactivation dates count from now."""
    now, terms = request.now, terms_of(request)
    return _changed(
        request,
        audit_id,
        "audit_published",
        lambda audit: lifecycle.publish(audit, now, now, terms),
    )


@endpoint(
    blueprint,
    "POST /v1/audits/{audit_id}/extend",
    scope="operator",
    problems=(409,),
    guarded=True,
)
def extend_audit(request: Request[ExtendIn, NoQuery], audit_id: str) -> Answer[AuditOut]:
    """Keep a published audit. Its dates count anew from now, with `days` to the next review."""
    terms = terms_of(request).for_days(request.body.days)
    return _changed(
        request,
        audit_id,
        "audit_extended",
        lambda audit: lifecycle.extend(audit, request.now, terms),
        Resolution.KEEP,
    )


@endpoint(
    blueprint,
    "POST /v1/audits/{audit_id}/deactivate",
    scope="operator",
    problems=(409,),
    guarded=True,
)
def deactivate_audit(request: PlainRequest, audit_id: str) -> Answer[AuditOut]:
    """Take a published audit down. It can be reactivated."""
    return _changed(
        request,
        audit_id,
        "audit_deactivated",
        lambda audit: lifecycle.deactivate(audit, request.caller.name, request.now),
        Resolution.DEACTIVATE,
    )


@endpoint(
    blueprint,
    "POST /v1/audits/{audit_id}/reactivate",
    scope="operator",
    problems=(409,),
    guarded=True,
)
def reactivate_audit(request: PlainRequest, audit_id: str) -> Answer[AuditOut]:
    """Publish an inactive audit again. Its dates count anew from now."""
    terms = terms_of(request)
    return _changed(
        request,
        audit_id,
        "audit_reactivated",
        lambda audit: lifecycle.reactivate(audit, request.now, terms),
    )


def terms_of(request: Request[Any, Any]) -> AuditTerms:
    """How long an audit stays alive by itself in this deployment."""
    return request.system.floor().settings.audit_terms


def _stored(request: Request[Any, Any], audit: Audit) -> Audit:
    """The audit as stored, or as an earlier request with the same idempotency key stored it."""
    try:
        audit_changes.create(request.system, audit, _change_by(request, "audit_created"))
    except ExternalIdTaken as error:
        raise _taken(error) from error
    except TransactionLost:
        if request.seed is None:
            raise
        return audit_table.get(audit.tenant_id, audit.audit_id)
    return audit


def _changed(
    request: Request[Any, Any],
    audit_id: str,
    action: str,
    change: Callable[[Audit], Audit],
    answer: Resolution | None = None,
) -> Answer[AuditOut]:
    """The audit after a change, which goes on record as that action and answers what is asked."""

    def decide(audit: Audit) -> Audit:
        request.demand_match(_etag(audit))
        return change(audit)

    key = (request.caller.tenant_id, audit_id)
    try:
        after = audit_changes.update(
            request.system, key, _change_by(request, action, answer), decide
        )
    except ExternalIdTaken as error:
        raise _taken(error) from error
    return _tagged(after)


def _patched(request: Request[MergePatch[AuditIn], NoQuery], audit: Audit) -> Audit:
    before = _definition(audit)
    after = parse(AuditIn, patched(before, request.body.changes, WRITABLE)).model_dump()
    return audit if after == before else replace(lifecycle.changed(audit, request.now), **after)


def _page(tenant_id: str, query: AuditsQuery) -> Page[Audit]:
    if query.external_id is not None:
        audit = audit_table.find_by_external_id(tenant_id, query.external_id)
        matches = audit is not None and query.state in (None, audit.state)
        return Page([audit] if audit is not None and matches else [])
    if query.state is not None:
        return audit_table.list_in_state(tenant_id, query.state, query.limit, query.cursor)
    return audit_table.list_newest(tenant_id, query.limit, query.cursor)


def _change_by(
    request: Request[Any, Any], action: str, answer: Resolution | None = None
) -> AuditChange:
    return AuditChange(by=request.caller.actor, action=action, now=request.now, answer=answer)


def _taken(error: ExternalIdTaken) -> Problem:
    return Problem(409, "external_id_taken", str(error))


def _definition(audit: Audit) -> dict[str, Any]:
    return {name: getattr(audit, name) for name in WRITABLE}


def _etag(audit: Audit) -> str:
    """The tag of all that clients see: each change of an audit moves its dates, or its state."""
    return etag_of(_json(audit))


def _tagged(audit: Audit) -> Answer[AuditOut]:
    return tagged(_json(audit), _etag(audit))


def _json(audit: Audit) -> AuditOut:
    names = [name for name in AuditOut.__annotations__ if name != "id"]
    view = {name: as_json(getattr(audit, name)) for name in names}
    return cast(AuditOut, {"id": audit.audit_id, **view})

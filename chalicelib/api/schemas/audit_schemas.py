"""Audits and notifications as clients write and see them."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from typing_extensions import TypedDict

from chalicelib.api.schemas.base import Instant, Paging, Strict, ValidationContext
from chalicelib.api.schemas.text_rules import OneLine
from chalicelib.domain.audits.audit import AuditState
from chalicelib.domain.audits.notifications import NotificationKind, Resolution

#: A client's clock may be ahead of Baton's by this much.
_CLOCKS_DIFFER: Final = timedelta(minutes=1)


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        is_address = False
    if not is_address or not text.isprintable() or " " in text:
        raise ValueError("must be a URL that starts with http:// or https://")
    return text


class AuditIn(Strict):
    """An audit's definition: the fields that clients write."""

    title: OneLine = Field(min_length=1, max_length=200)
    url: Annotated[str, AfterValidator(_web_address)] | None = Field(None, max_length=2000)
    external_id: OneLine | None = Field(
        None, max_length=200, description="The client's own id for it; unique in the tenant."
    )


#: The fields that clients write; every other field of an audit's JSON is Baton's own.
WRITABLE: Final = tuple(AuditIn.model_fields)


class NewAuditIn(AuditIn):
    """An audit to create: a draft, or published since `published_at`."""

    published_at: Instant | None = None

    @field_validator("published_at")
    @classmethod
    def _is_not_ahead(cls, instant: datetime | None, info: ValidationInfo) -> datetime | None:
        context: ValidationContext | None = info.context
        if instant and context and instant > context.now + _CLOCKS_DIFFER:
            raise ValueError("must not lie in the future; create a draft and publish it then")
        return instant


class ExtendIn(Strict):
    """For how many days an audit is kept."""

    days: int | None = Field(
        None, ge=1, le=3650, description="Days to the next review, if not as the settings say."
    )


class AuditsQuery(Paging):
    """Which audits to list."""

    state: AuditState | None = None
    external_id: str | None = Field(None, min_length=1, max_length=200)


class AuditOut(TypedDict):
    """An audit: its definition, its state, and the dates on which something is due."""

    id: str
    title: str
    url: str | None
    external_id: str | None
    state: AuditState
    published_at: datetime | None
    review_at: datetime | None
    deactivates_at: datetime | None
    deactivated_at: datetime | None
    deactivated_by: str | None
    notification_id: str | None
    created_at: datetime
    created_by: str
    updated_at: datetime


class NotificationsQuery(Paging):
    """Which notifications to list."""

    unread: Literal["true", "false"] = "false"


class ReadAllIn(Strict):
    """Up to which notification everything was seen; without it, everything there is."""

    up_to: str | None = Field(default=None, min_length=1, max_length=100)


class ReadAllOut(TypedDict):
    """How many notifications were marked as read, and how many are unread now."""

    read: int
    unread_count: int


class ResolveIn(Strict):
    """The answer to a notification that asks for one."""

    action: Literal["keep", "deactivate"]


class NotificationOut(TypedDict):
    """A notification. `actions` are the answers that it still takes."""

    id: str
    kind: NotificationKind
    at: datetime
    subject: str
    audit_id: str | None
    schedule_id: str | None
    run_id: str | None
    message: str
    details: dict[str, Any] | None
    actions: list[Resolution]
    read: bool
    read_at: datetime | None
    read_by: str | None
    resolution: Resolution | None
    resolved_at: datetime | None
    resolved_by: str | None


class NotificationsOut(TypedDict):
    """A page of notifications, newest first, and how many are unread (1,000 at most)."""

    items: list[NotificationOut]
    next_cursor: str | None
    unread_count: int

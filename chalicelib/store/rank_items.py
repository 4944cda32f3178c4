"""The last rank each tenant was given at each priority: what keeps tenants taking turns.

It steers fairness and guards nothing, so it is read and written without conditions: two at once
may give two runs the same rank, and that is all.
"""

from datetime import datetime

from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.store.dynamodb.models import ControlItem

_KIND = "turns"


def last_ranks(tenant_id: str) -> dict[int, datetime]:
    """Priority → the tenant's last rank at it."""
    try:
        kept = ControlItem.get(_KIND, tenant_id, consistent_read=True).value
    except ControlItem.DoesNotExist:
        return {}
    return {int(priority): from_text(rank) for priority, rank in kept.items()}


def keep(tenant_id: str, ranks: dict[int, datetime]) -> None:
    """Remember the tenant's last ranks."""
    value = {str(priority): to_text(rank) for priority, rank in ranks.items()}
    ControlItem(_KIND, tenant_id, value=value).save()

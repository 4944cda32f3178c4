"""The last rank that each tenant was given at each priority, by which tenants take turns.

It steers fairness and guards nothing, so it is read and written without conditions: two writers
at once may give two runs the same rank, and nothing worse.
"""

from datetime import datetime

from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.store.dynamodb.models import ControlItem

_KIND = "turns"


def last_ranks(tenant_id: str) -> dict[int, datetime]:
    """The tenant's last rank at each priority."""
    try:
        ranks = ControlItem.get(_KIND, tenant_id, consistent_read=True).value
    except ControlItem.DoesNotExist:
        return {}
    return {int(key): from_text(rank) for key, rank in ranks.items() if key.isdecimal()}


def keep(tenant_id: str, ranks: dict[int, datetime]) -> None:
    """Store the tenant's last rank at each priority."""
    value = {str(priority): to_text(rank) for priority, rank in ranks.items()}
    ControlItem(_KIND, tenant_id, value=value).save()

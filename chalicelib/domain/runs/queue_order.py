"""The order in which the waiting runs of a tenant are served: by priority, then by age.

Whose turn it is among the tenants is decided where slots are handed out (`turns`); the key of a
waiting run begins with its tenant for that.
"""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.time.instants import to_text

#: The pool of every schedule that names none.
MAIN: Final = "main"
#: A priority level is worth this head start. It makes order by priority, then age, out of one
#: fixed key, and no run can be overtaken for ever: that is what keeps low priorities from starving.
HEAD_START_PER_LEVEL: Final = timedelta(hours=1)
HIGHEST_PRIORITY: Final = 9
#: What a run of a schedule without an average is taken to last.
USUAL: Final = timedelta(minutes=1)


def order_key(since: datetime, priority: int, tie_break: str) -> str:
    """Where a run stands that waits since then at this priority (9 is the most urgent).

    Of one tenant, smaller keys are served earlier.
    """
    handicap = HEAD_START_PER_LEVEL * (HIGHEST_PRIORITY - priority)
    return f"{to_text(since + handicap)}#{tie_break}"


def queue_key(tenant_id: str, order: str) -> str:
    """Where in a pool's queue something of the tenant stands that has this place in its order."""
    return f"{first_key_of(tenant_id)}{order}"


def in_pool(pool: str, key: str) -> str:
    """The key in the index, which has the queues of all pools, of what has this key in the pool's.

    "#" sorts before all that the name of a pool may have in it.
    """
    return f"{pool}#{key}"


def first_key_of(tenant_id: str) -> str:
    """A key that sorts before all of the tenant's, and after those of tenants before it.

    "#" sorts before all that a tenant's name may have in it.
    """
    return f"{tenant_id}#"


def last_key_of(tenant_id: str) -> str:
    """A key that sorts after all of the tenant's, and before those of tenants behind it."""
    return f"{tenant_id}#~"

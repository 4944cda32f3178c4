"""Which pools a caller may see."""

from typing import Any

from chalicelib.api.http.request import Request
from chalicelib.domain.errors import NotFound


def demand_pool(request: Request[Any, Any], name: str) -> None:
    """Raise `NotFound` if there is no such pool, or if the caller may not see it."""
    pool = request.system.settings().open_pools.get(name)
    caller = request.caller
    if pool is None or not (pool.admits(caller.tenant_id) or caller.may("owner")):
        raise NotFound("There is no such pool.")

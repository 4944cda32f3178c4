"""The deployment's settings, changed by its owners."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.access.actors import Actor
from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.pools import PoolInUse, carried_over
from chalicelib.domain.deployment.settings import ROOM_FOR_FORCED_RUNS, Settings
from chalicelib.domain.errors import FieldError, InvalidFields
from chalicelib.domain.json_values import as_json
from chalicelib.engine.system import System
from chalicelib.store import activity_items, floor_items, pool_items
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost, retry_if_lost

#: DynamoDB takes a hundred writes at once.
_MOST_REMOVED: Final = 90


def change(
    system: System, tenant_id: str, by: Actor, now: datetime, decide: Callable[[Settings], Settings]
) -> Settings:
    """Store the settings that `decide` makes of the present ones, with the record of who did it.

    They take effect with the next look at the floor. Decided anew if somebody else changed them at
    the same moment. Raises what `decide` raises, `InvalidFields` for more slots than there are
    runners for, `PoolInUse`, and `LostRace` if others change them all the time.
    """

    def once() -> Settings:
        stored = floor_items.stored_settings()
        before = floor_items.settings_of(stored, system.config.capacity)
        after = _with_pools(before, decide(before))
        _check_capacity(before, after, system.config.runner_concurrency)
        for pool in after.open_pools.keys() - before.open_pools.keys():
            pool_items.declare(pool)
        transaction = Transaction(system.clock)
        for pool in before.open_pools.keys() - after.open_pools.keys():
            pool_items.remove(transaction, pool)
        floor_items.change_settings(transaction, stored, after)
        activity_items.put(transaction, _activity(tenant_id, by, now, before, after))
        try:
            transaction.commit()
        except TransactionLost as lost:
            _demand_no_use(before, lost)
            raise
        return after

    after = retry_if_lost(once)
    system.forget_settings()
    # Where there is more room now, whoever waits for it need not wait for the next tick.
    system.queues.send_wakes([now], now)
    return after


def _with_pools(before: Settings, after: Settings) -> Settings:
    """The settings with the pools as they are stored; removed ones go when nobody works there."""
    pools = carried_over(before.every_pool, after.every_pool)
    if len([pool for pool in pools.values() if pool.is_removed]) > _MOST_REMOVED:
        message = f"remove at most {_MOST_REMOVED} pools at once"
        raise InvalidFields([FieldError("pools", message)])
    base = Floor(settings=replace(after, pools=pools))
    empty = [
        name
        for name, pool in before.pools.items()
        if pool.is_removed
        and name not in after.pools
        and not floor_items.of_pool(base, name).holders
    ]
    return replace(after, pools={name: pools[name] for name in pools if name not in empty})


def _demand_no_use(before: Settings, lost: TransactionLost) -> None:
    """Raise `PoolInUse` if schedules that name a pool are why it was not removed."""
    for pool in before.open_pools:
        if pool_items.step(pool) in lost.steps:
            raise PoolInUse(pool, pool_items.schedules_of(pool)) from lost


def _check_capacity(before: Settings, after: Settings, runners: int) -> None:
    """Raises `InvalidFields` if there would be more slots than runners to work on them."""
    most = runners - ROOM_FOR_FORCED_RUNS
    if before.slots_in_all < after.slots_in_all > most:
        message = f"the deployment has runners for {most}: deploy it with more RunnerConcurrency"
        others = before.slots_in_all - before.capacity < after.slots_in_all - after.capacity
        raise InvalidFields([FieldError("pools" if others else "capacity", message)])


def _activity(
    tenant_id: str, by: Actor, now: datetime, before: Settings, after: Settings
) -> Activity:
    return activity_items.new_activity(
        tenant_id,
        now,
        actor=by,
        action="settings_changed",
        subject="settings",
        details={"before": settings_as_json(before), "after": settings_as_json(after)},
    )


def settings_as_json(settings: Settings) -> dict[str, Any]:
    """The settings as the API and the activity show them."""
    view = {name: as_json(value) for name, value in asdict(settings).items()}
    view["pools"] = {
        name: {
            "capacity": pool.capacity,
            "tenants": list(pool.tenants),
            "weights": dict(pool.weights),
        }
        for name, pool in settings.open_pools.items()
    }
    view["retention"] = {name: view.pop(name) for name in ("run_days", "log_days")}
    return view

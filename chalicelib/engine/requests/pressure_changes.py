"""Signals of interactive work, raised and dropped by people: each with its record."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.access.actors import Actor
from chalicelib.domain.deployment import pressure
from chalicelib.domain.deployment.pressure import Signals
from chalicelib.domain.time.instants import to_text
from chalicelib.engine.system import System
from chalicelib.store import activity_items, pressure_items
from chalicelib.store.dynamodb.transaction import Transaction, retry_if_lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Whose signal it is, by what source: a tenant's own, or one for the whole deployment."""

    tenant_id: str
    source: str
    by: Actor
    deployment: bool = False


def raise_signal(system: System, signal: Signal, until: datetime, now: datetime) -> None:
    """Store the signal until then, in place of an earlier one of that source.

    Raises `LimitExceeded` for one source too many, and `LostRace` if others change them always.
    """

    most = system.floor().settings.limits.pressure_sources

    def decide(seen: Signals) -> Signals:
        return pressure.raised(seen, signal.source, until, now, most=most)

    _change(system, signal, decide, until, now)


def drop_signal(system: System, signal: Signal, now: datetime) -> None:
    """Take the signal back. If there is none, nothing changes. Raises `LostRace`."""

    def decide(seen: Signals) -> Signals:
        return pressure.dropped(seen, signal.source, now) if signal.source in seen else seen

    _change(system, signal, decide, None, now)


def _change(
    system: System,
    signal: Signal,
    decide: Callable[[Signals], Signals],
    until: datetime | None,
    now: datetime,
) -> None:
    owner = None if signal.deployment else signal.tenant_id

    def once() -> None:
        seen = pressure_items.stored(owner)
        after = decide(seen.signals)
        if after is seen.signals:
            return
        activity = activity_items.new_activity(
            signal.tenant_id,
            now,
            actor=signal.by,
            action="pressure_dropped" if until is None else "pressure_raised",
            subject=signal.source,
            details={"until": until and to_text(until), "deployment": signal.deployment},
        )
        transaction = Transaction(system.clock)
        pressure_items.change(transaction, owner, seen, after)
        activity_items.put(transaction, activity)
        transaction.commit()

    retry_if_lost(once)

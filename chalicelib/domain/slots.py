"""Slots: the numbered places where runs work. One by default; that is what must not overlap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.domain.audit import Terms
from chalicelib.domain.firing import Pressure
from chalicelib.domain.notice import NoticeKind
from chalicelib.domain.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One place. `token` counts its claims; the run's fields are set while it is held."""

    key: str
    token: int = 0
    tenant_id: str | None = None
    run_id: str | None = None
    schedule_id: str | None = None
    schedule_name: str | None = None
    since: datetime | None = None
    expected_end_at: datetime | None = None
    forced: bool = False

    @property
    def is_held(self) -> bool:
        return self.run_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an owner may change while Baton works. Durations are seconds, retention days."""

    capacity: int = 1
    lease_seconds: int = 1200
    pressure_delay_seconds: int = 30
    pressure_max_seconds: int = 600
    batch_per_tenant: int = 5
    run_days: int = 90
    log_days: int = 30
    audit_review_days: int = 30
    audit_deactivation_days: int = 60
    #: Which kinds of notices go out, and on which way.
    topic_kinds: tuple[str, ...] = tuple(NoticeKind)
    webhook_kinds: tuple[str, ...] = tuple(NoticeKind)

    @property
    def audit_terms(self) -> Terms:
        """How long an audit stays alive by itself."""
        return Terms(
            timedelta(days=self.audit_review_days), timedelta(days=self.audit_deactivation_days)
        )

    @property
    def pressure(self) -> Pressure:
        """How far a signal of interactive work puts fire times off."""
        delay = timedelta(seconds=self.pressure_delay_seconds)
        return Pressure(delay, timedelta(seconds=self.pressure_max_seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """One consistent look at the slots, the settings and the last tick."""

    settings: Settings = field(default_factory=Settings)
    slots: Sequence[Slot] = ()
    #: Source → until when somebody works interactively.
    pressure: Mapping[str, datetime] = field(default_factory=dict)
    last_tick_at: datetime | None = None

    @property
    def holders(self) -> list[Slot]:
        return [slot for slot in self.slots if slot.is_held]

    @property
    def free(self) -> list[Slot]:
        """The slots a run may claim: numbered below the capacity and held by nobody."""
        known = {slot.key: slot for slot in self.slots}
        numbered = (slot_key(number) for number in range(self.settings.capacity))
        candidates = (known.get(key, Slot(key=key)) for key in numbered)
        return [slot for slot in candidates if not slot.is_held]

    def is_under_pressure(self, now: datetime) -> bool:
        """Whether any source's signal still holds."""
        return any(now < until for until in self.pressure.values())

    def busy_schedules(self) -> set[str]:
        """Schedules with a run on a slot: they wait for it rather than overlap themselves."""
        return {slot.schedule_id for slot in self.holders if slot.schedule_id}

    def seconds_until_free(self, now: datetime) -> int:
        """An honest guess when a slot frees: the earliest expected end, at least a second.

        Only ends that make room count: not those of forced runs, nor above a lowered capacity.
        """
        beyond = slot_key(self.settings.capacity)
        making_room = [slot for slot in self.holders if not slot.forced and slot.key < beyond]
        ends = [slot.expected_end_at for slot in making_room if slot.expected_end_at]
        if not ends or self.free:
            return 1
        return max(1, round((min(ends) - now).total_seconds()))


def slot_key(number: int) -> str:
    """The key of a numbered slot; it sorts by number."""
    return f"{number:03d}"


def forced_slot(run_id: str) -> Slot:
    """A place outside the capacity, made for one forced run and gone with it."""
    return Slot(key=f"forced-{run_id}", forced=True)


def occupy(slot: Slot, run: Run, now: datetime, expected: timedelta) -> Slot:
    """The slot held by this claimed run."""
    return replace(
        slot,
        token=run.token,
        tenant_id=run.tenant_id,
        run_id=run.run_id,
        schedule_id=run.schedule_id,
        schedule_name=run.schedule_name,
        since=now,
        expected_end_at=now + expected,
    )


def vacate(slot: Slot) -> Slot:
    """The slot held by nobody; its token stays, so that no two claims ever share one."""
    return Slot(key=slot.key, token=slot.token, forced=slot.forced)


def next_token(slot: Slot, run: Run) -> int:
    """A fencing token higher than any this slot or this run was claimed with before."""
    return max(slot.token, run.token) + 1

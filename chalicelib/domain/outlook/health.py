"""Whether a deployment is well, from a few figures."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chalicelib.domain.outlook.phrases import counted, listed, spoken
from chalicelib.domain.outlook.reasons import TICK_IS_LATE
from chalicelib.domain.outlook.situation import Reason
from chalicelib.domain.texts import say

#: More runs of one tenant waiting than this are worth a warning.
MOST_PENDING: Final = 20


class Level(StrEnum):
    """Whether all is well, or something is worth a warning."""

    OK = "OK"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantLoad:
    """How many runs of one tenant wait, and how many hold a slot."""

    tenant_id: str
    pending: int
    running: int
    #: Whether there may be more pending than were counted.
    may_be_more: bool = False

    @property
    def level(self) -> Level:
        """A warning if more of its runs wait than `MOST_PENDING`."""
        return Level.WARNING if self.pending > MOST_PENDING else Level.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAside:
    """A schedule or a run (its `kind`) that cannot be used, and why it cannot."""

    kind: str
    tenant_id: str
    item_id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFigures:
    """The figures that health is judged by."""

    now: datetime
    last_tick_at: datetime | None
    #: Whether something has been due for long. If no tick has come yet, none seems to come at all.
    overdue: bool = False
    tenants: Mapping[str, TenantLoad] = field(default_factory=dict)
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    #: The longest aside first.
    put_aside: Sequence[PutAside] = ()

    @property
    def tick_age(self) -> timedelta | None:
        """How long ago the last tick was; never negative, for clocks differ."""
        if self.last_tick_at is None:
            return None
        return max(self.now - self.last_tick_at, timedelta(0))


def warnings(figures: HealthFigures) -> list[Reason]:
    """What is not as it should be, the gravest first."""
    return [
        *_tick(figures),
        *_put_aside(figures),
        *_dead_letters(figures),
        *_pending(figures),
    ]


def overall(figures: HealthFigures) -> Level:
    """The level of the deployment: a warning if any figure is worth one."""
    return Level.WARNING if warnings(figures) else Level.OK


def _tick(figures: HealthFigures) -> list[Reason]:
    age = figures.tick_age
    if age is None and figures.overdue:
        message = say("The minute pass has never been here.", "Es gab noch nie einen Durchgang.")
        return [Reason(code="no_tick", message=message)]
    if age is None or age <= TICK_IS_LATE:
        return []
    message = say(
        "The minute pass was last here {ago} ago.",
        "Der letzte Durchgang war vor {ago}.",
        ago=spoken(age),
    )
    return [Reason(code="tick_late", message=message, at=figures.last_tick_at)]


def _dead_letters(figures: HealthFigures) -> list[Reason]:
    count = sum(figures.dead_letters.values())
    if not count:
        return []
    message = say(
        "{messages} could not be worked off: see GET /v1/dead-letters.",
        "Nicht abgearbeitet: {messages}; siehe GET /v1/dead-letters.",
        messages=counted(count, "message"),
    )
    return [Reason(code="dead_letters", message=message)]


def _put_aside(figures: HealthFigures) -> list[Reason]:
    if not figures.put_aside:
        return []
    counts = Counter(each.kind for each in figures.put_aside)
    first = figures.put_aside[0]
    message = say(
        "{what} cannot be used: {why}; see GET /v1/{kind}s/{item} of the tenant {tenant}.",
        "Nicht brauchbar: {what}: {why}; siehe GET /v1/{kind}s/{item} des Mandanten {tenant}.",
        what=listed([counted(counts[kind], kind) for kind in sorted(counts, reverse=True)]),
        why=first.why.rstrip("."),
        kind=first.kind,
        item=first.item_id,
        tenant=first.tenant_id,
    )
    return [Reason(code="put_aside", message=message)]


def _pending(figures: HealthFigures) -> list[Reason]:
    return [
        Reason(
            code="many_pending",
            message=say(
                "{number} runs of {tenant} wait for a slot.",
                "{number} Läufe von {tenant} warten auf einen Slot.",
                number=_number_of(load),
                tenant=load.tenant_id,
            ),
        )
        for _, load in sorted(figures.tenants.items())
        if load.level is Level.WARNING
    ]


def _number_of(load: TenantLoad) -> str:
    if not load.may_be_more:
        return str(load.pending)
    return say("At least {pending}", "Mindestens {pending}", pending=load.pending)

"""What goes wrong, and how often: one plan for each history."""

from dataclasses import dataclass, field, fields
from enum import Enum, auto
from random import Random
from typing import Final

from tests.dynamodb import Call, Faults
from tests.simulation.world import SECOND, World

#: What is slower than this may cost a lease, or a wake its moment.
LONGEST_BEARABLE_STALL: Final = 3 * SECOND


class Fate(Enum):
    """What becomes of a call to AWS."""

    DONE = auto()
    #: The process dies before the call, or right after it.
    DIES_BEFORE = auto()
    DIES_AFTER = auto()
    #: DynamoDB is overrun; nothing was written.
    THROTTLED = auto()
    #: Another transaction is at work on an item.
    CONFLICT = auto()
    #: The request, or its answer, is lost for good: the caller cannot know what happened.
    REQUEST_LOST = auto()
    ANSWER_LOST = auto()
    #: The answer is lost, and botocore repeats the request.
    REPEATED = auto()
    #: The answer takes long.
    ANSWER_LATE = auto()


@dataclass(kw_only=True)
class FaultPlan:
    """Probabilities, each of one call or one message."""

    crash: float = 0
    throttle: float = 0
    conflict: float = 0
    connection: float = 0
    repeat: float = 0
    #: A process stands still before a call, or waits long for its answer, for this long at most.
    stall: float = 0
    longest_stall: int = 40 * SECOND
    message_lost: float = 0
    message_twice: float = 0
    message_late: float = 0
    #: Nothing at all reaches the runner.
    runs_vanish: bool = False
    tick_lost: float = 0
    tick_twice: float = 0
    tick_late: float = 0
    most_index_lag: int = 0
    part_left_out: float = 0
    #: A target does not touch its run for long, maybe for longer than its lease.
    silence: float = 0
    #: A target gives up at once: breakers trip.
    failure: float = 0
    #: Whether nothing goes wrong, though it may take a little: only then the order of service is
    #: what it should be.
    calm: bool = field(init=False)

    def __post_init__(self) -> None:
        kinds = {one.name for one in fields(self)} - {"calm", "failure", "stall", "longest_stall"}
        bearable = not self.stall or self.longest_stall <= LONGEST_BEARABLE_STALL
        self.calm = bearable and not any(getattr(self, kind) for kind in kinds)

    @property
    def throttles(self) -> bool:
        return self.throttle > 0 or self.conflict > 0

    @property
    def connections_fail(self) -> bool:
        return self.connection > 0

    def fate(self, world: World, *, writes: bool) -> Fate:
        """What becomes of the next call."""
        drawn = world.random.random()
        for share, fate in (
            (self.crash / 2, Fate.DIES_BEFORE),
            (self.crash / 2, Fate.DIES_AFTER),
            (self.throttle, Fate.THROTTLED),
            (self.conflict if writes else 0, Fate.CONFLICT),
            (self.connection / 2, Fate.REQUEST_LOST),
            (self.connection / 2, Fate.ANSWER_LOST),
            (self.repeat if writes else 0, Fate.REPEATED),
            (self.stall / 2, Fate.ANSWER_LATE),
        ):
            if drawn < share:
                return fate
            drawn -= share
        return Fate.DONE

    def latency(self, world: World) -> int:
        """How long a process waits before its call is carried out."""
        if world.chance(self.stall / 2):
            return self.stalled(world)
        return world.random.randint(2, 40)

    def stalled(self, world: World) -> int:
        """A long while."""
        return world.random.randint(SECOND // 2, self.longest_stall)


def drawn(random: Random) -> FaultPlan:
    """The faults of one history: none in some, a few kinds in most, all at once in others."""
    kind = random.random()
    if kind < 0.25:
        slow = random.choice((0, 0.1, 0.3))
        return FaultPlan(stall=slow, longest_stall=LONGEST_BEARABLE_STALL)

    def some(most: float, share: float = 0.5) -> float:
        return random.uniform(0, most) if random.random() < share else 0.0

    return FaultPlan(
        crash=some(0.03),
        throttle=some(0.05),
        conflict=some(0.1),
        connection=some(0.03),
        repeat=some(0.05),
        stall=some(0.3),
        longest_stall=random.choice((3, 10, 40, 80)) * SECOND,
        message_lost=some(0.3),
        message_twice=some(0.5),
        message_late=some(0.3),
        runs_vanish=random.random() < 0.04,
        tick_lost=some(0.4),
        tick_twice=some(0.5),
        tick_late=some(0.5),
        most_index_lag=random.choice((0, 0, 1, 3, 8)),
        part_left_out=some(0.1, 0.2),
        silence=some(0.4),
    )


class DataFaults(Faults):
    """What DynamoDB itself asks for: how old an index is, and which part of a batch it leaves."""

    def __init__(self, world: World, plan: FaultPlan) -> None:
        self._world, self.plan = world, plan

    def lag(self, _table: str, index: str | None) -> int:
        most = self.plan.most_index_lag
        return self._world.random.randint(0, most) if index is not None and most else 0

    def leaves_out(self, _call: Call, _place: int) -> bool:
        return self._world.chance(self.plan.part_left_out)

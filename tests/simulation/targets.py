"""The jobs of the simulation: they step, rest, fail, overrun, fall silent; starts are recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from chalicelib.domain.runs.run import FailureReason
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.jobs.registry import Registry
from tests.simulation.oddities import ODDITIES
from tests.simulation.processes import Host, Process
from tests.simulation.world import SECOND, World, milliseconds

ONCE: Final = "4 a target starts once an attempt"
STOPS: Final = "4 a holder that lost its lease stops"

#: How jobs end, and how often.
_ENDINGS: Final = {
    "succeed": 16,
    "raise": 4,
    "give up": 1,
    "come later": 1,
    "item errors": 1,
    "overrun": 2,
    "hang": 1,
    "be odd": 2,
}


@dataclass(slots=True)
class Work:
    """A target at work: in which process, for which claim."""

    process: Process
    context: JobContext
    token: int

    @property
    def lease_ends_at(self) -> int:
        """Until when the holder believes that the slot is its own."""
        run: Any = self.context._lifeline.run  # type: ignore[attr-defined]  # the attempt behind it
        return milliseconds(run.lease_expires_at) if run.lease_expires_at else 0

    @property
    def believes(self) -> bool:
        """Whether, by its own clock, its lease is still good."""
        return not self.process.dead and self.process.own_now < self.lease_ends_at


class Targets:
    """The registry of the simulated jobs, and what is at work right now."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.host: Host | None = None
        self.at_work: dict[str, Work] = {}
        self.started: dict[tuple[str, int], str] = {}
        self.registry = Registry()
        self.registry.add("work", self._work)
        #: Told when a target starts, and after each step of it that was let through.
        self.on_touch: Callable[[Work, str], None] = lambda _work, _what: None

    def _work(self, context: JobContext, _params: object) -> None:
        process = self._process
        run: Any = context._lifeline.run  # type: ignore[attr-defined]
        work = Work(process, context, run.token)
        self._count(work)
        self.at_work[context.run_id] = work
        try:
            self._go(work)
        finally:
            if self.at_work.get(context.run_id) is work:
                del self.at_work[context.run_id]

    def _count(self, work: Work) -> None:
        attempt = (work.context.run_id, work.context.attempt)
        self.world.note(
            work.process.name, f"starts the target of {attempt[0]}, attempt {attempt[1]}"
        )
        if attempt in self.started:
            self.world.breaks(
                ONCE,
                f"{attempt} started by {self.started[attempt]} and by {work.process.name}",
            )
        self.started[attempt] = work.process.name
        self.on_touch(work, "starts")

    def _go(self, work: Work) -> None:
        random, context = self.world.random, work.context
        ending = random.choices(list(_ENDINGS), list(_ENDINGS.values()))[0]
        faults = work.process.host.faults
        if self.world.chance(faults.silence):
            ending = "fall silent"
        if faults.failure and self.world.chance(faults.failure):
            ending = "give up"
        for _ in range(random.randint(0, 4)):
            self._step(work)
            if random.random() < 0.1:
                context.log("halfway", seconds=1)
            self._nap(work, random.choice((0.5, 3, 12)))
        context.totals.processed += 1
        self._end(work, ending)

    def _end(self, work: Work, ending: str) -> None:
        context, random = work.context, self.world.random
        match ending:
            case "raise":
                raise ValueError("the job failed")
            case "give up":
                raise Fail("the job gave up")
            case "come later":
                rest = timedelta(seconds=random.choice((1, 40)))
                raise Fail("the target wants a rest", FailureReason.RATE_LIMITED, rest)
            case "be odd":
                random.choice(ODDITIES)(context)
            case "item errors":
                context.totals.errors += 1
            case "overrun":
                for _ in range(6):
                    self._step(work)
            case "hang":
                while True:
                    self._nap(work, 20)
            case "fall silent":
                work.process.clock.sleep(self._silence(work))
                for _ in range(3):
                    self._step(work)
                    self._nap(work, 5)

    def _silence(self, work: Work) -> float:
        """So many seconds; often until the lease is just about to end, or has just ended."""
        random = self.world.random
        left = (work.lease_ends_at - work.process.own_now) / SECOND
        return random.choice((random.uniform(1, 90), max(1.0, left + random.uniform(-2, 1))))

    def _step(self, work: Work) -> None:
        self._touched(work, work.context.step)

    def _nap(self, work: Work, seconds: float) -> None:
        """Rest in parts, so that the lease is kept; as `JobContext.sleep`, but in fewer steps."""
        left = seconds
        while left > 0:
            work.process.clock.sleep(min(left, 5))
            self._touched(work, lambda: work.context.progress(1, 2))
            left -= 5

    def _touched(self, work: Work, touch: Callable[[], None]) -> None:
        """Touch the lifeline; whoever is let through must have had its lease when it asked."""
        over = not work.believes
        touch()
        if over:
            self.world.breaks(
                STOPS,
                f"{work.process.name} went on with {work.context.run_id} past its lease",
            )
        self.on_touch(work, "goes on")

    @property
    def _process(self) -> Process:
        assert self.host is not None and self.host.current is not None
        return self.host.current

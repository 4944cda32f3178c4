"""Processes: greenlets that run the engine and give way before every call to AWS.

A process has a clock of its own, and dies as by SIGKILL: what it does on its way out (in `finally`
blocks, in `with` blocks) has no effect any more.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import greenlet  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError

from chalicelib.domain.errors import BatonError, Unavailable
from chalicelib.engine import system
from chalicelib.engine.system import System
from chalicelib.jobs.registry import Registry
from chalicelib.platform.config import Config
from chalicelib.platform.queues import SqsQueues
from chalicelib.store.dynamodb.transaction import is_busy
from tests import permissions
from tests.permissions import Right
from tests.simulation.faults import Fate, FaultPlan
from tests.simulation.world import SECOND, World, instant

ESCAPED: Final = "8 no error stops a pass"
GRANTED: Final = "every call is granted to the function that makes it"
MOST_SKEW: Final = 2 * SECOND
#: How long Lambda lets each of them work, in seconds.
LIMITS: Final = {"tick": 120, "wake": 90, "runner": 900, "user": 30, "caller": 900}
#: Who calls the API: what they do, it does for them.
_CLIENTS: Final = ("user", "caller")


class Crashed(BaseException):
    """The process is dead."""


class ProcessClock:
    """True time and the skew of one machine; sleeping lets the others go on."""

    def __init__(self, process: "Process") -> None:
        self._process = process

    def now(self) -> datetime:
        return instant(self._process.own_now)

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._process.wait(max(1, round(seconds * SECOND)))


class Process:
    """One invocation of a Lambda, or one call of a user."""

    def __init__(
        self,
        host: "Host",
        kind: str,
        work: Callable[["Process"], object],
        ended: Callable[[], None],
    ) -> None:
        host.started += 1
        self.world, self.host, self.kind = host.world, host, kind
        self.name = f"{kind}-{host.started}"
        #: Whose role it has.
        self.function = "api" if kind in _CLIENTS else kind
        self.skew = _a_skew(self.world, host.most_skew)
        self.began_at = self.world.now
        #: Of a client's call: the tenant whose it is.
        self.asks_for = ""
        self.dead = False
        self.crashed = False
        self.clock = ProcessClock(self)
        queues = SqsQueues("run", "wake")
        queues.__dict__["client"] = host.sqs(self)
        self.system = System(
            config=Config(stack="baton", capacity=host.capacity),
            clock=self.clock,
            queues=queues,
            jobs=host.jobs,
            supervised=False,
            writers=1,
            simulated_kills=(Crashed,),
        )
        self._work, self._ended = work, ended
        self._greenlet = greenlet.greenlet(self._live)

    @property
    def own_now(self) -> int:
        """The time by this process's clock."""
        return self.world.now + self.skew

    def start(self) -> None:
        """Begin now; Lambda ends what takes too long."""
        self.world.at(self.began_at + LIMITS[self.kind] * SECOND, self._run_out_of_time)
        self.resume()

    def resume(self) -> None:
        """Go on from where it gave way."""
        if self.dead:
            return
        host = self.host
        before, host.current = host.current, self
        system.use(self.system)
        self._greenlet.switch()
        host.current = before

    def wait(self, milliseconds: int) -> None:
        """For the process itself: give way for so long."""
        if self.dead:
            raise Crashed
        self.world.after(milliseconds, self.resume)
        self._greenlet.parent.switch()
        if self.dead:
            raise Crashed

    def die(self) -> None:
        """For the process itself: it dies here."""
        self.dead = self.crashed = True
        raise Crashed

    def kill(self) -> None:
        """For others: it dies where it is."""
        if not self.dead:
            self.dead = self.crashed = True
            self._greenlet.throw(Crashed)

    def asks(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """Hold its next call against its role."""
        for needed in permissions.needed(service, operation, params):
            self.host.asked.add((self.function, needed))
            if not permissions.allows(self.function, needed):
                self.world.breaks(GRANTED, f"{self.name}: {needed.action} on {needed.resource}")

    def fate(self, *, writes: bool = False) -> Fate:
        """What is to become of its next call."""
        return self.host.faults.fate(self.world, writes=writes)

    def _run_out_of_time(self) -> None:
        if not self.dead:
            self.world.note(self.name, "killed", "its Lambda's time is over")
            self.kill()

    def _live(self) -> None:
        try:
            self._work(self)
        except Crashed:
            pass
        except Exception as error:
            self._failed(error)
        self.dead = True
        self.host.left(self)
        self._ended()

    def _failed(self, error: Exception) -> None:
        """What may come out of an entry point: storage was not there, or a user asked in vain."""
        self.crashed = True
        self.world.note(self.name, "raised", f"{type(error).__name__}: {error}")
        refused = self.kind in _CLIENTS and isinstance(error, BatonError)
        if refused:
            self.host.on_refused(self, error)
        if not refused and not self._is_of_storage(error):
            self.world.breaks(ESCAPED, f"{self.name} raised {type(error).__name__}: {error}")

    def _is_of_storage(self, error: Exception) -> bool:
        """Whether it says no more than that storage failed, in a way this history's plan has."""
        plan = self.host.plan
        if plan.throttles and (isinstance(error, Unavailable) or is_busy(error)):
            return True
        if plan.part_left_out and "max_retry_attempts exceeded" in str(error):
            return True  # PynamoDB's word for a batch of which a part is left undone every time
        return plan.connections_fail and _is_connection_lost(error)


class Host:
    """Where processes live: what they share, and who is at work."""

    def __init__(
        self,
        world: World,
        *,
        faults: FaultPlan,
        jobs: Registry,
        capacity: int,
        sqs: Callable[[Process], object],
        most_skew: int = MOST_SKEW,
    ) -> None:
        self.world, self.jobs = world, jobs
        #: What goes wrong in this history, and what goes wrong now.
        self.plan = self.faults = faults
        self.capacity, self.sqs, self.most_skew = capacity, sqs, most_skew
        self.current: Process | None = None
        self.alive: dict[str, Process] = {}
        #: What each function has asked of AWS.
        self.asked: set[tuple[str, Right]] = set()
        self.started = 0
        self.on_idle: Callable[[Process], None] = lambda _last: None
        self.on_refused: Callable[[Process, Exception], None] = lambda *_: None

    def spawn(
        self,
        kind: str,
        work: Callable[[Process], object],
        ended: Callable[[Process], None] = lambda _process: None,
    ) -> Process:
        """A new process, which starts at once."""
        process = Process(self, kind, work, lambda: ended(process))
        self.alive[process.name] = process
        process.start()
        return process

    def left(self, process: Process) -> None:
        """It has ended, one way or the other."""
        del self.alive[process.name]
        if not self.alive:
            self.on_idle(process)

    def kill_all(self) -> None:
        """End of the history."""
        self.on_idle = lambda _last: None
        for process in list(self.alive.values()):
            process.kill()


def _a_skew(world: World, most: int) -> int:
    """Some clock's difference from true time: often as large as it may be."""
    return world.random.choice((-most, most, world.random.randint(-most, most)))


def _is_connection_lost(error: BaseException) -> bool:
    """Whether botocore gave up on the connection; PynamoDB wraps that."""

    cause = getattr(error, "cause", None) or error.__cause__
    return isinstance(error, BotoCoreError) or isinstance(cause, BotoCoreError)

"""A deployment to be measured: Baton on the in-memory DynamoDB, with queues that count.

What it asks of AWS is counted, and time passes by a model: each request takes ten milliseconds, and
what the processor does takes as much longer as a Lambda's share of a core is smaller than a core.
So counts and modelled times are the same on any machine, but for the milliseconds of the processor,
which `bench.wire` measures.
"""

import io
import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bench.costs import memory_of
from chalicelib.domain.deployment.pools import Pool, carried_over
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.queue_order import MAIN
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import DUE_SHARDS
from chalicelib.domain.runs.zone_rules import SETTLED_AFTER, Progress
from chalicelib.domain.time.cadences import Cron
from chalicelib.domain.time.cron import tzdata_release
from chalicelib.engine import system as systems
from chalicelib.engine.running import runner
from chalicelib.engine.scheduling import passes, sweeps
from chalicelib.engine.system import System
from chalicelib.platform import aws, events
from chalicelib.platform.aws import Clients
from chalicelib.platform.config import Config
from chalicelib.platform.invocations import invocation
from chalicelib.platform.queues import MOST_IN_A_BATCH, RunMessage, Sweep
from chalicelib.store import floor_items
from chalicelib.store.dynamodb.codec import to_item
from chalicelib.store.dynamodb.models import ControlItem, RunItem, ScheduleItem, Table
from infra import template
from tests.builders import NOON, a_schedule
from tests.dynamodb import InMemoryDynamoDB, connected

STACK: Final = "baton"
#: How long a request to AWS takes, in seconds.
CALL: Final = 0.010
#: Of how many megabytes a Lambda has a whole core; with less it has that share of one.
MB_OF_A_CORE: Final = 1769
PASS_MB: Final = memory_of("PassMemory")
RUNNER_MB: Final = memory_of("RunnerMemory")
API_MB: Final = memory_of("ApiMemory")
#: The share of a core of passes, and of the API.
SHARE: Final = PASS_MB / MB_OF_A_CORE
API_SHARE: Final = API_MB / MB_OF_A_CORE
#: How many write units one partition of DynamoDB takes in a second.
PARTITION_WRITES: Final = 1000
RUNNER_TIME: Final = timedelta(seconds=900)
#: What the processor does for a request, in seconds of a core, where nobody has measured it.
_CPU: Final = 0.0012


class ModelClock:
    """The time within one invocation: it moves with each request and by what is slept."""

    def __init__(self, began_at: datetime) -> None:
        self.began_at, self.seconds = began_at, 0.0

    def now(self) -> datetime:
        """That instant, to the millisecond as all clocks here."""
        passed = timedelta(milliseconds=round(self.seconds * 1000))
        return self.began_at + passed

    def sleep(self, seconds: float) -> None:
        """Let so much pass."""
        self.seconds += max(seconds, 0)

    def begin(self, at: datetime) -> None:
        """An invocation begins then, be it before the end of another one: they are side by side."""
        self.began_at, self.seconds = at, 0.0


@dataclass
class CountingQueues:
    """The queues, which keep what is sent and count the requests that send it."""

    runs: list[RunMessage] = field(default_factory=list)
    sweeps: list[Sweep] = field(default_factory=list)
    wakes: list[datetime] = field(default_factory=list)
    requests: int = 0
    deployment: "Deployment | None" = None

    def send_run(self, message: RunMessage) -> None:
        self._sent(1)
        self.runs.append(message)

    def send_wakes(self, instants: Iterable[datetime], now: datetime) -> None:  # noqa: ARG002
        some = sorted(set(instants))
        self._sent(-(-len(some) // MOST_IN_A_BATCH))
        self.wakes += some

    def send_sweeps(self, sweeps: Sequence[Sweep]) -> None:
        self._sent(-(-len(sweeps) // MOST_IN_A_BATCH))
        self.sweeps += sweeps

    def send_daily(self) -> None:
        self._sent(1)

    def _sent(self, requests: int) -> None:
        self.requests += requests
        if self.deployment is not None:
            for _ in range(requests):
                self.deployment.asked()


@dataclass
class Spent:
    """What invocations asked for and took, in all."""

    requests: Counter[str] = field(default_factory=Counter)
    read_units: float = 0
    write_units: float = 0
    messages: int = 0
    log_bytes: int = 0

    def as_json(self) -> dict[str, Any]:
        """As it is written down."""
        return {
            "requests": self.requests.total(),
            "read_units": self.read_units,
            "write_units": self.write_units,
            "sqs_requests": self.messages,
            "log_bytes": self.log_bytes,
        }


class _ModelDynamoDB(InMemoryDynamoDB):
    """DynamoDB in memory, whose requests take time of the model."""

    deployment: "Deployment | None" = None
    #: What is done before each request.
    before_each: Callable[[], None] | None = None

    def _make_api_call(self, operation_name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        if self.before_each is not None:
            self.before_each()
        kwargs.pop("ClientRequestToken", None)  # Nothing is sent twice; keeping them takes memory.
        if self.deployment is not None:
            self.deployment.asked()
        return super()._make_api_call(operation_name, kwargs)


class _CountedText(io.TextIOBase):
    """Where the log goes: its bytes are counted."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, text: str) -> int:
        self.bytes += len(text)
        return len(text)


class Deployment:
    """Baton with so many slots, from `deployed`."""

    def __init__(
        self,
        engine: "_ModelDynamoDB",
        capacity: int,
        clients: Clients | None = None,
        **config: Any,
    ) -> None:
        self.engine, self.clock = engine, ModelClock(NOON)
        self.queues = CountingQueues(deployment=self)
        self.log = _CountedText()
        #: Seconds of the processor, of a core, that the model takes for each request.
        self.cpu_of_call = _CPU
        #: The megabytes of the functions.
        self.pass_mb, self.runner_mb = PASS_MB, RUNNER_MB
        self._share = SHARE
        self._main = threading.get_ident()
        self._lock = threading.Lock()
        engine.deployment = self
        self.system = System(
            config=Config(stack=STACK, capacity=capacity, **config),
            clock=self.clock,
            queues=self.queues,
            supervised=False,
            clients=clients or aws.client,
        )
        self.keep_quiet()

    def asked(self) -> None:
        """A request is made: time of the model passes.

        What several threads ask at once waits side by side, but has the processor in turn.
        """
        waits = CALL if threading.get_ident() == self._main else CALL / self.system.writers
        with self._lock:
            self.clock.seconds += waits + self.cpu_of_call / self._share

    # What is there

    def keep_quiet(self) -> None:
        """It is long after the deployment: nobody looks for what it may have brought any more."""
        seen = Progress(
            rules=tzdata_release(), since=NOON - SETTLED_AFTER, began_at=NOON, shard=DUE_SHARDS
        )
        floor_items.keep_progress(seen)
        floor_items.mark("tick", NOON, {}, placing_since=NOON - timedelta(days=1))

    def store(self, model: type[Table], table: str, values: Iterable[Any]) -> None:
        """Put these values there as the store has them, whatever it would ask for that."""
        for value in values:
            self.put(table, dict(to_item(model, value).serialize()))

    def put(self, table: str, item: Mapping[str, Any]) -> None:
        """Put this item there."""
        self.engine.keep(f"{STACK}-{table}", dict(item))

    def schedules(
        self, count: int, *, due: bool, tenants: int = 1000, named: str = "", **changes: Any
    ) -> list[tuple[str, str]]:
        """Store so many schedules, all due now or none for long; answers with their keys.

        Their ids begin with what they are `named`.
        """
        cadence = Cron("*/5 * * * *") if due else Cron("0 0 24 12 *")
        armed_at = self.clock.now() - timedelta(minutes=5) if due else self.clock.now()
        plain = arm(a_schedule(cadence=cadence, average_duration_seconds=2.0, **changes), armed_at)
        raw = dict(to_item(ScheduleItem, plain).serialize())
        keys = []
        for number in range(count):
            tenant_id = f"tenant-{number % tenants:04d}"
            schedule_id = f"{named or ('due' if due else 'later')}-{number:06d}"
            one = replace(plain, tenant_id=tenant_id, schedule_id=schedule_id)
            own = {"tenant_id": tenant_id, "schedule_id": schedule_id, "due_shard": one.due_shard}
            self.put("schedules", {**raw, **{name: {"S": value} for name, value in own.items()}})
            keys.append((tenant_id, schedule_id))
        return keys

    # What happens

    @contextmanager
    def measured(self) -> Iterator[Spent]:
        """What is asked for meanwhile; the figures are there at the end."""
        meter, spent = self.engine.meter, Spent()
        meter.reset()
        sent, logged = self.queues.requests, self.log.bytes
        yield spent
        spent.requests = Counter(meter.requests)
        spent.read_units = sum(meter.read_units.values())
        spent.write_units = sum(meter.write_units.values())
        spent.messages = self.queues.requests - sent
        spent.log_bytes = self.log.bytes - logged

    @contextmanager
    def _invocation(self, at: datetime, megabytes: int = 0) -> Iterator[None]:
        self.clock.begin(at)
        self._share = (megabytes or self.pass_mb) / MB_OF_A_CORE
        with invocation("00000000-0000-0000-0000-000000000000", self.system.config, self.clock):
            yield

    def tick(self, at: datetime) -> float:
        """The minute pass; how many seconds of the model it takes."""
        with self._invocation(at):
            passes.tick(self.system)
        return self.clock.seconds

    def wake(self, at: datetime, early: float = 0.0) -> float:
        """A pass at that instant, for which the message comes so many seconds early."""
        with self._invocation(at - timedelta(seconds=early)):
            passes.wake(self.system, at)
        return self.clock.seconds

    def sweep(self, part: Sweep, at: datetime) -> float:
        """One sweep."""
        with self._invocation(at):
            sweeps.sweep(self.system, part)
        return self.clock.seconds

    def run(self, message: RunMessage, at: datetime) -> float:
        """One invocation of the runner."""
        with self._invocation(at, self.runner_mb):
            # Another function's process, which has not read settings a moment ago.
            runner.run_message(replace(self.system), message, RUNNER_TIME)
        return self.clock.seconds

    def work_off(self, at: datetime, *, with_runs: bool = True) -> int:
        """Hand over whatever is on the queues, at that instant; how many runs came to an end.

        Wakes of later instants are dropped.
        """
        done = 0
        while self.queues.sweeps or self.queues.wakes or (with_runs and self.queues.runs):
            while self.queues.sweeps:
                self.sweep(self.queues.sweeps.pop(0), at)
            now, self.queues.wakes = [each <= at for each in self.queues.wakes], []
            if any(now):
                self.wake(at)
            while with_runs and self.queues.runs:
                self.run(self.queues.runs.pop(0), at)
                done += 1
        return done


def raw_run(run: Run) -> dict[str, Any]:
    """The run as it is stored."""
    return dict(to_item(RunItem, run).serialize())


def settings(capacity: int, **changes: Any) -> dict[str, Any]:
    """The item of settings with that capacity, as an owner leaves them."""
    main = carried_over({}, {MAIN: Pool(capacity=capacity)})
    value = asdict(Settings(capacity=capacity, pools=main, **changes))
    return dict(ControlItem("floor", "settings", value=value).serialize())


@contextmanager
def deployed(
    capacity: int = 1, clients: Clients | None = None, **config: Any
) -> Iterator[Deployment]:
    """A fresh deployment, which all of Baton in this process works with meanwhile."""
    engine = _ModelDynamoDB(template.tables(STACK))
    log = events.logger
    handlers, level, propagate = log.handlers, log.level, log.propagate
    with connected(engine):
        deployment = Deployment(engine, capacity, clients, **config)
        handler = logging.StreamHandler(deployment.log)
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.handlers, log.propagate = [handler], False
        log.setLevel(logging.INFO)
        systems.use(deployment.system)
        try:
            yield deployment
        finally:
            systems.use(None)
            log.handlers, log.propagate = handlers, propagate
            log.setLevel(level)


def as_text(value: Any) -> str:
    """The value as JSON."""
    return json.dumps(value, indent=2, sort_keys=True)

"""What surrounds the Lambdas: EventBridge's ticks, SQS with all it may do to a message."""

from datetime import timedelta
from typing import Final

from chalicelib.engine.running import runner
from chalicelib.engine.scheduling import passes, sweeps
from chalicelib.platform.queues import RunMessage, Sweep, wake_time
from tests.simulation.processes import Host, Process
from tests.simulation.world import MINUTE, SECOND, World

_MOST_RECEIVES: Final = 3
_RUNNER_TIME: Final = timedelta(seconds=900)


class Surroundings:
    """Delivers messages and ticks, as reliably as the history's plan has it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.host: Host | None = None
        #: At which second of the minute the rule fires.
        self.second = world.random.randrange(60)

    # SQS

    def send(self, queue: str, body: str, delay_seconds: int) -> None:
        """A message was accepted; now it is on its way."""
        world, plan = self.world, self._host.faults
        if (queue == "run" and plan.runs_vanish) or world.chance(plan.message_lost):
            world.note("sqs", f"loses {queue} {body}")
            return
        delay = delay_seconds * SECOND + world.random.randint(20, SECOND)
        if world.chance(plan.message_late):
            delay += world.random.randint(SECOND, 100 * SECOND)
        self._deliver_after(delay, queue, body)
        if world.chance(plan.message_twice):
            more = world.random.choice(
                (world.random.randint(0, 50), world.random.randint(0, MINUTE))
            )
            self._deliver_after(delay + more, queue, body)

    def _deliver_after(self, delay: int, queue: str, body: str, receives: int = 1) -> None:
        self.world.after(delay, lambda: self._deliver(queue, body, receives))

    def _deliver(self, queue: str, body: str, receives: int) -> None:
        def ended(process: Process) -> None:
            # It was not deleted, so it is seen again after its visibility timeout.
            if process.crashed and receives < _MOST_RECEIVES:
                delay = self.world.random.randint(30 * SECOND, 2 * MINUTE)
                self._deliver_after(delay, queue, body, receives + 1)

        self.world.note("sqs", f"delivers {queue} {body}")
        if queue == "run":
            message = RunMessage.from_body(body)
            self._host.spawn(
                "runner",
                lambda process: runner.run_message(process.system, message, _RUNNER_TIME),
                ended,
            )
        else:
            part = Sweep.from_body(body)
            if part is not None:
                self._host.spawn("wake", lambda process: sweeps.sweep(process.system, part), ended)
                return
            at = wake_time(body)
            self._host.spawn("wake", lambda process: passes.wake(process.system, at), ended)

    # EventBridge

    def tick_each_minute(self) -> None:
        """Begin to fire the rule, at its second of each minute."""
        self.world.at(self.second * SECOND, self._tick)

    def _tick(self) -> None:
        world, plan = self.world, self._host.faults
        world.after(MINUTE, self._tick)
        if world.chance(plan.tick_lost):
            world.note("eventbridge", "loses a tick")
            return
        late = world.random.randint(0, 50 * SECOND) if world.chance(plan.tick_late) else 0
        world.after(late, self._one_tick)
        if world.chance(plan.tick_twice):
            more = world.random.choice(
                (world.random.randint(0, 50), world.random.randint(0, MINUTE))
            )
            world.after(late + more, self._one_tick)

    def _one_tick(self) -> None:
        def ended(process: Process) -> None:
            if process.crashed:
                self.world.after(MINUTE, self._one_tick)  # Lambda tries again what failed

        self.world.note("eventbridge", "ticks")
        self._host.spawn("tick", lambda process: passes.tick(process.system), ended)

    @property
    def _host(self) -> Host:
        assert self.host is not None
        return self.host

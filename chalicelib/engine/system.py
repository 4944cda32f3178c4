"""Everything a handler needs, put together in one place.

Lambda builds it from its environment; tests put together their own, with a clock they set.
"""

import os
import socket
from dataclasses import dataclass, field

from chalicelib.domain.deployment.floor import Floor
from chalicelib.jobs.discovery import discovered
from chalicelib.jobs.registry import Registry
from chalicelib.outbound.lookups import Lookup
from chalicelib.platform import aws, config, events
from chalicelib.platform.aws import Clients
from chalicelib.platform.clock import Clock, SystemClock
from chalicelib.platform.config import Config
from chalicelib.platform.dead_letters import DeadLetterQueue, DeadLetters
from chalicelib.platform.memory import Memory
from chalicelib.platform.queues import Queues, SqsQueues
from chalicelib.platform.secrets import Secrets
from chalicelib.platform.throttle import Throttle
from chalicelib.store import floor_items


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The parts that differ between a deployment and a test."""

    config: Config
    clock: Clock
    queues: Queues
    jobs: Registry = field(default_factory=discovered)
    dead_letters: DeadLetters = field(default_factory=DeadLetters)
    secrets: Secrets = field(default_factory=Secrets)
    #: Makes the clients that start targets in AWS.
    clients: Clients = aws.client
    #: Looks up the hosts of HTTP targets.
    lookup: Lookup = socket.getaddrinfo
    #: Holds tenants back that ask too often; None: nobody is held back.
    throttle: Throttle | None = None
    #: What this process remembers for a minute of what people look at.
    memory: Memory = field(default_factory=Memory)
    #: Whether a thread keeps leases and enforces timeouts; where time stands still it must not.
    supervised: bool = True
    #: How many writes of one pass may be under way at once.
    writers: int = 16
    #: What tests raise inside a target to kill its process: nothing of Baton's may outlive it.
    simulated_kills: tuple[type[BaseException], ...] = ()

    def floor(self) -> Floor:
        """Slots, settings, pressure and the last tick, in one consistent read."""
        return floor_items.read(self.config.capacity)


_current: System | None = None


def current() -> System:
    """The system this process works with; built from the environment at the first call."""
    global _current  # noqa: PLW0603  # one per process: a Lambda keeps it between invocations
    if _current is None:
        _current = from_environment()
    return _current


def use(system: System | None) -> None:
    """Work with this system from now on; None builds one from the environment at next need."""
    global _current  # noqa: PLW0603  # the seam that tests use instead of patching
    _current = system


def from_environment() -> System:
    """The system of a deployment."""
    events.configure(os.environ.get("BATON_LOG_LEVEL", "INFO"))
    settings = config.from_environment(os.environ)
    queues = SqsQueues(settings.run_queue_url, settings.wake_queue_url)
    dead_letter_queues = (
        DeadLetterQueue("run", settings.run_dead_letters_url, settings.run_queue_url),
        DeadLetterQueue("wake", settings.wake_dead_letters_url, settings.wake_queue_url),
    )
    return System(
        config=settings,
        clock=SystemClock(),
        queues=queues,
        dead_letters=DeadLetters(dead_letter_queues, lambda: queues.client),
        secrets=Secrets(settings.stack, settings.secret_store),
        throttle=Throttle(),
    )

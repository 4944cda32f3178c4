"""Everything a handler needs, put together in one place.

Lambda builds it from its environment; tests put together their own, with a clock they set.
"""

import os
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.runs.queue_order import MAIN
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

#: For so long the settings that a process has read are good enough for most of what it does.
SETTINGS_ARE_GOOD_FOR: Final = timedelta(seconds=5)


@dataclass(slots=True)
class _Known:
    """The floor of `main` as this process has read it last, for the settings that came with it."""

    floor: Floor | None = None
    read_at: datetime | None = None

    def floor_at(self, now: datetime) -> Floor | None:
        """What was read, if that was a few seconds ago at most."""
        is_fresh = self.read_at is not None and abs(now - self.read_at) <= SETTINGS_ARE_GOOD_FOR
        return self.floor if is_fresh else None


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
    _known: _Known = field(default_factory=_Known, init=False, compare=False)
    #: What tests raise inside a target to kill its process: nothing of Baton's may outlive it.
    simulated_kills: tuple[type[BaseException], ...] = ()

    def floor(self, pool: str = MAIN, *, settings_may_be_old: bool = False) -> Floor:
        """A pool's slots, with settings, pressure and the last tick, read consistently.

        Who frees a slot needs only the slots as they are now: `settings_may_be_old` spares the
        other read if settings were read a few seconds ago.
        """
        if pool == MAIN:
            return floor_items.with_all_blocks(self._read())
        known = self._known.floor_at(self.clock.now()) if settings_may_be_old else None
        return floor_items.of_pool(known or self._read(), pool)

    def floors(self) -> list[Floor]:
        """The floors of all pools, `main` first."""
        main = self.floor()
        others = [name for name in main.settings.every_pool if name != MAIN]
        return [main, *(floor_items.of_pool(main, name) for name in others)]

    def settings(self) -> Settings:
        """The settings as they were a few seconds ago at most."""
        known = self._known.floor_at(self.clock.now())
        return (known or self._read()).settings

    def forget_settings(self) -> None:
        """Read the settings anew when they are needed next: this process has changed them."""
        self._known.floor = None

    def _read(self) -> Floor:
        floor = floor_items.read(self.config.capacity)
        self._known.floor, self._known.read_at = floor, self.clock.now()
        return floor


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

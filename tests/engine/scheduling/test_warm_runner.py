"""A wake has a runner begin while it sleeps up to its instant, if the deployment wants that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from chalicelib.engine.running.runner import run_message
from chalicelib.engine.scheduling import passes
from chalicelib.platform.clock import Clock
from chalicelib.platform.queues import WARM_UP, RunMessage, Sweep
from tests.engine.conftest import Lines
from tests.harness import Stack

A_SECOND = timedelta(seconds=1)


@dataclass
class Told:
    """Queues that note what the runner is told, and when."""

    clock: Clock
    sent: list[tuple[datetime, RunMessage]] = field(default_factory=list)

    def send_run(self, message: RunMessage) -> None:
        self.sent.append((self.clock.now(), message))

    def send_wakes(self, instants: Iterable[datetime], now: datetime) -> None:
        raise AssertionError(f"nothing is due at {now}: {instants}")

    def send_sweeps(self, sweeps: Sequence[Sweep]) -> None:
        raise AssertionError(f"nothing is due: {sweeps}")

    def send_daily(self) -> None:
        raise AssertionError("nobody asked for it")


@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize("early", [A_SECOND, timedelta(0), -A_SECOND])
def test_only_a_wake_that_is_early_asks_for_it(stack: Stack, warm: bool, early: timedelta) -> None:
    told, began_at = Told(stack.system.clock), stack.now
    config = replace(stack.system.config, warm_runner=warm)
    passes.wake(replace(stack.system, queues=told, config=config), began_at + early)
    is_asked = warm and early > timedelta(0)
    assert told.sent == ([(began_at, WARM_UP)] if is_asked else [])


def test_the_runner_that_begins_so_has_nothing_to_run_and_to_say(
    stack: Stack, lines: Lines
) -> None:
    message = RunMessage.from_body(WARM_UP.to_body())
    run_message(stack.system, message, timedelta(minutes=15))
    assert lines.texts() == []

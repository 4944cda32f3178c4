"""What surrounds the work of one invocation: its name in the log, and its metrics."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from chalicelib.platform import events, metrics
from chalicelib.platform.clock import Clock
from chalicelib.platform.config import Config


@contextmanager
def invocation(request_id: str | None, config: Config, clock: Clock) -> Iterator[None]:
    """Have the lines of the log carry this request id, and write the metrics at the end."""
    measured = metrics.collected(config.stack, clock) if config.metrics else nullcontext()
    with events.bound_only(request_id=request_id), measured:
        yield

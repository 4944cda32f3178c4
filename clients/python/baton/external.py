"""Taking the slot of an external schedule: the work is done here, and the run is ended from here.

The slot is taken at once, or waited for. While a run waits, its caller looks every few seconds
whether it has its slot by now: one that is not started within a minute of getting it is skipped.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

from baton import types
from baton.errors import BatonError, Unreachable

#: Seconds between looks while a run waits; they become longer, and stay far below the minute.
_FIRST_LOOK: Final = 2.0
_LONGEST_LOOK: Final = 5.0
_SLOWER: Final = 1.25


class Caller(Protocol):
    """What taking a slot needs of a client: where Baton is for it, and some calls."""

    @property
    def url(self) -> str: ...

    def retry_run(
        self, run_id: str, body: Any, *, start: Any, when_busy: Any, idempotency_key: str
    ) -> Any: ...

    def run_now(
        self, schedule_id: str, body: Any, *, start: Any, when_busy: Any, idempotency_key: str
    ) -> Any: ...

    def start_run(self, run_id: str, *, idempotency_key: str) -> types.CallerRun: ...

    def get_run(self, run_id: str) -> types.WholeRun: ...

    def cancel_run(self, run_id: str) -> types.Run: ...


@dataclass(frozen=True)
class Place:
    """What is asked for. `wanted` is what the run is to have, where it is not None.

    `waits` tells whether to wait for a slot while none is free. `key` names the caller: whoever
    comes again with it gets the same run. `retries` is an ended run that is done over, from the
    checkpoint that it has left.
    """

    schedule_id: str
    wanted: Mapping[str, Any] = field(default_factory=dict)
    waits: bool = False
    key: str | None = None
    retries: str | None = None


def take(
    caller: Caller,
    place: Place,
    waiting: Callable[[types.WholeRun], None],
    sleep: Callable[[float], None],
) -> dict[str, Any]:
    """What names the run that has its slot, as `baton.run` takes it.

    `waiting` is told of the run each time that it still waits. Whatever it or `sleep` raises gives
    the wait up, and the run is cancelled.

    Raises:
        Problem: busy, off, not there, not external; or ended while it waited.
        Unreachable: no answer came to the first request.
    """
    key = place.key or uuid.uuid4().hex
    body = {name: value for name, value in place.wanted.items() if value is not None}
    when_busy = "queue" if place.waits else "reject"
    begin: Callable[..., Any] = caller.run_now if place.retries is None else caller.retry_run
    what = place.retries or place.schedule_id
    begun = cast(
        "types.CallerRun",
        begin(what, body, start="caller", when_busy=when_busy, idempotency_key=key),
    )
    if begun["run_token"] is None:
        # It waits; or an answer with the token was lost, and there is another token for it.
        begun = _waited_for(caller, begun, key, waiting, sleep)
    run = begun["run"]
    return {
        "run_id": run["id"],
        "schedule_id": run["schedule_id"],
        "fire_at": run["fire_at"],
        "attempt": run["attempt"],
        # Where this client has reached Baton, which may not be where others do.
        "callback_url": f"{caller.url}/v1/runs/{run['id']}",
        "run_token": begun["run_token"],
    }


def _waited_for(
    caller: Caller,
    begun: types.CallerRun,
    key: str,
    waiting: Callable[[types.WholeRun], None],
    sleep: Callable[[float], None],
) -> types.CallerRun:
    """The run once it has its slot and was started. Without an answer it goes on asking."""
    run_id, wait = begun["run"]["id"], _FIRST_LOOK
    try:
        while True:
            with suppress(Unreachable):
                begun = caller.start_run(run_id, idempotency_key=key)
                if begun["run_token"] is not None:
                    return begun
                waiting(caller.get_run(run_id))
            sleep(wait)
            wait = min(wait * _SLOWER, _LONGEST_LOOK)
    except BatonError:
        raise
    except BaseException:
        # Nobody waits any more, so nobody is to be kept waiting by it.
        with suppress(BatonError):
            caller.cancel_run(run_id)
        raise

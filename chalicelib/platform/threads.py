"""Work done side by side, and calls that are waited for only so long."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TypeVar

T = TypeVar("T")


def with_context(call: Callable[[], T]) -> Callable[[], T]:
    """The call, made for another thread: there, too, lines of the log say what is bound here."""
    return partial(copy_context().run, call)


def side_by_side(steps: Sequence[Callable[[], None]], workers: int) -> None:
    """Do these steps on that many threads, or in order on the calling one if `workers` is 1.

    It returns when all are done. Raises the error of the first step that raised one.
    """
    if workers == 1:
        for step in steps:
            step()
        return
    with ThreadPoolExecutor(workers) as threads:
        for done in [threads.submit(with_context(step)) for step in steps]:
            done.result()


def in_time(call: Callable[[], T], seconds: float) -> T:
    """The result of the call. Raises `TimeoutError` if it takes longer than that many seconds.

    The call itself then goes on, as nothing can stop it.
    """
    result: Future[T] = Future()

    def work() -> None:
        try:
            result.set_result(call())
        except Exception as error:
            result.set_exception(error)

    threading.Thread(target=with_context(work), name="baton-in-time", daemon=True).start()
    return result.result(timeout=seconds)

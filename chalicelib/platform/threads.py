"""Work done side by side."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor


def side_by_side(steps: Sequence[Callable[[], None]], workers: int) -> None:
    """Do these steps on that many threads; with one worker, in order and on this very thread.

    It returns when all are done. Raises the first error that a step raised.
    """
    if workers == 1:
        for step in steps:
            step()
        return
    with ThreadPoolExecutor(workers) as threads:
        for done in [threads.submit(step) for step in steps]:
            done.result()

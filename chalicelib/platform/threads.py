"""Work done side by side."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor


def side_by_side(steps: Sequence[Callable[[], None]], workers: int) -> None:
    """Do these steps on that many threads, or in order on the calling one if `workers` is 1.

    It returns when all are done. Raises the error of the first step that raised one.
    """
    if workers == 1:
        for step in steps:
            step()
        return
    with ThreadPoolExecutor(workers) as threads:
        for done in [threads.submit(step) for step in steps]:
            done.result()

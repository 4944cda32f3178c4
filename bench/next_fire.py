"""Next fire times beside croniter, cronsim and APScheduler: 30 expressions in three zones.

Run: python -m bench.next_fire

From a string: each answer includes the reading of its expression. Again: the same question once
more in the process, as a pass asks it minute after minute.
"""

import importlib
import importlib.util
import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from timeit import timeit
from typing import Any, Final

from croniter import croniter
from cronsim import CronSim

from bench.deployment import as_text
from chalicelib.domain.time.cadences import Cron, next_fire
from chalicelib.domain.time.cron import Crontab, zone
from chalicelib.domain.time.cron_text import parse

AFTER: Final = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
ZONES: Final = ("UTC", "Europe/Berlin", "America/New_York")
EXPRESSIONS: Final = (
    "* * * * *",
    "*/2 * * * *",
    "*/5 * * * *",
    "*/15 * * * *",
    "0 * * * *",
    "30 * * * *",
    "5,35 * * * *",
    "0 */2 * * *",
    "0 0 * * *",
    "30 2 * * *",
    "15 3 * * *",
    "0 12 * * *",
    "59 23 * * *",
    "0 3 * * 1-5",
    "0 9-17 * * 1-5",
    "*/10 9-17 * * 1-5",
    "0 6 * * 6",
    "0 18 * * 5",
    "0 0 1 * *",
    "30 4 1 * *",
    "0 0 15 * *",
    "0 0 1,15 * *",
    "0 0 1 1 *",
    "0 0 1 */3 *",
    "15,45 8-18/2 * * *",
    "0 8 * 6-8 *",
    "0 5 28 * *",
    "1-59/2 * * * *",
    "0 22 * * 1,3,5",
    "7 7 7 7 *",
)
ROUNDS: Final = 5
TIMES: Final = 20


def _microseconds(question: Callable[[], object]) -> float:
    return min(timeit(question, number=TIMES) for _ in range(ROUNDS)) / TIMES * 1e6


def _questions(expression: str, name: str) -> dict[str, Callable[[], Any]]:
    """What each of them is asked; their answers are the same instant."""
    local = AFTER.astimezone(zone(name))
    cron = Cron(expression, name)
    asked: dict[str, Callable[[], Any]] = {
        # Past the caches, which would answer all but the first of the repeated questions.
        "string": lambda: Crontab(parse.__wrapped__(expression), zone(name)).next_after(AFTER),
        "again": lambda: next_fire(cron, AFTER),
        "croniter": lambda: croniter(expression, local).get_next(datetime),
        "cronsim": lambda: next(CronSim(expression, local)),
    }
    if importlib.util.find_spec("apscheduler"):
        triggers: Any = importlib.import_module("apscheduler.triggers.cron")
        asked["apscheduler"] = lambda: triggers.CronTrigger.from_crontab(
            _named_days(expression), name
        ).get_next_fire_time(None, local)
    return asked


def _named_days(expression: str) -> str:
    """The expression with days of the week by name: APScheduler counts them from Monday."""
    *others, days = expression.split()
    names = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
    return " ".join([*others, "".join(names[int(c)] if c.isdigit() else c for c in days)])


def measure(expressions: tuple[str, ...] = EXPRESSIONS) -> dict[str, dict[str, float]]:
    """Who is asked → the median and the worst of the least microseconds of each expression."""
    taken: dict[str, list[float]] = {}
    for name in ZONES:
        for expression in expressions:
            for who, question in _questions(expression, name).items():
                taken.setdefault(who, []).append(_microseconds(question))
    return {
        who: {"median_us": round(statistics.median(times), 2), "worst_us": round(max(times), 1)}
        for who, times in taken.items()
    }


def disagreements() -> list[str]:
    """Where somebody answers with another instant than Baton."""
    found = []
    for name in ZONES:
        for expression in EXPRESSIONS:
            answers = {who: ask() for who, ask in _questions(expression, name).items()}
            ours = answers.pop("again")
            ours = getattr(ours, "fire_at", ours)
            for who, theirs in answers.items():
                at = getattr(theirs, "fire_at", theirs)
                if at != ours:
                    found.append(f"{expression} {name}: {who} {at}, Baton {ours}")
    return found


def main() -> None:
    """The command line."""
    print(as_text({"times": measure(), "disagreements": disagreements()}))


if __name__ == "__main__":
    main()

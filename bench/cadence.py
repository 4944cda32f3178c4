"""Next fire times from text: Baton beside croniter and cronsim. Run: python -m bench.cadence

Each answer includes the reading of its expression; "again" is the same question once more in the
process. All are asked in Berlin, where the other two apply their daylight-saving rules as well.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from timeit import timeit
from typing import Final

from croniter import croniter
from cronsim import CronSim

from chalicelib.domain.time.cadences import Cron, check, next_fire, preview
from chalicelib.domain.time.cron import Crontab, crontab, zone
from chalicelib.domain.time.cron_text import parse

BERLIN: Final = "Europe/Berlin"
AFTER: Final = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
ORDINARY: Final = (
    "* * * * *",
    "*/5 * * * *",
    "0 * * * *",
    "@daily",
    "30 2 * * *",
    "0 3 * * 1-5",
    "0 9-17 * * MON-FRI",
    "0 0 1 * *",
    "15,45 8-18/2 1,15 JAN-JUN *",
    "0 12 13 * 5",
)
FAR: Final = ("0 0 1 1 *", "@yearly", "0 0 29 2 *", "0 0 29 2 1", "0 0 29 2 */7")
#: The expressions that take longest: to be worked with, or to be refused.
WORST: Final = (
    ("0-59/1," * 30 + "0 0-23 1-31 1-12 0-7", BERLIN, AFTER),
    (",".join(str(minute) for minute in range(60)) + " * * * *", BERLIN, AFTER),
    (
        "* * * * " + ",".join(f"{day}#{nth}" for day in range(7) for nth in range(1, 6)),
        BERLIN,
        AFTER,
    ),
    ("*/30 2 25-31 3 */7", BERLIN, AFTER),
    ("0 0 30 2 *", BERLIN, AFTER),
    ("0-59 0-23 * * *", BERLIN, datetime(2026, 10, 25, 1, 0, 30, tzinfo=UTC)),
    ("0-59 0-23 30 12 *", "Pacific/Apia", datetime(2011, 12, 30, 9, 59, 30, tzinfo=UTC)),
    ("," * 256, BERLIN, AFTER),
    ("* * * * *" * 100_000, BERLIN, AFTER),
    ("* * * * *", "x" * 100_000, AFTER),
)


def microseconds(*questions: Callable[[], object], number: int = 200) -> list[float]:
    """The least microseconds that each question takes.

    They are asked in turns, so whatever else the machine does slows all of them alike.
    """
    rounds = [[timeit(question, number=number) for question in questions] for _ in range(15)]
    return [min(times) / number * 1e6 for times in zip(*rounds, strict=True)]


def compare(expression: str) -> None:
    local = AFTER.astimezone(zone(BERLIN))
    times = microseconds(
        # Past the caches, which would answer all but the first of the repeated questions.
        lambda: Crontab(parse.__wrapped__(expression), zone(BERLIN)).next_after(AFTER),
        lambda: next_fire(Cron(expression, BERLIN), AFTER),
        lambda: croniter(expression, local).get_next(datetime),
        lambda: expression.startswith("@") or next(CronSim(expression, local)),
    )
    ours, again, croniters, cronsims = times
    ratios = f"{croniters:10.1f} {croniters / ours:6.2f}x"
    if not expression.startswith("@"):
        ratios += f"{cronsims:10.1f} {cronsims / ours:6.2f}x"
    print(f"{expression:28} {ours:10.1f} {again:8.1f} {ratios}")


def worst(expression: str, timezone: str, after: datetime) -> None:
    def question() -> None:
        parse.cache_clear()
        crontab.cache_clear()
        if not check(Cron(expression, timezone), after):
            preview(Cron(expression, timezone), after, 1)

    print(f"{expression[:28]:28} {microseconds(question, number=20)[0]:10.1f}")


def main() -> None:
    print(f"{'µs':28} {'Baton':>10} {'again':>8} {'croniter':>10} {'':7} {'cronsim':>9}")
    for expression in (*ORDINARY, *FAR):
        compare(expression)
    print("\nslowest inputs, checked and previewed:")
    for expression, timezone, after in WORST:
        worst(expression, timezone, after)


if __name__ == "__main__":
    main()

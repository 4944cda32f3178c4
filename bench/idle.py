"""What a deployment with nothing to do costs in a month, counted: `python -m bench.idle`.

DynamoDB's requests of a tick are counted as they are made; the rest follows from the template and
from how Lambda polls a queue. Prices are those of us-east-1, in dollars, from AWS's price list.
"""

from dataclasses import dataclass
from typing import Final

from infra.template import additions, of_type
from tests.harness import Stack

MINUTES: Final = 30 * 24 * 60
#: Lambda polls an idle queue with five requests at a time, each of which waits for 20 seconds.
POLLS_A_MINUTE: Final = 5 * 60 // 20
#: A tick that finds nothing is taken for a quarter of a second, of half a gigabyte.
TICK_GB_SECONDS: Final = 0.25 * 0.5
#: What AWS gives to every account each month, for good.
FREE_SQS: Final = 1_000_000
FREE_LAMBDA: Final = 1_000_000
FREE_GB_SECONDS: Final = 400_000
FREE_ALARMS: Final = 10
#: The conditions of the alarms that there are by default; none has metrics while it is idle.
ESSENTIAL: Final = {"HasEssentialAlarms", "HasEssentialAlarmsOfMetrics"}


@dataclass(frozen=True)
class Cost:
    """One line of the bill: how much of what, and its price per million."""

    what: str
    amount: float
    free: float
    per_million: float

    def dollars(self, *, with_free: bool) -> float:
        return max(self.amount - (self.free if with_free else 0), 0) * self.per_million / 1e6


def costs() -> list[Cost]:
    """The lines of an idle month's bill."""
    with Stack() as stack:
        stack.tick()
        with stack.counting() as requests:
            stack.tick()
    writes = requests["PutItem"] + requests["UpdateItem"]
    reads = sum(requests.values()) - writes
    sources = of_type(additions(), "AWS::SQS::Queue")
    pollers = sum("RedrivePolicy" in queue for queue in sources.values())
    alarms = sum(
        resource.get("Condition") in ESSENTIAL for resource in additions()["Resources"].values()
    )
    return [
        Cost("DynamoDB read units (at most one a query)", reads * MINUTES, 0, 0.125),
        Cost("DynamoDB write units", writes * MINUTES, 0, 0.625),
        Cost(
            f"SQS requests of {pollers} pollers", pollers * POLLS_A_MINUTE * MINUTES, FREE_SQS, 0.4
        ),
        Cost("Lambda invocations of the tick", MINUTES, FREE_LAMBDA, 0.2),
        Cost("Lambda GB-seconds of the tick", TICK_GB_SECONDS * MINUTES, FREE_GB_SECONDS, 16.6667),
        Cost("CloudWatch alarms", alarms, FREE_ALARMS, 100_000),
    ]


def main() -> None:
    lines = costs()
    print(f"{'an idle month':44} {'amount':>12} {'$ alone':>9} {'$ with free':>12}")
    for line in lines:
        alone, free = line.dollars(with_free=False), line.dollars(with_free=True)
        print(f"{line.what:44} {line.amount:12,.0f} {alone:9.3f} {free:12.3f}")
    total = [sum(line.dollars(with_free=free) for line in lines) for free in (False, True)]
    print(f"{'in all':57} {total[0]:9.3f} {total[1]:12.3f}")


if __name__ == "__main__":
    main()

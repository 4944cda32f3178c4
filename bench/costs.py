"""What a deployment costs in a month, counted and priced: `python -m bench.costs`.

It writes docs/costs.md. What DynamoDB is asked is counted on the in-memory DynamoDB as it is asked;
how many pollers and alarms there are comes from the template; how long Lambdas take, and what jobs
do, are assumptions, which the page names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from infra import template
from infra.places import ROOT
from infra.template import additions, of_type
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.engine import ordinary_run
from tests.harness import STACK, Stack

PAGE: Final = ROOT / "docs" / "costs.md"
MINUTES: Final = 30 * 24 * 60
HOURS: Final = 30 * 24
#: Lambda polls an idle queue with five requests at a time, each of which waits for 20 seconds.
POLLS_A_MINUTE: Final = 5 * 60 // 20
#: How long functions take, in seconds: measured on the emulator, rounded up.
TICK: Final = 0.25
WAKE: Final = 1.25
RUNNER: Final = 0.5
API: Final = 0.1
AUTHORIZER: Final = 0.05
#: What jobs do: wait for somebody, and write lines; of those that call back also signs of life.
JOB: Final = 30
LOG_LINES: Final = 5
HEARTBEATS: Final = 1
#: What is kept of a run for 90 days, and of a line for 30, and what an invocation logs; in KB.
RUN_KB: Final = 1.0
LINE_KB: Final = 0.3
INVOCATION_KB: Final = 1.0

#: An open tab of the dashboard: when somebody looks, and how often it then asks, in seconds.
TAB_HOURS: Final = 8
TAB_DAYS: Final = 22
OVERVIEW_EVERY: Final = 4
TIMELINE_EVERY: Final = 60
FORECAST_EVERY: Final = 300
TAB_SCHEDULES: Final = 10

#: Dollars, in us-east-1: a million of each, a GB-second, a GB, a month of an alarm.
PRICES: Final[Mapping[str, float]] = {
    "Lambda requests": 0.20e-6,
    "Lambda GB-seconds": 13.3334e-6,
    "DynamoDB read units": 0.125e-6,
    "DynamoDB write units": 0.625e-6,
    "DynamoDB GB stored, with recovery": 0.25 + 0.20,
    "SQS requests": 0.40e-6,
    "API Gateway requests": 3.50e-6,
    "CloudWatch GB of logs": 0.50,
    "CloudWatch alarms": 0.10,
}
#: What AWS gives to every account each month, for good.
FREE: Final[Mapping[str, float]] = {
    "Lambda requests": 1e6,
    "Lambda GB-seconds": 400_000,
    "DynamoDB GB stored, with recovery": 0,
    "SQS requests": 1e6,
    "CloudWatch GB of logs": 5,
    "CloudWatch alarms": 10,
}

#: Prices below this are shown for a million.
A_TENTH_OF_A_CENT: Final = 0.001
#: Shares of a bill below this are not shown.
WORTH_NAMING: Final = 0.05


@dataclass(frozen=True)
class Units:
    """What DynamoDB charges for."""

    reads: float
    writes: float


@dataclass(frozen=True)
class Counted:
    """What was counted: the requests and the units of an idle tick, and the units of a run."""

    tick_requests: int
    tick: Units
    run: Units


@dataclass
class Month:
    """How much of what a month takes. Lambda's seconds are kept by what they are spent on."""

    invocations: float = 0
    passes: float = 0
    runners: float = 0
    waiting: float = 0
    api: float = 0
    api_requests: float = 0
    reads: float = 0
    writes: float = 0
    gigabytes: float = 0
    polls: float = 0
    messages: float = 0
    logs: float = 0
    alarms: float = 0


#: The lines of a bill: what it is, which amount of a month, its price.
LINES: Final = (
    ("Lambda: waiting for what jobs call", "waiting", "Lambda GB-seconds"),
    ("Lambda: runners, around that", "runners", "Lambda GB-seconds"),
    ("Lambda: passes (ticks and wakes)", "passes", "Lambda GB-seconds"),
    ("Lambda: API and authorizer", "api", "Lambda GB-seconds"),
    ("Lambda: invocations", "invocations", "Lambda requests"),
    ("DynamoDB: writes", "writes", "DynamoDB write units"),
    ("DynamoDB: reads", "reads", "DynamoDB read units"),
    ("DynamoDB: what is kept", "gigabytes", "DynamoDB GB stored, with recovery"),
    ("SQS: polling", "polls", "SQS requests"),
    ("SQS: messages", "messages", "SQS requests"),
    ("API Gateway: callbacks", "api_requests", "API Gateway requests"),
    ("CloudWatch: logs", "logs", "CloudWatch GB of logs"),
    ("CloudWatch: alarms", "alarms", "CloudWatch alarms"),
)


@cache
def counted() -> Counted:
    """What an idle tick and an ordinary run ask of DynamoDB, an hour after a deployment."""
    with Stack() as stack, connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        stack.run_for(3600)
        engine.meter.reset()
        stack.tick()
        tick = Units(sum(engine.meter.read_units.values()), sum(engine.meter.write_units.values()))
        requests = engine.meter.requests.total()
        ordinary_run.meter(stack, engine)
        reads = sum(engine.meter.read_units.values()) - 5 * tick.reads
        writes = sum(engine.meter.write_units.values()) - 5 * tick.writes
    return Counted(requests, tick, Units(reads, writes))


def memory_of(parameter: str) -> int:
    """The megabytes of the functions whose memory that parameter of the template sets."""
    return int(additions()["Parameters"][parameter]["Default"])


def gigabytes_of(parameter: str) -> float:
    """The same in gigabytes."""
    return memory_of(parameter) / 1024


def month(runs_an_hour: int, *, calls_back: bool = False) -> Month:
    """A month with so many runs an hour, each at a second of its own while there are enough."""
    count = counted()
    runs = runs_an_hour * HOURS
    wakes = min(runs_an_hour, 3600) * HOURS
    queues = of_type(additions(), "AWS::SQS::Queue").values()
    pollers = len([queue for queue in queues if "RedrivePolicy" in queue])
    calls = runs * (HEARTBEATS + 1) if calls_back else 0
    invocations = MINUTES + wakes + runs + 2 * calls
    return Month(
        invocations=invocations,
        passes=(MINUTES * TICK + wakes * WAKE) * gigabytes_of("PassMemory"),
        runners=runs * RUNNER * gigabytes_of("RunnerMemory"),
        waiting=0 if calls_back else runs * JOB * gigabytes_of("RunnerMemory"),
        api=calls * (API + AUTHORIZER) * gigabytes_of("ApiMemory"),
        api_requests=calls,
        reads=MINUTES * count.tick.reads + runs * count.run.reads + 2 * calls,
        writes=MINUTES * count.tick.writes
        + runs * (count.run.writes + LOG_LINES)
        + (runs * HEARTBEATS if calls_back else 0),
        gigabytes=runs * (3 * RUN_KB + LOG_LINES * LINE_KB) / 1e6,
        polls=pollers * POLLS_A_MINUTE * MINUTES,
        messages=3 * (runs + wakes),
        logs=invocations * INVOCATION_KB / 1e6,
        alarms=_alarms(),
    )


def tab() -> Month:
    """A month of the dashboard, open in one tab while somebody looks: most of it busy."""
    seconds = TAB_HOURS * TAB_DAYS * 3600
    looks = {
        "/v1/overview": seconds / OVERVIEW_EVERY,
        "/v1/timeline": seconds / TIMELINE_EVERY,
        "/v1/forecast?hours=5&planned=true&current=true": seconds / FORECAST_EVERY,
    }
    calls = sum(looks.values())
    reads = sum(times * look_reads(path) for path, times in looks.items())
    return Month(
        invocations=calls,
        api=calls * API * gigabytes_of("ApiMemory"),
        api_requests=calls,
        reads=reads,
        logs=calls * INVOCATION_KB / 1e6,
    )


@cache
def look_reads(path: str) -> float:
    """The read units of one look of the dashboard, with ten schedules and a day of hourly runs."""
    with Stack() as stack, connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        drill = {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 1}}
        for minute in range(TAB_SCHEDULES):
            cadence = {"type": "cron", "expression": f"{5 * minute} * * * *"}
            body = {"name": f"S{minute}", "cadence": cadence, "target": drill}
            stack.http("POST", "/v1/schedules", body, token=stack.operator)
        stack.run_for(6 * 3600)
        stack.http("GET", path, token=stack.viewer)
        engine.meter.reset()
        stack.http("GET", path, token=stack.viewer)
        return float(sum(engine.meter.read_units.values()))


def _alarms() -> int:
    """How many alarms there are unless all are asked for, which has the condition `AllAlarms`."""
    conditions = [
        resource.get("Condition", "")
        for resource in additions()["Resources"].values()
        if resource.get("Type") == "AWS::CloudWatch::Alarm"
    ]
    return len([condition for condition in conditions if "AllAlarms" not in condition])


def dollars(amounts: Month) -> dict[str, float]:
    """The lines of a month's bill, without what AWS gives for nothing."""
    return {name: getattr(amounts, amount) * PRICES[price] for name, amount, price in LINES}


def with_allowances(amounts: Month) -> float:
    """What the month costs an account that has nothing else in it."""
    used: dict[str, float] = {}
    for _, amount, price in LINES:
        used[price] = used.get(price, 0) + getattr(amounts, amount)
    return sum(max(used[price] - FREE.get(price, 0), 0) * PRICES[price] for price in used)


_TEXT: Final = """\
# What it costs

`python -m bench.costs` counts what a deployment asks of AWS, prices it, and writes this page; a
test tells when it is outdated. Nothing of it was seen on a bill: there it may differ.

## A month

In dollars, before what AWS gives to every account for nothing. The last line takes that off, as if
nothing else in the account used it.

{bill}

**{share:.0%} of a busy month is Lambda waiting**: a runner that has called somebody over HTTP is
paid by the millisecond until the answer comes, though it does nothing. A job that takes long anyway
is better told to *call back* (`"completion": "callback"`, [long runs](how-to/long-runs.md)): its
runner ends as soon as the work was handed over, and the same month costs ${called:,.0f} instead of
${busy:,.0f}. What answers within a second or two may as well be waited for.

What merely exists costs nothing but its storage. A deployment with nothing to do costs ${idle:.2f}
a month, most of it for Lambda's polling of the two queues, which goes on whether or not anything is
there, and for alarms; alone in its account it costs ${alone:.2f}.

## An open dashboard

A tab that somebody looks at for {tab_hours} hours on {tab_days} days, while something works or
waits all the time, costs **${tab:.2f}** a month: it asks for the overview every {overview_every}
seconds, for the open hour of the timeline each minute, and for a forecast each five minutes. Where
nothing works it asks every 15 seconds, after five minutes without a touch each minute, and not at
all while it is hidden or paused.

## What was counted

| | requests | read units | write units |
| --- | --- | --- | --- |
| a tick with nothing to do | {count.tick_requests} | {count.tick.reads:g} | {count.tick.writes:g} |
| an ordinary run, with the wake that fires it | | {count.run.reads:g} | {count.run.writes:g} |
| a look at the overview, with {tab_schedules} schedules | | {overview_reads:g} | |
| a look at the timeline, with {tab_schedules} schedules | | {timeline_reads:g} | |

On the in-memory DynamoDB; `tests/engine/moves/test_cost.py` keeps the figures, and
[data](reference/data.md#what-it-costs) says what they are made of. A pass with 10 due schedules
makes as many requests among 2,000 as among 100; who waits for a slot costs nothing.

## What was assumed

- A job waits {job} seconds for whom it calls, and writes {lines} lines. One that calls back makes
  {calls} calls, with a token that the authorizer has to look at each time.
- 10,000 such runs an hour keep {slots:.0f} slots busy. Each run has a second of its own while there
  are any: a second at which something is due takes one wake.
- Lambdas are on ARM. A tick takes {tick} s, a wake {wake} s (it comes up to a second early and
  waits), both with {memory} MB; a runner {runner} s around its job, with {runner_memory}; an API
  request {api} s, the authorizer {authorizer} s, with {api_memory}.
- A run is kept for 90 days in {run_kb:g} KB, its lines for 30 in {line_kb} KB each; an invocation
  logs {invocation_kb:g} KB. Not counted: what is called, data that leave AWS, X-Ray, dashboards.
- A month has 30 days.

Prices are those of us-east-1 in November 2026, by AWS's pages of
[Lambda](https://aws.amazon.com/lambda/pricing/),
[DynamoDB](https://aws.amazon.com/dynamodb/pricing/on-demand/),
[SQS](https://aws.amazon.com/sqs/pricing/), [API Gateway](https://aws.amazon.com/api-gateway/pricing/)
and [CloudWatch](https://aws.amazon.com/cloudwatch/pricing/):

| | dollars | given each month |
| --- | --- | --- |
{prices}
"""


def page() -> str:
    """The page as it should be."""
    bills = {
        "nothing to do": month(0),
        "100 runs an hour": month(100),
        "100 that call back": month(100, calls_back=True),
        "10,000 runs an hour": month(10_000),
        "10,000 that call back": month(10_000, calls_back=True),
    }
    idle, busy, called = (
        bills[name] for name in ("nothing to do", "10,000 runs an hour", "10,000 that call back")
    )
    return _TEXT.format(
        bill="\n".join(_bill(bills)),
        share=dollars(busy)["Lambda: waiting for what jobs call"] / _sum(busy),
        called=_sum(called),
        busy=_sum(busy),
        idle=_sum(idle),
        alone=with_allowances(idle),
        count=counted(),
        tab=_sum(tab()),
        tab_hours=TAB_HOURS,
        tab_days=TAB_DAYS,
        tab_schedules=TAB_SCHEDULES,
        overview_every=OVERVIEW_EVERY,
        overview_reads=look_reads("/v1/overview"),
        timeline_reads=look_reads("/v1/timeline"),
        job=JOB,
        lines=LOG_LINES,
        calls=HEARTBEATS + 1,
        slots=10_000 * JOB / 3600,
        memory=memory_of("PassMemory"),
        runner_memory=memory_of("RunnerMemory"),
        api_memory=memory_of("ApiMemory"),
        tick=TICK,
        wake=WAKE,
        runner=RUNNER,
        api=API,
        authorizer=AUTHORIZER,
        run_kb=RUN_KB,
        line_kb=LINE_KB,
        invocation_kb=INVOCATION_KB,
        prices="\n".join(_prices()),
    )


def _sum(amounts: Month) -> float:
    return sum(dollars(amounts).values())


def _bill(bills: Mapping[str, Month]) -> Iterator[str]:
    """The table of several months' bills, line by line."""
    priced = [dollars(each) for each in bills.values()]
    yield _row("", *bills)
    yield _row(*["---"] * (len(bills) + 1))
    for name, _, _ in LINES:
        yield _row(name, *(_cell(each[name], sum(each.values())) for each in priced))
    yield _row("**in all**", *(f"**{sum(each.values()):,.2f}**" for each in priced))
    yield _row(
        "alone in its account", *(f"{with_allowances(each):,.2f}" for each in bills.values())
    )


def _prices() -> Iterator[str]:
    for name, price in PRICES.items():
        unit, factor = ("a million ", 1e6) if price < A_TENTH_OF_A_CENT else ("", 1)
        given = f"{FREE[name]:,.0f}" if FREE.get(name) else ""
        yield _row(f"{unit}{name}", f"{price * factor:.4g}", given)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(amount: float, whole: float) -> str:
    """Dollars, and their share of the whole where it is worth naming."""
    if not amount:
        return "–"
    share = amount / whole
    return f"{amount:,.2f}" + (f" ({share:.0%})" if share >= WORTH_NAMING else "")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

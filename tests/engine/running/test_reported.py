"""What a job reports of its work: what is sound is on its run, and its log says what is not."""

import threading
from typing import Any

import pytest

from chalicelib.domain.runs.report_rules import MOST_COUNT
from chalicelib.domain.runs.run import Totals
from chalicelib.engine.running.log_lines import storable
from chalicelib.jobs.context import JobContext
from chalicelib.jobs.registry import job as job_named
from chalicelib.jobs.rehearsal import rehearse
from tests.engine.running.ends import Ends, Json

NAN, INFINITE = float("nan"), float("inf")
HUGE = 10**5000  # more digits than Python itself writes as text


class Unreadable:
    """Whatever is done with it, it raises."""

    def __str__(self) -> str:
        raise KeyboardInterrupt

    __repr__ = __index__ = __float__ = __str__


def warnings(name: str, fault: str | None) -> list[str]:
    return [] if fault is None else [f"{name}: {fault}"]


#: Counts as given, as kept, and the warnings about them.
COUNTS: list[Any] = [
    (3, 3, None),
    pytest.param(HUGE, MOST_COUNT, f"(int) is out of bounds; kept as {MOST_COUNT}", id="huge"),
    (-1, 0, "-1 is out of bounds; kept as 0"),
    (NAN, 0, "nan is no integer; left out"),
    (2.0, 0, "2.0 is no integer; left out"),
    (True, 0, "True is no integer; left out"),
    ("3", 0, "'3' is no integer; left out"),
    (Unreadable(), 0, "(Unreadable) is no integer; left out"),
]


@pytest.mark.parametrize(("given", "kept", "fault"), COUNTS)
def test_steps_and_totals_are_counts(ends: Ends, given: Any, kept: int, fault: str | None) -> None:
    def job(context: JobContext) -> None:
        context.step(given)
        context.totals.processed = given
        context.totals.skipped = 1

    run = ends.of(job)
    assert (run["status"], run["steps"]) == ("succeeded", kept)
    assert run["totals"] == {"processed": kept, "skipped": 1, "errors": 0}
    expected = [*warnings("steps", fault), *warnings("totals.processed", fault)]
    assert ends.warnings(run) == expected


@pytest.mark.parametrize(("given", "kept", "fault"), COUNTS)
def test_what_it_returns_is_judged_alike(
    ends: Ends, given: Any, kept: int, fault: str | None
) -> None:
    run = ends.of(lambda _context: {"skipped": given})
    assert run["totals"] == {"processed": 0, "skipped": kept, "errors": 0}
    assert ends.warnings(run) == warnings("totals.skipped", fault)


@pytest.mark.parametrize("given", [{}, {"processed": None}, "done", NAN])
def test_what_it_returns_may_be_no_totals(ends: Ends, given: object) -> None:
    run = ends.of(lambda _context: given)
    assert run["totals"] == {"processed": 0, "skipped": 0, "errors": 0}
    assert ends.warnings(run) == []


def test_any_number_of_errors_fails_the_run(ends: Ends) -> None:
    run = ends.of(lambda _context: Totals(errors=HUGE))
    assert (run["status"], run["failure_reason"]) == ("failed", "item_errors")


@pytest.mark.parametrize(
    ("totals", "processed", "warned"),
    [
        (Totals(processed=3), 3, []),
        ({"processed": 3}, 3, []),
        ({"processed": -3}, 0, ["totals.processed"]),
        (None, 0, ["totals.processed", "totals.skipped", "totals.errors"]),
    ],
)
def test_its_totals_may_be_another_object(
    ends: Ends, totals: Any, processed: int, warned: list[str]
) -> None:
    def job(context: JobContext) -> None:
        context.totals = totals

    run = ends.of(job)
    assert (run["status"], run["totals"]["processed"]) == ("succeeded", processed)
    assert [line.partition(":")[0] for line in ends.warnings(run)] == warned


@pytest.mark.parametrize(
    ("given", "progress", "fault"),
    [
        (3, {"done": 3, "total": 4}, None),
        (-1, {"done": 0, "total": 4}, "-1 is out of bounds; kept as 0"),
        (NAN, {"done": 1, "total": 2}, "nan is no integer; left out"),
    ],
)
def test_progress_has_two_counts_or_is_left_out(
    ends: Ends, given: Any, progress: Json, fault: str | None
) -> None:
    def job(context: JobContext) -> None:
        context.progress(1, 2)
        context.progress(given, 4)

    run = ends.of(job)
    assert run["progress"] == progress
    assert ends.warnings(run) == warnings("progress.done", fault)


@pytest.mark.parametrize(
    ("tokens", "cost", "usage", "warned"),
    [
        (7, 0.25, {"tokens": 7, "cost": 0.25}, []),
        (7, NAN, {"tokens": 7, "cost": 0.0}, ["cost: nan is no finite number; left out"]),
        (7, -1.5, {"tokens": 7, "cost": 0.0}, ["cost: -1.5 is out of bounds; kept as 0.0"]),
        (NAN, 0.5, {"tokens": 0, "cost": 0.5}, ["tokens: nan is no integer; left out"]),
        (
            NAN,
            NAN,
            None,
            ["tokens: nan is no integer; left out", "cost: nan is no finite number; left out"],
        ),
    ],
)
def test_usage_is_a_count_and_an_amount(
    ends: Ends, tokens: Any, cost: Any, usage: Json | None, warned: list[str]
) -> None:
    run = ends.of(lambda context: context.step(tokens=tokens, cost=cost))
    assert (run["status"], run["steps"], run["usage"]) == ("succeeded", 1, usage)
    assert ends.warnings(run) == warned


def test_sums_stay_within_bounds(ends: Ends) -> None:
    def job(context: JobContext) -> None:
        for _ in range(2):
            context.step(MOST_COUNT, tokens=MOST_COUNT, cost=float(MOST_COUNT))

    run = ends.of(job)
    assert run["steps"] == MOST_COUNT
    assert run["usage"] == {"tokens": MOST_COUNT, "cost": float(MOST_COUNT)}


def test_no_number_of_steps_evades_the_budget(ends: Ends) -> None:
    run = ends.of(lambda context: context.step(HUGE), max_steps=7)
    assert (run["failure_reason"], run["steps"]) == ("budget_exceeded", 0)


def test_negative_steps_give_none_back(ends: Ends) -> None:
    def job(context: JobContext) -> None:
        context.step(7)
        context.step(-1)
        context.step(1)

    assert ends.of(job, max_steps=7)["failure_reason"] == "budget_exceeded"


def test_each_kind_of_fault_is_said_once(ends: Ends) -> None:
    def job(context: JobContext) -> None:
        for _ in range(3):
            context.step(-1, cost=NAN)

    assert [line.partition(":")[0] for line in ends.warnings(ends.of(job))] == ["steps", "cost"]


@pytest.mark.parametrize(
    ("summary", "kept", "fault"),
    [
        (None, None, None),
        ("half \ud800", "half ?", None),
        (b"all", "b'all'", "b'all' is no text; kept as \"b'all'\""),
        (
            Unreadable(),
            "(Unreadable without a readable text)",
            "(Unreadable) is no text; kept as '(Unreadable without a readable text)'",
        ),
    ],
)
def test_a_summary_is_a_text(ends: Ends, summary: Any, kept: str | None, fault: str | None) -> None:
    def job(context: JobContext) -> None:
        context.summary = summary

    run = ends.of(job)
    assert (run["status"], run["summary"]) == ("succeeded", kept)
    assert ends.warnings(run) == warnings("summary", fault)


def test_a_job_that_spoils_its_context_ends_all_the_same(ends: Ends) -> None:
    def job(context: JobContext) -> None:
        context.step(3)
        del context.summary

    run = ends.of(job)
    assert (run["status"], run["steps"]) == ("succeeded", 0)
    assert ends.warnings(run) == ["What it reported cannot be read; left out"]


def nested(levels: int) -> Any:
    """So many lists, each in the next."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        ({"n": 10**307}, {"n": 10**307}),
        ({"n": 10**308}, {"n": str(10**308)}),
        ({"n": Unreadable()}, {"unreadable": "KeyboardInterrupt: "}),
        ({"n": {NAN: 1}}, {"n": {"NaN": 1}}),
        ({"n": nested(31)}, {"n": nested(31)}),
        ({"n": nested(32)}, {"shortened": '{"n": ' + "[" * 32 + "1" + "]" * 32 + "}"}),
        ({"half \ud800": "\ud800"}, {"half ?": "?"}),
    ],
)
def test_data_of_a_line_is_json_that_every_reader_takes(data: Json, kept: Json) -> None:
    assert storable(data) == kept


@pytest.mark.parametrize(
    ("value", "why"),
    [
        pytest.param(HUGE, "ValueError: Exceeds the limit (4300 digits)", id="huge"),
        pytest.param(nested(100_000), "RecursionError: maximum recursion depth", id="deep"),
        ({(1, 2): 1}, "TypeError: keys must be str"),
    ],
)
def test_data_that_json_cannot_hold_keeps_no_run_from_its_end(
    ends: Ends, value: Any, why: str
) -> None:
    run = ends.of(lambda context: context.log("line", value=value, n=NAN))
    (line,) = ends.log(run)
    assert run["status"] == "succeeded"
    assert line["data"]["unreadable"].startswith(why)


@pytest.mark.parametrize("odd", [None, b"x", "\ud800", Unreadable()])
def test_an_odd_line_is_a_line_all_the_same(ends: Ends, odd: Any) -> None:
    def job(context: JobContext) -> None:
        context.log(odd, level=odd)
        context.log("last")

    run = ends.of(job)
    assert [line["message"] for line in ends.log(run)][1:] == ["last"]
    assert run["status"] == "succeeded"


def test_a_thread_whose_name_cannot_be_read_keeps_no_run_from_its_end(ends: Ends) -> None:
    may_end = threading.Event()

    class Nameless(threading.Thread):
        @property
        def name(self) -> str:
            raise KeyboardInterrupt

        @name.setter
        def name(self, _value: str) -> None: ...

        def __repr__(self) -> str:
            return "nameless"

    def job(_context: JobContext) -> None:
        Nameless(target=may_end.wait, args=(0.1,)).start()

    assert ends.of(job)["status"] == "succeeded"


def test_a_rehearsal_warns_of_the_same() -> None:
    @job_named("odd")
    def odd(context: JobContext, _params: Json) -> None:
        context.step(-1)
        context.totals.errors = True
        context.summary = b"x"  # type: ignore[assignment]

    done = rehearse(odd)
    assert [message.partition(":")[0] for _, message, _ in done.log] == [
        "steps",
        "summary",
        "totals.errors",
    ]
    assert (done.totals, done.summary) == (Totals(), "b'x'")

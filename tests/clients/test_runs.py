"""A run that calls back by the client: what it reports, how it ends, and when it stops."""

import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

import baton
from baton import Fail, NoRun, Problem, Stopped, Unreachable
from baton.runs import Run, callback_in
from tests.api_client import Api
from tests.callbacks.conftest import Caller, Function
from tests.clients.wire import CUT, LOST, Naps, Wire, refusal
from tests.harness import Stack

Json = dict[str, Any]
Begin = Callable[..., Run]


@pytest.fixture
def started(caller: Caller) -> Json:
    """A run whose target has been started, with a lease of two minutes."""
    return caller.started()


@pytest.fixture
def event(started: Json, function: Function) -> Json:
    """The event that its target got."""
    return function.events[-1]


@pytest.fixture
def begin(event: Json, wire: Wire, naps: Naps) -> Begin:
    """The run of that event, over the wire. Time is the stack's, and no thread beats by itself."""

    def make(**more: Any) -> Run:
        http = httpx.Client(transport=wire)
        given = {"clock": naps.clock, "sleep": naps.sleep, "steps_within": 0.0, **more}
        return Run(callback_in(event), http, **given)

    return make


def lines(api: Api, run: Json) -> list[str]:
    return [each for each in api.log(run) if not each.startswith("Asked")]


# What it does when all goes well


def test_the_ten_lines_of_a_job(begin: Begin, api: Api, started: Json) -> None:
    pages = ["a", "b", "c"]
    with begin() as run:
        for number, page in enumerate(pages, 1):
            run.step(tokens=100, cost=0.25)
            run.log(f"Page {page}", number=number)
            run.progress(number, len(pages))
            run.count(processed=1)
        run.summary = "Three pages"
    ended = api.run(started)
    assert (ended["status"], ended["summary"]) == ("succeeded", "Three pages")
    assert ended["totals"] == {"processed": 3, "skipped": 0, "errors": 0}
    assert (ended["steps"], ended["usage"]) == (3, {"tokens": 300, "cost": 0.75})
    assert ended["progress"] == {"done": 3, "total": 3}
    assert lines(api, started)[-3:] == ["Page a", "Page b", "Page c"]
    [*_, last] = api.get(f"/v1/runs/{started['id']}/log")["items"]
    assert (last["level"], last["data"]) == ("info", {"number": 3})


def test_steps_that_follow_each_other_share_a_heartbeat(
    begin: Begin, api: Api, started: Json, wire: Wire, naps: Naps
) -> None:
    with begin(steps_within=1.0) as run:
        for _ in range(10):
            run.step()
        assert len(wire.sent) == 1
        naps.sleep(1)
        run.step()
        assert len(wire.sent) == 2
    assert api.run(started)["steps"] == 11


def test_a_thread_keeps_the_lease(
    event: Json, wire: Wire, stack: Stack, api: Api, started: Json
) -> None:
    with baton.run(event, every=0.01, transport=wire):
        for _ in range(5):
            stack.advance(100)
            sent = len(wire.sent)
            while len(wire.sent) < sent + 2:  # One that was under way may have been before.
                threading.Event().wait(0.005)
    assert api.run(started)["status"] == "succeeded"


def test_the_thread_and_the_connections_are_gone_with_the_block(event: Json, wire: Wire) -> None:
    with baton.run(event, transport=wire):
        assert "baton-heartbeat" in {each.name for each in threading.enumerate()}
    assert "baton-heartbeat" not in {each.name for each in threading.enumerate()}


def test_lines_that_no_heartbeat_took_go_out_before_the_end(
    begin: Begin, started: Json, wire: Wire
) -> None:
    with begin() as run:
        for number in range(1200):
            run.log(f"Line {number}")
    assert wire.asked()[-1].endswith("/complete")
    assert [each for each in wire.asked() if each.endswith("/heartbeat")] == [
        f"POST /v1/runs/{started['id']}/heartbeat"
    ] * 4


# How it ends


def test_errors_among_the_totals_fail_it(begin: Begin, api: Api, started: Json) -> None:
    with begin() as run:
        run.count(processed=2, errors=1)
    ended = api.run(started)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "item_errors")


def test_what_the_block_raises_is_why_it_failed(begin: Begin, api: Api, started: Json) -> None:
    with pytest.raises(KeyError), begin() as run:
        run.count(processed=2)
        raise KeyError("page")
    ended = api.run(started)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "error")
    assert ended["error_message"] == "KeyError: 'page'"
    assert ended["totals"]["processed"] == 2


def test_a_failure_may_name_its_reason(begin: Begin, api: Api, caller: Caller) -> None:
    with pytest.raises(Fail), begin():
        raise Fail("rate_limited", "The site asks to wait.", retry_after=600)
    [ended] = api.runs()
    assert (ended["failure_reason"], ended["error_message"]) == (
        "rate_limited",
        "The site asks to wait.",
    )


def test_a_reason_that_there_is_not_fails_it_all_the_same(
    begin: Begin, api: Api, started: Json
) -> None:
    with pytest.raises(Fail), begin():
        raise Fail("bored", "No more of this.")
    ended = api.run(started)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "error")
    assert "refused" in ended["error_message"]


def test_totals_that_are_none_fail_it(begin: Begin, api: Api, started: Json) -> None:
    with pytest.raises(Problem, match="invalid_fields"), begin() as run:
        run.count(processed=-1)
    assert api.run(started)["status"] == "failed"


def test_a_long_message_is_cut(begin: Begin, api: Api, started: Json) -> None:
    with pytest.raises(ValueError, match="x"), begin():
        raise ValueError("x" * 10_000)
    assert api.run(started)["status"] == "failed"


@pytest.mark.parametrize(("code", "status"), [(None, "succeeded"), (0, "succeeded"), (3, "failed")])
def test_who_exits_has_ended(
    begin: Begin, api: Api, started: Json, code: int | None, status: str
) -> None:
    with pytest.raises(SystemExit), begin():
        raise SystemExit(code)
    assert api.run(started)["status"] == status


def test_a_report_that_is_refused_costs_no_lease(begin: Begin, api: Api, started: Json) -> None:
    with begin() as run:
        run.progress(-1, 3)
        run.step()
        run.step()
        run.progress(1, 3)
        run.step()
    ended = api.run(started)
    assert (ended["status"], ended["steps"]) == ("succeeded", 3)
    assert ended["progress"] == {"done": 1, "total": 3}


# When it is to stop


def cancel(stack: Stack, run: Json) -> None:
    answer = stack.http("POST", f"/v1/runs/{run['id']}/cancel", token=stack.operator)
    assert answer.status == 202


def test_a_cancelled_run_stops_whatever_its_job_catches(
    begin: Begin, stack: Stack, api: Api, started: Json
) -> None:
    def job() -> None:
        with begin() as run:
            cancel(stack, started)
            for _ in range(3):
                try:
                    run.step()
                except Exception:  # as many a job does
                    pytest.fail("it was caught")

    with pytest.raises(Stopped) as stopped:
        job()
    assert stopped.value.reason == "cancelled"
    assert api.run(started)["status"] == "cancelled"


@pytest.mark.parametrize("what", ["step", "check", "progress", "log", "count"])
def test_whatever_is_called_next_tells_of_it(
    begin: Begin, stack: Stack, started: Json, what: str
) -> None:
    given = {"progress": (1, 2), "log": ("Line",)}.get(what, ())
    with pytest.raises(Stopped, match="cancelled"), begin() as run:
        cancel(stack, started)
        run._beat()
        assert run.reason == "cancelled"
        getattr(run, what)(*given)


def test_a_run_stops_before_the_step_that_its_budget_has_no_room_for(
    caller: Caller, function: Function, wire: Wire, naps: Naps, api: Api
) -> None:
    made = caller.started(max_steps=2)
    taken = 0
    run = Run(
        callback_in(function.events[-1]),
        httpx.Client(transport=wire),
        clock=naps.clock,
        sleep=naps.sleep,
        steps_within=0.0,
    )
    with pytest.raises(Stopped, match="budget_exceeded"), run:
        for _ in range(5):
            run.step()
            taken += 1
    ended = api.run(made)
    assert (taken, ended["failure_reason"]) == (2, "budget_exceeded")


def test_a_run_that_takes_too_long_stops(
    begin: Begin, stack: Stack, api: Api, started: Json
) -> None:
    with pytest.raises(Stopped, match="timeout"), begin() as run:
        while True:
            stack.advance(60)
            run.step()
    assert api.run(started)["failure_reason"] == "timeout"


def test_a_run_that_another_has_does_nothing(
    begin: Begin, stack: Stack, api: Api, started: Json
) -> None:
    stack.run_for(300)
    assert api.run(started)["failure_reason"] == "lease_expired"
    before = api.run(started)
    with pytest.raises(Stopped, match="lease_lost"), begin():
        pytest.fail("it began")
    assert api.run(started) == before


def test_a_run_that_was_cancelled_before_it_began_does_nothing(
    begin: Begin, stack: Stack, api: Api, started: Json
) -> None:
    cancel(stack, started)
    with pytest.raises(Stopped, match="cancelled"), begin():
        pytest.fail("it began")
    assert api.run(started)["status"] == "cancelled"


def test_a_run_whose_schedule_is_gone_stops(
    begin: Begin, stack: Stack, api: Api, started: Json
) -> None:
    with pytest.raises(Stopped) as stopped, begin() as run:
        path = f"/v1/schedules/{started['schedule_id']}"
        assert stack.http("DELETE", path, token=stack.operator).status == 204
        while True:
            stack.run_for(60)
            run.step()
    assert stopped.value.reason in ("cancelled", "unauthorized", "lease_lost")


# When the network does not work


def test_a_heartbeat_that_is_lost_stops_nothing(
    begin: Begin, api: Api, started: Json, wire: Wire
) -> None:
    with begin() as run:
        run.log("Before")
        for fault in (CUT, LOST, refusal(503, "busy"), refusal(500, "internal_error")):
            wire.faults = [fault]
            run.step()
        run.step()
    ended = api.run(started)
    assert (ended["status"], ended["steps"]) == ("succeeded", 5)
    assert "Before" in lines(api, started)


def test_an_end_whose_answer_was_lost_is_said_again(
    begin: Begin, api: Api, started: Json, wire: Wire
) -> None:
    with begin() as run:
        run.count(processed=1)
        wire.faults = [LOST]
    assert [each.rpartition("/")[2] for each in wire.asked()] == [
        "heartbeat",
        "complete",
        "complete",
    ]
    ended = api.run(started)
    assert (ended["status"], ended["totals"]["processed"]) == ("succeeded", 1)


def test_an_end_is_said_until_the_network_is_back(
    begin: Begin, api: Api, started: Json, wire: Wire, naps: Naps
) -> None:
    with begin():
        wire.faults = [CUT, CUT, refusal(503, "busy"), refusal(429, "throttled")]
    assert api.run(started)["status"] == "succeeded"
    assert naps.slept == [0.5, 1.0, 2.0, 4.0]


def test_an_end_that_nobody_takes_leaves_the_run_to_its_lease(
    begin: Begin, api: Api, started: Json, wire: Wire, naps: Naps
) -> None:
    with pytest.raises(Unreachable, match="was not told of the end"), begin():
        wire.is_cut = True
    assert 100 <= sum(naps.slept) <= 120  # The lease.
    wire.is_cut = False
    api.stack.run_for(300)
    assert api.run(started)["failure_reason"] == "lease_expired"


def test_patience_may_end_before_the_lease(begin: Begin, wire: Wire, naps: Naps) -> None:
    with pytest.raises(Unreachable), begin(patience=5):
        wire.is_cut = True
    assert sum(naps.slept) < 5


def test_an_end_after_the_lease_is_nobodys(
    begin: Begin, stack: Stack, api: Api, started: Json
) -> None:
    with pytest.raises(Stopped, match="lease_lost"), begin():
        stack.run_for(300)
    assert api.run(started)["failure_reason"] == "lease_expired"


def test_silence_beyond_the_lease_stops_the_work(
    begin: Begin, stack: Stack, wire: Wire, naps: Naps
) -> None:
    worked = 0
    with pytest.raises(Stopped, match="silence"), begin() as run:
        wire.is_cut = True
        for _ in range(20):
            run.step()
            naps.sleep(10)
            worked += 10
    assert worked == 120  # The lease, and no second more.


def test_a_clock_that_is_wrong_here_shortens_no_lease(begin: Begin, stack: Stack) -> None:
    # The stack's clock shows 1 March, whatever this machine's own says.
    with begin() as run:
        run.step()
        assert run._lease_ends - run._clock() == pytest.approx(120, abs=1)
        assert run._interval == 30.0


def test_a_short_lease_is_kept_three_times_as_often(
    caller: Caller, function: Function, wire: Wire, naps: Naps
) -> None:
    caller.started(lease_seconds=30)
    http = httpx.Client(transport=wire)
    with Run(callback_in(function.events[-1]), http, clock=naps.clock, sleep=naps.sleep) as run:
        assert run._interval == pytest.approx(10, abs=1)


# Signals


@pytest.fixture(name="begin_alone")
def _begin_alone(begin: Begin, own_signals: None) -> Begin:
    return begin


@pytest.fixture
def own_signals() -> Iterator[None]:
    """The signals as a plain program has them."""
    former = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGTERM, SystemExit), (signal.SIGINT, KeyboardInterrupt)]
)
def test_a_process_that_is_asked_to_end_says_so_first(
    begin_alone: Begin,
    api: Api,
    started: Json,
    number: signal.Signals,
    raised: type[BaseException],
) -> None:
    def job() -> None:
        with begin_alone():
            try:
                signal.raise_signal(number)
            except Exception:  # as many a job does
                pytest.fail("it was caught")

    with pytest.raises(raised) as ended:
        job()
    if isinstance(ended.value, SystemExit):
        assert ended.value.code == 128 + number
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    run = api.run(started)
    assert (run["failure_reason"], run["error_message"]) == ("aborted", "It was stopped: signal.")


def test_signals_that_the_program_takes_itself_are_left_to_it(
    begin: Begin, api: Api, started: Json, own_signals: None
) -> None:
    taken = []
    signal.signal(signal.SIGTERM, lambda number, _frame: taken.append(number))
    with begin():
        signal.raise_signal(signal.SIGTERM)
    assert taken == [signal.SIGTERM]
    assert api.run(started)["status"] == "succeeded"


def test_another_thread_runs_it_as_well(begin: Begin, api: Api, started: Json) -> None:
    def job() -> None:
        with begin() as run:
            run.step()

    thread = threading.Thread(target=job)
    thread.start()
    thread.join()
    assert api.run(started)["status"] == "succeeded"


# Where the run is found

FIELDS = {"run_id": "01M", "callback_url": "https://b.test/api/v1/runs/01M", "run_token": "brt_x"}


@pytest.mark.parametrize(
    "source",
    [
        {"site": "docs", "baton": {**FIELDS, "attempt": 2, "schedule_id": "s"}},
        FIELDS,
        {
            "Baton-Run-Id": "01M",
            "Baton-Callback-Url": FIELDS["callback_url"],
            "Baton-Run-Token": "brt_x",
        },
        {
            "httpMethod": "POST",
            "headers": {
                "baton-run-id": "01M",
                "baton-callback-url": FIELDS["callback_url"],
                "baton-run-token": "brt_x",
            },
        },
        {"BATON_CALLBACK_URL": f"{FIELDS['callback_url']}/", "BATON_RUN_TOKEN": "brt_x"},
    ],
)
def test_a_run_is_found_in_an_event_headers_or_an_environment(source: Json) -> None:
    found = callback_in(source)
    assert (found.run_id, found.url, found.token) == tuple(FIELDS.values())
    assert "brt_x" not in repr(found)


def test_without_a_source_it_is_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_CALLBACK_URL", FIELDS["callback_url"])
    monkeypatch.setenv("BATON_RUN_TOKEN", "brt_x")
    monkeypatch.setenv("BATON_ATTEMPT", "3")
    assert callback_in().attempt == 3


@pytest.mark.parametrize("source", [{}, {"baton": {"run_id": "01M"}}, {"run_token": "brt_x"}])
def test_what_names_no_run_that_calls_back_is_told_so(source: Json) -> None:
    with pytest.raises(NoRun, match="BATON_RUN_TOKEN"):
        baton.run(source)

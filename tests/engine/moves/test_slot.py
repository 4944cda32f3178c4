"""One at a time: run now, waiting, handing on."""

from typing import Any

from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.harness import Stack


def slow(seconds: float) -> dict[str, Any]:
    return {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": seconds}}


def test_run_now_starts_at_once_when_the_slot_is_free(api: Api, stack: Stack) -> None:
    run = api.start(api.create())
    assert (run["status"], run["trigger"], run["slot"]) == ("claimed", "manual", "000")

    stack.deliver()
    assert api.run(run)["status"] == "succeeded"


def test_run_now_while_busy_is_429_with_holder_and_estimate(api: Api) -> None:
    busy = api.create(name="Busy", timeout_seconds=120)
    holder = api.start(busy)
    answer = api.run_now(api.create())

    assert answer.status == 429
    assert answer.json["code"] == "capacity_full"
    assert answer.json["slot_eta_seconds"] == 120
    assert answer.headers["retry-after"] == "120"
    (told,) = answer.json["holders"]
    assert (told["run_id"], told["schedule_name"], told["slot"]) == (holder["id"], "Busy", "000")


def test_the_estimate_is_the_average_less_what_has_passed(api: Api, stack: Stack) -> None:
    schedule = api.create(target=slow(40))
    api.start(schedule)
    stack.deliver()
    api.start(schedule)
    stack.advance(15)

    assert api.run_now(schedule).json["slot_eta_seconds"] == 25


def test_nothing_is_written_by_a_refused_run(api: Api) -> None:
    schedule = api.create()
    api.start(schedule)
    assert api.run_now(schedule).status == 429
    assert len(api.runs()) == 1


def test_the_next_waiting_run_starts_the_moment_the_slot_frees(api: Api, stack: Stack) -> None:
    schedule = api.create(target=slow(30))
    first = api.start(schedule)
    second = api.start(schedule, "?when_busy=queue")
    assert second["status"] == "queued"

    stack.deliver()
    assert api.run(second)["started_at"] == api.run(first)["finished_at"]
    assert api.run(second)["slot_wait_ms"] == 30_000


def test_a_full_slot_is_never_shared(api: Api, stack: Stack) -> None:
    active: list[int] = []
    seen: list[int] = []

    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        active.append(1)
        seen.append(len(active))
        stack.tick()
        context.sleep(5)
        active.pop()

    stack.register("probe", probe)
    target = {"type": "function", "name": "probe"}
    for number in range(4):
        api.create(
            name=f"S{number}", target=target, cadence={"type": "cron", "expression": "* * * * *"}
        )
    stack.run_for(630)

    assert set(seen) == {1}
    assert len(seen) == 4 * 10


def test_five_due_at_once_with_two_slots_drain_in_order_without_waiting_for_a_tick() -> None:
    with Stack(capacity=2) as stack:
        api = Api(stack)
        at = {"type": "once", "at": "2026-03-01T00:00:10Z"}
        made = [api.create(name=f"S{n}", cadence=at, target=slow(7)) for n in range(5)]
        stack.advance(10)
        stack.tick()
        waiting = [run for run in api.runs() if run["status"] == "queued"]
        assert (len(stack.messages()), len(waiting)) == (2, 3)

        stack.deliver()
        runs = [api.runs(schedule)[0] for schedule in made]
        assert [run["status"] for run in runs] == ["succeeded"] * 5
        # One process delivers the messages here, one after the other: 7 s each, no gap.
        assert [run["started_at"][17:19] for run in runs] == ["10", "17", "24", "31", "38"]


def test_a_busy_slot_makes_a_skipping_schedule_skip_on_record(api: Api, stack: Stack) -> None:
    api.start(api.create())
    minutely = {"type": "cron", "expression": "* * * * *"}
    schedule = api.create(cadence=minutely, when_busy="skip")
    stack.advance(60)
    stack.tick()

    (run,) = api.runs(schedule)
    assert (run["status"], run["skip_reason"]) == ("skipped", "slot_busy")


def test_at_most_one_scheduled_run_of_a_schedule_waits(api: Api, stack: Stack) -> None:
    holder = api.create(target=slow(200))
    schedule = api.create(cadence={"type": "cron", "expression": "* * * * *"})
    api.start(holder)
    for _ in range(3):
        stack.advance(60)
        stack.tick()

    first, *others = api.runs(schedule)
    assert first["status"] == "queued"
    assert [run["skip_reason"] for run in others] == ["coalesced", "coalesced"]
    assert first["covers"] == 3


def test_the_slot_shows_its_holder_to_its_tenant_only(api: Api, stack: Stack) -> None:
    run = api.start(api.create())
    (own,) = api.get("/v1/slot")["holders"]
    other = stack.token(tenant="other", scopes=["viewer"])
    (foreign,) = api.get("/v1/slot", token=other)["holders"]

    assert own["run_id"] == run["id"]
    assert (foreign["run_id"], foreign["schedule_name"]) == (None, None)
    assert foreign["lease_expires_at"] == own["lease_expires_at"]


def test_the_slot_counts_what_waits_and_tells_of_the_last_tick(api: Api, stack: Stack) -> None:
    schedule = api.create()
    api.start(schedule)
    api.start(schedule, "?when_busy=queue")
    stack.tick()

    slot = api.get("/v1/slot")
    assert (slot["capacity"], slot["waiting"]) == (1, 1)
    assert slot["last_tick_at"] == "2026-03-01T00:00:00.000Z"


def test_a_forced_run_passes_the_full_slot_on_one_of_its_own(api: Api, stack: Stack) -> None:
    schedule = api.create()
    api.start(schedule)
    forced = api.start(schedule, "?when_busy=force")
    assert forced["forced"]
    assert len(api.get("/v1/slot")["holders"]) == 2

    stack.deliver()
    assert api.run(forced)["status"] == "succeeded"
    assert api.get("/v1/slot")["holders"] == []


def test_forcing_needs_the_admin_scope(api: Api, stack: Stack) -> None:
    path = f"/v1/schedules/{api.create()['id']}/runs?when_busy=force"
    assert stack.http("POST", path, token=stack.operator).status == 403

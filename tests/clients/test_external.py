"""Work that is done where the client is: the slot is taken or waited for, and given back."""

from typing import Any

import pytest

from baton import Client, Problem
from tests.api_client import Api
from tests.clients.wire import CUT, LOST, Naps, Wire
from tests.harness import Stack

Json = dict[str, Any]


@pytest.fixture
def external(api: Api) -> Json:
    """A schedule whose work is done elsewhere."""
    return api.create(name="Backup", target={"type": "external"}, cadence={"type": "manual"})


def test_the_slot_is_taken_used_and_given_back(
    client: Client, wire: Wire, api: Api, external: Json
) -> None:
    with client.external(external["id"], payload={"n": 1}, max_tokens=500, transport=wire) as run:
        held = api.run({"id": run.run_id})
        assert (held["status"], held["payload"], held["max_tokens"]) == ("running", {"n": 1}, 500)
        run.count(processed=2)
    assert api.run(held)["totals"]["processed"] == 2
    assert api.get("/v1/slot")["holders"] == []


def test_who_does_not_wait_is_told_who_is_at_work(
    client: Client, wire: Wire, external: Json
) -> None:
    with client.external(external["id"], transport=wire) as run:
        with pytest.raises(Problem) as refused:
            client.external(external["id"], transport=wire)
        assert refused.value.code == "schedule_busy"
        assert refused.value.document["holders"][0]["run_id"] == run.run_id


def test_who_waits_hears_of_its_place_until_the_slot_is_free(
    client: Client, wire: Wire, api: Api, external: Json, naps: Naps
) -> None:
    holder = api.start(api.create())
    seen: list[Any] = []

    def waiting(run: Any) -> None:
        seen.append(run["position"])
        if len(seen) == 3:
            wire.faults = [CUT] * 4  # A look that finds nobody.
            api.stack.deliver()

    with client.external(external["id"], waiting=waiting, transport=wire) as run:
        assert api.run(holder)["status"] == "succeeded"
        assert api.run({"id": run.run_id})["status"] == "running"
    assert seen == [1, 1, 1]
    assert [each for each in naps.slept if each >= 2][:2] == [2.0, 2.5]


def test_who_gives_up_waiting_leaves_the_queue(
    client: Client, wire: Wire, api: Api, external: Json
) -> None:
    api.start(api.create())

    def waiting(_run: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.external(external["id"], waiting=waiting, transport=wire)
    [run] = api.runs(external)
    assert run["status"] == "cancelled"


def test_a_run_that_is_cancelled_while_it_waits_is_told(
    client: Client, wire: Wire, api: Api, external: Json, stack: Stack
) -> None:
    api.start(api.create())

    def waiting(run: Any) -> None:
        stack.http("POST", f"/v1/runs/{run['id']}/cancel", token=stack.operator)

    with pytest.raises(Problem) as ended:
        client.external(external["id"], waiting=waiting, transport=wire)
    assert ended.value.status == 409


def test_an_answer_that_was_lost_costs_no_second_run(
    client: Client, wire: Wire, api: Api, external: Json
) -> None:
    wire.faults = [LOST]
    with client.external(external["id"], transport=wire):
        pass
    [run] = api.runs(external)
    assert run["status"] == "succeeded"


def test_where_it_was_is_handed_to_the_next_attempt(
    client: Client, wire: Wire, api: Api, external: Json
) -> None:
    with pytest.raises(ZeroDivisionError), client.external(external["id"], transport=wire) as run:
        assert run.resumed_from is None
        run.checkpoint({"page": 1})
        run.checkpoint({"page": 2})  # Shares the heartbeat of the one before; the newest counts.
        raise ZeroDivisionError
    assert api.run({"id": run.run_id})["checkpoint"] == {"page": 2}
    with (
        pytest.raises(ValueError, match="8 KiB"),
        client.external(external["id"], transport=wire) as run,
    ):
        run.checkpoint({"text": "x" * 8192})

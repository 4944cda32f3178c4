"""Activity: who did what, kept with the activity itself."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.platform.clock import SystemClock
from chalicelib.store import activity_items, run_table
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb.models import InboxItem
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import ANN, NOON, a_run, after
from tests.store.engines import Engine
from tests.store.writing import an_activity, lost_by, store


def a_fresh_activity(now: datetime = NOON, details: dict[str, Any] | None = None) -> Activity:
    return activity_items.new_activity(
        "acme",
        now,
        actor=ANN,
        action="schedule_paused",
        subject="01SCHEDULE",
        details=details,
    )


def test_an_activity_is_listed_as_it_was_recorded() -> None:
    activity = a_fresh_activity(details={"priority": [5, 7]})
    activity_items.record(activity)
    assert activity_items.list_activity("acme", 10).items == [activity]


def test_an_activity_says_who_did_what_to_what_and_when() -> None:
    activity = a_fresh_activity(after(0.5))
    assert (activity.tenant_id, activity.actor, activity.action) == (
        "acme",
        "ann",
        "schedule_paused",
    )
    assert (activity.subject, activity.at, activity.details) == ("01SCHEDULE", after(0.5), None)


def test_an_activity_is_kept_for_90_days_to_the_whole_second(engine: Engine) -> None:
    activity_items.record(a_fresh_activity(after(0.75)))
    kept_until = NOON + timedelta(days=90)
    assert engine.item(InboxItem)["expires_at"] == {"N": f"{int(kept_until.timestamp())}"}


def test_activities_of_one_millisecond_are_listed_newest_first() -> None:
    activities = [a_fresh_activity(details={"n": n}) for n in range(5)]
    for activity in activities:
        activity_items.record(activity)
    assert activity_items.list_activity("acme", 10).items == activities[::-1]


def test_another_tenants_activities_are_not_shown() -> None:
    store(an_activity(), an_activity(tenant_id="umbrella"))
    assert activity_items.list_activity("acme", 10).items == [an_activity()]


def test_only_activity_is_listed_of_what_the_inbox_holds() -> None:
    store(an_activity(), an_activity("n#01NOTICE"), an_activity("a"), an_activity("b#01"))
    assert activity_items.list_activity("acme", 10).items == [an_activity()]


def test_an_activity_that_is_lost_leaves_no_record(engine: Engine) -> None:
    store(a_run())
    transaction = Transaction(SystemClock())
    run_table.put(transaction, a_run())
    activity_items.put(transaction, an_activity())
    assert lost_by(transaction) == {"run"}
    assert engine.items(InboxItem) == []


def test_a_record_does_not_overwrite_another() -> None:
    store(an_activity())
    transaction = Transaction(SystemClock())
    activity_items.put(transaction, an_activity(actor="eve"))
    assert lost_by(transaction) == {"activity"}
    assert activity_items.list_activity("acme", 10).items == [an_activity()]

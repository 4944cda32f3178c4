"""Activity: who did what, kept with the deed itself."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.store import activity_items, run_table
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb.models import InboxItem
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import NOON, a_run, after
from tests.store.engines import Engine
from tests.store.writing import a_deed, lost_by, store


def a_fresh_deed(now: datetime = NOON, details: dict[str, Any] | None = None) -> Activity:
    return activity_items.deed(
        "acme",
        now,
        actor="ann",
        action="schedule_paused",
        subject="01SCHEDULE",
        details=details,
    )


def test_a_deed_is_listed_as_it_was_recorded() -> None:
    deed = a_fresh_deed(details={"priority": [5, 7]})
    activity_items.record(deed)
    assert activity_items.list_activity("acme", 10).items == [deed]


def test_a_deed_says_who_did_what_to_what_and_when() -> None:
    deed = a_fresh_deed(after(0.5))
    assert (deed.tenant_id, deed.actor, deed.action) == ("acme", "ann", "schedule_paused")
    assert (deed.subject, deed.at, deed.details) == ("01SCHEDULE", after(0.5), None)


def test_a_deed_is_kept_for_90_days_to_the_whole_second(engine: Engine) -> None:
    activity_items.record(a_fresh_deed(after(0.75)))
    kept_until = NOON + timedelta(days=90)
    assert engine.item(InboxItem)["expires_at"] == {"N": f"{int(kept_until.timestamp())}"}


def test_deeds_of_one_millisecond_are_listed_newest_first() -> None:
    deeds = [a_fresh_deed(details={"n": n}) for n in range(5)]
    for deed in deeds:
        activity_items.record(deed)
    assert activity_items.list_activity("acme", 10).items == deeds[::-1]


def test_another_tenants_deeds_are_not_shown() -> None:
    store(a_deed(), a_deed(tenant_id="umbrella"))
    assert activity_items.list_activity("acme", 10).items == [a_deed()]


def test_only_activity_is_listed_of_what_the_inbox_holds() -> None:
    store(a_deed(), a_deed("n#01NOTICE"), a_deed("a"), a_deed("b#01"))
    assert activity_items.list_activity("acme", 10).items == [a_deed()]


def test_a_deed_that_is_lost_leaves_no_record(engine: Engine) -> None:
    store(a_run())
    transaction = Transaction()
    run_table.put(transaction, a_run())
    activity_items.put(transaction, a_deed())
    assert lost_by(transaction) == {"run"}
    assert engine.items(InboxItem) == []


def test_a_record_does_not_overwrite_another() -> None:
    store(a_deed())
    transaction = Transaction()
    activity_items.put(transaction, a_deed(actor="eve"))
    assert lost_by(transaction) == {"activity"}
    assert activity_items.list_activity("acme", 10).items == [a_deed()]

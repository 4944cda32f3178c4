"""Runs, as a person starts, follows, stops and repeats them."""

import json
import re

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.reader import PATIENCE, Reader
from tests.e2e.client import Client, drill


def run_now(reader: Reader, schedule_id: str) -> None:
    """Open the dialog of run now on the schedule's page."""
    reader.open(f"/schedules/{schedule_id}")
    reader.button("Run now").click()
    expect(reader.dialog()).to_be_visible()


def test_run_now_clicked_twice_is_one_run(reader: Reader, client: Client) -> None:
    schedule = client.create(name="Twice", target=drill(steps=2, seconds=2))
    run_now(reader, schedule["id"])
    expect(reader.dialog()).to_contain_text("The slot is free: it starts now.")
    reader.dialog().get_by_role("button", name="Run now", exact=True).dblclick(delay=30)
    reader.sees("Twice was started")
    runs = client.runs(f"/v1/schedules/{schedule['id']}/runs")
    assert len(runs) == 1
    client.until_ended(runs[0], within=30)


def test_the_run_log_dialog_has_its_words_and_follows(reader: Reader, client: Client) -> None:
    schedule = client.create(name="Followed", target=drill(steps=8, seconds=8))
    reader.open("/schedules")
    reader.button("Run log of Followed").click()
    dialog = reader.dialog()
    expect(dialog).to_contain_text("No runs yet")
    run = client.start(schedule)
    row = dialog.get_by_role("row").nth(1)
    expect(row).to_contain_text("running", timeout=PATIENCE)
    for column in (
        "Started", "Finished", "Trigger", "Status", "Processed", "Skipped", "Errors",
    ):  # fmt: skip
        expect(dialog.get_by_role("columnheader", name=column, exact=True)).to_be_visible()
    row.get_by_role("button", name="Run log").click()
    log = dialog.get_by_role("log")
    expect(log).to_contain_text("Step 1 of 8 done")
    expect(log).to_contain_text("Step 8 of 8 done", timeout=PATIENCE)
    expect(row).to_contain_text("succeeded", timeout=PATIENCE)
    client.until_ended(run, within=20)


def test_who_holds_the_slot_is_told_and_the_hand_over_is_seen(
    reader: Reader, client: Client
) -> None:
    holder = client.create(name="Holder", target=drill(steps=14, seconds=14))
    waiting = client.create(name="Waiter", target=drill(steps=6, seconds=6))
    client.start(holder)
    run_now(reader, waiting["id"])
    dialog = reader.dialog()
    dialog.get_by_role("button", name="Run now", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("Holder")
    expect(dialog.get_by_role("alert")).to_contain_text("It should be free in about")
    dialog.get_by_role("button", name="Queue it").click()
    reader.sees("Waiter waits for the slot")
    reader.link("Overview").click()
    now = reader.page.get_by_role("region", name="Now")
    expect(now).to_contain_text("Holder")
    expect(now.get_by_role("list")).to_contain_text("Waiter")
    expect(now.locator(".holder")).to_contain_text("Waiter", timeout=40_000)
    expect(reader.page.get_by_role("status").filter(has_text="Waiter has the slot")).to_have_count(
        1
    )


def test_a_log_that_is_read_stays_where_it_is_while_it_grows(visit: Open, client: Client) -> None:
    schedule = client.create(name="Grows", target=drill(steps=600, seconds=60))
    run = client.start(schedule)
    reader = visit(viewport={"width": 1280, "height": 480})
    reader.open(f"/runs/{run['id']}")
    log = reader.page.get_by_role("log")
    top = "(box) => box.scrollTop"
    left = "(box) => box.scrollHeight - box.scrollTop - box.clientHeight"
    expect(log).to_contain_text("Step 30 of 600 done")
    assert log.evaluate(left) < 24
    log.focus()
    log.press("Home")
    more = reader.button(re.compile("new lines?$"))
    expect(more).to_be_visible()
    expect(log).to_contain_text("Step 45 of 600 done")
    assert log.evaluate(top) == 0
    more.click()
    reader.sees("following")
    assert log.evaluate(left) < 24
    client.call("POST", f"/v1/runs/{run['id']}/cancel", expect=202)
    client.until_ended(run, within=30)


def test_a_log_is_paused_searched_copied_and_downloaded(reader: Reader, client: Client) -> None:
    schedule = client.create(name="Talks", target=drill(steps=30, seconds=3))
    run = client.until_ended(client.start(schedule), within=30)
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.open(f"/runs/{run['id']}")
    log = reader.page.get_by_role("log")
    expect(log).to_contain_text("Step 30 of 30 done")
    reader.page.get_by_role("searchbox", name="Search the log").fill("Step 7 ")
    expect(log).not_to_contain_text("Step 8 of")
    expect(log.locator("mark")).to_have_text("Step 7 ")
    reader.button("Copy the log").click()
    reader.sees("Copied")
    assert "Step 30 of 30 done" in reader.page.evaluate("() => navigator.clipboard.readText()")
    with reader.page.expect_download() as downloading:
        reader.button("Download the log").click()
    text = downloading.value.path().read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["sequence"] for line in lines] == list(range(1, 31))


def test_a_run_at_work_is_cancelled_and_retried_with_changes(
    reader: Reader, client: Client
) -> None:
    schedule = client.create(name="Stopped", target=drill(steps=60, seconds=60))
    run = client.start(schedule)
    reader.open(f"/runs/{run['id']}")
    title = reader.page.get_by_role("heading", level=1)
    expect(title).to_contain_text("running", timeout=PATIENCE)
    reader.button("Cancel run").click()
    reader.dialog().get_by_role("button", name="Cancel run").click()
    expect(title).to_contain_text("cancelled", timeout=40_000)
    reader.button("Retry with changes…").click()
    dialog = reader.dialog()
    dialog.get_by_label("JSON").or_(dialog.get_by_label("Parameters")).fill(
        '{"steps": 2, "seconds": 1}'
    )
    dialog.get_by_role("button", name="Retry", exact=True).click()
    expect(reader.page).not_to_have_url(re.compile(run["id"]))
    expect(title).to_contain_text("succeeded", timeout=40_000)
    reader.sees("Step 2 of 2 done")

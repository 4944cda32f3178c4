"""The timeline: any instant, in any zone, by keyboard."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from chalicelib.domain.time.instants import to_text
from tests.browser.reader import Reader
from tests.e2e.client import Client, drill
from tests.e2e.client import at as instant


def test_an_instant_is_gone_back_to_and_linked(reader: Reader, client: Client) -> None:
    schedule = client.create(name="Remembered", target=drill(steps=2, seconds=3))
    run = client.until_ended(client.start(schedule), within=30)
    at = to_text(instant(run["claimed_at"]) + timedelta(seconds=1))
    reader.open(f"?hours=1&at={at}")
    expect(reader.page.get_by_text(re.compile("Remembered held the slot"))).to_be_visible()
    slider = reader.page.get_by_role("slider", name="An instant")
    slider.press("Home")
    expect(reader.page).not_to_have_url(re.compile(re.escape(at[:19])))
    expect(slider).to_have_attribute("aria-valuetext", re.compile("the slot was free"))
    reader.button("Back to now").click()
    expect(reader.page).not_to_have_url(re.compile("at="))


def test_bars_are_reached_by_keys_and_told_in_words(reader: Reader, client: Client) -> None:
    schedule = client.create(name="Barred", target=drill(steps=1, seconds=1))
    run = client.until_ended(client.start(schedule), within=30)
    reader.open("?hours=1")
    bar = reader.page.get_by_role("group", name=re.compile("^Barred")).get_by_role("button")
    expect(bar).to_have_count(1)
    bar.focus()
    expect(bar).to_have_accessible_name(re.compile("succeeded, .*Duration"))
    bar.press("Enter")
    expect(reader.page).to_have_url(re.compile(run["id"]))


def test_zones_agree_in_axis_table_and_card(reader: Reader, client: Client) -> None:
    schedule = client.create(name="Zoned", target=drill(steps=1, seconds=0))
    run = client.until_ended(client.start(schedule), within=30)
    minute = run["fire_at"][14:16]
    berlin = (int(run["fire_at"][11:13]) + 1) % 24  # it is winter in the tests' Berlin, or summer:
    hours = {f"{berlin:02d}:{minute}", f"{(berlin + 1) % 24:02d}:{minute}"}
    reader.open("?hours=1&table=yes")
    cell = reader.page.get_by_role("row").filter(has_text="Zoned").get_by_role("time").first
    mine = cell.inner_text()
    assert mine.split()[0] in hours
    assert mine.split()[1] in ("CET", "CEST", "GMT+1", "GMT+2")
    reader.field("Time zone").first.select_option("UTC")
    expect(cell).to_have_text(f"{run['fire_at'][11:16]} UTC")
    reader.button("As a picture").click()
    expect(reader.page.locator(".timeline-zone")).to_have_text("UTC")
    reader.open(f"/runs/{run['id']}")
    expect(reader.page.locator(".figures time").first).to_have_text(f"{run['fire_at'][11:19]} UTC")


def test_weeks_are_looked_at_in_sums_and_then_closer(reader: Reader, client: Client) -> None:
    schedule = client.create(name="Summed", target=drill(steps=1, seconds=0))
    client.until_ended(client.start(schedule), within=30)
    reader.open("?hours=48")
    reader.button("Zoom out").click()
    expect(reader.page).to_have_url(re.compile("hours=168"))
    lane = reader.page.get_by_role("group", name=re.compile("^Summed, 1 run"))
    column = lane.get_by_role("button")
    expect(column).to_have_accessible_name(re.compile(": 1 run, Duration"))
    reader.button("As a table").click()
    expect(reader.row("Summed")).to_contain_text("1")
    reader.button("As a picture").click()
    column.focus()
    column.press("Enter")
    expect(reader.page).to_have_url(re.compile("hours=12"))
    expect(lane.get_by_role("button", name=re.compile("succeeded"))).to_have_count(1)

"""Schedules, as a person makes, finds, changes and switches them."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from chalicelib.domain.time.instants import to_text
from tests.browser.conftest import Open
from tests.browser.reader import PATIENCE, Reader
from tests.e2e.client import CLOCK, Client, drill, wait_for

AT_THREE = {"type": "cron", "expression": "0 3 * * *", "timezone": "Europe/Berlin"}


def test_a_schedule_is_made_by_keyboard_alone(reader: Reader, client: Client) -> None:
    keyboard = reader.page.keyboard
    keyboard.press("Control+k")
    expect(reader.page.get_by_placeholder("A schedule, a page, an id…")).to_be_focused()
    keyboard.type("New sch")
    expect(reader.page.get_by_role("menuitem")).to_have_count(1)
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(reader.heading("New schedule")).to_be_focused()

    def to(label: str) -> None:
        for _ in range(40):
            keyboard.press("Tab")
            if reader.page.evaluate("() => document.activeElement.labels?.[0]?.innerText") == label:
                return
        raise AssertionError(f"Tab never leads to {label}")

    to("Name")
    keyboard.type("Made by keys")
    to("Job")
    keyboard.type("drill")
    to("steps")
    keyboard.type("2")
    keyboard.press("Enter")
    expect(reader.heading("Made by keys")).to_be_visible(timeout=PATIENCE)
    [schedule] = client.call("GET", "/v1/schedules?q=Made")["items"]
    assert schedule["target"] == {"type": "function", "name": "drill", "params": {"steps": 2}}
    assert schedule["cadence"]["seconds"] == 3600


def test_a_wrong_cron_expression_is_told_at_its_field(reader: Reader) -> None:
    reader.open("/schedules/new?from=cron")
    field = reader.field("Cron expression")
    reader.sees("on Monday to Friday")
    field.fill("61 3 * * *")
    expect(field).to_have_attribute("aria-invalid", "true")
    described = field.get_attribute("aria-describedby")
    assert described
    wrong = reader.page.locator(f"[id='{described.split()[-1]}']")
    expect(wrong).to_contain_text("61")
    reader.field("Name").fill("Wrong")
    reader.button("Save").click()
    # Every wrong field at once: there is no job yet, either.
    expect(reader.field("Job")).to_have_attribute("aria-invalid", "true")


def test_an_overlap_is_told_at_save(reader: Reader, client: Client) -> None:
    client.create(name="Long one", cadence=AT_THREE, target=drill(steps=1, seconds=1))
    reader.open("/schedules/new?from=cron")
    reader.field("Name").fill("Second one")
    reader.field("Cron expression").fill("0 3 * * *")
    reader.field("Job").select_option("drill")
    reader.button("Save").click()
    reader.sees("Overlap: they take turns")
    reader.sees(re.compile("Long one"))


def test_the_list_has_its_words_and_the_control_its_hours(reader: Reader, client: Client) -> None:
    schedule = client.create(name="Controlled", target=drill())
    reader.open("/schedules")
    for word in ("Total", "Enabled", "Last 24 h", "Active", "Queued"):
        expect(reader.page.get_by_role("term").filter(has_text=word).first).to_be_visible()
    for column in ("Name", "State", "Next run", "Last run", "Target"):
        expect(reader.page.get_by_role("columnheader", name=column, exact=True)).to_be_visible()
    reader.open(f"/schedules/{schedule['id']}")
    control = reader.field("How often it runs")
    expect(control.locator("option").first).to_be_attached()
    assert control.locator("option").all_inner_texts()[:6] == [
        "Off", "1 h", "3 h", "6 h", "12 h", "24 h",
    ]  # fmt: skip
    control.select_option("6 h")
    reader.sees(re.compile("in (6|5.9|5.99) h"))
    kept = client.call("GET", f"/v1/schedules/{schedule['id']}")
    assert kept["cadence"] == {
        "type": "interval", "seconds": 21600, "from": "completion", "anchor": None,
    } or kept["cadence"]["seconds"] == 21600  # fmt: skip
    control.select_option("Off")
    expect(reader.page.get_by_role("heading", level=1)).to_contain_text("paused")


def test_several_are_paused_at_once_and_filters_stay(reader: Reader, client: Client) -> None:
    for name in ("Alpha one", "Alpha two", "Beta"):
        client.create(name=name, cadence={"type": "interval", "seconds": 3600})
    reader.open("/schedules")
    reader.page.get_by_role("searchbox").fill("Alpha")
    expect(reader.row("Beta")).to_have_count(0)
    expect(reader.page).to_have_url(re.compile("q=Alpha"))
    reader.field("Select all").check()
    reader.page.get_by_role("region", name="Selected schedules").get_by_role(
        "button", name="Pause"
    ).click()
    reader.sees("2 of 2 done")
    expect(reader.row("Alpha one")).to_contain_text("paused")
    expect(reader.page).to_have_url(re.compile("q=Alpha"))
    reader.page.reload()
    expect(reader.row("Alpha two")).to_contain_text("paused")
    expect(reader.row("Beta")).to_have_count(0)
    [beta] = client.call("GET", "/v1/schedules?q=Beta")["items"]
    assert beta["status"] == "active"


def test_a_broken_schedule_is_marked_everywhere_and_is_resumed(
    reader: Reader, client: Client
) -> None:
    client.tick()  # the first call is a cold start, which takes as long as it likes
    schedule = client.create(
        name="Breaks",
        cadence={"type": "once", "at": to_text(CLOCK.now() + timedelta(seconds=6))},
        target={"type": "function", "name": "drill", "params": {"steps": 1, "ending": "fail"}},
        breaker={"failures": 1},
    )
    runs = f"/v1/schedules/{schedule['id']}/runs"
    wait_for("it has run", lambda: client.tick() and client.runs(runs), within=60, every=2)
    reader.open("/schedules")
    expect(reader.row("Breaks")).to_contain_text("broken", timeout=60_000)
    reader.row("Breaks").get_by_role("link", name="Breaks").click()
    title = reader.page.get_by_role("heading", level=1)
    expect(title).to_contain_text("broken")
    colour = title.locator(".state-broken").evaluate("(badge) => getComputedStyle(badge).color")
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
    assert red > 2 * green and red > 2 * blue
    reader.button("Resume").click()
    expect(title).to_contain_text("active")
    path = f"/v1/schedules/{schedule['id']}"
    wait_for("it is on", lambda: client.call("GET", path)["status"] == "active", within=10)


def test_someone_else_was_there_first_and_both_versions_are_shown(
    visit: Open, client: Client
) -> None:
    schedule = client.create(name="Contested", description="before")
    reader = visit()
    reader.open(f"/schedules/{schedule['id']}?edit=yes")
    reader.field("Description").fill("mine")
    path = f"/v1/schedules/{schedule['id']}"
    client.call("PATCH", path, {"description": "theirs", "priority": 7})
    reader.button("Save").click()
    dialog = reader.dialog()
    expect(dialog).to_contain_text("Somebody else has changed this schedule meanwhile")
    row = dialog.get_by_role("row").filter(has_text="description")
    expect(row).to_contain_text("theirs")
    expect(row).to_contain_text("mine")
    dialog.get_by_role("button", name="Save what is chosen").click()
    expect(reader.heading("Contested")).to_be_visible(timeout=PATIENCE)
    after = client.call("GET", path)
    assert (after["description"], after["priority"]) == ("mine", 7)


def test_a_quieter_minute_is_taken_before_it_is_saved(reader: Reader, client: Client) -> None:
    long = client.create(name="Long one", cadence=AT_THREE, target=drill(steps=1, seconds=2))
    client.until_ended(client.start(long), within=30)
    reader.open("/schedules/new?from=cron")
    reader.field("Name").fill("Gives way")
    reader.field("Cron expression").fill("0 3 * * *")
    reader.field("Job").select_option("drill")
    effect = reader.page.get_by_role("region", name="Effect")
    expect(effect).to_contain_text("Overlap: they take turns", timeout=PATIENCE)
    chip = effect.get_by_role("button", name=re.compile(r"^:\d\d$")).first
    minute = int(chip.inner_text().removeprefix(":"))
    chip.click()
    expect(reader.field("Cron expression")).to_have_value(f"{minute} 3 * * *")
    expect(effect).not_to_contain_text("Overlap")
    reader.button("Save").click()
    expect(reader.heading("Gives way")).to_be_visible(timeout=PATIENCE)
    [saved] = client.call("GET", "/v1/schedules?q=Gives")["items"]
    assert saved["cadence"]["expression"] == f"{minute} 3 * * *"


def test_a_forecast_is_moved_to_another_minute_by_keys(reader: Reader, client: Client) -> None:
    hourly = {"type": "cron", "expression": "7 * * * *", "timezone": "UTC"}
    schedule = client.create(name="Movable", cadence=hourly, target=drill(steps=1, seconds=1))
    reader.open("?hours=6")
    lane = reader.page.get_by_role("group", name=re.compile("^Movable"))
    bar = lane.get_by_role("button", name=re.compile("forecast")).first
    bar.focus()
    bar.press("m")
    dialog = reader.dialog()
    slider = dialog.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("Minute :07"))
    slider.press("ArrowRight")
    expect(dialog).to_contain_text("8 * * * *")
    dialog.get_by_role("button", name="Move").click()
    reader.sees("Movable now fires at minute :08")
    kept = client.call("GET", f"/v1/schedules/{schedule['id']}")
    assert kept["cadence"]["expression"] == "8 * * * *"


def test_a_forecast_is_dragged_along_the_minutes_and_what_each_brings(
    reader: Reader, client: Client
) -> None:
    hourly = {"type": "cron", "expression": "7 * * * *", "timezone": "UTC"}
    schedule = client.create(name="Dragged", cadence=hourly, target=drill(steps=1, seconds=1))
    reader.open("?hours=6")
    lane = reader.page.get_by_role("group", name=re.compile("^Dragged"))
    bar = lane.get_by_role("button", name=re.compile("forecast")).first
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box
    x, y = box["x"] + 4, box["y"] + box["height"] / 2
    mouse = reader.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 20, y, steps=4)
    # All sixty are shaded as it is held, and the one below it says what it would bring.
    expect(lane.locator(".minute")).to_have_count(60)
    expect(lane.locator(".minute-label")).to_have_text(re.compile(r"^:\d\d · "))
    mouse.move(x + 30, y, steps=4)
    told = (lane.locator(".minute-label").text_content() or "")[1:3]
    mouse.up()
    expect(lane.locator(".minute")).to_have_count(0)
    dialog = reader.dialog()
    expect(dialog.get_by_role("slider")).to_have_value(str(int(told)))
    assert int(told) != 7
    assert reader.page.url.endswith("hours=6"), "the click that ends a drag opens nothing"
    dialog.get_by_role("button", name="Move").click()
    reader.sees(f"Dragged now fires at minute :{told}")
    kept = client.call("GET", f"/v1/schedules/{schedule['id']}")
    assert kept["cadence"]["expression"] == f"{int(told)} * * * *"

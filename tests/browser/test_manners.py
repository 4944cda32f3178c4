"""What holds on every page: for everybody, on any screen, in both languages, and at little cost."""

import re
from typing import Any, Final

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import PICTURES, Open
from tests.browser.reader import Reader
from tests.e2e.client import Client, drill

PAGES: Final = {
    "overview": "",
    "schedules": "/schedules",
    "week": "/schedules?view=week",
    "share": "/schedules?view=share",
    "new-schedule": "/schedules/new?from=cron",
    "runs": "/runs",
    "audits": "/audits",
    "inbox": "/inbox",
    "activity": "/activity",
    "health": "/health",
    "settings": "/settings",
    "tokens": "/tokens",
}
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"},
    "german": {"locale": "de-DE", "color_scheme": "light"},
}


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_for_everybody(visit: Open, client: Client, look: str) -> None:
    """Pictures of it are left behind, to be looked at."""
    cadence = {"type": "cron", "expression": "*/5 * * * *", "timezone": "Europe/Berlin"}
    schedule = client.create(name="A schedule to look at", cadence=cadence, target=drill(steps=3))
    run = client.until_ended(client.start(schedule), within=30)
    reader = visit(**LOOKS[look])
    pages = {
        **PAGES,
        "schedule": f"/schedules/{schedule['id']}",
        "configuration": f"/schedules/{schedule['id']}?tab=configuration",
        "run": f"/runs/{run['id']}",
    }
    found = {}
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, path in pages.items():
        reader.open(path)
        expect(reader.page.locator(".skeleton")).to_have_count(0)
        reader.page.screenshot(path=PICTURES / f"{name}-{look}.png", full_page=True)
        flaws = reader.flaws() if look in ("light", "dark") else []
        width = reader.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        if width > 0:
            flaws.append(f"{width} px wider than the screen")
        found[name] = flaws
    assert {name: flaws for name, flaws in found.items() if flaws} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_dialogs_are_for_everybody(visit: Open, client: Client, theme: str) -> None:
    schedule = client.create(name="Asked about", target=drill(steps=2, seconds=0))
    client.until_ended(client.start(schedule), within=30)
    reader = visit(color_scheme=theme)
    reader.open("/schedules")
    found = {}
    for name in (
        "Run Asked about now",
        "Run log of Asked about",
        "Search",
        "Account and preferences",
    ):
        reader.button(re.compile(f"^{name}")).click()
        expect(reader.dialog()).to_be_visible()
        reader.page.screenshot(path=PICTURES / f"{name.split()[0].lower()}-dialog-{theme}.png")
        found[name] = reader.flaws()
        reader.page.keyboard.press("Escape")
        expect(reader.dialog()).to_have_count(0)
    assert {name: flaws for name, flaws in found.items() if flaws} == {}


def test_german_is_spoken_throughout(visit: Open, client: Client) -> None:
    schedule = client.create(name="Auf Deutsch", cadence={"type": "interval", "seconds": 3600})
    reader = visit(locale="de-DE")
    expect(reader.heading("Übersicht")).to_be_visible()
    assert reader.page.evaluate("() => document.documentElement.lang") == "de"
    reader.open(f"/schedules/{schedule['id']}")
    expect(reader.button("Jetzt ausführen")).to_be_visible()
    reader.sees("Nächster Lauf")
    reader.button("EN: show in English").click()
    expect(reader.button("Run now")).to_be_visible()


def test_a_page_that_nobody_sees_asks_for_nothing(reader: Reader) -> None:
    reader.sees("Needs you")
    reader.page.clock.install()
    reader.page.evaluate(
        """() => {
          Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
          Object.defineProperty(document, "hidden", {value: true, configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
          window.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    reader.page.wait_for_load_state("networkidle")
    reader.requests.clear()
    reader.page.clock.fast_forward("01:00:00")
    reader.page.wait_for_load_state("networkidle")
    assert [url for url in reader.requests if "/v1/" in url] == []


def test_a_tab_survives_a_deployment_with_what_was_being_written(reader: Reader) -> None:
    reader.open("/schedules/new")
    reader.field("Name").fill("Kept over a deployment")
    gone: list[str] = []

    def answer(route: Route) -> None:
        gone.append(route.request.url)
        route.fulfill(status=404, body="") if len(gone) == 1 else route.continue_()

    reader.page.route(re.compile("/assets/HealthPage"), answer)
    reader.link("Health").click()
    reader.dialog().get_by_role("button", name="Leave").click()
    expect(reader.heading("Health")).to_be_visible()
    assert len(gone) > 1
    reader.open("/schedules/new")
    expect(reader.field("Name")).to_have_value("Kept over a deployment")


def test_the_page_can_be_skipped_and_shortcuts_lead_on_or_are_off(reader: Reader) -> None:
    keyboard = reader.page.keyboard
    keyboard.press("Tab")
    expect(reader.link("Skip to the content")).to_be_focused()
    keyboard.press("Enter")
    expect(reader.page.locator("main")).to_be_focused()
    keyboard.press("g")
    keyboard.press("r")
    expect(reader.heading("Runs")).to_be_focused()
    keyboard.press("?")
    reader.page.get_by_role("switch", name="Single keys are shortcuts").uncheck()
    keyboard.press("Escape")
    keyboard.press("g")
    keyboard.press("s")
    expect(reader.heading("Runs")).to_be_visible()


def test_of_two_tabs_one_asks_for_both(reader: Reader, client: Client) -> None:
    """Something waits, so each alone would ask every four seconds."""
    client.start(client.create(name="Keeps busy", target=drill(steps=20, seconds=20)))
    reader.page.reload()  # While nothing works it asks too seldom to be sure to see it.
    reader.sees("Keeps busy")
    other = reader.context.new_page()
    asked: list[str] = []
    other.on("request", lambda request: asked.append(request.url))
    other.goto(f"{reader.url}/ui#token={reader.token}")
    expect(other.get_by_role("region", name="Now")).to_contain_text("Keeps busy")
    asked.clear()
    reader.requests.clear()
    # The end is told to both, by the answers that one of them gets.
    expect(other.get_by_role("region", name="Now")).to_contain_text("Slot free", timeout=40_000)
    expect(reader.page.get_by_role("region", name="Now")).to_contain_text("Slot free")
    looks = [sum(url.endswith("/v1/overview") for url in urls) for urls in (asked, reader.requests)]
    assert min(looks) <= 1 < max(looks)


def test_updates_that_are_paused_ask_for_nothing_until_they_go_on(reader: Reader) -> None:
    reader.sees("Needs you")
    reader.page.clock.install()
    reader.page.keyboard.press(".")
    reader.sees("updates paused")
    reader.page.wait_for_load_state("networkidle")
    reader.requests.clear()
    reader.page.clock.fast_forward("01:00:00")
    reader.page.wait_for_load_state("networkidle")
    assert [url for url in reader.requests if "/v1/" in url] == []
    with reader.page.expect_request("**/v1/overview"):
        reader.page.keyboard.press(".")
        reader.page.clock.fast_forward("01:00")


def test_a_tab_is_told_of_a_new_version_and_keeps_the_draft(reader: Reader, client: Client) -> None:
    reader.page.clock.install()
    reader.open("/schedules/new")
    reader.field("Name").fill("Written before")
    expect(reader.page.get_by_text("as of")).to_be_visible()

    overview = {**client.call("GET", "/v1/overview"), "build": "the-next"}
    reader.page.route("**/v1/overview", lambda route: route.fulfill(json=overview))
    reader.page.clock.fast_forward("01:00")
    reader.sees("A new version was deployed.")
    expect(reader.field("Name")).to_have_value("Written before")
    reader.page.unroute("**/v1/overview")
    reader.button("Reload").click()
    expect(reader.field("Name")).to_have_value("Written before")
    expect(reader.page.get_by_text("A new version was deployed.")).to_have_count(0)


def test_the_reference_of_the_api_shows_no_raw_markdown(reader: Reader) -> None:
    reader.page.goto(f"{reader.url}/docs")
    operations = reader.page.locator("details.operation")
    expect(operations.first).to_be_visible()
    for operation in ("POST /v1/schedules", "GET /v1/audits"):
        method, path = operation.split()
        summary = operations.locator("> summary").filter(has_text=re.compile(rf"^{method}{path} "))
        summary.click()
        expect(summary.locator("xpath=..").get_by_text("Answers")).to_be_visible()
    raw = reader.page.evaluate(
        """() => [...document.querySelectorAll("summary, main p, main li, .field > div")]
          .map((each) => each.innerText).filter((text) => /`|\\*\\*|\\]\\(/.test(text))"""
    )
    assert raw == []
    assert reader.page.locator("summary code", has_text="state").count() > 0

"""What the API lets people change besides schedules' usual fields, changed in the page."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.reader import PATIENCE, Reader
from tests.e2e.client import CLOCK, Client
from tests.e2e.client import at as instant


def test_a_pool_is_made_weighed_and_removed(reader: Reader, client: Client) -> None:
    reader.open("/settings")
    reader.button("New pool").click()
    dialog = reader.dialog()
    dialog.get_by_label("Name").fill("gpu")
    dialog.get_by_label("Slots").fill("2")
    dialog.get_by_label("Turns in a row").fill("default=11")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_label("Turns in a row")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Turns in a row").fill("default=3")
    dialog.get_by_role("button", name="Save").click()
    expect(reader.row("gpu")).to_contain_text("default=3")
    pool = client.call("GET", "/v1/settings")["pools"]["gpu"]
    assert pool == {"capacity": 2, "tenants": ["*"], "weights": {"default": 3}}
    reader.row("gpu").get_by_role("button", name="Change gpu").click()
    dialog.get_by_label("Turns in a row").fill("")
    dialog.get_by_label("Tenants").fill("default, acme")
    dialog.get_by_role("button", name="Save").click()
    expect(reader.row("gpu")).to_contain_text("default, acme")
    pool = client.call("GET", "/v1/settings")["pools"]["gpu"]
    assert (pool["tenants"], pool["weights"]) == (["default", "acme"], {})
    # What is of one pool alone can be looked at.
    reader.open("/runs")
    reader.field("Pool").select_option("gpu")
    expect(reader.page).to_have_url(re.compile("pool=gpu"))
    reader.sees("Nothing matches these filters")
    reader.open("/settings")
    reader.row("gpu").get_by_role("button", name="Remove gpu").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(reader.row("gpu")).to_have_count(0)
    assert "gpu" not in client.call("GET", "/v1/settings")["pools"]


def test_interactive_work_is_signalled_and_ended(reader: Reader, client: Client) -> None:
    reader.open("/health")
    reader.field("Who or what works").fill("editor")
    reader.field("For (minutes)").fill("5")
    reader.button("Signal").click()
    signal = reader.page.get_by_role("listitem").filter(has_text="editor")
    expect(signal).to_be_visible()
    assert [each["source"] for each in client.call("GET", "/v1/overview")["pressure"]] == ["editor"]
    signal.get_by_role("button", name="End").click()
    expect(signal).to_have_count(0)
    assert client.call("GET", "/v1/overview")["pressure"] == []


def test_an_audit_is_made_renamed_and_kept_for_some_days(reader: Reader, client: Client) -> None:
    reader.open("/audits")
    reader.button("New audit").click()
    dialog = reader.dialog()
    dialog.get_by_label("Title").fill("Prices")
    dialog.get_by_label("Your own id of it").fill("page-7")
    dialog.get_by_role("button", name="Create").click()
    more = reader.row("Prices").get_by_role("button", name="More actions")
    more.click()
    reader.page.get_by_role("menuitem", name="Edit…").click()
    dialog.get_by_label("Title").fill("Prices of 2026")
    dialog.get_by_role("button", name="Save").click()
    expect(reader.row("Prices of 2026")).to_contain_text("page-7")
    more.click()
    reader.page.get_by_role("menuitem", name="Keep active for…").click()
    dialog.get_by_label("Days").fill("7")
    dialog.get_by_role("button", name="Keep active").click()
    reader.sees("Prices of 2026 stays active")
    [audit] = client.call("GET", "/v1/audits?external_id=page-7")["items"]
    left = instant(audit["review_at"]) - CLOCK.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    client.call("DELETE", f"/v1/audits/{audit['id']}", expect=204)


def test_a_token_is_made_and_its_secret_replaced(reader: Reader, client: Client) -> None:
    reader.open("/tokens")
    reader.button("New token").click()
    dialog = reader.dialog()
    dialog.get_by_label("Name").fill("robot")
    dialog.get_by_label("Scope").select_option("operator")
    dialog.get_by_role("button", name="Create").click()
    secret = dialog.locator(".secret code")
    first = secret.inner_text()
    reader.page.keyboard.press("Escape")
    reader.row("robot").get_by_role("button", name="More actions").click()
    reader.page.get_by_role("menuitem", name="Rotate…").click()
    dialog.get_by_label("The old secret goes on for (minutes)").fill("0")
    dialog.get_by_role("button", name="Rotate").click()
    expect(secret).to_be_visible()
    assert secret.inner_text() not in ("", first)
    reader.page.keyboard.press("Escape")
    # Both are there until the first has ended; each is revoked by its own menu.
    for token in client.call("GET", "/v1/tokens")["items"]:
        if token["name"] == "robot":
            client.call("DELETE", f"/v1/tokens/{token['id']}", expect=204)


def test_every_field_of_an_http_target_is_written(reader: Reader, client: Client) -> None:
    reader.open("/schedules/new")
    reader.field("Name").fill("Calls out")
    reader.field("Active as soon as it is saved").uncheck()
    reader.field("Kind").select_option("http")
    reader.field("URL").fill("http://127.0.0.1:8089/hook")
    reader.field("Body (JSON)").fill('["a", "list"]')
    reader.field("Status codes of success").fill("200, 409")
    reader.field("Signing secret").fill("hook")
    reader.field("Attempts").fill("3")
    reader.field("Rests").select_option("exponential")
    reader.field("Longest rest (seconds)").fill("600")
    reader.field("… after interruptions").fill("4")
    reader.button("Save").click()
    expect(reader.heading("Calls out").or_(reader.link("Back to the schedule"))).to_be_visible(
        timeout=PATIENCE
    )
    [saved] = client.call("GET", "/v1/schedules?q=Calls")["items"]
    target = saved["target"]
    assert (target["body"], target["success_codes"]) == (["a", "list"], [200, 409])
    assert target["signing_secret"] == {"secret": "hook"}
    assert saved["retry"]["max_delay_seconds"] == 600
    assert saved["breaker"]["interruptions"] == 4
    # What is not touched stays as it was.
    reader.open(f"/schedules/{saved['id']}?edit=yes")
    reader.field("Description").fill("Later")
    reader.button("Save").click()
    expect(reader.heading("Calls out").or_(reader.link("Back to the schedule"))).to_be_visible(
        timeout=PATIENCE
    )
    after = client.call("GET", f"/v1/schedules/{saved['id']}")
    assert after["description"] == "Later"
    assert (after["target"], after["cadence"]) == (target, saved["cadence"])


def test_work_that_is_done_elsewhere_is_told_how_to_take_the_slot(
    reader: Reader, client: Client
) -> None:
    line = "baton exec 'Backs up' --wait -- your-command"
    reader.open("/schedules/new")
    reader.field("Name").fill("Backs up")
    reader.field("Kind").select_option("external")
    reader.sees(line)
    reader.field("Max tokens").fill("1000")
    reader.field("Max cost").fill("2.5")
    reader.button("Save").click()
    expect(reader.heading("Backs up")).to_be_visible(timeout=PATIENCE)
    [saved] = client.call("GET", "/v1/schedules?q=Backs")["items"]
    assert saved["target"] == {"type": "external"}
    assert (saved["max_tokens"], saved["max_cost"]) == (1000, 2.5)
    reader.button("Run now").click()
    expect(reader.dialog()).to_contain_text(line)
    expect(reader.dialog().get_by_role("button", name="Run now", exact=True)).to_have_count(0)

"""Who gets in, how, and what they then may see."""

import re
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.issuer import CLIENT, Issuer
from tests.browser.reader import PATIENCE
from tests.e2e.client import Client
from tests.e2e.conftest import Deployment


def test_the_link_signs_in_and_leaves_no_token_in_the_address(
    deployment: Deployment, visit: Open
) -> None:
    reader = visit()
    assert reader.page.url == f"{deployment.url}/ui"
    assert [url for url in reader.requests if deployment.token in url] == []
    kept = reader.page.evaluate("() => [localStorage, document.cookie].map(JSON.stringify).join()")
    assert deployment.token not in kept


def test_a_token_is_pasted_and_a_wrong_one_is_told_apart(
    deployment: Deployment, visit: Open
) -> None:
    reader = visit(token=None)
    reader.page.goto(f"{deployment.url}/ui/runs")
    field = reader.field("API token")
    field.fill("bt_nobody")
    field.press("Enter")
    reader.sees("This token is not valid here")
    field.fill(deployment.token)
    field.press("Enter")
    expect(reader.heading("Runs")).to_be_visible(timeout=PATIENCE)


def test_a_viewer_sees_everything_and_no_action(
    deployment: Deployment, visit: Open, client: Client
) -> None:
    schedule = client.create(name="Looked at")
    reader = visit(deployment.new_token(scopes="viewer"))
    reader.open("/schedules")
    row = reader.row("Looked at")
    expect(row).to_be_visible()
    assert row.get_by_role("switch").count() == 0
    assert row.get_by_role("button", name=re.compile("Run .* now|More actions")).count() == 0
    assert reader.link("New schedule").count() == 0
    assert reader.link("Tokens").count() == 0
    reader.open(f"/schedules/{schedule['id']}")
    expect(reader.button("Run log")).to_be_visible()
    assert reader.page.get_by_role("button", name=re.compile("^(Pause|Run now)$")).count() == 0


def test_a_token_that_ends_meanwhile_leads_back_to_what_was_being_written(
    deployment: Deployment, visit: Open, client: Client
) -> None:
    made = client.call("POST", "/v1/tokens", {"name": "short", "scopes": ["operator"]}, 201)
    reader = visit(made["secret"])
    reader.open("/schedules/new")
    reader.field("Name").fill("Not lost")
    # The gateway knows a token for a while after its end; to the page it ends with a 401. Only
    # saving is answered so: if a poll were, too, the form could be gone before it is saved.
    saving = re.compile(r"/v1/schedules$")
    reader.page.route(saving, lambda route: route.fulfill(status=401, json={"status": 401}))
    reader.button("Save").click()
    reader.sees("Your token is not valid any more")
    reader.page.unroute(saving)
    client.call("DELETE", f"/v1/tokens/{made['token']['id']}", expect=204)
    reader.field("API token").fill(deployment.token)
    reader.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(reader.field("Name")).to_have_value("Not lost")


def test_one_signs_in_with_the_issuer_of_the_company_and_comes_back(
    deployment: Deployment, visit: Open, company: Issuer
) -> None:
    reader = visit(token=None)
    reader.page.goto(f"{deployment.url}/ui/runs?status=failed")
    reader.button("Sign in with single sign-on").click()
    reader.link("Go on as Ada").click()
    expect(reader.heading("Runs")).to_be_visible(timeout=PATIENCE)
    assert reader.page.url == f"{deployment.url}/ui/runs?status=failed"
    assert company.redeemed == 1
    # The deployment takes the issuer's own token: it knows who that is, and what they may do.
    reader.open("/schedules")
    expect(reader.link("New schedule")).to_be_visible()
    expect(reader.link("Tokens")).to_have_count(0)
    reader.button("Account and preferences").click()
    expect(reader.dialog().or_(reader.page.get_by_role("menu"))).to_contain_text("ada@acme.test")


def test_a_code_that_somebody_else_asked_for_signs_nobody_in(
    deployment: Deployment, visit: Open, company: Issuer
) -> None:
    company.asked["stolen"] = {
        "client_id": CLIENT,
        "redirect_uri": f"{deployment.url}/ui",
        "code_challenge": "of-another-browser",
        "code_challenge_method": "S256",
    }
    reader = visit(token=None)
    reader.page.goto(f"{deployment.url}/ui")
    reader.button("Sign in with single sign-on").click()
    back = reader.link("Go on as Ada").get_attribute("href")
    assert back
    state = dict(parse_qsl(urlsplit(back).query))["state"]
    before = company.redeemed
    reader.page.goto(f"{deployment.url}/ui?code=stolen&state={state}")
    reader.sees(re.compile("Signing in failed: .*invalid_grant"))
    expect(reader.field("API token")).to_be_visible()
    # Of an answer that nobody here has asked for, not even the code is handed on.
    reader.page.goto(f"{deployment.url}/ui?code=stolen&state=made-up")
    expect(reader.field("API token")).to_be_visible()
    assert company.redeemed == before

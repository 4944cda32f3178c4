"""Who gets in, how, and what they then may see."""

import base64
import hashlib
import re
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Route, expect

from tests.browser.conftest import ISSUER, Open
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
    client.call("DELETE", f"/v1/tokens/{made['token']['id']}", expect=204)
    # The gateway knows the token for a while; to the page it ends with the first answer of 401.
    reader.page.route("**/v1/**", lambda route: route.fulfill(status=401, json={"status": 401}))
    reader.button("Save").click()
    reader.sees("Your token is not valid any more")
    reader.page.unroute("**/v1/**")
    reader.field("API token").fill(deployment.token)
    reader.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(reader.field("Name")).to_have_value("Not lost")


def test_one_signs_in_with_the_issuer_of_the_company_and_comes_back(
    deployment: Deployment, visit: Open
) -> None:
    """The issuer is played by the test, and checks what PKCE is there for."""
    reader = visit(token=None)
    asked: dict[str, str] = {}

    def play(route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.path.endswith("/openid-configuration"):
            ends = {f"{name}_endpoint": f"{ISSUER}/{name}" for name in ("authorization", "token")}
            return route.fulfill(json=ends, headers={"Access-Control-Allow-Origin": "*"})
        if url.path == "/authorization":
            asked.update(parse_qsl(url.query))
            back = f"{asked['redirect_uri']}?code=once&state={asked['state']}"
            return route.fulfill(status=302, headers={"Location": back})
        sent = dict(parse_qsl(route.request.post_data or ""))
        digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        assert (sent["code"], sent["client_id"]) == ("once", "dashboard")
        assert asked["code_challenge"] == challenge
        return route.fulfill(
            json={"access_token": deployment.token}, headers={"Access-Control-Allow-Origin": "*"}
        )

    reader.page.route(f"{ISSUER}/**", play)
    reader.page.goto(f"{deployment.url}/ui/runs?status=failed")
    reader.button("Sign in with single sign-on").click()
    expect(reader.heading("Runs")).to_be_visible(timeout=PATIENCE)
    assert reader.page.url == f"{deployment.url}/ui/runs?status=failed"
    assert (asked["code_challenge_method"], asked["audience"]) == ("S256", "baton")

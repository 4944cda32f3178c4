"""Audits and the inbox: what people are asked, and answer."""

import json
from datetime import timedelta

from playwright.sync_api import expect

from chalicelib.domain.time.instants import to_text
from tests.browser.reader import Reader
from tests.e2e.aws import client_of, of_a_rule, physical_name
from tests.e2e.client import CLOCK, Client
from tests.e2e.conftest import Deployment


def test_an_audit_is_kept_after_second_thoughts(
    deployment: Deployment, reader: Reader, client: Client
) -> None:
    published = to_text(CLOCK.now() - timedelta(days=31))
    audit = client.call(
        "POST", "/v1/audits", {"title": "An old page", "published_at": published}, 201
    )
    client_of(deployment, "lambda").invoke(
        FunctionName=physical_name(deployment, "Daily"), Payload=json.dumps(of_a_rule())
    )
    reader.open("/inbox")
    item = reader.page.get_by_role("listitem").filter(has_text="An old page")
    item.get_by_role("button", name="Deactivate").click()
    item.get_by_role("button", name="Undo").click()
    item.get_by_role("button", name="Keep active").click()
    expect(item).to_contain_text("Stays active")
    expect(item).to_contain_text("kept active by tests", timeout=20_000)
    reader.open("/audits")
    expect(reader.row("An old page")).to_contain_text("active")
    after = client.call("GET", f"/v1/audits/{audit['id']}")
    assert (after["state"], after["deactivated_at"]) == ("active", None)

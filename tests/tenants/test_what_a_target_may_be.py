"""What a target may be: where its tenant may go, told whose run it is, careful with secrets."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from chalicelib.domain.targets.target_credentials import HIDDEN, is_credential
from chalicelib.engine import system
from chalicelib.platform import config
from chalicelib.platform.config import Allowed
from chalicelib.store import schedule_table
from chalicelib.store.dynamodb.models import ScheduleItem
from tests.api_client import Api
from tests.e2e.listener import Listener, listening
from tests.harness import Answer, Stack

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:"
ENVIRONMENT = {
    "BATON_ALLOW_FUNCTIONS": f"{ARN}all-*, acme={ARN}acme-*",
    "BATON_ALLOW_STATE_MACHINES": f"acme={MACHINE}acme-*",
    "BATON_ALLOW_TARGETS": "10.1.0.0/16,acme=10.2.0.0/16,umbrella=10.3.0.0/16",
}


@pytest.fixture
def shared(stack: Stack) -> Stack:
    """The deployment, whose lists have entries for one tenant beside those for all."""
    found = config.from_environment(ENVIRONMENT)
    lists = {
        name: getattr(found, name)
        for name in ("allow_targets", "allow_functions", "allow_state_machines", "allow_of_tenant")
    }
    system.use(replace(stack.system, config=replace(stack.system.config, **lists)))
    return stack


def create(stack: Stack, tenant: str, target: dict[str, Any]) -> Answer:
    body = {
        "name": "Probe",
        "cadence": {"type": "manual"},
        "target": target,
        "enabled": False,
    }
    return stack.http("POST", "/v1/schedules", body, token=stack.token(tenant=tenant))


def fields(answer: Answer) -> list[str]:
    assert answer.status == 422, answer.json
    return [error["field"] for error in answer.json["errors"]]


# What a tenant is allowed


@pytest.mark.parametrize(
    ("target", "of_all"),
    [
        ({"type": "lambda", "function_arn": ARN + "all-1"}, True),
        ({"type": "lambda", "function_arn": ARN + "acme-1"}, False),
        ({"type": "step_function", "state_machine_arn": MACHINE + "acme-1"}, False),
        ({"type": "http", "url": "https://10.1.0.1/"}, True),
        ({"type": "http", "url": "https://10.2.0.1/"}, False),
    ],
)
def test_entries_for_a_tenant_are_its_alone(
    shared: Stack, target: dict[str, Any], of_all: bool
) -> None:
    assert create(shared, "acme", target).status == 201
    assert (create(shared, "umbrella", target).status == 201) is of_all


def test_what_is_taken_off_the_list_is_not_started(shared: Stack, api: Api) -> None:
    made = create(shared, "acme", {"type": "http", "url": "https://10.2.0.1/"}).json["schedule"]
    narrower = replace(system.current().config, allow_of_tenant={})
    system.use(replace(system.current(), config=narrower))
    token = shared.token(tenant="acme", scopes=["admin"])
    path = f"/v1/schedules/{made['id']}/runs"
    run = shared.http("POST", path, {}, token=token).json
    shared.deliver()
    ended = api.get(f"/v1/runs/{run['id']}", token)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "aborted")


def test_an_entry_for_no_tenant_is_left_out() -> None:
    found = config.from_environment({"BATON_ALLOW_TARGETS": "a b=10.0.0.0/8,=10.1.0.0/16,x=ten"})
    assert (found.allow_targets, found.allow_of_tenant) == ((), {})


def test_a_tenant_has_what_all_have_besides() -> None:
    found = config.from_environment(ENVIRONMENT)
    assert found.allowed_to("acme") == Allowed(
        networks=(ip_network("10.1.0.0/16"), ip_network("10.2.0.0/16")),
        functions=(f"{ARN}all-*", f"{ARN}acme-*"),
        state_machines=(f"{MACHINE}acme-*",),
    )
    assert found.allowed_to("other").networks == (ip_network("10.1.0.0/16"),)


# Whose run it is


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


def test_a_target_is_told_whose_run_it_is(listener: Listener) -> None:
    with Stack(allow_targets=["127.0.0.0/8"]) as stack:
        made = create(stack, "acme", {"type": "http", "url": listener.url}).json["schedule"]
        token = stack.token(tenant="acme", scopes=["admin"])
        stack.http("POST", f"/v1/schedules/{made['id']}/runs", {}, token=token)
        stack.deliver()
    (request,) = listener.requests
    assert request.headers["baton-tenant-id"] == "acme"


# Credentials that stand there as text


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "cookie",
        "X-Api-Key",
        "X-Auth-Token",
        "Api_Key",
        "X-Hub-Signature",
        "PASSWORD",
    ],
)
def test_a_literal_credential_is_refused_with_the_way_to_name_a_secret(
    stack: Stack, name: str
) -> None:
    target = {"type": "http", "url": "https://example.com/", "headers": {name: "Bearer abc123"}}
    answer = create(stack, "default", target)
    assert fields(answer) == [f"target.headers.{name}"]
    assert '{"secret": "its name"}' in answer.json["errors"][0]["message"]
    assert b"abc123" not in answer.body
    target["headers"] = {name: {"secret": "key"}}
    assert create(stack, "default", target).status == 201


@pytest.mark.parametrize("name", ["X-Team", "Accept", "Content-Type", "X-Token-Count", "X-Author"])
def test_other_headers_are_no_credentials(name: str) -> None:
    assert not is_credential(name)


@pytest.fixture
def legacy(stack: Stack, api: Api) -> dict[str, Any]:
    """A schedule of an earlier release, with a credential in a header."""
    made = api.create(
        enabled=False,
        target={"type": "http", "url": "https://example.com/", "headers": {"X-Team": "a"}},
    )
    stored = schedule_table.get_whole("default", made["id"])
    target = {**stored.target, "headers": {"X-Team": "a", "Authorization": "Bearer abc123"}}
    ScheduleItem("default", made["id"]).update([ScheduleItem.target.set(target)])
    return made


def stored_headers(schedule: dict[str, Any]) -> dict[str, Any]:
    return dict(schedule_table.get_whole("default", schedule["id"]).target["headers"])


def test_where_one_exists_nobody_is_shown_it(
    stack: Stack, api: Api, legacy: dict[str, Any]
) -> None:
    path = f"/v1/schedules/{legacy['id']}"
    patched = {"description": "x"}
    for answer in (
        stack.http("GET", path, token=stack.owner),
        stack.http("GET", "/v1/schedules", token=stack.owner),
        stack.http("PATCH", path, patched, token=stack.owner),
        stack.http("GET", "/v1/activity", token=stack.owner),
    ):
        assert answer.status == 200
        assert b"abc123" not in answer.body
    assert api.schedule(legacy)["target"]["headers"]["Authorization"] == HIDDEN


def test_it_can_be_changed_exported_and_written_back(
    stack: Stack, api: Api, legacy: dict[str, Any]
) -> None:
    path = f"/v1/schedules/{legacy['id']}"
    seen = stack.http("GET", path, token=stack.viewer)
    match = {"If-Match": seen.headers["etag"]}
    target = {**seen.json["target"], "method": "PUT"}
    for query, body in (
        ("", {"name": "Renamed"}),
        ("", {"target": target}),
        ("?replace=target", {"target": target}),
    ):
        answer = stack.http("PATCH", path + query, body, token=stack.operator, headers=match)
        assert answer.status == 200, answer.json
        assert stored_headers(legacy) == {"X-Team": "a", "Authorization": "Bearer abc123"}
        match = {"If-Match": answer.headers["etag"]}


def test_another_one_does_not_take_its_place(stack: Stack, legacy: dict[str, Any]) -> None:
    path = f"/v1/schedules/{legacy['id']}"
    for headers in ({"Authorization": "Bearer other"}, {"X-Api-Key": HIDDEN}):
        body = {"target": {"headers": headers}}
        assert stack.http("PATCH", path, body, token=stack.operator).status == 422
    named = {"target": {"headers": {"Authorization": {"secret": "key"}}}}
    assert stack.http("PATCH", path, named, token=stack.operator).status == 200
    assert stored_headers(legacy)["Authorization"] == {"secret": "key"}


# https


@pytest.mark.parametrize(
    "private",
    [
        {"headers": {"X-Key": {"secret": "key"}}},
        {"signing_secret": {"secret": "key"}},
        {"completion": "callback"},
    ],
)
@pytest.mark.parametrize("host", ["example.com", "8.8.8.8"])
def test_secrets_signatures_and_run_tokens_go_over_https_only(
    stack: Stack, private: dict[str, Any], host: str
) -> None:
    plain = {"type": "http", "url": f"http://{host}/", **private}
    assert fields(create(stack, "default", plain)) == ["target.url"]
    assert create(stack, "default", {**plain, "url": f"https://{host}/"}).status == 201
    assert create(stack, "default", {"type": "http", "url": f"http://{host}/"}).status == 201


def test_without_https_they_go_into_opened_networks(listener: Listener) -> None:
    target = {"type": "http", "url": listener.url, "headers": {"X-Key": {"secret": "key"}}}
    with Stack(allow_targets=["127.0.0.0/8"]) as stack:
        stack.keep_secret("key", "s3cret")
        made = create(stack, "default", target).json["schedule"]
        stack.http("POST", f"/v1/schedules/{made['id']}/runs", {}, token=stack.admin)
        stack.deliver()
    (request,) = listener.requests
    assert request.headers["x-key"] == "s3cret"


def test_a_name_is_judged_by_where_it_leads_when_the_request_is_sent() -> None:
    """While a deployment has opened networks, a name may lead into one of them, or not."""
    target = {"type": "http", "url": "http://example.com/", "headers": {"X-Key": {"secret": "key"}}}
    with Stack(allow_targets=["127.0.0.0/8"]) as stack:
        stack.keep_secret("key", "s3cret")
        made = create(stack, "default", target).json["schedule"]
        path = f"/v1/schedules/{made['id']}/runs"
        run = stack.http("POST", path, {}, token=stack.admin).json
        stack.deliver()
        ended = stack.http("GET", f"/v1/runs/{run['id']}", token=stack.viewer).json
    assert (ended["failure_reason"], "over https only" in ended["error_message"]) == (
        "aborted",
        True,
    )

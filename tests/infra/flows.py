"""One short flow for each thing that a deployment does: together they need all of its rights.

Each takes a fresh deployment, on the DynamoDB in memory. That what comes of it is right is tested
elsewhere; here it matters who asks AWS for what.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any, Final

from chalicelib.engine import system
from chalicelib.engine.requests.schedule_deletion import MOST_AT_ONCE
from chalicelib.jobs.context import JobContext
from chalicelib.platform.queues import RunMessage
from chalicelib.platform.secrets import NoSuchSecret, Secrets, SecretStore
from tests.api.callers.test_tokens import cut_short
from tests.api_client import Api
from tests.engine.seams import TRANSACTION, just_before
from tests.harness import Crash, Stack
from tests.permissions import PARAMETERS
from tests.spoiling import spoil_run, spoil_schedule

Flow = Callable[[Stack], object]

DAY: Final = 86_400
STORES: Final[tuple[SecretStore, ...]] = ("ssm", "secretsmanager")
#: More than lies in an item of a schedule or a run itself.
LARGE: Final = "x" * 1000
EVERY_MINUTE: Final = {"type": "cron", "expression": "* * * * *"}
DRILL: Final = {"type": "function", "name": "drill", "params": {"steps": 2, "seconds": 0}}
FAILING: Final = {"type": "function", "name": "drill", "params": {"seconds": 0, "ending": "fail"}}
FUNCTION: Final = PARAMETERS["AllowFunctions"].replace("*", "crawl")
MACHINE: Final = PARAMETERS["AllowStateMachines"].replace("*", "index")


def call(stack: Stack, method: str, path: str, body: Any = None, **more: Any) -> Any:
    """What the owner is answered, who must not be refused."""
    answer = stack.http(method, path, body, token=stack.owner, **more)
    assert answer.status < 400, (method, path, answer.json)
    return answer.json


# People and their schedules


def schedules_and_runs(stack: Stack) -> None:
    """A schedule from its making to its deletion, with what one may ask in between."""
    api = Api(stack)
    body = {"name": "Probe", "cadence": EVERY_MINUTE, "target": DRILL}
    for _ in range(2):
        made = call(stack, "POST", "/v1/schedules", body, headers={"Idempotency-Key": "once"})
    schedule = made["schedule"]
    path = f"/v1/schedules/{schedule['id']}"
    call(stack, "PATCH", path, {"priority": 3})
    stack.run_for(90)
    for act in ("pause", "resume", "check"):
        call(stack, "POST", f"{path}/{act}")
    run = api.start(schedule, "?when_busy=force")
    call(stack, "POST", f"{path}/runs?when_busy=queue", {})
    stack.deliver()
    for what in (
        path,
        f"{path}/explain",
        f"{path}/runs",
        f"/v1/runs/{run['id']}/log",
        "/v1/runs",
    ):
        call(stack, "GET", what)
    call(stack, "POST", f"/v1/runs/{run['id']}/retry?when_busy=queue", {})
    call(stack, "POST", f"/v1/runs/{api.runs(schedule)[-1]['id']}/cancel")
    stack.deliver()
    stack.run_for(60 * MOST_AT_ONCE)
    call(stack, "DELETE", path)
    stack.tick()
    stack.advance(600)
    stack.tick()


def large_parts(stack: Stack) -> None:
    """What is large lies apart: it is written, read, made small and removed."""
    stack.register("takes-anything", lambda _context, _params: None)
    api, target = Api(stack), {"type": "function", "name": "takes-anything"}
    schedule = api.create(target=target, description=LARGE)
    path = f"/v1/schedules/{schedule['id']}"
    run = call(stack, "POST", f"{path}/runs", {"payload": {"note": LARGE}})
    stack.deliver()
    call(stack, "GET", "/v1/schedules")
    call(stack, "POST", f"/v1/runs/{run['id']}/retry", {})
    stack.deliver()
    call(stack, "PATCH", path, {"description": ""})
    call(stack, "DELETE", path)


def looking_around(stack: Stack) -> None:
    """Lists, forecasts, health; and a pass by hand."""
    Api(stack).create(cadence=EVERY_MINUTE)
    stack.run_for(120)
    runs, budget = "runs?status=succeeded", "budget-suggestion?type=function&name=drill"
    for path in (
        "schedules",
        runs,
        "forecast",
        budget,
        "stats",
        "health",
        "slot",
        "activity",
        "limits",
        "me",
        "overview",
        "timeline",
    ):
        call(stack, "GET", f"/v1/{path}")
    stack.advance(60)
    call(stack, "POST", "/v1/tick")
    call(stack, "POST", "/v1/cadence/preview", {"cadence": EVERY_MINUTE})
    draft = {
        "name": "Draft",
        "cadence": {"type": "cron", "expression": "5 * * * *"},
        "target": DRILL,
    }
    call(stack, "POST", "/v1/schedules/preview", {"definition": draft, "check": True})
    call(stack, "POST", "/v1/forecast/trial", {"definition": draft})


def acting_for_others(stack: Stack) -> None:
    """An owner cancels runs of another tenant: one that waits, and one at work."""
    api, operator = Api(stack), stack.token(tenant="acme", scopes=["operator"])
    schedule = api.create(token=operator, cadence={"type": "manual"})
    path = f"/v1/schedules/{schedule['id']}/runs?when_busy=queue"
    asked = [stack.http("POST", path, {}, token=operator).json for _ in range(2)]
    for run in reversed(asked):
        call(stack, "POST", f"/v1/runs/{run['id']}/cancel")
    stack.deliver()


def settings(stack: Stack) -> None:
    """Capacity and pressure."""
    call(stack, "GET", "/v1/settings")
    call(stack, "PATCH", "/v1/settings", {"capacity": 2})
    call(stack, "PUT", "/v1/pressure/editor", {"ttl_seconds": 60})
    call(stack, "DELETE", "/v1/pressure/editor")
    for method, body in (("PUT", {"ttl_seconds": 60}), ("DELETE", None)):
        call(stack, method, "/v1/pressure/editor?deployment=true", body)


def tokens(stack: Stack) -> None:
    """A token made, used, seen, rotated and revoked; one whose request was repeated."""
    body = {"name": "CI", "scopes": ["operator"]}
    made = call(stack, "POST", "/v1/tokens", body)
    stack.http("GET", "/v1/slot", token=made["secret"])
    path = f"/v1/tokens/{made['token']['id']}"
    call(stack, "GET", path)
    call(stack, "GET", "/v1/tokens")
    call(stack, "POST", f"{path}/rotate", {})
    call(stack, "DELETE", f"{path}?cascade=true")
    cut_short(stack)
    call(stack, "POST", "/v1/tokens", body, headers={"Idempotency-Key": "order-1"})


def audits_and_inbox(stack: Stack) -> None:
    """An audit through its states, and what the inbox says of it."""
    body = {"title": "How we bake", "external_id": "B-1", "published_at": "2026-03-01T00:00:00Z"}
    audit = call(stack, "POST", "/v1/audits", body)
    path = f"/v1/audits/{audit['id']}"
    call(stack, "PATCH", path, {"title": "How we brew"})
    stack.advance(30 * DAY)
    stack.daily()
    call(stack, "GET", "/v1/audits")
    for query in ("?state=active", "?state=review_due", "?external_id=B-1"):
        call(stack, "GET", f"/v1/audits{query}")
    for unread in ("", "?unread=true"):
        items = call(stack, "GET", f"/v1/notifications{unread}")["items"]
    call(stack, "POST", f"/v1/notifications/{items[0]['id']}/read")
    call(stack, "POST", f"{path}/extend", {})
    call(stack, "DELETE", path)


def dead_letters(stack: Stack) -> None:
    """Messages that nobody could work off: counted, listed, sent back."""
    for kind, body in (("run", RunMessage("default", "gone", 1).to_body()), ("wake", "{}")):
        url = stack.sqs.get_queue_url(QueueName=f"baton-{kind}-dead")["QueueUrl"]
        stack.sqs.send_message(QueueUrl=url, MessageBody=body)
    call(stack, "GET", "/v1/dead-letters")
    call(stack, "POST", "/v1/dead-letters/redrive")


# What goes wrong


def failing(stack: Stack) -> None:
    """Attempts that fail, until the breaker trips while another run waits."""
    api = Api(stack)
    schedule = api.create(cadence=EVERY_MINUTE, target=FAILING, breaker={"failures": 3})
    stack.run_for(240)
    assert api.schedule(schedule)["status"] == "broken"


def failing_late(stack: Stack) -> None:
    """A breaker trips at the end of a run, while the next fire time waits for its jitter."""
    api = Api(stack)
    target = {**FAILING, "params": {"seconds": 40, "ending": "fail"}}
    while True:
        schedule = api.create(
            cadence=EVERY_MINUTE, target=target, jitter_seconds=55, breaker={"failures": 1}
        )
        if "25" < schedule["next_fire_at"][17:19] < "55":
            break
        call(stack, "DELETE", f"/v1/schedules/{schedule['id']}")
    stack.run_for(150)
    assert "skipped" in {run["status"] for run in api.runs(schedule)}


def dying(stack: Stack) -> None:
    """Runners die at work until the breaker trips: ticks see it, and then wakes."""
    stack.register("dies", _die)
    api = Api(stack)
    reapers: tuple[Flow, ...] = (lambda _: None, _wake)
    for reap in reapers:
        schedule = api.create(
            cadence=EVERY_MINUTE,
            target={"type": "function", "name": "dies"},
            lease_seconds=10,
            breaker={"interruptions": 2},
        )
        for _ in range(4):
            stack.tick()
            stack.deliver()
            stack.advance(40)
            reap(stack)
            stack.clock.set(stack._next_minute())
        assert api.schedule(schedule)["status"] == "broken"


def _die(_context: JobContext, _params: Any) -> None:
    raise Crash


def deleted_at_work(stack: Stack) -> None:
    """Schedules are deleted while their runs work: by a run that ends well, and by two that die."""
    for number, make_pass in enumerate((None, stack.tick, lambda: _wake(stack))):
        _deleted_by_its_run(stack, f"deletes-{number}", dies=make_pass is not None)
        stack.advance(60)
        if make_pass is not None:
            make_pass()


def _deleted_by_its_run(stack: Stack, name: str, *, dies: bool) -> None:
    target = {"type": "function", "name": name}

    def delete(context: JobContext, _params: Any) -> None:
        context.log("about to be deleted")
        context.step()
        call(stack, "DELETE", f"/v1/schedules/{schedule['id']}")
        if dies:
            raise Crash

    stack.register(name, delete)
    schedule = Api(stack).create(target=target, lease_seconds=10)
    call(stack, "POST", f"/v1/schedules/{schedule['id']}/runs", {"payload": {"note": LARGE}})
    stack.deliver()


def _wake(stack: Stack) -> None:
    """A wake comes at this very instant, and no tick."""
    stack.system.queues.send_wakes([stack.now], stack.now)
    stack.advance(1)
    stack.deliver()


def old_logs(stack: Stack) -> None:
    """The job that clears them away."""
    api = Api(stack)
    api.start(api.create(target=DRILL))
    stack.deliver()
    stack.advance(40 * DAY)
    api.start(api.create(target={"type": "function", "name": "cleanup-logs"}))
    stack.deliver()


def late(stack: Stack) -> None:
    """Ticks were missing for an hour."""
    Api(stack).create(cadence=EVERY_MINUTE)
    stack.tick()
    stack.advance(3600)
    stack.tick()


def spoilt(stack: Stack) -> None:
    """What cannot be read is put aside, and removed with its schedule."""
    api = Api(stack)
    schedule = api.create(cadence=EVERY_MINUTE)
    run = api.start(schedule)
    stack.deliver()
    spoil_run(run["id"], "status")
    call(stack, "DELETE", f"/v1/schedules/{schedule['id']}")
    spoil_schedule(api.create(cadence=EVERY_MINUTE)["id"])
    stack.run_for(120)


# Targets


def secrets_of_targets(stack: Stack) -> None:
    """They are looked for by the API and read by the runner, in either store."""
    headers = {"Authorization": {"secret": "crm"}}
    target = {"type": "http", "url": "https://example.com/", "headers": headers}
    for store in STORES:
        stack.system = replace(stack.system, secrets=Secrets("baton", store))
        system.use(stack.system)
        # As a readiness check does, but without its few seconds.
        with stack.as_function("api"), suppress(NoSuchSecret):
            stack.system.secrets.look_for("default", "crm")
        schedule = Api(stack).create(target=target, enabled=False)
        call(stack, "POST", f"/v1/schedules/{schedule['id']}/runs", {})
        stack.deliver()


class StandIn:
    """The client of any service: what it is asked it does, and what it has started goes on."""

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def answer(**params: Any) -> dict[str, Any]:
            started = f"{MACHINE.replace('stateMachine', 'execution')}:{params.get('name')}"
            return {"Payload": BytesIO(b"{}"), "executionArn": started, "status": "RUNNING"}

        return answer


def targets_in_aws(stack: Stack) -> None:
    """A function is looked for and invoked; an execution is started, followed and stopped."""
    stack.clients |= {"lambda": StandIn(), "stepfunctions": StandIn()}
    for target in (
        {"type": "lambda", "function_arn": FUNCTION},
        {"type": "step_function", "state_machine_arn": MACHINE},
    ):
        schedule = Api(stack).create(target=target, timeout_seconds=30)
        call(stack, "POST", f"/v1/schedules/{schedule['id']}/check")
        call(stack, "POST", f"/v1/schedules/{schedule['id']}/runs", {})
        stack.deliver()


# Audits and notifications


def many_audits(stack: Stack) -> None:
    """A daily pass that does not get done in its time: a wake makes the rest."""
    for number in range(2):
        body = {"title": f"No. {number}", "published_at": "2026-03-01T00:00:00Z"}
        call(stack, "POST", "/v1/audits", body)
    stack.advance(30 * DAY)
    audits = call(stack, "GET", "/v1/audits")["items"]
    passes: tuple[Flow, ...] = (_rest_of_daily, Stack.daily)
    for audit, make_pass in zip(audits, passes, strict=True):
        # Somebody else changes it just before the pass does, which then reads it again.
        rename = partial(call, stack, "PATCH", f"/v1/audits/{audit['id']}", {"title": "Changed"})
        with just_before(TRANSACTION, rename):
            make_pass(stack)
        stack.advance(30 * DAY)


def _rest_of_daily(stack: Stack) -> None:
    with stack.as_function("daily"):
        stack.system.queues.send_daily()
    stack.advance(1)
    stack.deliver()


def notifications(stack: Stack) -> None:
    """They go to a topic and to a webhook, which are both not there."""
    stack.clients["sns"] = StandIn()
    for store in STORES:
        config = replace(
            stack.system.config,
            notification_topic_arn=PARAMETERS["NoticeTopicArn"],
            notification_webhook_url="https://example.com/",
            notification_webhook_secret=PARAMETERS["NoticeWebhookSecret"],
        )
        stack.system = replace(stack.system, config=config, secrets=Secrets("baton", store))
        system.use(stack.system)
        Api(stack).create(cadence=EVERY_MINUTE, target=FAILING)
        stack.run_for(60)
        stack.outgoing()


class _Bus:
    """Stands in for EventBridge, which accepts everything."""

    def put_events(self, **_: Any) -> dict[str, Any]:
        return {"FailedEntryCount": 0}


def events(stack: Stack) -> None:
    """A large schedule breaks, and the event bus hears of it."""
    stack.clients["events"] = _Bus()
    bus = f"arn:aws:events:us-east-1:123456789012:event-bus/{PARAMETERS['EventBusName']}"
    config = replace(stack.system.config, event_bus_arn=bus)
    stack.system = replace(stack.system, config=config)
    system.use(stack.system)
    Api(stack).create(
        cadence=EVERY_MINUTE, target=FAILING, description=LARGE, breaker={"failures": 1}
    )
    stack.run_for(60)
    stack.outgoing()


FLOWS: Final[tuple[Flow, ...]] = (
    schedules_and_runs,
    large_parts,
    looking_around,
    acting_for_others,
    settings,
    tokens,
    audits_and_inbox,
    dead_letters,
    failing,
    failing_late,
    dying,
    deleted_at_work,
    old_logs,
    late,
    spoilt,
    secrets_of_targets,
    targets_in_aws,
    many_audits,
    notifications,
    events,
)

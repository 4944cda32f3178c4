"""A deployment in the middle of its work: something of everything that Baton stores.

`play` makes it over the API and the Lambdas' entry points, as people and AWS would, and answers
with what the outside world holds of it: tokens, cursors, keys, and the ids of what matters.
"""

import json
from datetime import timedelta
from typing import Any, Final

from chalicelib.domain.time.instants import to_text
from tests.api_client import Api
from tests.callbacks.conftest import ARN, Function
from tests.harness import Crash, Stack
from tests.spoiling import spoil_schedule

#: When the deployment began; it is written some hours later.
BEGINS: Final = "2026-03-01T00:00:00Z"
STATE_MACHINE: Final = "arn:aws:states:us-east-1:123456789012:stateMachine:work-review"
#: A request that a client may repeat.
REPEATED: Final = {
    "key": "make-it-once",
    "body": {
        "name": "Made once",
        "cadence": {"type": "manual"},
        "target": {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 0}},
    },
}
_DAY: Final = 86_400

Outside = dict[str, Any]


def surroundings(stack: Stack) -> Function:
    """What is around the deployment: a secret, a function that is called, jobs of its own."""
    function = Function()
    stack.clients["lambda"] = function
    stack.keep_secret("api-key")
    stack.register("dies", _die)
    stack.register("fails", _fail)
    stack.register("counts", lambda context, _params: context.step(tokens=1200, cost=0.25))
    return function


def play(stack: Stack) -> Outside:
    """Play the scenario, and answer with what the outside world holds of it."""
    function = surroundings(stack)
    api = Api(stack)
    outside: Outside = {"tokens": _tokens(stack)}
    _settings(stack)
    outside["audits"] = _audits(stack)
    outside["schedules"] = schedules = _schedules(api)
    outside["runs"] = runs = _ended_runs(api, stack)
    _expect_somebody(api, stack)
    stack.run_for(3 * 3600)
    _interactive_hour(stack, schedules)
    _outage(stack)
    runs |= _unended_runs(api, stack, schedules)
    outside["run_token"] = function.events[-1]["baton"]["run_token"]
    _large(api)
    _elsewhere(api, stack)
    outside["once"] = _repeated(stack)
    outside["cursors"] = {
        path: api.get(f"{path}?limit=1")["next_cursor"]
        for path in ("/v1/schedules", "/v1/runs", "/v1/audits", "/v1/notifications", "/v1/activity")
    }
    return outside


def _large(api: Api) -> None:
    """A schedule, and a run of it, whose large parts lie apart."""
    target = {"type": "function", "name": "counts", "params": {"text": "x" * 20_000}}
    schedule = api.create(name="Large", description="y" * 2000, tags=["large"], target=target)
    api.start(schedule, "?when_busy=queue", payload={"text": "z" * 20_000})


def _expect_somebody(api: Api, stack: Stack) -> None:
    """Work that is done elsewhere, for which nobody will come."""
    at = {"type": "once", "at": to_text(stack.now + timedelta(minutes=1))}
    grace = {"policy": "run_once", "grace_seconds": 0}
    api.create(name="Missed", target={"type": "external"}, cadence=at, misfire=grace)


def _elsewhere(api: Api, stack: Stack) -> None:
    """Work that is done elsewhere, for which two come at once: one finds no slot."""

    def expected(name: str, **more: Any) -> Outside:
        grid = {"type": "interval", "seconds": 60, "from": "grid"}
        return api.create(name=name, target={"type": "external"}, cadence=grid, pool="shop", **more)

    at_work = expected("Elsewhere", max_tokens=1000, max_cost=2.5)
    too_late = expected("Elsewhere, too late")
    stack.advance(60)
    begun = _call(stack, f"POST /v1/schedules/{at_work['id']}/runs?start=caller", {}, 201)
    path = f"/v1/runs/{begun['run']['id']}/heartbeat"
    said = {"checkpoint": {"page": 7}, "usage": {"tokens": 10, "cost": 0.5}}
    assert stack.http("POST", path, said, token=begun["run_token"]).status == 200
    _call(stack, f"POST /v1/schedules/{too_late['id']}/runs?start=caller", {}, 429)


def _die(_context: Any, _params: Any) -> None:
    raise Crash


def _fail(_context: Any, _params: Any) -> None:
    raise RuntimeError("It fails, as it always does.")


def _call(
    stack: Stack, call: str, body: Any = None, status: int = 200, **headers: str
) -> dict[str, Any]:
    method, path = call.split()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = stack.http(method, path, body, token=stack.owner, headers=sent)
    assert answer.status == status, answer.json
    return dict(answer.json or {})


def _tokens(stack: Stack) -> dict[str, str]:
    """The owner's token of the command line, and further ones made over the API."""
    made = {"owner": stack.owner}
    for scope, body in (
        ("viewer", {"expires_in_days": 300}),
        ("operator", {}),
    ):
        given = {"name": f"a {scope}", "scopes": [scope], **body}
        made[scope] = _call(stack, "POST /v1/tokens", given, 201)["secret"]
    token_id = made["operator"].split("_")[1]
    _call(stack, f"POST /v1/tokens/{token_id}/rotate", {"overlap_seconds": 7 * 86_400})
    return made


def _settings(stack: Stack) -> None:
    changed = {
        "capacity": 3,
        "lease_seconds": 600,
        "pools": {"gpu": {"capacity": 1, "weights": {"other": 2}}, "shop": {}},
        "retention": {"run_days": 400, "log_days": 40},
        "webhook_kinds": ["schedule_broken", "run_failed"],
    }
    _call(stack, "PATCH /v1/settings", changed)


def _audits(stack: Stack) -> dict[str, str]:
    """An audit in each state, with the notifications of the daily pass."""

    def create(title: str, **more: Any) -> str:
        return str(_call(stack, "POST /v1/audits", {"title": title, **more}, 201)["id"])

    def days_ago(days: int) -> str:
        return to_text(stack.now - timedelta(days=days))

    audits = {
        "draft": create("A draft", url="https://example.com/draft"),
        "active": create("Fresh", external_id="page-1", published_at=days_ago(1)),
        "kept": create("Kept", published_at=days_ago(31)),
        "review_due": create("Old", external_id="page-2", published_at=days_ago(32)),
        "inactive": create("Too old", published_at=days_ago(70)),
        "taken_down": create("Taken down by hand", published_at=days_ago(2)),
    }
    stack.daily()
    _call(stack, f"POST /v1/audits/{audits['taken_down']}/deactivate")
    for each in _call(stack, "GET /v1/notifications")["items"]:
        if each["subject"] == audits["kept"]:
            _call(stack, f"POST /v1/notifications/{each['id']}/resolve", {"action": "keep"})
        elif each["subject"] == audits["inactive"]:
            _call(stack, f"POST /v1/notifications/{each['id']}/read")
    return audits


def _drill(**params: Any) -> dict[str, Any]:
    return {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 0, **params}}


def _schedules(api: Api) -> dict[str, str]:
    """Schedules of every cadence and target, and one that has every field."""
    cron = {"type": "cron", "expression": "*/5 * * * *"}
    monthly = {"type": "cron", "expression": "0 3 2 * *", "timezone": "Europe/Berlin"}
    made = {
        "every_five": api.create(name="Every five minutes", cadence=cron, target=_drill(seconds=2)),
        "every_field": api.create(
            name="Every field",
            description="What a schedule may say.\nIn full.",
            tags=["crawl", "ü"],
            cadence={"type": "cron", "expression": "20 * * * *", "timezone": "Europe/Berlin"},
            target=_drill(steps=3, seconds=6),
            when_busy="skip",
            misfire={"policy": "skip", "grace_seconds": 30},
            retry={
                "max_attempts": 3,
                "delay_seconds": 30,
                "backoff": "exponential",
                "max_delay_seconds": 90,
            },
            timeout_seconds=120,
            lease_seconds=60,
            max_steps=50,
            breaker={"failures": 4, "budget_breaches": 6, "interruptions": 8},
            priority=7,
            jitter_seconds=45,
            starts_at="2026-03-01T01:00:00Z",
            ends_at="2027-03-01T00:00:00Z",
            queue_limit_seconds=600,
        ),
        "on_a_grid": api.create(
            name="On a grid",
            cadence={
                "type": "interval",
                "seconds": 900,
                "from": "grid",
                "anchor": "2026-01-01T00:07:00Z",
            },
        ),
        "from_completion": api.create(
            name="From completion", cadence={"type": "interval", "seconds": 1800}
        ),
        "once": api.create(name="Once", cadence={"type": "once", "at": "2026-03-01T07:00:00Z"}),
        "by_hand": api.create(name="By hand"),
        "makes_up": api.create(
            name="Makes up for all",
            cadence={"type": "cron", "expression": "*/10 * * * *"},
            misfire={"policy": "run_all", "grace_seconds": 60},
        ),
        "paused": api.create(name="Paused", cadence=cron, enabled=False),
        "breaks": api.create(
            name="Breaks",
            cadence=cron,
            target={"type": "function", "name": "fails"},
            breaker={"failures": 2},
        ),
        "over_budget": api.create(
            name="Over its budget",
            cadence={"type": "cron", "expression": "40 * * * *"},
            target=_drill(steps=9, seconds=9),
            max_steps=4,
        ),
        "interrupted": api.create(
            name="Interrupted",
            cadence={"type": "cron", "expression": "50 * * * *"},
            target={"type": "function", "name": "dies"},
            lease_seconds=60,
        ),
        "http": api.create(
            name="HTTP",
            cadence=monthly,
            target={
                "type": "http",
                "method": "POST",
                "url": "https://example.com/hook",
                "headers": {"X-Key": {"secret": "api-key"}, "X-Plain": "yes"},
                "body": {"deep": [1, None, 0.5]},
                "success_codes": [200, 204],
            },
        ),
        "state_machine": api.create(
            name="State machine",
            cadence=monthly,
            target={"type": "step_function", "state_machine_arn": STATE_MACHINE},
            enabled=False,
        ),
        "calls_back": api.create(
            name="Calls back",
            target={"type": "lambda", "function_arn": ARN, "completion": "callback"},
            timeout_seconds=7200,
            lease_seconds=900,
        ),
        "spoilt": api.create(name="Spoilt", cadence=cron),
    }
    spoil_schedule(made["spoilt"]["id"], "misfire")
    return {name: str(schedule["id"]) for name, schedule in made.items()}


def _ended_runs(api: Api, stack: Stack) -> dict[str, str]:
    """Runs by hand that have ended, each in its way."""

    def ended(target: dict[str, Any], **changes: Any) -> str:
        run = api.start(
            api.create(name="Ended", target=target, **changes), payload={"seconds": 0.5}
        )
        stack.deliver()
        return str(run["id"])

    cancelled = api.start(api.create(name="Cancelled"))
    _call(stack, f"POST /v1/runs/{cancelled['id']}/cancel", {}, 202)
    stack.deliver()
    return {
        "succeeded": ended(_drill(steps=3)),
        "item_errors": ended(_drill(ending="item_errors")),
        "failed": ended({"type": "function", "name": "fails"}),
        "used_tokens": ended({"type": "function", "name": "counts"}),
        "budget_exceeded": ended(_drill(steps=5), max_steps=2),
        "cancelled": str(cancelled["id"]),
    }


def _interactive_hour(stack: Stack, schedules: dict[str, str]) -> None:
    """Somebody works interactively for a while, and raises a budget meanwhile."""
    _call(stack, "PUT /v1/pressure/editor", {"ttl_seconds": 900})
    stack.run_for(1800)
    _call(stack, f"PATCH /v1/schedules/{schedules['over_budget']}", {"max_steps": 6})
    stack.run_for(1800)


def _outage(stack: Stack) -> None:
    """No tick comes for 25 minutes; then one does, and more, up to 225 s before a fire time."""
    stack.lose_wakes()
    stack.advance(25 * 60)
    stack.tick()
    stack.deliver()
    stack.run_for(5 * 60 - 225 - stack.now.timestamp() % 300)


def _unended_runs(api: Api, stack: Stack, schedules: dict[str, str]) -> dict[str, str]:
    """Runs that work, wait and rest at the end; every slot is taken."""

    def start(name: str, query: str = "", **changes: Any) -> dict[str, Any]:
        return api.start(api.create(name=name, **changes), query)

    def killed(name: str, query: str = "", **changes: Any) -> dict[str, Any]:
        run = start(name, query, target={"type": "function", "name": "dies"}, **changes)
        stack.deliver()
        assert api.run(run)["status"] == "running"
        return run

    rests = start(
        "Rests",
        target={"type": "function", "name": "fails"},
        retry={"max_attempts": 3, "delay_seconds": 1200},
    )
    stack.deliver()
    calls_back = api.start({"id": schedules["calls_back"]})
    stack.deliver()
    _call_as(stack, api, calls_back)
    at_work = killed("At work", lease_seconds=500)
    forced = killed("Forced", "?when_busy=force", lease_seconds=700)
    claimed = start("Forced, and claimed again", "?when_busy=force")
    stack.drop(stack.messages()[-1])
    stack.advance(210)
    stack.tick()
    others = _start_as_another_tenant(stack)
    in_pool = start("In a pool of its own", pool="gpu", lease_seconds=900)
    stack.drop(stack.messages()[-1])
    for _ in range(2):
        in_line = api.start({"id": in_pool["schedule_id"]}, "?when_busy=queue")
    waiting = start("Waiting", "?when_busy=queue")
    impatient = start("Waiting, but not for long", "?when_busy=queue", queue_limit_seconds=300)
    stack.advance(15)
    stack.tick()
    _call(stack, "PUT /v1/pressure/editor", {"ttl_seconds": 600})
    return {
        name: str(run["id"])
        for name, run in {
            "rests": rests,
            "calls_back": calls_back,
            "at_work": at_work,
            "forced": forced,
            "claimed": claimed,
            "of_another_tenant": others,
            "in_pool": in_pool,
            "in_line": in_line,
            "waiting": waiting,
            "impatient": impatient,
        }.items()
    }


def _start_as_another_tenant(stack: Stack) -> dict[str, Any]:
    """A claimed run of another tenant."""
    token = stack.token("other", ["operator"])
    schedule = Api(stack).create(token=token, name="Of another tenant")
    path = f"/v1/schedules/{schedule['id']}/runs"
    return dict(stack.http("POST", path, {}, token=token).json)


def _call_as(stack: Stack, api: Api, run: dict[str, Any]) -> None:
    """The target of a run that calls back says what it has done so far."""
    function = stack.clients["lambda"]
    said = {"steps": 3, "progress": {"done": 1, "total": 4}, "log": [{"message": "One of four"}]}
    token = function.events[-1]["baton"]["run_token"]
    answer = stack.http("POST", f"/v1/runs/{run['id']}/heartbeat", said, token=token)
    assert answer.status == 200, answer.json
    assert api.run(run)["steps"] == 3


def _repeated(stack: Stack) -> dict[str, Any]:
    """The answer to a request that carried an `Idempotency-Key`."""
    answer = _call(
        stack, "POST /v1/schedules", REPEATED["body"], 201, Idempotency_Key=str(REPEATED["key"])
    )
    return dict(json.loads(json.dumps(answer)))

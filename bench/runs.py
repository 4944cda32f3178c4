"""What one run asks for and takes, from its firing to its end, by kind of target; and its price.

Run: python -m bench.runs

Units, requests and bytes of log are counted on one whole run; seconds of Lambda are the model's.
A wake is asked for a second early and sleeps up to its instant; each run has one of its own.
"""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from bench.costs import PRICES
from bench.deployment import API_MB, PASS_MB, RUNNER_MB, Deployment, as_text, deployed
from chalicelib.domain.runs.reports import Report, ReportedEnd
from chalicelib.engine.requests.run_now import RunRequest, run_now
from chalicelib.engine.running import callbacks
from chalicelib.store import schedule_table
from tests.builders import ANN, NOON

ARN: Final = "arn:aws:lambda:us-east-1:123456789012:function:crawl"
MB: Final = 1024
#: How early a wake comes on average, in seconds: what it sleeps is paid.
EARLY: Final = 1.0
#: How long a target takes that is waited for, and how long one that calls back, in seconds.
WAITED_FOR: Final = 2.0
CALLS_BACK: Final = 600
HEARTBEAT: Final = 60
#: How much memory functions may have, in megabytes: each has its price and its speed.
MEMORIES: Final = (256, 384, 512, 1024, 1769)
#: Lambda's seconds for a call of the API, with the authorizer's.
API: Final = 0.15
PAYLOAD: Final = {"text": "x" * 60 * 1024}
MILLION: Final = 1_000_000

FUNCTION: Final = {"type": "function", "name": "probe"}
LAMBDA: Final = {"type": "lambda", "function_arn": ARN}


class _Lambda:
    """AWS Lambda: takes its time, and remembers what it was given."""

    def __init__(self) -> None:
        self.deployment: Deployment | None = None
        self.given: dict[str, Any] = {}

    def invoke(self, **asked: Any) -> dict[str, Any]:
        """Take the event; one that is waited for works for a while."""
        self.given = json.loads(asked["Payload"])
        if asked["InvocationType"] == "Event":
            return {"StatusCode": 202}
        assert self.deployment is not None
        self.deployment.clock.sleep(WAITED_FOR)
        return {"StatusCode": 200, "Payload": _Empty()}


class _Empty:
    """The body of an answer that says nothing."""

    def read(self, *_: Any) -> bytes:
        return b"{}"


def run(
    target: dict[str, Any],
    *,
    payload: dict[str, Any] | None = None,
    pass_mb: int = PASS_MB,
    runner_mb: int = RUNNER_MB,
    warm_runner: bool = False,
) -> dict[str, Any]:
    """What one run of that target takes; with a payload it is asked for by hand."""
    started = _Lambda()
    with deployed(
        1,
        lambda *_: started,
        allow_functions=(ARN,),
        public_url="https://baton.test",
        warm_runner=warm_runner,
    ) as deployment:
        started.deployment = deployment
        deployment.pass_mb, deployment.runner_mb = pass_mb, runner_mb
        deployment.system.jobs.add(
            "probe", lambda _context, _params: deployment.clock.sleep(WAITED_FOR), None
        )
        (key,) = deployment.schedules(
            1, due=True, tenants=1, target=target, name="Nightly crawl", timeout_seconds=3600
        )
        of_pass, of_api, calls = 0.0, 0.0, 0
        with deployment.measured() as spent:
            if payload is None:
                of_pass = deployment.wake(NOON, EARLY)
            else:
                schedule = schedule_table.get(*key)
                run_now(deployment.system, schedule, RunRequest(by=ANN, payload=payload))
                of_api, calls = API, 1
            messages = list(deployment.queues.runs)
            of_runner = sum(deployment.run(message, NOON) for message in messages)
            if target.get("completion") == "callback":
                calls += _call_back(deployment, started.given["baton"], NOON)
                of_api = API * calls
        (ended,) = [each["status"]["S"] for each in deployment.engine.items("baton-runs")]
    assert ended == "succeeded", ended
    return _priced(
        {
            "write_units": spent.write_units,
            "read_units": spent.read_units,
            "requests": spent.requests.total(),
            # Sent, received and deleted: the messages to the runner, and the wake.
            "sqs_requests": 3 * (len(messages) + (payload is None)),
            "lambda_seconds": round(of_pass + of_runner + of_api, 2),
            "seconds_of_the_wake": round(of_pass, 3),
            "seconds_of_the_runner": round(of_runner, 3),
            "gigabyte_seconds": {
                "Lambda: the wake": of_pass * pass_mb / MB,
                "Lambda: the runner": of_runner * runner_mb / MB,
                "Lambda: the API": of_api * API_MB / MB,
            },
            "invocations": len(messages) + (payload is None) + 2 * calls,
            "api_calls": calls,
            "log_bytes": spent.log_bytes,
        }
    )


def _call_back(deployment: Deployment, baton: dict[str, Any], since: datetime) -> int:
    """Signs of life once a minute, and the end; how many calls that were."""
    token, run_id = baton["run_token"], baton["run_id"]
    beats = CALLS_BACK // HEARTBEAT - 1
    for number in range(beats):
        deployment.clock.begin(since + timedelta(seconds=HEARTBEAT * (number + 1)))
        callbacks.heartbeat(deployment.system, token, run_id, Report(), [])
    deployment.clock.begin(since + timedelta(seconds=CALLS_BACK))
    callbacks.end(deployment.system, token, run_id, Report(), ReportedEnd())
    return beats + 1


def _priced(taken: dict[str, Any]) -> dict[str, Any]:
    """The same with what a million of such runs cost, in dollars, by what they are paid for."""
    by_function = taken.pop("gigabyte_seconds")
    dollars = {
        **{name: each * PRICES["Lambda GB-seconds"] for name, each in by_function.items()},
        "Lambda: invocations": taken["invocations"] * PRICES["Lambda requests"],
        "DynamoDB writes": taken["write_units"] * PRICES["DynamoDB write units"],
        "DynamoDB reads": taken["read_units"] * PRICES["DynamoDB read units"],
        "SQS": taken["sqs_requests"] * PRICES["SQS requests"],
        "API Gateway": taken["api_calls"] * PRICES["API Gateway requests"],
        "CloudWatch logs": taken["log_bytes"] / 1e9 * PRICES["CloudWatch GB of logs"],
    }
    million = {name: round(each * MILLION, 2) for name, each in dollars.items() if each}
    return {
        **taken,
        "usd_per_million": million,
        "usd_per_million_in_all": round(sum(million.values()), 2),
    }


def http() -> dict[str, Any]:
    """An HTTP target that answers after two seconds, for which Baton does as for a function."""
    return run(FUNCTION)


def memories() -> list[dict[str, Any]]:
    """What the memory of a function does to the time and the price of such a run.

    `at_work_ms` is what it takes besides what it waits for: the runner for its target, a wake for
    its instant.
    """
    found = []
    for megabytes in MEMORIES:
        taken = run(FUNCTION, pass_mb=megabytes, runner_mb=megabytes)
        dollars = taken["usd_per_million"]
        for name, seconds, waits in (
            ("wake", taken["seconds_of_the_wake"], EARLY),
            ("runner", taken["seconds_of_the_runner"], WAITED_FOR),
        ):
            found.append(
                {
                    "function": name,
                    "mb": megabytes,
                    "at_work_ms": round((seconds - waits) * 1000),
                    "usd_per_million": dollars[f"Lambda: the {name}"],
                }
            )
    return sorted(found, key=lambda each: (each["function"], each["mb"]))


def everything() -> dict[str, Any]:
    """All figures of runs."""
    return {
        "function or HTTP, 2 s": http(),
        "function or HTTP, 2 s, with `WarmRunner`": run(FUNCTION, warm_runner=True),
        "Lambda, 2 s": run(LAMBDA),
        "Lambda that calls back after 10 min, a heartbeat a minute": run(
            {**LAMBDA, "completion": "callback"}
        ),
        "function, by hand, with a payload of 60 KB": run(FUNCTION, payload=PAYLOAD),
    }


def main() -> None:
    """The command line."""
    print(as_text({"run": everything(), "memory": memories()}))


if __name__ == "__main__":
    main()

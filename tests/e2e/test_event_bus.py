"""On the artefact: the bus hears of runs that ended, by the very rules that the page shows."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from infra.places import ROOT
from tests.e2e.aws import client_of
from tests.e2e.client import Client, drill, wait_for
from tests.e2e.conftest import Deployment

PAGE: Final = (ROOT / "docs" / "how-to" / "hearing-of-things.md").read_text("utf-8")
PATTERNS: Final = re.findall(r"```json pattern\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def queue_url(local_stack: Deployment) -> Iterator[str]:
    """A queue to which the page's first rule sends what it takes."""
    sqs, events = client_of(local_stack, "sqs"), client_of(local_stack, "events")
    url = sqs.create_queue(QueueName="e2e-events")["QueueUrl"]
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    pattern = PATTERNS[0].replace("baton-prod", local_stack.stack.name)
    events.put_rule(Name="e2e-failures", EventPattern=pattern)
    target = {"Id": "1", "Arn": asked["Attributes"]["QueueArn"]}
    events.put_targets(Rule="e2e-failures", Targets=[target])
    yield url
    events.remove_targets(Rule="e2e-failures", Ids=["1"])
    events.delete_rule(Name="e2e-failures")


def test_a_rule_takes_the_runs_that_failed(local_stack: Deployment, queue_url: str) -> None:
    client = Client(local_stack)
    good = client.start(client.create(target=drill(steps=1, seconds=0)))
    client.until_ended(good, within=60)
    failing = {"steps": 1, "seconds": 0, "ending": "fail"}
    bad = client.start(
        client.create(
            target={"type": "function", "name": "drill", "params": failing},
            retry={"max_attempts": 1},
        )
    )
    run = client.until_ended(bad, within=60)
    sqs = client_of(local_stack, "sqs")

    def told() -> list[dict[str, Any]]:
        found = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        return [json.loads(each["Body"]) for each in found.get("Messages", [])]

    [event, *_] = wait_for("the bus hears of it", told, within=60)
    assert (event["source"], event["detail-type"]) == ("baton.baton", "Run Failed")
    detail = event["detail"]
    assert (detail.pop("event_id"), detail.pop("tenant_id")) == (run["id"], "default")
    assert detail in client.runs()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_of_the_page_takes_what_it_is_for(local_stack: Deployment, pattern: str) -> None:
    wanted = json.loads(pattern)
    fields = {name: values[0] for name, values in wanted.get("detail", {}).items()}
    for kind in ("Run Succeeded", "Run Failed", "Run Skipped", "Run Cancelled", "Schedule Broken"):
        event = {
            "id": "1",
            "account": "000000000000",
            "region": "us-east-1",
            "time": "2026-11-20T13:19:43Z",
            "resources": [],
            "source": "baton.baton-prod",
            "detail-type": kind,
            "detail": fields,
        }
        answer = client_of(local_stack, "events").test_event_pattern(
            EventPattern=pattern, Event=json.dumps(event)
        )
        assert answer["Result"] is (kind in wanted["detail-type"])

"""Every Lambda of Baton. The authorizer's entry point is `chalicelib.api.http.auth.authorizer`."""

from datetime import timedelta
from typing import Any

from chalice.app import Chalice, CloudWatchEvent, Cron, DynamoDBEvent, Rate, SQSEvent

from chalicelib.api.http import auth
from chalicelib.api.resources import (
    audit_routes,
    cadence_routes,
    callback_routes,
    docs_routes,
    explain_routes,
    forecast_routes,
    health_routes,
    job_routes,
    notification_routes,
    run_routes,
    schedule_routes,
    settings_routes,
    slot_routes,
    token_routes,
)
from chalicelib.engine.audits import daily as daily_pass
from chalicelib.engine.audits import notification_sending
from chalicelib.engine.running import runner as running
from chalicelib.engine.scheduling import passes
from chalicelib.engine.system import current
from chalicelib.platform.queues import RunMessage, is_daily, wake_time

#: These stand in for the queues and the stream of the stack, which the template puts there.
QUEUE_OF_THE_STACK = "arn:aws:sqs:us-east-1:000000000000:of-the-stack"
INBOX_OF_THE_STACK = (
    "arn:aws:dynamodb:us-east-1:000000000000:table/of-the-stack/stream/2026-01-01T00:00:00.000"
)
MOST_RUNNERS = 110

# Chalice would put a handler of its own on the logger `baton`; `events` has it say plain JSON.
app = Chalice(app_name="baton", configure_logs=False)
for module in (
    auth,
    schedule_routes,
    job_routes,
    cadence_routes,
    run_routes,
    callback_routes,
    slot_routes,
    settings_routes,
    explain_routes,
    forecast_routes,
    health_routes,
    audit_routes,
    notification_routes,
    docs_routes,
    token_routes,
):
    app.register_blueprint(module.blueprint)


@app.schedule(Rate(1, unit=Rate.MINUTES), name="tick")
def tick(_event: CloudWatchEvent) -> None:
    """The minute pass."""
    passes.tick(current())


@app.on_sqs_message(queue_arn=QUEUE_OF_THE_STACK, batch_size=1, name="wake")
def wake(event: SQSEvent) -> None:
    """A pass at an exact second, or the rest of a daily pass."""
    for record in event:
        if is_daily(record.body):
            daily_pass.daily(current(), _time_left(event))
        else:
            passes.wake(current(), wake_time(record.body))


@app.on_sqs_message(
    queue_arn=QUEUE_OF_THE_STACK, batch_size=1, maximum_concurrency=MOST_RUNNERS, name="runner"
)
def runner(event: SQSEvent) -> None:
    """One claimed run, from its start to its end."""
    for record in event:
        running.run_message(current(), RunMessage.from_body(record.body), _time_left(event))


@app.schedule(Cron(15, 2, "*", "*", "?", "*"), name="daily")
def daily(event: CloudWatchEvent) -> None:
    """The daily pass over the audits."""
    daily_pass.daily(current(), _time_left(event))


@app.on_dynamodb_record(
    stream_arn=INBOX_OF_THE_STACK, batch_size=1, starting_position="TRIM_HORIZON", name="outgoing"
)
def outgoing(event: DynamoDBEvent) -> None:
    """One new notification, sent on."""
    for record in event.to_dict()["Records"]:
        keys = record["dynamodb"]["Keys"]
        notification_sending.send(current(), keys["tenant_id"]["S"], keys["item_id"]["S"])


def _time_left(event: Any) -> timedelta:
    """How long this invocation may still take. (Chalice types an event's context as a dict.)"""
    return timedelta(milliseconds=event.context.get_remaining_time_in_millis())

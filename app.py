"""Every Lambda of Baton. The authorizer's entry point is `chalicelib.api.http.authorizer.handler`.

All functions share this file, and a function's process imports what that function needs and no
more: the others' modules would only make its cold starts longer.
"""

import gc
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

gc.disable()  # What is imported stays: looking through it for garbage again and again takes time.

from chalice.app import Chalice, CloudWatchEvent, Cron, DynamoDBEvent, Rate, Request, SQSEvent

from chalicelib.engine.system import current
from chalicelib.platform.invocations import invocation

#: The function that this process runs, as Lambda names it (`app.tick`); empty where all are at
#: hand, as in tests and while Chalice makes the package.
HANDLER: Final = os.environ.get("_HANDLER", "")


def runs_here(*functions: str) -> bool:
    """Whether this process runs one of these functions."""
    return not HANDLER or HANDLER in {f"app.{name}" for name in functions}


if runs_here("tick", "wake"):
    from chalicelib.engine.scheduling import passes
if runs_here("tick"):
    from chalicelib.engine.scheduling import pings
if runs_here("wake"):
    from chalicelib.engine.scheduling import sweeps
    from chalicelib.platform.queues import Sweep, is_daily, wake_time
if runs_here("daily"):
    from chalicelib.engine.audits import daily as daily_pass
if runs_here("runner"):
    from chalicelib.engine.running.runner import run_message
    from chalicelib.platform.queues import RunMessage
if runs_here("outgoing"):
    from chalicelib.api.resources import event_bus
    from chalicelib.engine.audits import notification_sending

#: These stand in for the queues and the stream of the stack, which the template puts there.
QUEUE_OF_THE_STACK = "arn:aws:sqs:us-east-1:000000000000:of-the-stack"
INBOX_OF_THE_STACK = (
    "arn:aws:dynamodb:us-east-1:000000000000:table/of-the-stack/stream/2026-01-01T00:00:00.000"
)
MOST_RUNNERS = 110

# Chalice would put a handler of its own on the logger `baton`; `events` has it say plain JSON.
app = Chalice(app_name="baton", configure_logs=False)
if runs_here("app"):
    # Else pydantic looks through all that is installed for plugins, and there are none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from chalicelib.api.http import origins
    from chalicelib.api.resources.blueprints import BLUEPRINTS

    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    origins.let_in(app)


@app.middleware("all")
def as_one_invocation(event: Any, work: Callable[[Any], Any]) -> Any:
    """Around whatever follows: its lines in the log carry its request id."""
    system = current()
    with invocation(_request_id(event), system.config, system.clock):
        return work(event)


@app.schedule(Rate(1, unit=Rate.MINUTES), name="tick")
def tick(_event: CloudWatchEvent) -> None:
    """The minute pass."""
    with pings.telling(current()):
        passes.tick(current())


@app.on_sqs_message(queue_arn=QUEUE_OF_THE_STACK, batch_size=1, name="wake")
def wake(event: SQSEvent) -> None:
    """A pass at an exact second, a sweep of a part of a shard, or the rest of a daily pass."""
    for record in event:
        if part := Sweep.from_body(record.body):
            sweeps.sweep(current(), part)
        elif is_daily(record.body):
            # It is rare: other wakes start without it.
            from chalicelib.engine.audits import daily as daily_pass

            daily_pass.daily(current(), _time_left(event))
        else:
            passes.wake(current(), wake_time(record.body))


@app.on_sqs_message(
    queue_arn=QUEUE_OF_THE_STACK, batch_size=1, maximum_concurrency=MOST_RUNNERS, name="runner"
)
def runner(event: SQSEvent) -> None:
    """One claimed run, from its start to its end."""
    for record in event:
        run_message(current(), RunMessage.from_body(record.body), _time_left(event))


@app.schedule(Cron(15, 2, "*", "*", "?", "*"), name="daily")
def daily(event: CloudWatchEvent) -> None:
    """The daily pass over the audits."""
    daily_pass.daily(current(), _time_left(event))


@app.on_dynamodb_record(
    stream_arn=INBOX_OF_THE_STACK, batch_size=1, starting_position="TRIM_HORIZON", name="outgoing"
)
def outgoing(event: DynamoDBEvent) -> None:
    """One new notification, sent on; or one run that has ended, told to the event bus."""
    for record in event.to_dict()["Records"]:
        changed = record["dynamodb"]
        if "run_id" in changed["Keys"]:
            event_bus.tell_of_end(current(), changed["NewImage"])
        else:
            keys = changed["Keys"]
            notification_sending.send(current(), keys["tenant_id"]["S"], keys["item_id"]["S"])


def _request_id(event: Any) -> str | None:
    """API Gateway's id of an HTTP request, which its access log has, too; else Lambda's own."""
    if isinstance(event, Request):
        of_gateway: str | None = event.context.get("requestId")
        return of_gateway or getattr(event.lambda_context, "aws_request_id", None)
    return getattr(getattr(event, "context", None), "aws_request_id", None)


def _time_left(event: Any) -> timedelta:
    """How long this invocation may still take. (Chalice types an event's context as a dict.)"""
    return timedelta(milliseconds=event.context.get_remaining_time_in_millis())


gc.enable()
gc.freeze()

"""Every Lambda of Baton. The authorizer's entry point is `chalicelib.api.auth.authorizer`."""

from datetime import timedelta
from typing import Any

from chalice.app import Chalice, CloudWatchEvent, Cron, Rate, SQSEvent

from chalicelib.api import auth, cadence, runs, schedules, settings, slot
from chalicelib.engine import daily as daily_pass
from chalicelib.engine import passes
from chalicelib.engine import runner as running
from chalicelib.queues import RunMessage, wake_time
from chalicelib.system import current

#: Stands in for the queues of the stack, which the template puts in its place.
QUEUE_OF_THE_STACK = "arn:aws:sqs:us-east-1:000000000000:of-the-stack"
MOST_RUNNERS = 100

# Chalice would put a handler of its own on the logger `baton`; `events` has it say plain JSON.
app = Chalice(app_name="baton", configure_logs=False)
for module in (auth, schedules, cadence, runs, slot, settings):
    app.register_blueprint(module.blueprint)


@app.schedule(Rate(1, unit=Rate.MINUTES), name="tick")
def tick(_event: CloudWatchEvent) -> None:
    """The minute pass."""
    passes.tick(current())


@app.on_sqs_message(queue_arn=QUEUE_OF_THE_STACK, batch_size=1, name="wake")
def wake(event: SQSEvent) -> None:
    """A pass at an exact second."""
    for record in event:
        passes.wake(current(), wake_time(record.body))


@app.on_sqs_message(
    queue_arn=QUEUE_OF_THE_STACK, batch_size=1, maximum_concurrency=MOST_RUNNERS, name="runner"
)
def runner(event: SQSEvent) -> None:
    """One claimed run, from its start to its end."""
    for record in event:
        running.run_message(current(), RunMessage.from_body(record.body), _time_left(event))


@app.schedule(Cron(15, 2, "*", "*", "?", "*"), name="daily")
def daily(_event: CloudWatchEvent) -> None:
    """The daily pass over the audits."""
    daily_pass.daily(current())


def _time_left(event: Any) -> timedelta:
    """How long this invocation may still take. (Chalice types an event's context as a dict.)"""
    return timedelta(milliseconds=event.context.get_remaining_time_in_millis())

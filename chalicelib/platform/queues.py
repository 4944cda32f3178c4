"""The two SQS queues: runs that were claimed, and wakes at an exact second."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from chalicelib.domain.runs.run import Run
from chalicelib.domain.time.instants import from_text, to_text

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

#: A wake is timed to arrive this much early; the handler sleeps the rest.
EARLY_SECONDS = 1
_MOST_IN_A_BATCH = 10
_LONGEST_DELAY_SECONDS = 900


@dataclass(frozen=True, slots=True)
class RunMessage:
    """Tells the runner to start one claim. With a stale token it has no effect."""

    tenant_id: str
    run_id: str
    token: int

    @classmethod
    def of(cls, run: Run) -> "RunMessage":
        return cls(run.tenant_id, run.run_id, run.token)

    @classmethod
    def from_body(cls, body: str) -> "RunMessage":
        """Raises `ValueError`, `KeyError` or `TypeError` for a body that is no such message."""
        data = json.loads(body)
        return cls(data["tenant_id"], data["run_id"], int(data["token"]))

    def to_body(self) -> str:
        return json.dumps(asdict(self))


class Queues(Protocol):
    """Where the engine sends to."""

    def send_run(self, message: RunMessage) -> None:
        """Hand a claimed run to the runner."""
        ...

    def send_wakes(self, instants: Iterable[datetime], now: datetime) -> None:
        """Ask for a pass at each of these instants; those too far off are left to a tick."""
        ...

    def send_daily(self) -> None:
        """Ask for another daily pass, now: the last one ran out of time."""
        ...


def wake_time(body: str) -> datetime:
    """When the wake message with this body wants its pass."""
    return from_text(json.loads(body)["at"])


def is_daily(body: str) -> bool:
    """Whether this message of the wake queue asks for a daily pass."""
    return bool(json.loads(body).get("pass") == "daily")


class SqsQueues:
    """The queues on SQS."""

    def __init__(self, run_queue_url: str, wake_queue_url: str) -> None:
        self.run_queue_url = run_queue_url
        self.wake_queue_url = wake_queue_url

    @cached_property
    def client(self) -> "SQSClient":
        """Made at the first message: most invocations of the API send none."""
        import boto3

        return boto3.client("sqs")

    def send_run(self, message: RunMessage) -> None:
        self.client.send_message(QueueUrl=self.run_queue_url, MessageBody=message.to_body())

    def send_wakes(self, instants: Iterable[datetime], now: datetime) -> None:
        latest = now + timedelta(seconds=_LONGEST_DELAY_SECONDS)
        for batch in _batches(at for at in instants if at <= latest):
            self.client.send_message_batch(
                QueueUrl=self.wake_queue_url,
                Entries=[
                    {
                        "Id": str(number),
                        "MessageBody": json.dumps({"at": to_text(at)}),
                        "DelaySeconds": _delay(at, now),
                    }
                    for number, at in enumerate(batch)
                ],
            )

    def send_daily(self) -> None:
        body = json.dumps({"pass": "daily"})
        self.client.send_message(QueueUrl=self.wake_queue_url, MessageBody=body)


def _batches(instants: Iterable[datetime]) -> Iterable[list[datetime]]:
    ordered = sorted(set(instants))
    starts = range(0, len(ordered), _MOST_IN_A_BATCH)
    return (ordered[start : start + _MOST_IN_A_BATCH] for start in starts)


def _delay(at: datetime, now: datetime) -> int:
    return max(int((at - now).total_seconds()) - EARLY_SECONDS, 0)

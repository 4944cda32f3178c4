"""The two SQS queues: one of claimed runs to start, one of wakes at exact seconds."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol, TypeVar
from zlib import crc32

from chalicelib.domain.runs.run import Run
from chalicelib.domain.time.instants import from_text, to_text
from chalicelib.platform.aws import own_client

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

T = TypeVar("T")

#: A wake is timed to arrive so much early; its handler sleeps until the exact second.
EARLY_SECONDS: Final = 1
#: How many messages one request to SQS may have.
MOST_IN_A_BATCH: Final = 10
_LONGEST_DELAY_SECONDS: Final = 900


@dataclass(frozen=True, slots=True)
class RunMessage:
    """Asks the runner to start the run of one claim. With a stale token it has no effect."""

    tenant_id: str
    run_id: str
    token: int

    @classmethod
    def of(cls, run: Run) -> "RunMessage":
        """The message for the present claim of a run."""
        return cls(run.tenant_id, run.run_id, run.token)

    @classmethod
    def from_body(cls, body: str) -> "RunMessage":
        """The message with that body.

        Raises `ValueError`, `KeyError` or `TypeError` for a body that is no such message.
        """
        data = json.loads(body)
        return cls(data["tenant_id"], data["run_id"], int(data["token"]))

    def to_body(self) -> str:
        return json.dumps(asdict(self))


#: Asks the runner to be there, as there is something to run in a moment.
WARM_UP: Final = RunMessage("-", "-", 0)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Asks for whatever is due of one part of a shard; there are so many parts."""

    shard: int
    part: int
    parts: int

    @classmethod
    def from_body(cls, body: str) -> "Sweep | None":
        """What the message of the wake queue with this body asks for; None if it is no sweep.

        Raises `ValueError`, `KeyError` or `TypeError` for a body that is no message of ours.
        """
        data = json.loads(body)
        if data.get("pass") != "sweep":
            return None
        return cls(int(data["shard"]), int(data["part"]), int(data["parts"]))

    def to_body(self) -> str:
        return json.dumps({"pass": "sweep", **asdict(self)})

    @property
    def name(self) -> str:
        """The part, for who asks whether anybody sweeps it."""
        return f"{self.shard}/{self.part}/{self.parts}"

    def has(self, key: tuple[str, str]) -> bool:
        """Whether the schedule with this (tenant, schedule) key is in this part of its shard."""
        return crc32("\n".join(key).encode()) % self.parts == self.part


class Queues(Protocol):
    """The queues as the engine sends to them."""

    def send_run(self, message: RunMessage) -> None:
        """Hand a claimed run to the runner."""
        ...

    def send_wakes(self, instants: Iterable[datetime], now: datetime) -> None:
        """Ask for a pass at each of these instants; those too far off are left to later ticks."""
        ...

    def send_sweeps(self, sweeps: Sequence[Sweep]) -> None:
        """Ask for these sweeps, at once."""
        ...

    def send_daily(self) -> None:
        """Ask for another daily pass at once, as the last one ran out of time."""
        ...


def wake_time(body: str) -> datetime:
    """The instant at which the wake message with this body asks for a pass."""
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
        """The SQS client, made for the first message: most invocations of the API send none."""
        client: SQSClient = own_client("sqs")
        return client

    def send_run(self, message: RunMessage) -> None:
        self.client.send_message(QueueUrl=self.run_queue_url, MessageBody=message.to_body())

    def send_wakes(self, instants: Iterable[datetime], now: datetime) -> None:
        latest = now + timedelta(seconds=_LONGEST_DELAY_SECONDS)
        for batch in batches(sorted({at for at in instants if at <= latest})):
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

    def send_sweeps(self, sweeps: Sequence[Sweep]) -> None:
        for batch in batches(sweeps):
            self.client.send_message_batch(
                QueueUrl=self.wake_queue_url,
                Entries=[
                    {"Id": str(number), "MessageBody": each.to_body()}
                    for number, each in enumerate(batch)
                ],
            )

    def send_daily(self) -> None:
        body = json.dumps({"pass": "daily"})
        self.client.send_message(QueueUrl=self.wake_queue_url, MessageBody=body)


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in order, in parts that fit into one request to SQS each."""
    starts = range(0, len(items), MOST_IN_A_BATCH)
    return (items[start : start + MOST_IN_A_BATCH] for start in starts)


def _delay(at: datetime, now: datetime) -> int:
    return max(int((at - now).total_seconds()) - EARLY_SECONDS, 0)

"""Dead letters: messages whose handling failed three times, kept for people to look at.

Nothing that matters is lost with them. A run message is good for one claim, which is reaped once
its lease ends; a wake is a hint. So sending a message back twice does no harm either.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from chalicelib.domain.time.instants import to_milliseconds
from chalicelib.platform.aws import own_client
from chalicelib.platform.queues import MOST_IN_A_BATCH, batches

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

#: How many messages of each queue one call shows or sends back at most.
MOST: Final = 100
#: For so long a message that is received here is hidden from others. If the process dies
#: meanwhile, the message becomes visible again by itself.
_HIDDEN_SECONDS: Final = 30
_SHOWN: Final = ("tenant_id", "run_id", "token", "at", "pass")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DeadLetterQueue:
    """A queue of dead letters, and the queue they come from. `kind` is `run` or `wake`."""

    kind: str
    url: str
    from_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One dead letter; `content` is the part of its body that is known and safe to show."""

    kind: str
    message_id: str
    sent_at: datetime | None
    receives: int
    content: dict[str, Any] = field(default_factory=dict)


class DeadLetters:
    """The deployment's queues of dead letters. Those without an address are passed over."""

    def __init__(
        self,
        queues: Sequence[DeadLetterQueue] = (),
        client: Callable[[], "SQSClient"] | None = None,
    ) -> None:
        self._queues = [queue for queue in queues if queue.url]
        self._client = client or _default_client

    def count(self) -> dict[str, int]:
        """About how many dead letters of each kind there are, hidden ones included."""
        return {queue.kind: self._count(queue) for queue in self._queues}

    def peek(self) -> list[DeadLetter]:
        """The dead letters, `MOST` of each kind at most. Nothing is removed."""
        found = []
        for queue in self._queues:
            messages = list(self._receive(queue))
            found += [_dead_letter(queue.kind, message) for message in messages]
            self._make_visible(queue, messages)
        return found

    def redrive(self) -> int:
        """Send `MOST` of each kind at most back to where they came from; returns how many.

        Each is sent before it is removed: cut short in between, it is there twice and not lost.
        """
        sent = 0
        for queue in self._queues:
            for message in self._receive(queue):
                body, handle = message.get("Body", ""), message.get("ReceiptHandle", "")
                self._client().send_message(QueueUrl=queue.from_url, MessageBody=body)
                self._client().delete_message(QueueUrl=queue.url, ReceiptHandle=handle)
                sent += 1
        return sent

    def _count(self, queue: DeadLetterQueue) -> int:
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self._client().get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)
        return sum(int(number) for number in answer["Attributes"].values())

    def _receive(self, queue: DeadLetterQueue) -> Iterator["MessageTypeDef"]:
        for _ in range(MOST // MOST_IN_A_BATCH):
            answer = self._client().receive_message(
                QueueUrl=queue.url,
                MaxNumberOfMessages=MOST_IN_A_BATCH,
                VisibilityTimeout=_HIDDEN_SECONDS,
                MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
            )
            messages = answer.get("Messages", [])
            yield from messages
            if not messages:
                return

    def _make_visible(self, queue: DeadLetterQueue, messages: Sequence["MessageTypeDef"]) -> None:
        for batch in batches(messages):
            self._client().change_message_visibility_batch(
                QueueUrl=queue.url,
                Entries=[
                    {
                        "Id": str(number),
                        "ReceiptHandle": message.get("ReceiptHandle", ""),
                        "VisibilityTimeout": 0,
                    }
                    for number, message in enumerate(batch)
                ],
            )


def _default_client() -> "SQSClient":
    client: SQSClient = own_client("sqs")
    return client


def _dead_letter(kind: str, message: "MessageTypeDef") -> DeadLetter:
    attributes = message.get("Attributes", {})
    sent = attributes.get("SentTimestamp")
    sent_at = _EPOCH + timedelta(milliseconds=int(sent)) if sent else None
    return DeadLetter(
        kind=kind,
        message_id=message.get("MessageId", ""),
        sent_at=to_milliseconds(sent_at) if sent_at else None,
        receives=int(attributes.get("ApproximateReceiveCount", 0)),
        content=_content(message.get("Body", "")),
    )


def _content(body: str) -> dict[str, Any]:
    """The known fields of one of Baton's messages; nothing of a message by somebody else."""
    try:
        data = json.loads(body)
    except ValueError:
        return {}
    if not isinstance(data, dict):
        return {}
    return {name: data[name] for name in _SHOWN if name in data}

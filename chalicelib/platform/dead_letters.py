"""Dead letters: messages that three deliveries could not work off, kept for people to look at.

Nothing that matters is lost with them. A run message is good for one claim, whose lease ends and
sets it free; a wake is a hint. So moving one back twice does no harm either.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from chalicelib.domain.time.instants import to_milliseconds

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

#: What one call looks at, or moves back, of each queue.
MOST: Final = 100
_MOST_IN_A_BATCH: Final = 10
#: While it is looked at nobody else is handed it; it comes back by itself if the look is cut short.
_LOOKED_AT_SECONDS: Final = 30
_SHOWN: Final = ("tenant_id", "run_id", "token", "at", "pass")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DeadLetterQueue:
    """A queue for dead letters, and the queue they come from (`kind`: run, wake)."""

    kind: str
    url: str
    from_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that was put aside, and what it says, as far as it can be read."""

    kind: str
    message_id: str
    sent_at: datetime | None
    receives: int
    content: dict[str, Any] = field(default_factory=dict)


class DeadLetters:
    """The queues for dead letters; none in a deployment without them."""

    def __init__(
        self,
        asides: Sequence[DeadLetterQueue] = (),
        client: Callable[[], "SQSClient"] | None = None,
    ) -> None:
        self._asides = [aside for aside in asides if aside.url]
        self._client = client or _default_client

    def count(self) -> dict[str, int]:
        """Kind → about how many there are, those that are just looked at included."""
        return {aside.kind: self._count(aside) for aside in self._asides}

    def peek(self) -> list[DeadLetter]:
        """What is there, `MOST` of each kind at most. Nothing is removed."""
        letters = []
        for aside in self._asides:
            found = list(self._received(aside))
            letters += [_letter(aside.kind, message) for message in found]
            self._let_go(aside, found)
        return letters

    def redrive(self) -> int:
        """Send them back to where they came from, `MOST` of each kind at most; how many.

        Each is sent before it is removed: cut short in between, it is there twice and not lost.
        """
        moved = 0
        for aside in self._asides:
            for message in self._received(aside):
                body, handle = message.get("Body", ""), message.get("ReceiptHandle", "")
                self._client().send_message(QueueUrl=aside.from_url, MessageBody=body)
                self._client().delete_message(QueueUrl=aside.url, ReceiptHandle=handle)
                moved += 1
        return moved

    def _count(self, aside: DeadLetterQueue) -> int:
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self._client().get_queue_attributes(QueueUrl=aside.url, AttributeNames=names)
        return sum(int(number) for number in answer["Attributes"].values())

    def _received(self, aside: DeadLetterQueue) -> Iterator["MessageTypeDef"]:
        for _ in range(MOST // _MOST_IN_A_BATCH):
            answer = self._client().receive_message(
                QueueUrl=aside.url,
                MaxNumberOfMessages=_MOST_IN_A_BATCH,
                VisibilityTimeout=_LOOKED_AT_SECONDS,
                MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
            )
            messages = answer.get("Messages", [])
            yield from messages
            if not messages:
                return

    def _let_go(self, aside: DeadLetterQueue, messages: Sequence["MessageTypeDef"]) -> None:
        for batch in _batches(messages):
            self._client().change_message_visibility_batch(
                QueueUrl=aside.url,
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
    import boto3

    return boto3.client("sqs")


def _batches(messages: Sequence["MessageTypeDef"]) -> Iterable[Sequence["MessageTypeDef"]]:
    starts = range(0, len(messages), _MOST_IN_A_BATCH)
    return (messages[start : start + _MOST_IN_A_BATCH] for start in starts)


def _letter(kind: str, message: "MessageTypeDef") -> DeadLetter:
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
    """What our own messages say; of a foreign one nothing is shown."""
    try:
        data = json.loads(body)
    except ValueError:
        return {}
    return {name: data[name] for name in _SHOWN if name in data} if isinstance(data, dict) else {}

"""What DynamoDB refuses, in the shape botocore gives it; also what tests inject."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError, ConnectionClosedError

ENDPOINT: Final = "memory://dynamodb"
_THROTTLED: Final = {
    "ProvisionedThroughputExceededException": "The level of configured provisioned throughput for "
    "the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.",
    "ThrottlingException": "Rate of requests exceeds the allowed throughput.",
    "RequestLimitExceeded": "Throughput exceeds the current throughput limit for your account.",
}
Reason = dict[str, Any]
NO_REASON: Final[Reason] = {"Code": "None"}


class Refused(Exception):
    """An operation that DynamoDB answers with an error."""

    def __init__(self, code: str, message: str, **more: Any) -> None:
        self.code, self.message, self.more = code, message, more
        #: What the attempt costs all the same: table name → units.
        self.cost: dict[str, float] = {}
        super().__init__(f"{code}: {message}")

    def as_client_error(self, operation: str) -> ClientError:
        """The same, as botocore raises it."""
        response: Any = {
            "Error": {"Code": self.code, "Message": self.message},
            "ResponseMetadata": metadata(400),
            "message": self.message,
            **self.more,
        }
        return ClientError(response, operation)


def metadata(status: int = 200) -> dict[str, Any]:
    """What botocore says of the HTTP answer."""
    return {"HTTPStatusCode": status, "HTTPHeaders": {}, "RequestId": "0", "RetryAttempts": 0}


def invalid(message: str) -> Refused:
    """A request that is wrong in itself, or for the item it meets."""
    return Refused("ValidationException", message)


def wrong_parameter(message: str) -> Refused:
    """A request with a value that must not be."""
    return invalid(f"One or more parameter values were invalid: {message}")


def condition_failed(item: Mapping[str, Any] | None) -> Refused:
    """The condition of a write does not hold; with the item, if the caller asked for it."""
    more = {} if item is None else {"Item": item}
    return Refused("ConditionalCheckFailedException", "The conditional request failed", **more)


def cancelled(reasons: Sequence[Reason]) -> Refused:
    """A transaction of which at least one part failed."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = (
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    )
    return Refused("TransactionCanceledException", message, CancellationReasons=list(reasons))


def reason(refused: Refused) -> Reason:
    """Why one part of a transaction fails."""
    if refused.code == "ConditionalCheckFailedException":
        return {"Code": "ConditionalCheckFailed", "Message": refused.message, **refused.more}
    return {"Code": "ValidationError", "Message": refused.message}


# For faults


def throttled(operation: str, code: str = "ProvisionedThroughputExceededException") -> ClientError:
    """DynamoDB is overrun; nothing was written."""
    return Refused(code, _THROTTLED[code]).as_client_error(operation)


def conflict(operation: str, request: Mapping[str, Any], item: int = 0) -> ClientError:
    """Another transaction is at work on an item (of several, the one of that number)."""
    message = "Transaction is ongoing for the item"
    if "TransactItems" not in request:
        return Refused("TransactionConflictException", message).as_client_error(operation)
    reasons = [NO_REASON] * len(request["TransactItems"])
    reasons[item] = {"Code": "TransactionConflict", "Message": message}
    return cancelled(reasons).as_client_error(operation)


def connection_lost() -> ConnectionClosedError:
    """No answer came; the caller cannot know what happened."""
    return ConnectionClosedError(endpoint_url=ENDPOINT)

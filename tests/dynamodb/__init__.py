"""DynamoDB in memory, exact and fast, at the seam where PynamoDB meets botocore.

    engine = InMemoryDynamoDB(template.tables("baton"))
    with connected(engine):
        ...  # everything in chalicelib.store now works on it
    engine.meter.requests.total()

What it does not imitate: legacy parameters (refused by name), local secondary indexes, streams,
TTL deletion, PartiQL, reserved words, redundant parentheses, and the ten minutes after which a
request token is forgotten.
"""

from tests.dynamodb.client import InMemoryDynamoDB, connected
from tests.dynamodb.errors import conflict, connection_lost, throttled
from tests.dynamodb.faults import Call, Faults, SeededLag
from tests.dynamodb.values import plain

__all__ = [
    "Call",
    "Faults",
    "InMemoryDynamoDB",
    "SeededLag",
    "conflict",
    "connected",
    "connection_lost",
    "plain",
    "throttled",
]

"""Clients of AWS services: those the deployment itself works with, and those targets go out by.

Each gives up well before the function that uses it is stopped, so that there is time to say so.
"""

from functools import lru_cache
from typing import Any, Final, Protocol

#: For so many seconds a client of the deployment's own services waits for a connection, and then
#: for an answer; so often it asks at most.
CONNECT_SECONDS: Final = 1
READ_SECONDS: Final = 4
MOST_TRIES: Final = 4


class Clients(Protocol):
    """What makes clients."""

    def __call__(self, service: str, region: str, read_seconds: float) -> Any:
        """A client of a service (`lambda`) that waits so long for an answer, and never retries."""
        ...


def own_client(service: str) -> Any:
    """A client of a service that the deployment itself works with, such as `sqs` and `ssm`.

    It asks again where that may help: after throttling, and when a connection fails.
    """
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": MOST_TRIES, "mode": "standard"},
    )
    make: Any = boto3.client  # Its stubs know literal names of services only.
    return make(service, config=config)


@lru_cache(maxsize=8)
def client(service: str, region: str, read_seconds: float) -> Any:
    """A client of boto3 without retries: a target is started at most once an attempt."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=10,
        read_timeout=read_seconds,
        retries={"total_max_attempts": 1, "mode": "standard"},
        tcp_keepalive=True,
    )
    make: Any = boto3.client  # Its stubs know literal names of services only.
    return make(service, region_name=region, config=config)

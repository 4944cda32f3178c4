"""Clients of the AWS services in which targets and notifications go out. Tests give their own."""

from functools import lru_cache
from typing import Any, Protocol


class Clients(Protocol):
    """What makes clients."""

    def __call__(self, service: str, region: str, read_seconds: float) -> Any:
        """A client of a service (`lambda`) that waits so long for an answer, and never retries."""
        ...


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

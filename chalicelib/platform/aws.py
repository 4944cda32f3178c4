"""Clients of AWS services: those the deployment itself works with, and those targets go out by.

Each gives up well before the function that uses it is stopped, so that there is time to say so.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from botocore.session import Session

#: What botocore reads of AWS's services, cut to what Baton calls of them: the package has it
#: (`infra/aws_models.py`). Where it is not, clients read all that botocore brings.
MODELS: Final = Path(__file__).parents[1] / "aws_models"

#: How many seconds a client of the deployment's own services waits for a connection, how many it
#: then waits for an answer, and how often it asks in all.
CONNECT_SECONDS: Final = 1
READ_SECONDS: Final = 4
MOST_TRIES: Final = 4


class Clients(Protocol):
    """What makes clients."""

    def __call__(self, service: str, region: str, read_seconds: float) -> Any:
        """A client of a service (`lambda`) that waits so long for an answer, and never retries."""
        ...


@lru_cache(maxsize=1)
def session() -> "Session":
    """The one session that all clients are made with: what it reads for one, the next one finds.

    Jobs that call AWS themselves have boto3's own session, which knows all of AWS.
    """
    from botocore.loaders import Loader
    from botocore.session import get_session

    made = get_session()
    if MODELS.is_dir():
        loader = Loader(extra_search_paths=[str(MODELS)], include_default_search_paths=False)
        made.register_component("data_loader", loader)
    return made


def own_client(service: str) -> Any:
    """A client of a service that the deployment itself works with, such as `sqs` and `ssm`.

    It asks again where that may help: after throttling, and when a connection fails.
    """
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": MOST_TRIES, "mode": "standard"},
    )
    return session().create_client(service, config=config)


@lru_cache(maxsize=8)
def client(service: str, region: str, read_seconds: float) -> Any:
    """A client without retries: a target is started at most once an attempt."""
    from botocore.config import Config

    config = Config(
        connect_timeout=10,
        read_timeout=read_seconds,
        retries={"total_max_attempts": 1, "mode": "standard"},
        tcp_keepalive=True,
    )
    return session().create_client(service, region_name=region, config=config)


def region_of(arn: str) -> str:
    """The region of the resource with that ARN."""
    return arn.split(":")[3]

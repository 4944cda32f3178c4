"""Creates an API token by writing to the tokens table itself: how the first one comes about.

With AWS_ENDPOINT_URL set it does so on this machine, else in the AWS account the environment
names. The token is printed once, on its own line, and kept by nobody. Usage::

    python -m infra.token [--stack NAME] [--tenant NAME] [--scopes SCOPE,SCOPE] [--name TEXT]
"""

import argparse
import os
import sys

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.clock import SystemClock

SCOPES = ("viewer", "operator", "admin", "owner")


def create(stack: str, tenant: str, scopes: list[str], name: str) -> str:
    """A new token of the stack, as the bearer text that proves it."""
    # The tables are named when the store is imported.
    os.environ["BATON_STACK"] = stack
    from chalicelib.store import tokens

    _, bearer = tokens.issue(tenant, name, scopes, SystemClock().now())
    return bearer


def _scopes(text: str) -> list[str]:
    scopes = [scope.strip() for scope in text.split(",") if scope.strip()]
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise argparse.ArgumentTypeError(f"choose from {', '.join(SCOPES)}")
    return scopes


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.token", description=__doc__)
    parser.add_argument("--stack", default="baton", help="name of the stack (baton)")
    parser.add_argument("--tenant", default="default", help="whose token it is (default)")
    parser.add_argument("--scopes", default=["operator"], type=_scopes, help=", ".join(SCOPES))
    parser.add_argument("--name", default="made by hand", help="what it is for")
    arguments = parser.parse_args()
    try:
        bearer = create(arguments.stack, arguments.tenant, arguments.scopes, arguments.name)
    except (BotoCoreError, PynamoDBException) as error:
        place = os.environ.get("AWS_ENDPOINT_URL", "AWS")
        print(f"No token of the stack {arguments.stack} at {place}: {error}", file=sys.stderr)
        return 1
    print(bearer)
    return 0


if __name__ == "__main__":
    sys.exit(main())

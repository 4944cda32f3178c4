"""Creates an API token by writing to the tokens table itself: how the first one comes about.

With AWS_ENDPOINT_URL set it does so on this machine, else in the AWS account the environment
names. The token is printed once, on its own line, and kept by nobody. Usage::

    python -m infra.token [--stack NAME] [--tables PREFIX] [--tenant NAME] [--scopes SCOPE,SCOPE]
                          [--name TEXT] [--days NUMBER]
"""

import argparse
import os
import re
import sys
from datetime import timedelta

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.domain.access.jwt_claims import TENANT
from chalicelib.domain.access.scopes import SCOPES
from chalicelib.platform.clock import SystemClock

MOST_DAYS = 3650


def create(
    tables: str, tenant: str, scopes: list[str], name: str, valid_for: timedelta | None = None
) -> str:
    """A new token, as the bearer text that proves it; it never expires by default.

    `tables` is what the names of the deployment's tables begin with.
    """
    # The tables are named when the store is imported.
    os.environ["BATON_TABLE_PREFIX"] = tables
    from chalicelib.store import token_table

    now = SystemClock().now()
    until = None if valid_for is None else now + valid_for
    return token_table.issue(tenant, name, scopes, now, valid_until=until)[1]


def _scopes(text: str) -> list[str]:
    scopes = [scope.strip() for scope in text.split(",") if scope.strip()]
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise argparse.ArgumentTypeError(f"choose from {', '.join(SCOPES)}")
    return scopes


def _tenant(text: str) -> str:
    if not re.fullmatch(TENANT, text):
        raise argparse.ArgumentTypeError("1 to 100 letters, digits and _.-, no sign in front")
    return text


def _days(text: str) -> timedelta:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_DAYS):
        raise argparse.ArgumentTypeError(f"a number from 1 to {MOST_DAYS}")
    return timedelta(days=int(text))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.token", description=__doc__)
    parser.add_argument("--stack", default="baton", help="name of the stack (baton)")
    parser.add_argument("--tables", help="what its tables' names begin with (the stack's name)")
    parser.add_argument(
        "--tenant", default="default", type=_tenant, help="whose token it is (default)"
    )
    parser.add_argument("--scopes", default=["operator"], type=_scopes, help=", ".join(SCOPES))
    parser.add_argument("--name", default="made by hand", help="what it is for")
    parser.add_argument("--days", type=_days, help="how long it is valid (for ever)")
    given = parser.parse_args()
    try:
        tables = given.tables or given.stack
        bearer = create(tables, given.tenant, given.scopes, given.name, given.days)
    except (BotoCoreError, PynamoDBException) as error:
        place = os.environ.get("AWS_ENDPOINT_URL", "AWS")
        print(f"No token of the stack {given.stack} at {place}: {error}", file=sys.stderr)
        return 1
    print(bearer)
    return 0


if __name__ == "__main__":
    sys.exit(main())

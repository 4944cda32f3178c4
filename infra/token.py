"""Creates an API token by writing to the tokens table itself: how the first one comes about.

With AWS_ENDPOINT_URL set it does so on this machine, else in the AWS account the environment
names. The token is printed once, on its own line, and kept by nobody; that it was made is on record
in its tenant's activity. It ends after 30 days unless asked otherwise. Usage::

    python -m infra.token [--stack NAME] [--tables PREFIX] [--tenant NAME] [--scopes SCOPE,SCOPE]
                          [--name TEXT] [--days NUMBER|never]
"""

import argparse
import os
import re
import sys
from datetime import timedelta

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.domain.access.actors import Actor, name_fault
from chalicelib.domain.access.jwt_claims import TENANT
from chalicelib.domain.access.scopes import SCOPES
from chalicelib.platform.clock import SystemClock

MOST_DAYS = 3650
#: For how long a token is good unless another time is given.
USUAL = timedelta(days=30)
_NEVER = "never"
#: Whom the record of such a token names: whoever may write to the table.
_MAKER = Actor("make token", "make token")


def create(
    tables: str, tenant: str, scopes: list[str], name: str, valid_for: timedelta | None = USUAL
) -> str:
    """Make a token, and return its bearer text. It never expires if `valid_for` is None.

    `tables` is what the names of the deployment's tables begin with.
    """
    # The tables are named when the store is imported.
    os.environ["BATON_TABLE_PREFIX"] = tables
    from chalicelib.engine.requests import token_changes
    from chalicelib.engine.requests.token_changes import Maker
    from chalicelib.store import token_table

    clock = SystemClock()
    now = clock.now()
    token, bearer = token_table.new(
        tenant,
        name,
        scopes,
        now,
        created_by=_MAKER.name,
        created_by_id=_MAKER.actor_id,
        valid_until=None if valid_for is None else now + valid_for,
    )
    maker = Maker(tenant_id=tenant, actor=_MAKER)
    token_changes.grant(token, maker, now, clock, most=None, again=False)
    return bearer


def _name(text: str) -> str:
    fault = name_fault(text)
    if fault is not None or not text.strip():
        raise argparse.ArgumentTypeError(fault or "must not be blank")
    return text


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


def _days(text: str) -> timedelta | None:
    if text == _NEVER:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_DAYS):
        raise argparse.ArgumentTypeError(f"a number from 1 to {MOST_DAYS}, or {_NEVER}")
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
    parser.add_argument("--name", default="made by hand", type=_name, help="what it is for")
    parser.add_argument("--days", default=USUAL, type=_days, help="days it is valid, or never (30)")
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

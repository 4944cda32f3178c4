"""Finds schedules by id or by name."""

import re
from typing import Any, Final

from baton_cli.client import Client
from baton_cli.exits import CliError, Exit, UsageProblem
from baton_cli.text import nfc

_ID: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


def schedule_path(client: Client, given: str) -> str:
    """The path of the schedule of that id or exact name.

    Raises:
        CliError: there is none of that name.
        UsageProblem: there are several.
    """
    if _ID.fullmatch(given):
        return f"/v1/schedules/{given}"
    return f"/v1/schedules/{_named(client, given)['id']}"


def schedule_id(client: Client, given: str) -> str:
    """The id of the schedule of that id or exact name; raises as `schedule_path` does."""
    return schedule_path(client, given).rsplit("/", 1)[1]


def _named(client: Client, name: str) -> dict[str, Any]:
    # The API's search ignores case and finds parts of names; here the whole name has to match.
    wanted = nfc(name)
    query = {"q": wanted} if wanted else {}
    found = [each for each in client.all("/v1/schedules", query) if nfc(each["name"]) == wanted]
    if not found:
        raise CliError(f"There is no schedule “{name}”.", Exit.NOT_FOUND)
    if len(found) > 1:
        ids = ", ".join(each["id"] for each in found)
        raise UsageProblem(f"{len(found)} schedules are called “{name}”; give the id: {ids}")
    return dict(found[0])

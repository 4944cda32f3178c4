"""What the command line knows by heart is what the API has."""

import click

from baton_cli import run_log
from baton_cli.files import definition
from baton_cli.main import baton
from chalicelib.api.schemas import schedule_schemas
from chalicelib.domain.access.scopes import SCOPES
from chalicelib.domain.audits.audit import AuditState
from chalicelib.domain.runs.run import FINAL, RunStatus, Trigger
from chalicelib.domain.runs.schedule import ScheduleStatus


def choices(*path: str, option: str) -> set[str]:
    """What an option of a command may be."""
    command: click.Command = baton
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    kind = next(each.type for each in command.params if each.name == option)
    assert isinstance(kind, click.Choice)
    return set(kind.choices)


def test_the_fields_a_file_may_have() -> None:
    assert set(definition.WRITABLE) == set(schedule_schemas.WRITABLE)


def test_where_a_runs_life_ends() -> None:
    assert {status.value for status in FINAL} == run_log.FINAL


def test_what_lists_can_be_filtered_by() -> None:
    assert choices("runs", "list", option="status") == set(RunStatus)
    assert choices("runs", "list", option="trigger") == set(Trigger)
    assert choices("schedules", "list", option="status") == set(ScheduleStatus)
    assert choices("audits", "list", option="state") == set(AuditState)
    assert choices("tokens", "create", option="scopes") == set(SCOPES)

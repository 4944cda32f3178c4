"""The errors that end a command, and their exit codes."""

from enum import IntEnum
from typing import IO, Any, Final

import click

from baton_cli.text import clean, json_line


class Exit(IntEnum):
    """Exit codes; scripts rely on them (docs/reference/cli.md)."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    NOT_FOUND = 3
    BUSY = 4
    UNAUTHORISED = 5
    UNREACHABLE = 6
    RUN_NOT_SUCCEEDED = 7
    CHANGES_PENDING = 8
    STOPPED = 9
    INTERRUPTED = 130


class CliError(click.ClickException):
    """Ends the command with a sentence on stderr."""

    def __init__(self, message: str, code: int = Exit.REFUSED) -> None:
        super().__init__(message)
        self.exit_code = code  # type: ignore[misc]  # click has it on the class

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(clean(f"Error: {self.message}", keep="\n"), file=file, err=file is None)


class UsageProblem(CliError):
    """The command, or a file it reads, is not what it has to be."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Exit.USAGE)


class Unreachable(CliError):
    """No answer came. The request may have been carried out all the same."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Exit.UNREACHABLE)


_CODES: Final = {
    401: Exit.UNAUTHORISED,
    403: Exit.UNAUTHORISED,
    404: Exit.NOT_FOUND,
    429: Exit.BUSY,
    502: Exit.UNREACHABLE,
    503: Exit.UNREACHABLE,
    504: Exit.UNREACHABLE,
}
_HINTS: Final = {
    "capacity_full": "--when-busy queue waits for a slot; --when-busy force needs the scope admin.",
    "stale": "Somebody else changed it meanwhile; look again.",
}


class ApiError(CliError):
    """The API's refusal, with its problem document."""

    def __init__(self, status: int, problem: dict[str, Any], *, as_json: bool = False) -> None:
        self.status, self.problem, self.as_json = status, problem, as_json
        super().__init__(
            "\n".join(_problem_lines(status, problem)), _CODES.get(status, Exit.REFUSED)
        )

    @property
    def code(self) -> str:
        """The problem's `code`, which programs can rely on."""
        return str(self.problem.get("code", ""))

    def show(self, file: IO[Any] | None = None) -> None:
        if not self.as_json:
            return super().show(file)
        return click.echo(json_line(self.problem), file=file, err=file is None)


def _problem_lines(status: int, problem: dict[str, Any]) -> list[str]:
    """A problem in lines for people: what is wrong, then each wrong field, check and holder."""
    detail = problem.get("detail") or problem.get("title") or "The API refused."
    code = problem.get("code")
    lines = [clean(f"{detail} ({status}{f' {code}' if code else ''})")]
    lines += [f"  {_field_line(each)}" for each in _objects(problem, "errors")]
    lines += [f"  {_check_line(each)}" for each in _objects(problem, "checks")]
    lines += [f"  {_holder_line(each)}" for each in _objects(problem, "holders")]
    return [*lines, _HINTS[str(code)]] if code in _HINTS else lines


def _objects(problem: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in a list of the problem; none if it has no such list."""
    found = problem.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _field_line(error: dict[str, Any]) -> str:
    return clean(f"{error.get('field') or 'body'}: {error.get('message')}")


def _check_line(check: dict[str, Any]) -> str:
    return clean(
        f"{'ok  ' if check.get('ok') else 'FAIL'} {check.get('name')}: {check.get('detail')}"
    )


def _holder_line(holder: dict[str, Any]) -> str:
    name = holder.get("schedule_name")
    return clean(f"held by {f'“{name}”' if name else 'another tenant'} since {holder.get('since')}")

"""Options and arguments that several commands share."""

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from baton_cli.files.input_files import read_json
from baton_cli.session import Paging, Session
from baton_cli.text import instant, seconds_of

F = TypeVar("F", bound=Callable[..., Any])
JSON_WANTED: Final = "baton_cli.json"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")


class Command(click.Command):
    """A command that takes `--json` too, not only before its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(json_option())


class Group(click.Group):
    """A group of such commands."""

    command_class = Command
    group_class = type


def json_option() -> click.Option:
    """The option `--json`, which sets the session's output to JSON."""
    return click.Option(
        ["--json"],
        is_flag=True,
        expose_value=False,
        callback=_note_json,
        help="Answer in JSON, for programs.",
    )


def _note_json(context: click.Context, _option: click.Parameter, value: bool) -> None:
    # If --json comes before the command's name, there is no session yet; it reads this later.
    session = context.find_object(Session)
    if value and session is not None:
        session.json = True
    context.meta[JSON_WANTED] = value or context.meta.get(JSON_WANTED, False)


class _IdType(click.ParamType[Any]):
    """An id: letters, digits, `-` and `_`, safe in a path."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not _ID.fullmatch(value):
            self.fail(f"{value!r} is no id.", param, ctx)
        return str(value)


class _JsonType(click.ParamType[Any]):
    """JSON text, or `@` and the name of a file that holds it."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            if value.startswith("@"):
                with click.open_file(value[1:], encoding="utf-8-sig") as file:
                    value = file.read()
            return read_json(value)
        except (OSError, ValueError) as error:
            self.fail(f"no JSON: {error}", param, ctx)


class _SpanType(click.ParamType[Any]):
    """A duration as `90s`, `15m`, `6h` or `1d`; its value is in seconds."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return value if isinstance(value, int) else seconds_of(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _InstantType(click.ParamType[Any]):
    """An RFC 3339 instant with its offset."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if instant(value) is None:
            self.fail(f"{value!r} is no instant; write 2026-12-24T18:00:00Z.", param, ctx)
        return str(value)


ID: Final = _IdType()
JSON: Final = _JsonType()
SPAN: Final = _SpanType()
INSTANT: Final = _InstantType()


def paged(function: F) -> F:
    """Adds `--limit`, `--all` and `--cursor`, which the command receives as one `paging`."""

    def with_paging(*args: Any, limit: int, everything: bool, cursor: str | None, **kw: Any) -> Any:
        return function(*args, paging=Paging(limit, everything, cursor), **kw)

    with_paging.__doc__ = function.__doc__
    with_paging.__name__ = function.__name__
    with_paging.__dict__.update(function.__dict__)
    for option in (
        click.option("--cursor", help="Go on where a list ended."),
        click.option("--all", "everything", is_flag=True, help="Everything there is."),
        click.option("--limit", type=click.IntRange(1), default=50, help="How many (50)."),
    ):
        with_paging = option(with_paging)
    return with_paging  # type: ignore[return-value]


def key_option(function: F) -> F:
    """Adds `--key`, the idempotency key for scripts that may run twice."""
    return click.option(
        "--key", help="Idempotency key: the same command again makes nothing new for 24 h."
    )(function)


def confirm(question: str, yes: bool) -> None:
    """Ask a question, unless `yes` is given. The command ends if the answer is not yes."""
    if not yes:
        click.confirm(question, abort=True, err=True)

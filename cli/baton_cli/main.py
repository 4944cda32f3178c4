"""The command line: `baton`."""

import os
from functools import partial
from pathlib import Path

import click

from baton_cli import connection
from baton_cli.commands import (
    apply,
    audit_commands,
    exec_command,
    mcp_command,
    notification_commands,
    operations,
    outlook,
    run_commands,
    schedule_commands,
    token_commands,
    top,
)
from baton_cli.options import JSON_WANTED, Group, json_option
from baton_cli.session import Session, World, this_machine

_EPILOG = (
    "Exit codes: 0 done, 1 refused, 2 misused, 3 not found, 4 busy, 5 not allowed,"
    " 6 not reachable, 7 the run did not succeed, 8 changes pending, 9 stopped by Baton."
)


@click.group(cls=Group, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--url", envvar="BATON_URL", show_envvar=True, help="The URL of the API.")
@click.option(
    "--token",
    envvar="BATON_TOKEN",
    show_envvar=True,
    help="The API token; the environment is the better place.",
)
@click.option(
    "--profile", envvar="BATON_PROFILE", show_envvar=True, help="A profile of the config file."
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="BATON_CONFIG",
    show_envvar=True,
    help="The config file (~/.config/baton/config.toml).",
)
@click.version_option(package_name="baton-cli")
@click.pass_context
def baton(
    context: click.Context,
    url: str | None,
    token: str | None,
    profile: str | None,
    config: Path | None,
) -> None:
    """Baton: a scheduler for work that must not overlap."""
    world = context.obj if isinstance(context.obj, World) else this_machine()
    path = config or connection.config_path(os.environ)
    resolve = partial(connection.resolve, url or None, token or None, profile or None, path)
    context.obj = session = Session(world, resolve, json=bool(context.meta.get(JSON_WANTED)))
    context.call_on_close(session.close)


baton.params.append(json_option())
for command in (
    schedule_commands.group,
    run_commands.group,
    run_commands.run_now,
    run_commands.logs,
    exec_command.execute,
    apply.apply,
    outlook.explain,
    outlook.preview,
    outlook.forecast,
    top.top,
    operations.slot,
    operations.health,
    operations.limits,
    operations.jobs,
    audit_commands.group,
    notification_commands.group,
    token_commands.group,
    mcp_command.mcp,
    operations.api,
):
    baton.add_command(command)

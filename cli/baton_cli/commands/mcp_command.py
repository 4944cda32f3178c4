"""The command that hands Baton to an agent as tools."""

import click

from baton_cli.exits import CliError, UsageProblem
from baton_cli.options import Command
from baton_cli.session import Session
from baton_cli.show import note


@click.command("mcp", cls=Command)
@click.option(
    "--allow",
    type=click.Choice(["delete", "force"]),
    multiple=True,
    help="A tool that there is not otherwise: delete schedules, force runs (scope admin).",
)
@click.pass_obj
def mcp(session: Session, allow: tuple[str, ...]) -> None:
    """Serve Baton as tools of an agent: the Model Context Protocol, over stdin and stdout.

    Which tools there are goes by the token's scope.
    """
    try:
        from baton_cli.agents.server import ALLOWED, server_of
    except ModuleNotFoundError as error:
        raise UsageProblem(f"{error}: pip install 'baton-cli[mcp]'") from None
    me = session.client.get("/v1/me")
    for each in allow:
        if ALLOWED[each] not in me["scopes"]:
            raise CliError(f"--allow {each} needs a token of the scope {ALLOWED[each]}.")
    note(f"Serving {me['tenant_id']} as {me['name']}, scope {me['scope']}")
    server_of(session.client, me["scopes"], allow).run("stdio")

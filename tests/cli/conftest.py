"""What the tests of the command line share."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from baton_cli.main import baton
from baton_cli.session import World
from tests.clients.wire import Wire
from tests.harness import Stack

URL = "https://baton.test"


@dataclass
class Naps:
    """Sleeps by moving the stack's clock; `meanwhile` holds what happens during each sleep."""

    stack: Stack
    slept: list[float] = field(default_factory=list)
    meanwhile: list[Callable[[], Any]] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        assert len(self.slept) < 200, "it waits without end"
        self.stack.advance(seconds)
        if self.meanwhile:
            self.meanwhile.pop(0)()


class Cli:
    """The command line of an operator in Berlin, before the stack in process."""

    def __init__(self, stack: Stack, home: Path) -> None:
        self.stack, self.home = stack, home
        self.wire, self.naps = Wire(stack, URL), Naps(stack)
        #: Whether requests go over the wire, and not over the network.
        self.is_wired = True
        self.env: dict[str, str | None] = {
            "BATON_URL": URL,
            "BATON_TOKEN": stack.operator,
            "BATON_CONFIG": str(home / "config.toml"),
            "BATON_PROFILE": None,
        }

    def run(self, *args: str, stdin: str = "", **env: str | None) -> Result:
        """The result of the command; `env` is added to its environment."""
        transport = self.wire if self.is_wired else None
        world = World(transport, self.naps, ZoneInfo("Europe/Berlin"))
        result = CliRunner().invoke(
            baton, args, obj=world, input=stdin, env={**self.env, **env}, prog_name="baton"
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def ok(self, *args: str, stdin: str = "", **env: str | None) -> str:
        """The stdout of the command, which has to succeed."""
        result = self.run(*args, stdin=stdin, **env)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *args: str, **env: str | None) -> Any:
        """The JSON that the command prints with `--json`; it has to succeed."""
        return json.loads(self.ok(*args, "--json", stdin="", **env))

    def file(self, text: str, name: str = "schedules.yaml") -> str:
        """The path of a file with that text."""
        path = self.home / name
        path.write_text(text, encoding="utf-8")
        return str(path)


@pytest.fixture
def cli(stack: Stack, tmp_path: Path) -> Cli:
    """The command line before the fresh deployment."""
    return Cli(stack, tmp_path)

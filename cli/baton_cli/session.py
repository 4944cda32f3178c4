"""What a command has at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import Any

from baton_cli.client import Client
from baton_cli.connection import Settings
from baton_cli.show import Columns, Show, as_json, note
from baton_cli.sleeper import Sleeper, SystemSleeper
from baton_cli.transport import HttpTransport, Transport


@dataclass(frozen=True, slots=True)
class World:
    """What surrounds the command line. `zone` is the reader's; None is the machine's own."""

    transport: Transport
    sleeper: Sleeper
    zone: tzinfo | None = None


def this_machine() -> World:
    """The network, the clock and the time zone of this machine."""
    return World(HttpTransport(), SystemSleeper())


class Session:
    """One invocation. Nothing is looked up before a command needs it, so `--help` always works."""

    def __init__(self, world: World, settings: Callable[[], Settings], *, json: bool) -> None:
        self.world, self.json = world, json
        self._settings = settings

    @cached_property
    def client(self) -> Client:
        """The API. Raises `UsageProblem` if nobody said where it is."""
        found = self._settings()
        for warning in found.warnings:
            note(f"Warning: {warning}")
        world = self.world
        return Client(found.url, found.token, world.transport, world.sleeper, as_json=self.json)

    @cached_property
    def show(self) -> Show:
        return Show(self.world.zone)

    def answer(self, value: Any, tell: Callable[[Any], None]) -> None:
        """The answer: to programs as it is, to people as `tell` tells it."""
        if self.json:
            as_json(value)
        else:
            tell(value)

    def record(self, value: Any) -> None:
        """One thing."""
        self.answer(value, self.show.record)

    def listing(self, path: str, query: dict[str, Any], paging: "Paging", columns: Columns) -> None:
        """A list of the API, as far as it was asked for."""
        limit = None if paging.everything else paging.limit
        listed = self.client.page(path, query, limit, paging.cursor)
        value = {"items": listed.items, "next_cursor": listed.next_cursor}
        self.answer(value, lambda _: self.show.table(columns, listed.items))
        if listed.next_cursor is not None and not self.json:
            note(f"There are more: --all, --limit N, or --cursor {listed.next_cursor}")


@dataclass(frozen=True, slots=True)
class Paging:
    """How much of a list."""

    limit: int
    everything: bool
    cursor: str | None

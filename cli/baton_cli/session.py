"""What a command works with: the API's client, the output, and the world around."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import Any

import httpx

from baton_cli.client import Client
from baton_cli.connection import Connection
from baton_cli.show import Columns, Show, note, print_json
from baton_cli.sleeper import Sleeper, SystemSleeper


@dataclass(frozen=True, slots=True)
class World:
    """What is outside of the command line.

    `transport` carries requests instead of the network; None: nothing does. `zone` is the reader's
    time zone, None the machine's.
    """

    transport: httpx.BaseTransport | None
    sleeper: Sleeper
    zone: tzinfo | None = None


def this_machine() -> World:
    """This machine's network, clock and time zone."""
    return World(None, SystemSleeper())


class Session:
    """One invocation. Settings are read when a command first needs them: `--help` needs none."""

    def __init__(self, world: World, connection: Callable[[], Connection], *, json: bool) -> None:
        self.world, self.json = world, json
        self._connection = connection

    @cached_property
    def client(self) -> Client:
        """The API's client. Raises `UsageProblem` if there is no URL for it."""
        found = self._connection()
        for warning in found.warnings:
            note(f"Warning: {warning}")
        world = self.world
        return Client(found.url, found.token, world.transport, world.sleeper, as_json=self.json)

    def close(self) -> None:
        """Close the client's connections, if any command needed them."""
        if "client" in self.__dict__:
            self.client.close()

    @cached_property
    def show(self) -> Show:
        """The output for people."""
        return Show(self.world.zone)

    def answer(self, value: Any, show: Callable[[Any], None]) -> None:
        """Print the answer: as JSON with `--json`, else as `show` prints it for people."""
        if self.json:
            print_json(value)
        else:
            show(value)

    def record(self, value: Any) -> None:
        """Print one object of the API."""
        self.answer(value, self.show.record)

    def listing(self, path: str, query: dict[str, Any], paging: "Paging", columns: Columns) -> None:
        """Print a list of the API, as much of it as `paging` asks for."""
        limit = None if paging.everything else paging.limit
        listed = self.client.page(path, query, limit, paging.cursor)
        value = {"items": listed.items, "next_cursor": listed.next_cursor}
        self.answer(value, lambda _: self.show.table(columns, listed.items))
        if listed.next_cursor is not None and not self.json:
            note(f"There are more: --all, --limit N, or --cursor {listed.next_cursor}")


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list: `limit` items or all, from `cursor` on."""

    limit: int
    everything: bool
    cursor: str | None

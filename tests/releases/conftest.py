"""Deployments that go on with what a release has stored."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from tests.api_client import Api
from tests.callbacks.conftest import Function
from tests.harness import Answer, Message, Stack
from tests.releases import scenario, snapshots
from tests.releases.newer import with_unknown_parts
from tests.releases.snapshots import Snapshot

DIRECTORY: Final = Path(__file__).parent
#: The releases whose items are kept.
RELEASES: Final = sorted(path.name for path in DIRECTORY.glob("[0-9]*"))
#: What the tables hold: just what a release has written, or that as a newer one would write it.
_AS: Final[dict[str, Callable[[Snapshot], Snapshot]]] = {
    "as written": lambda snapshot: snapshot,
    "with unknown parts": with_unknown_parts,
}


@dataclass(frozen=True)
class Kept:
    """What a release has stored, and what the outside world held of it then."""

    stored: Snapshot
    outside: dict[str, Any]

    @property
    def at(self) -> datetime:
        """When it was."""
        return datetime.fromisoformat(self.outside["at"])


@dataclass(frozen=True)
class World:
    """A deployment of the present code over tables that a release has written."""

    stack: Stack
    api: Api
    kept: Kept
    function: Function

    def schedule(self, name: str) -> dict[str, Any]:
        """A schedule of the scenario, as it is now."""
        return self.api.schedule({"id": self.kept.outside["schedules"][name]})

    def run(self, name: str) -> dict[str, Any]:
        """A run of the scenario, as it is now."""
        return self.api.run({"id": self.kept.outside["runs"][name]})

    def call(self, call: str, body: Any = None, *, scope: str = "owner") -> Answer:
        """The answer to a call with one of the scenario's own tokens."""
        method, path = call.split()
        return self.stack.http(method, path, body, token=self.kept.outside["tokens"][scope])


def kept_by(release: str) -> Kept:
    """What that release has stored."""
    found = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in (DIRECTORY / release).glob("*.json")
    }
    outside = found.pop("outside")
    return Kept(found, outside)


@contextmanager
def going_on(kept: Kept) -> Iterator[World]:
    """A fresh deployment over these tables, at that instant, with what was under way."""
    with Stack(kept.outside["at"]) as stack:
        function = scenario.surroundings(stack)
        snapshots.put(kept.stored)
        for each in kept.outside["messages"]:
            due_at = datetime.fromisoformat(each["due_at"])
            stack.send(Message(each["queue"], each["body"], due_at))
        yield World(stack, Api(stack), kept, function)


@pytest.fixture(params=RELEASES)
def kept(request: pytest.FixtureRequest) -> Kept:
    """What each release has stored."""
    release: str = request.param
    return kept_by(release)


@pytest.fixture(params=_AS)
def world(request: pytest.FixtureRequest, kept: Kept) -> Iterator[World]:
    """A deployment over what each release has stored, and over what a newer one would add."""
    changed = _AS[request.param](kept.stored)
    with going_on(Kept(changed, kept.outside)) as running:
        yield running

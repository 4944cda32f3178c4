"""Runs of a job, with and without a supervisor, and what is on record of their ends."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from chalicelib.engine import system
from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.harness import Stack

Json = dict[str, Any]


@dataclass(frozen=True)
class Ends:
    """Runs jobs on a stack whose runner has a supervisor, or has none."""

    api: Api
    stack: Stack
    supervised: bool

    def of(self, job: Callable[[JobContext], object], **schedule: Any) -> Json:
        """The run of such a job, as a strict reader of JSON gets it; its slot is free by then."""
        system.use(replace(self.stack.system, supervised=self.supervised))
        self.stack.register("probe", lambda context, _params: job(context))
        target = {"type": "function", "name": "probe"}
        run = self.api.start(self.api.create(target=target, **schedule))
        self.stack.deliver()
        assert self.api.get("/v1/slot")["holders"] == []
        return dict(self._read(f"/v1/runs/{run['id']}"))

    def log(self, run: Json) -> list[Json]:
        """The lines of its log, as a strict reader of JSON gets them."""
        return list(self._read(f"/v1/runs/{run['id']}/log")["items"])

    def warnings(self, run: Json) -> list[str]:
        """The messages of the warnings in its log."""
        return [line["message"] for line in self.log(run) if line["level"] == "warning"]

    def _read(self, path: str) -> Any:
        answer = self.stack.http("GET", path, token=self.stack.viewer)
        assert answer.status == 200, answer.json
        return json.loads(answer.body, parse_constant=refuse)


def refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")

"""Baton on this machine: MiniStack with the packaged template deployed, and ways to reach it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import urllib3

from chalicelib.platform.clock import SystemClock
from infra.local_deploy import Aws, Change, deploy, outputs
from infra.ministack import CREDENTIALS, REGION, MiniStack
from infra.package import Package
from infra.places import ROOT

_HEALTHY_WITHIN_SECONDS = 60.0
_ANSWER_WITHIN_SECONDS = 35.0
_LAST_LINES = 20


class StackError(Exception):
    """The deployed stack does not do what it should."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an HTTP call came back with; `json` is None where the body is no JSON."""

    status: int
    json: Any
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line a Lambda wrote: when (Unix milliseconds), which function and worker, its text."""

    at_ms: int
    function: str
    stream: str
    text: str


class LocalStack:
    """One stack on a MiniStack of its own."""

    def __init__(
        self,
        directory: Path,
        port: int,
        *,
        name: str = "baton",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`directory` holds all of its state; `settings` go to MiniStack."""
        self.name = name
        self.ministack = MiniStack(directory, port, settings)
        self.aws = Aws(self.ministack.endpoint)
        self._url = ""
        self._http = urllib3.PoolManager(retries=False)

    def start(self) -> None:
        """Start MiniStack. Raises `MiniStackError`."""
        self.ministack.start()

    def stop(self) -> None:
        """Stop all that was started; state is saved."""
        self.ministack.stop()

    def deploy(self, package: Package, parameters: Mapping[str, str]) -> Change:
        """Bring the stack up to date. Raises `DeployError`."""
        public = f"{self.ministack.endpoint}/_aws/execute-api/{{api}}/api"
        change = deploy(self.aws, package, self.name, {"PublicUrl": public, **parameters})
        self._url = ""
        return change

    def checkpoint(self) -> None:
        """Have MiniStack write its state: it does so only when it is stopped."""
        self.stop()
        self.start()

    @property
    def url(self) -> str:
        """Where the API is, without a slash at the end; it stays the same over updates."""
        if not self._url:
            api = outputs(self.aws, self.name)["RestAPIId"]
            self._url = f"{self.ministack.endpoint}/_aws/execute-api/{api}/api"
        return self._url

    def wait_until_healthy(self) -> None:
        """Wait for the API's first answer. Raises `StackError`."""
        deadline = time.monotonic() + _HEALTHY_WITHIN_SECONDS
        while (answer := self.http("GET", "/healthz")).status != HTTPStatus.OK:
            self.ministack.check()
            if time.monotonic() > deadline:
                said = "\n".join(line.text for line in self.logs("APIHandler")[-_LAST_LINES:])
                raise StackError(f"/healthz answers {answer.status}; the function says:\n{said}")
            SystemClock().sleep(0.5)

    def http(
        self,
        method: str,
        path: str,
        json_body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call the API; `path` begins with a slash and may carry a query."""
        all_headers = dict(headers or {})
        if token:
            all_headers["Authorization"] = f"Bearer {token}"
        if json_body is not None:
            all_headers["Content-Type"] = "application/json"
        response = self._http.request(
            method,
            self.url + path,
            body=None if json_body is None else json.dumps(json_body).encode(),
            headers=all_headers,
            timeout=_ANSWER_WITHIN_SECONDS,
        )
        return Answer(response.status, _json(response.data), response.headers, response.data)

    def issue_token(self, *, tenant: str, scopes: str, name: str) -> str:
        """A new API token, through the command that operators use."""
        arguments = [f"--stack={self.name}", f"--tenant={tenant}", f"--scopes={scopes}"]
        done = subprocess.run(  # noqa: S603  # our own command
            [sys.executable, "-m", "infra.token", *arguments, f"--name={name}"],
            cwd=ROOT,
            env={**os.environ, **self.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackError(f"The token was not created:\n{done.stderr}")
        return done.stdout.strip()

    def environment(self) -> dict[str, str]:
        """The variables that make any AWS client work with this stack."""
        return {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.ministack.endpoint,
            "AWS_DEFAULT_REGION": REGION,
        }

    def logs(self, function: str = "", *, since_ms: int = 0) -> list[LogLine]:
        """What functions wrote since then, oldest first: all, or those named so (``Runner``)."""
        prefix = f"/aws/lambda/{self.name}-{function}"
        groups = self.aws.logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
        lines = [line for group in groups for line in self._lines(group["logGroupName"], since_ms)]
        return sorted(lines, key=lambda line: line.at_ms)

    def _lines(self, group: str, since_ms: int) -> list[LogLine]:
        pages = self.aws.logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=since_ms
        )
        function = group.removeprefix(f"/aws/lambda/{self.name}-").rpartition("-")[0]
        return [
            LogLine(event["timestamp"], function, event["logStreamName"], event["message"].rstrip())
            for page in pages
            for event in page["events"]
        ]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None

"""docs/how-to/exec.md works as written: each host runs its line, with programs of its own."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from infra.places import ROOT
from tests.api_client import Api
from tests.cli.conftest import Cli
from tests.clients.server import Server
from tests.harness import Stack

PAGE: Final = (ROOT / "docs" / "how-to" / "exec.md").read_text(encoding="utf-8")
#: Where the page has programs.
PLACE: Final = "/usr/local/bin/"


def block(kind: str) -> str:
    """The one block of that kind."""
    [found] = re.findall(rf"^```{re.escape(kind)}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


class Machine:
    """A machine with `baton` and the work, and nothing else in its path but the system's own."""

    def __init__(self, stack: Stack, server: Server, home: Path) -> None:
        self.home, self.bin = home, home / "bin"
        self.bin.mkdir()
        self.token = stack.operator
        self._program("baton", f'exec {sys.executable} -m baton_cli "$@"')
        for name in ("backup", "python", "evaluate.sh"):
            self._program(name, f'echo "{name} $*"')
        token = home / "baton.token"
        token.write_text(stack.operator)
        token.chmod(0o600)
        config = f'profile = "it"\n[profiles.it]\nurl = "{server.url}"\ntoken_file = "{token}"\n'
        (home / "config.toml").write_text(config)
        self.url = server.url

    def sh(self, line: str, **variables: str) -> str:
        """What a line says that `sh` runs, here; it has to succeed."""
        done = subprocess.run(  # noqa: S603  # a line of our own page
            ["/bin/sh", "-c", self.here(line)],
            cwd=self.bin,
            env={
                "PATH": f"{self.bin}:/usr/bin:/bin",
                "PYTHONPATH": ":".join(str(Path(each).absolute()) for each in sys.path),
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def here(self, text: str) -> str:
        """The text with this machine's places."""
        config = str(self.home / "config.toml")
        return text.replace(PLACE, f"{self.bin}/").replace("/etc/baton/config.toml", config)

    def _program(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


@pytest.fixture
def machine(stack: Stack, cli: Cli, tmp_path: Path) -> Iterator[Machine]:
    """A machine, after the page's schedules were applied."""
    assert cli.run("apply", "-f", cli.file(block("yaml schedules")), "--yes").exit_code == 0
    with Server(stack) as server:
        yield Machine(stack, server, tmp_path)


def ended(api: Api) -> tuple[str, str]:
    """The one run there is: its schedule and its status."""
    [run] = api.runs()
    return run["schedule_name"], run["status"]


def test_the_crontab(machine: Machine, api: Api) -> None:
    lines = block("crontab").splitlines()
    variables = dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))
    [line] = [each for each in lines if not re.match(r"\w+=", each)]
    *cadence, command = re.split(r"\s+", line, maxsplit=5)
    [schedule] = api.get("/v1/schedules?q=backup")["items"]
    assert schedule["cadence"]["expression"] == " ".join(cadence)
    assert schedule["cadence"]["timezone"] == variables["CRON_TZ"]
    assert "%" not in command  # It would end the command's line.
    here = {name: machine.here(value) for name, value in variables.items()}
    assert machine.sh(command, **here) == "backup --all\n"
    assert ended(api) == ("Nightly backup", "succeeded")


def test_the_systemd_timer(machine: Machine, api: Api) -> None:
    units = {name: block(f"ini {name}") for name in ("backup.service", "backup.timer")}
    for name, text in units.items():
        (machine.home / name).write_text(machine.here(text))
    verify = shutil.which("systemd-analyze")
    if verify is not None:
        paths = [str(machine.home / name) for name in units]
        done = subprocess.run(  # noqa: S603  # units of our own page
            [verify, "verify", "--man=no", *paths], capture_output=True, text=True, check=False
        )
        told = [each for each in done.stderr.splitlines() if "backup" in each]
        assert told == []
    service = units["backup.service"]
    [command] = re.findall(r"^ExecStart=(.*)$", service, re.MULTILINE)
    [variable] = re.findall(r"^Environment=(.*)$", service, re.MULTILINE)
    name, _, value = variable.partition("=")
    assert machine.sh(command, **{name: machine.here(value)}) == "backup --all\n"
    assert ended(api) == ("Nightly backup", "succeeded")


def test_the_workflow(machine: Machine, api: Api) -> None:
    workflow = yaml.load(block("yaml workflow"), yaml.BaseLoader)  # noqa: S506  # all is text
    [schedule] = api.get("/v1/schedules?q=evaluation")["items"]
    assert workflow["on"]["schedule"] == [{"cron": schedule["cadence"]["expression"]}]
    step = workflow["jobs"]["evaluate"]["steps"][-1]
    assert set(step["env"]) == {"BATON_URL", "BATON_TOKEN"}
    given = {"BATON_URL": machine.url, "BATON_TOKEN": machine.token}
    assert machine.sh(step["run"], **given) == "evaluate.sh \n"
    assert ended(api) == ("Nightly evaluation", "succeeded")


def test_the_cronjob(machine: Machine, api: Api) -> None:
    job: Any = yaml.safe_load(block("yaml cronjob"))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    [schedule] = api.get("/v1/schedules?q=mailbox")["items"]
    assert job["spec"]["schedule"] == schedule["cadence"]["expression"]
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    [container] = pod["containers"]
    assert {each["name"] for each in container["env"]} == {"BATON_URL", "BATON_TOKEN"}
    line = shlex.join([*container["command"], *container["args"]])
    said = machine.sh(line, BATON_URL=machine.url, BATON_TOKEN=machine.token)
    assert said == "python -m mailbox_sync\n"
    assert ended(api) == ("Mailbox sync", "succeeded")

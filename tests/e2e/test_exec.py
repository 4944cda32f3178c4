"""On the artefact: two hosts that run a command under `baton exec`, and never both at once."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from infra.places import ROOT
from tests.e2e.cable import cable_to
from tests.e2e.client import Client, wait_for
from tests.e2e.conftest import Deployment

LEASE_SECONDS: Final = 10  # the shortest there is

#: Fails at once if another one is at work; ends only when it is killed, or when it was told to.
WORK: Final = """
import fcntl, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open("at-work", "w") as file:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("at work", flush=True)
    while not pathlib.Path("may-end").exists():
        time.sleep(0.1)
"""


def host(url: str, token: str, home: Path) -> "subprocess.Popen[str]":
    """A host that does the work, once it has the slot."""
    paths = [str(ROOT / "clients" / "python"), str(ROOT / "cli"), *filter(None, sys.path)]
    given = {"BATON_URL": url, "BATON_TOKEN": token, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-c", WORK]
    return subprocess.Popen(  # noqa: S603  # our own command line
        [sys.executable, "-m", "baton_cli", "exec", "Shared work", "--wait", "--", *command],
        env={**os.environ, **given},
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_who_waits_begins_when_the_work_of_a_host_without_a_network_is_over(
    local_stack: Deployment, tmp_path: Path
) -> None:
    client = Client(local_stack)
    client.create(
        name="Shared work",
        target={"type": "external"},
        cadence={"type": "manual"},
        lease_seconds=LEASE_SECONDS,
    )
    with cable_to(local_stack.url) as cable:
        first = host(cable.through(local_stack.url), local_stack.token, tmp_path)
        with first:
            assert first.stdout and first.stdout.readline() == "at work\n"
            second = host(local_stack.url, local_stack.token, tmp_path)
            with second:
                assert second.stderr and "holds a slot since" in second.stderr.readline()
                cable.cut()
                assert first.wait(60) == 9
                (tmp_path / "may-end").touch()

                def has_ended() -> bool:
                    client.tick()
                    return second.poll() is not None

                wait_for("the second has done it", has_ended, within=90, every=1.0)
                assert second.stdout
                assert (second.returncode, second.stdout.read()) == (0, "at work\n")
    ended = {each["failure_reason"] for each in client.runs() if each["for_caller"]}
    assert ended == {"lease_expired", None}

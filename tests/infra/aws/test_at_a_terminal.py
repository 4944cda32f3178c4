"""The commands as people and machines start them: at a terminal, and without one."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import boto3
import pytest
import urllib3

from infra.aws.account import Account
from infra.ministack import CREDENTIALS, REGION
from infra.package import Machine
from infra.places import ROOT

DEPLOY = [sys.executable, "-m", "infra.aws.deploy", "--stack", "baton-prod"]
DESTROY = [sys.executable, "-m", "infra.aws.destroy", "--stack", "baton-prod"]


def environment(credentials: Mapping[str, str]) -> dict[str, str]:
    """What the command sees: nothing of AWS but these credentials."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**own, **credentials, "PYTHONPATH": f"{ROOT}:{ROOT / 'cli'}"}


def at_a_terminal(command: list[str], credentials: Mapping[str, str], answers: str) -> str:
    """What a person sees who starts the command and has typed the answers."""
    ours, theirs = pty.openpty()
    os.write(ours, answers.encode())
    with subprocess.Popen(  # noqa: S603  # our own command
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env=environment(credentials),
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = b""
        while block := _read(ours):
            shown += block
        os.close(ours)
    assert process.returncode == 0, shown.decode()
    return shown.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so where others say that there is nothing more.
        return b""


def in_a_pipe(
    command: list[str], credentials: Mapping[str, str], directory: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """What is left of the command in a log."""
    return subprocess.run(  # noqa: S603  # our own command
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=directory,
        env=environment(credentials),
        check=False,
    )


def test_a_deployment_at_a_terminal_ends_with_a_token_that_opens_the_door(
    credentials: dict[str, str],
) -> None:
    # The one account and region whose APIs MiniStack serves without a host name of their own.
    at_home = {**credentials, **CREDENTIALS, "AWS_DEFAULT_REGION": REGION}
    key, secret = CREDENTIALS.values()
    account = Account(boto3.Session(key, secret, region_name=REGION))
    here = Machine.here()
    machine = ["--runtime", here.runtime, "--architecture", here.architecture]
    said = at_a_terminal([*DEPLOY, *machine], at_home, "y\n")
    assert "Shall that be done? [y/N]" in said
    [token] = re.findall(r"^Token of the owner, .*: (\S+)$", said, re.MULTILINE)
    [stack] = account.cloudformation.describe_stacks(StackName="baton-prod")["Stacks"]
    [api] = [each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == "RestAPIId"]
    url = f"{credentials['AWS_ENDPOINT_URL']}/_aws/execute-api/{api}/api/v1/slot"
    answer = urllib3.request("GET", url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    assert answer.status == 200, answer.data
    account.cloudformation.delete_stack(StackName="baton-prod")


def test_a_dry_deployment_shows_what_would_be_done_and_does_nothing(
    credentials: dict[str, str], account: Account
) -> None:
    done = in_a_pipe(DEPLOY, credentials)
    assert (done.returncode, done.stderr) == (1, "Nothing was done.\n")
    assert re.search(r"^  added \(\d+\):$", done.stdout, re.MULTILINE)
    assert "There is no terminal to ask at: YES=1 agrees beforehand." in done.stdout
    assert account.cloudformation.describe_stacks()["Stacks"] == []
    assert account.dynamodb.list_tables()["TableNames"] == []


@pytest.mark.parametrize("command", [DEPLOY, DESTROY])
def test_without_a_region_nothing_is_guessed(
    command: list[str], credentials: dict[str, str], tmp_path: Path
) -> None:
    nowhere = {
        **{name: value for name, value in credentials.items() if "REGION" not in name},
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
    }
    done = in_a_pipe(command, nowhere)
    assert done.returncode == 1
    assert done.stderr.startswith("Name the region: AWS_DEFAULT_REGION=")


@pytest.mark.parametrize("command", [DEPLOY, DESTROY])
def test_without_credentials_it_says_so_in_a_line(
    command: list[str], credentials: dict[str, str], tmp_path: Path
) -> None:
    nobody = {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": credentials["AWS_ENDPOINT_URL"],
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = in_a_pipe(command, nobody)
    assert (done.returncode, done.stderr) == (1, "AWS: Unable to locate credentials\n")


def test_parameters_that_cannot_be_read_are_named(credentials: dict[str, str]) -> None:
    done = in_a_pipe([*DEPLOY, "--parameters", "no-such-file"], credentials)
    assert done.returncode == 1
    assert done.stderr.startswith("no-such-file: No such file or directory.")

"""Every command for AWS that the documents show does what they say, as far as AWS can be emulated.

`aws …` is run by the real command line, with its own checks of options, sizes and capabilities.
`make …` is asked what it would run, and that is held against what it understands.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from infra.aws import check_config, parameters
from infra.aws.account import Account
from infra.package import Package
from infra.places import COMMANDS, ROOT

#: The runbooks are for states that cannot be had here, so their commands are not run to the end.
RUNBOOKS = ROOT / "docs" / "operations.md"
PAGES = [
    page
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if page != RUNBOOKS
]
BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONTINUED = re.compile(r"\\\n\s*")
AWS = re.compile(r"^(?:[A-Z_]+=\S+ )*aws ")
DEPLOYING = re.compile(r"^make (?:check-config|deploy|destroy|token)\b")
COMMENT = re.compile(r"\s+# .*$", re.MULTILINE)
#: A file of parameters that the documents show; its first line is its name.
PARAMETERS_FILE = re.compile(r"^```\n# (\S+\.params)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: What the documents leave to the reader.
READERS_OWN = {
    "YOUR-BUCKET": "bucket-$AWS_ACCESS_KEY_ID",
    "http://127.0.0.1:4566": "$AWS_ENDPOINT_URL",
}
#: The state that a command is for cannot be had here; that is what AWS then says.
NOT_IN_THAT_STATE = "cannot be called from current stack status"


def commands(page: Path, kind: re.Pattern[str]) -> Iterator[str]:
    """The commands of a kind in a page's blocks, each on one line, loops included."""
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        text = COMMENT.sub("", CONTINUED.sub(" ", block))
        text = re.sub(r"(?m)^(for .*; do)\n(.*)\n(done)$", r"\1 \2; \3", text)
        for line in text.splitlines():
            if kind.search(re.sub(r"^for .*; do\s+", "", line)):
                yield line


def listed(kind: re.Pattern[str]) -> list[object]:
    return [
        pytest.param(command, id=f"{page.name}: {command[:60]}")
        for page in PAGES
        for command in commands(page, kind)
    ]


@pytest.fixture
def desk(packaged: Package, account: Account, tmp_path: Path) -> Path:
    """Where somebody follows the documents: with a package, a bucket and a stack baton-prod."""
    (tmp_path / "out").mkdir()
    for made in (packaged.template, packaged.code):
        (tmp_path / "out" / made.name).symlink_to(made)
    account.s3.create_bucket(
        Bucket=f"bucket-{account.place.account}",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    return tmp_path


def run(
    command: str, desk: Path, credentials: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command as the reader would, with `aws` being the real one."""
    for shown, own in READERS_OWN.items():
        command = command.replace(shown, own)
    return subprocess.run(  # noqa: S603  # commands of our own documents
        ["/bin/sh", "-ec", command],
        cwd=desk,
        env={
            "PATH": f"{COMMANDS}:{os.environ['PATH']}",
            "HOME": str(desk),
            "LANG": "C.UTF-8",
            **credentials,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


PACKAGE, DEPLOY = (
    command
    for command in commands(ROOT / "docs" / "how-to" / "deploy.md", AWS)
    if command.startswith("aws cloudformation") and "rollback" not in command
)


@pytest.mark.parametrize("command", listed(AWS))
def test_the_aws_command_line_takes_what_the_documents_show(
    command: str, desk: Path, credentials: dict[str, str]
) -> None:
    needed = {PACKAGE: [], DEPLOY: [PACKAGE]}.get(command, [PACKAGE, DEPLOY])
    for earlier in [] if " ssm " in command else needed:
        assert run(earlier, desk, credentials).returncode == 0
    done = run(command, desk, credentials)
    if "continue-update-rollback" in command:
        assert NOT_IN_THAT_STATE in done.stderr
    else:
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ("--s3-bucket YOUR-BUCKET", "greater than 51,200 bytes must be deployed via an S3 Bucket"),
        ("--capabilities CAPABILITY_IAM", "Requires capabilities : [CAPABILITY_IAM]"),
        ("--stack-name baton-prod", "the following arguments are required: --stack-name"),
        ("Capacity=4", "expected at least one argument"),
    ],
)
def test_the_command_line_would_notice_what_is_missing(
    left_out: str, said: str, desk: Path, credentials: dict[str, str]
) -> None:
    assert run(PACKAGE, desk, credentials).returncode == 0
    assert left_out in DEPLOY
    done = run(DEPLOY.replace(left_out, ""), desk, credentials)
    assert done.returncode != 0
    assert said in done.stderr


#: What the runbooks have set before, or leave to the reader.
BEFORE_A_RUNBOOK = """
named() { echo "baton-prod-$1-1ABCDEFGHIJKL2MNOPQRSTUVWXYZ"; }
STACK=baton-prod OLD=baton-prod PREFIX=restored TABLES=runs AT=2026-03-01T00:00:00Z ID=1
"""
REFUSED_BY_THE_COMMAND_LINE = re.compile(
    r"usage:|Unknown options|Parameter validation failed|[Ii]nvalid choice|aws: error", re.MULTILINE
)


def commands_of_runbooks() -> list[str]:
    """Each line with `aws` in the blocks of the runbooks, and each command in their sentences."""
    text = RUNBOOKS.read_text(encoding="utf-8")
    block = re.compile(r"^ *```\w*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
    blocks = [COMMENT.sub("", CONTINUED.sub(" ", inside)) for inside in block.findall(text)]
    lines = [line.strip() for inside in blocks for line in inside.splitlines()]
    inline = [" ".join(each.split()) for each in re.findall(r"`(aws [^`]+)`", block.sub("", text))]
    asking = re.compile(r"\baws (?!--endpoint-url \S+$)")
    # A definition asks nothing, and what stands for something cannot be run.
    return [
        each
        for each in [*lines, *inline]
        if asking.search(each) and "() {" not in each and "…" not in each
    ]


@pytest.mark.parametrize("command", commands_of_runbooks())
def test_the_aws_command_line_understands_the_runbooks(
    command: str, credentials: dict[str, str], tmp_path: Path
) -> None:
    # Nobody listens there: a command that gets as far as asking AWS has passed all other checks.
    nobody = {**credentials, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    done = run(f"{BEFORE_A_RUNBOOK}\n{command} || true", tmp_path, nobody)
    assert not REFUSED_BY_THE_COMMAND_LINE.search(done.stderr), done.stderr
    assert "Could not connect to the endpoint URL" in done.stderr


def what_make_runs(command: str) -> list[list[str]]:
    """The Python commands behind a `make` command, each as its arguments."""
    _, *arguments = shlex.split(command)
    printed = make(arguments)
    assert printed.returncode == 0, printed.stderr
    lines = CONTINUED.sub(" ", printed.stdout).splitlines()
    return [shlex.split(line) for line in lines if "-m infra." in line]


def make(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """What `make` would do, which does none of it."""
    # The `make` that runs the tests has left its own settings there.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(  # noqa: S603  # commands of our own documents
        ["make", "--dry-run", *arguments],  # noqa: S607  # wherever make is
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def files_of_parameters() -> dict[str, str]:
    """The files that the documents show, by name."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    return dict(PARAMETERS_FILE.findall(text))


@pytest.mark.parametrize("command", listed(DEPLOYING))
def test_make_understands_what_the_documents_show(
    command: str, packaged: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, body in files_of_parameters().items():
        (tmp_path / name).write_text(body, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    [run] = what_make_runs(command)
    module = run[run.index("-m") + 1]
    stage = re.search(r"STAGE=(\S+)", command)
    stack = run[run.index("--stack") + 1]
    assert stack == (f"baton-{stage[1]}" if stage else "baton")
    if module == "infra.token":
        assert any(word.startswith("AWS_ENDPOINT_URL=") for word in run) == (stage is None)
        return
    assert module == f"infra.aws.{command.split()[1].replace('-', '_')}"
    assert ("--yes=1" in run) == ("YES=1" in command)
    if "--parameters" in run:
        given = parameters.read(run[run.index("--parameters") + 1 :])
        assert bool(given) == ("PARAMETERS" in command)
        assert check_config.faults(check_config.read(packaged.template), stack, given) == []


def test_a_deployment_has_to_be_named() -> None:
    for target in ("check-config", "deploy", "destroy"):
        done = make([target])
        assert done.returncode != 0
        assert "Name the deployment: STAGE=prod" in done.stderr

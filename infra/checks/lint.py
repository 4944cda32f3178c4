"""Checks of the template by cfn-lint and checkov, before and after SAM's transform.

What they find and is meant to be so is listed in ``template-checks.yaml``, each with its reason.
An exception that nothing needs any more is a finding, too. Usage::

    python -m infra.checks.lint DIRECTORY

The directory holds the package (``python -m infra.package``); the transformed template goes there.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from infra.checks.transform import transformed
from infra.places import CHECKOV, COMMANDS

#: Tool → check → why what it finds is meant to be so.
Exceptions = Mapping[str, Mapping[str, str]]

EXCEPTIONS: Final = Path(__file__).with_name("template-checks.yaml")


class LintError(Exception):
    """A tool did not do its work."""


class Finding(NamedTuple):
    """What a tool found: its check, and where and what."""

    check: str
    text: str


def exceptions() -> Exceptions:
    """The findings that are meant to be so, with the reason for each."""
    listed: Exceptions = yaml.safe_load(EXCEPTIONS.read_text(encoding="utf-8"))
    return listed


def cfn_lint(*templates: Path) -> list[Finding]:
    """What cfn-lint finds. Raises `LintError`."""
    command = [str(COMMANDS / "cfn-lint"), "--format=json", *map(str, templates)]
    return [
        Finding(
            found["Rule"]["Id"],
            f"{found['Filename']}:{found['Location']['Start']['LineNumber']}: {found['Message']}",
        )
        for found in _json(command)
    ]


def checkov(template: Path) -> list[Finding]:
    """What checkov finds; it asks nobody on the network. Raises `LintError`."""
    options = ["--framework=cloudformation", "--output=json", "--quiet", "--skip-download"]
    report = _json([str(CHECKOV), *options, "--file", str(template)])
    if report["summary"]["parsing_errors"]:
        raise LintError(f"checkov cannot read {template}")
    return [
        Finding(found["check_id"], f"{found['resource']}: {found['check_name']}")
        for found in report["results"]["failed_checks"]
    ]


def judged(tool: str, found: Iterable[Finding], excepted: Mapping[str, str]) -> list[str]:
    """What is wrong: findings that are no exceptions, and exceptions that nothing needs."""
    findings = list(found)
    wrong = [f"{tool} {each.check} {each.text}" for each in findings if each.check not in excepted]
    idle = sorted(excepted.keys() - {each.check for each in findings})
    return wrong + [f"{tool} {check} finds nothing: it needs no exception" for check in idle]


def _json(command: list[str]) -> Any:
    done = subprocess.run(  # noqa: S603  # commands of our virtual environments
        command, capture_output=True, text=True, check=False
    )
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise LintError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}") from error


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.checks.lint", description=__doc__)
    parser.add_argument("directory", type=Path, help="where the package is")
    directory = parser.parse_args().directory
    sam, cloudformation = directory / "sam.json", directory / "cloudformation.json"
    transformed(sam, cloudformation)
    excepted = exceptions()
    wrong = [
        *judged("cfn-lint", cfn_lint(sam, cloudformation), excepted["cfn-lint"]),
        *judged("checkov", checkov(cloudformation), excepted["checkov"]),
    ]
    print("\n".join(wrong) or "cfn-lint and checkov find nothing that is not meant to be so")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

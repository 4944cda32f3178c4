"""``make deploy``: bring a stack up to date by change sets that people have seen and agreed to.

Credentials and region come from the environment, as for any AWS tool. Usage::

    python -m infra.aws.deploy --stack NAME [--bucket NAME] [--yes 1] [--runtime python3.13]
                               [--architecture arm64] [--tags NAME=value ...]
                               [--parameters NAME=value|FILE ...]
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.platform.clock import SystemClock
from infra import package, template, token
from infra.aws import bucket, check_config, parameters, retained_tables
from infra.aws.account import Account, NoRegion
from infra.aws.bucket import Bucket, BucketError
from infra.aws.change_sets import in_words, may_lose_data
from infra.aws.expressions import Expressions
from infra.aws.parameters import ParametersError
from infra.aws.retained_tables import UnfitTables
from infra.aws.stack_states import NextStep, for_make, situation
from infra.aws.stacks import ChangeSet, Description, Stack, StackError
from infra.aws.terminal import Terminal
from infra.package import Package, PackageError


class Stopped(Exception):
    """The deployment goes no further; the message says why."""


#: What ends a deployment with a sentence for people.
_SENTENCES = (
    BucketError,
    NoRegion,
    PackageError,
    ParametersError,
    StackError,
    Stopped,
    UnfitTables,
)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What CloudFormation is to take, and where it is."""

    template: Mapping[str, Any]
    bucket: Bucket
    template_key: str
    code_key: str

    @property
    def template_url(self) -> str:
        """Where the template is."""
        return self.bucket.url(self.template_key)


def _lint(path: Path, region: str) -> list[str]:
    """What cfn-lint finds wrong with the template at that path."""
    from cfnlint.api import lint_file  # type: ignore[import-untyped]

    return [str(match) for match in lint_file(path, {"regions": [region]})]


def _first_token(tables: str) -> str:
    """Make a token for the owner, in the tables whose names begin with that; returns its text."""
    return token.create(tables, "default", ["owner"], "make deploy")


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of a package to one stack."""

    account: Account
    stack: Stack
    package: Package
    terminal: Terminal
    #: Parameters that are given now; the others keep what they have, or have their default.
    given: Mapping[str, str] = field(default_factory=dict)
    #: Tags of everything in the stack; if there are none here it keeps those that it has.
    tags: Mapping[str, str] = field(default_factory=dict)
    #: The artefact bucket; the account's own if empty.
    bucket: str = ""
    #: Finds fault with the template at a path, for a region.
    lint: Callable[[Path, str], list[str]] = _lint
    #: Makes the first token of a new deployment.
    first_token: Callable[[str], str] = _first_token

    def run(self) -> None:
        """Deploy, and ask before anything in the account changes but the artefact bucket.

        Raises:
            Stopped: the configuration is at fault, the answer was no, or somebody has to act.
            StackError: AWS refused the change, or it failed.
            BucketError: the artefact bucket cannot be used.
            UnfitTables: tables are there already that are not as the template has them.
        """
        sam = check_config.read(self.package.template)
        before = self._present()
        self._check(sam, before)
        uploaded = self._upload(sam)
        taken_over = self._take_over_tables(uploaded) if before is None else set()
        self._change(uploaded, self.stack.describe() if taken_over else before)
        uploaded.bucket.keep_only(self.stack.name, {uploaded.template_key, uploaded.code_key})
        self._tell(is_first=before is None and "TokensTable" not in taken_over)

    def _present(self) -> Description | None:
        """The stack as it is, once what AWS wants out of the way is out of the way."""
        described = self.stack.describe()
        now = situation(self.stack.name, described.status if described else None)
        if now.sentence:
            self.terminal.say(now.sentence)
        if now.step is NextStep.STOP:
            raise Stopped("Nothing was done.")
        if now.step is NextStep.CLEAR_AWAY:
            self.stack.delete(self.terminal.say)
        return described if now.step is NextStep.UPDATE else None

    def _check(self, sam: Mapping[str, Any], before: Description | None) -> None:
        kept = {} if before is None else before.parameters
        still_there = {name: kept[name] for name in kept.keys() & sam["Parameters"].keys()}
        stated = {**still_there, **self.given}
        for warning in check_config.warnings(sam, stated):
            self.terminal.say(f"Warning: {warning}")
        faults = check_config.faults(sam, self.stack.name, stated, self.account.place)
        if faults:
            raise Stopped("\n".join(["The configuration is at fault:", *faults]))
        if found := self.lint(self.package.template, self.account.place.region):
            raise Stopped("\n".join(["cfn-lint finds fault with the template:", *found]))

    def _upload(self, sam: dict[str, Any]) -> Uploaded:
        artefacts = bucket.take(self.account, self.bucket)
        self.terminal.say(f"Uploading code and template to the bucket {artefacts.name}.")
        code_key = artefacts.put(self.stack.name, ".zip", self.package.code.read_bytes())
        for function in template.of_type(sam, "AWS::Serverless::Function").values():
            function["CodeUri"] = f"s3://{artefacts.name}/{code_key}"
        template_key = artefacts.put(self.stack.name, ".json", _body(sam))
        return Uploaded(sam, artefacts, template_key, code_key)

    def _take_over_tables(self, uploaded: Uploaded) -> set[str]:
        """Begin the stack with the tables that are there already; the logical names of these."""
        dynamodb = self.account.dynamodb
        expressions = Expressions(
            uploaded.template, self.stack.name, self.given, self.account.place
        )
        tables = {
            name: (properties, found)
            for name, properties in retained_tables.wanted(expressions).items()
            if (found := retained_tables.look(dynamodb, properties["TableName"]))
        }
        if not tables:
            return set()
        retained_tables.check(tables)
        self.terminal.say(
            f"\nThere is no stack {self.stack.name}, but there are tables of its name. The stack"
            " begins with them, and takes them over with what is in them; the rest follows."
        )
        missing = {
            properties["TableName"]: lacking
            for properties, found in tables.values()
            if (lacking := retained_tables.lacking(properties, found)).in_words()
        }
        for table, lacking in missing.items():
            self.terminal.say(f"  {table} is given {', '.join(lacking.in_words())}.")
        importing = retained_tables.import_template(uploaded.template, list(tables))
        key = uploaded.bucket.put(self.stack.name, ".json", _body(importing))
        change_set = self.stack.propose(
            "IMPORT",
            uploaded.bucket.url(key),
            self.given,
            retained_tables.to_import({name: each for name, (each, _) in tables.items()}),
        )
        if change_set is None:
            raise Stopped("AWS sees nothing to take over.")
        self._agree(change_set)
        for table, lacking in missing.items():
            retained_tables.give(dynamodb, table, lacking)
        self.stack.execute(change_set, self.terminal.say)
        return set(tables)

    def _change(self, uploaded: Uploaded, before: Description | None) -> None:
        kept = {} if before is None else before.parameters
        stated = {
            name: self.given.get(name)
            for name in uploaded.template["Parameters"]
            if name in kept or name in self.given
        }
        change_set = self.stack.propose(
            "CREATE" if before is None else "UPDATE",
            uploaded.template_url,
            stated,
            tags=self.tags,
        )
        if change_set is None:
            self.terminal.say(f"\nNothing to change: the stack {self.stack.name} is up to date.")
            return
        self._agree(change_set)
        self.stack.execute(change_set, self.terminal.say)
        self.terminal.say(f"\nThe stack {self.stack.name} is up to date.")

    def _agree(self, change_set: ChangeSet) -> None:
        """Show the change set and ask. Unless the answer is yes, withdraw it; raises `Stopped`."""
        self.terminal.say(f"\nIn the stack {self.stack.name} would be\n")
        self.terminal.say(in_words(change_set.changes) + "\n")
        loses_data = may_lose_data(change_set.changes)
        agreed = False
        try:
            agreed = self.terminal.agrees("Shall that be done?", loses_data=loses_data)
        finally:
            # Ctrl-C at the question is a no, too.
            if not agreed:
                self.stack.withdraw(change_set.id)
        if not agreed:
            raise Stopped("Nothing was done.")

    def _tell(self, *, is_first: bool) -> None:
        described = self.stack.describe()
        if described is None:
            raise Stopped("The stack is gone.")
        self.terminal.say(f"URL: {described.outputs['ApiUrl']}")
        if "DomainTarget" in described.outputs:
            target = described.outputs["DomainTarget"]
            self.terminal.say(f"Its name has to lead, by an entry of your DNS, to {target}")
        if not is_first:
            return
        tables = described.parameters.get("TablePrefix") or self.stack.name
        if self.terminal.is_private:
            self.terminal.say(
                f"Token of the owner, shown this once and kept nowhere: {self.first_token(tables)}"
            )
        else:
            self.terminal.say(
                "There is no token yet. At a terminal of your own:"
                f" make token {for_make(self.stack.name)} SCOPES=owner"
                + (f" TABLES={tables}" if tables != self.stack.name else "")
            )


def _body(of: Mapping[str, Any]) -> bytes:
    return json.dumps(of, separators=(",", ":")).encode()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.aws.deploy", description=__doc__)
    parser.add_argument("--stack", required=True, help="name of the stack")
    parser.add_argument("--bucket", default="", help="artefact bucket (the account's own)")
    parser.add_argument("--parameters", nargs="*", default=[], help="NAME=value, or files of such")
    parser.add_argument("--tags", nargs="*", default=[], help="NAME=value, for all resources")
    parser.add_argument("--yes", default="", help="agree beforehand: 1, or with-losses")
    package.add_machine(parser)
    arguments = parser.parse_args()
    try:
        machine = package.machine_of(arguments)
        if warning := package.slowness(machine):
            print(f"Warning: {warning}")
        given = parameters.read(arguments.parameters)
        tags = parameters.read_tags(arguments.tags)
        account = Account()
        # For the token, which is made by way of PynamoDB.
        os.environ.setdefault("AWS_DEFAULT_REGION", account.place.region)
        with package.built(machine) as made:
            Deployment(
                account=account,
                stack=Stack(account, arguments.stack, SystemClock()),
                package=made,
                terminal=Terminal(sys.stdin, sys.stdout, arguments.yes),
                given=given,
                tags=tags,
                bucket=arguments.bucket,
            ).run()
    except (BotoCoreError, ClientError) as error:
        print(f"AWS: {error}", file=sys.stderr)
        return 1
    except _SENTENCES as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. What AWS has begun it goes on with.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``make destroy``: delete a stack and keep its data. Usage::

python -m infra.aws.destroy --stack NAME [--yes 1]
"""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.platform.clock import SystemClock
from infra.aws.account import Account, NoRegion
from infra.aws.stack_states import for_make
from infra.aws.stacks import Stack, StackError
from infra.aws.terminal import Terminal

if TYPE_CHECKING:  # the stubs are there for mypy only
    from mypy_boto3_cloudformation import CloudFormationClient

_TABLE = "AWS::DynamoDB::Table"


def destroy(account: Account, stack: Stack, terminal: Terminal) -> bool:
    """Delete the stack if that is agreed to. Returns whether it is gone.

    Raises:
        StackError: AWS cannot delete it; it says why.
    """
    described = stack.describe()
    if described is None or described.status == "DELETE_COMPLETE":
        terminal.say(f"There is no stack {stack.name}.")
        return True
    resources = stack.resources()
    retained = _retained(account.cloudformation, stack.name)
    kept = [physical for kind, name, physical in resources if name in retained and kind == _TABLE]
    terminal.say(f"The stack {stack.name} has {len(resources)} resources. All of them are deleted,")
    terminal.say("the API and its address among them, but these tables and what is in them:")
    for table in kept:
        terminal.say(f"  {table}")
    if not kept:
        terminal.say("  none")
    if not terminal.agrees(f"Shall the stack {stack.name} be deleted?", loses_data=not kept):
        terminal.say("Nothing was done.")
        return False
    stack.delete(terminal.say)
    terminal.say(f"\nThe stack {stack.name} is gone.")
    if kept:
        terminal.say(_way_on(stack.name, kept))
    return True


def _retained(cloudformation: "CloudFormationClient", stack: str) -> set[str]:
    """Logical names of what outlives the stack."""
    body: Any = cloudformation.get_template(StackName=stack, TemplateStage="Original")
    template: Any = body["TemplateBody"]
    if isinstance(template, str):
        template = json.loads(template)
    return {
        name
        for name, resource in template["Resources"].items()
        if resource.get("DeletionPolicy", "Delete").startswith("Retain")
    }


def _way_on(stack: str, tables: list[str]) -> str:
    removals = "\n".join(f"  aws dynamodb delete-table --table-name {table}" for table in tables)
    return (
        "Its tables are still there, and cost what is stored in them. To go on with them, deploy"
        f" again under the same name:\n  make deploy {for_make(stack)}\n"
        f"To remove them for good:\n{removals}"
    )


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.aws.destroy", description=__doc__)
    parser.add_argument("--stack", required=True, help="name of the stack")
    parser.add_argument("--yes", default="", help="agree beforehand: 1")
    arguments = parser.parse_args()
    terminal = Terminal(sys.stdin, sys.stdout, arguments.yes)
    try:
        account = Account()
        gone = destroy(account, Stack(account, arguments.stack, SystemClock()), terminal)
    except (NoRegion, StackError) as error:
        print(error, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"AWS: {error}", file=sys.stderr)
        return 1
    return 0 if gone else 1


if __name__ == "__main__":
    sys.exit(main())

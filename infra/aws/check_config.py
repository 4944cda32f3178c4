"""Finds what is wrong with a configuration before AWS does, and names every fault at once.

It asks AWS nothing. What belongs together and what excludes each other stands in the template's
Rules, which CloudFormation checks too. Usage::

    python -m infra.aws.check_config --stack NAME [--runtime python3.13] [--architecture arm64]
                                     [--parameters NAME=value|FILE ...]
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra import package
from infra.aws import environments, parameters
from infra.aws.expressions import ANYWHERE, GENERATED_SUFFIX, NAMING, Expressions, Place, Template
from infra.aws.parameters import ParametersError
from infra.package import PackageError
from infra.template import of_type

#: What CloudFormation takes from S3 at most, in bytes.
LARGEST_TEMPLATE = 1_000_000
#: Resource type → how many characters its names may have.
LONGEST_NAMES = {
    "AWS::DynamoDB::Table": 255,
    "AWS::IAM::Role": 64,
    "AWS::Lambda::Function": 64,
    "AWS::Logs::LogGroup": 512,
    "AWS::SNS::Topic": 256,
    "AWS::SQS::Queue": 80,
    "AWS::Serverless::Function": 64,
}

_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_FUNCTION = "AWS::Serverless::Function"


def faults(
    template: Template, stack: str, given: Mapping[str, str], place: Place = ANYWHERE
) -> list[str]:
    """Every reason why AWS would refuse the stack, or it would not work; none if there is none.

    `given` are the parameters that are not to have their default.
    """
    expressions = Expressions(template, stack, given, place)
    of_parameters = [*parameters.faults(template["Parameters"], given)]
    of_rules = [*_rule_faults(expressions)]
    # They begin with the name of the parameter, and rules name parameters somewhere.
    named = " ".join([*(fault.partition(":")[0] for fault in of_parameters), *of_rules])
    return [
        *_stack_name_faults(template, stack),
        *of_parameters,
        *of_rules,
        *environments.faults_that_baton_sees(expressions, besides=named),
        *_name_faults(expressions),
        *environments.too_large(expressions),
        *_size_faults(template),
    ]


def warnings(template: Template, given: Mapping[str, str]) -> list[str]:
    """A sentence for each parameter whose value is allowed, and yet seldom meant."""
    expressions = Expressions(template, "", given)
    if "AlarmTopicArn" in template["Parameters"] and not expressions.parameter("AlarmTopicArn"):
        return ["AlarmTopicArn is empty: there are alarms, and nobody is told of them."]
    return []


def _stack_name_faults(template: Template, stack: str) -> Iterator[str]:
    if not _STACK_NAME.fullmatch(stack):
        yield (
            f"The stack's name “{stack}” is none for AWS: a letter, then up to 127 letters, digits"
            " and dashes."
        )
    named_by_aws = [
        name
        for name, each in of_type(dict(template), _FUNCTION).items()
        if NAMING[_FUNCTION] not in each
    ]
    room = LONGEST_NAMES[_FUNCTION] - len(GENERATED_SUFFIX) - len("-")
    longest = room - max(map(len, named_by_aws), default=0)
    if named_by_aws and len(stack) > longest:
        yield (
            f"The stack's name “{stack}” has {len(stack)} characters; {longest} are the most. AWS"
            " would cut it in the names of functions, and their roles, which grant by name, would"
            " not let them write their logs."
        )


def _rule_faults(expressions: Expressions) -> Iterator[str]:
    for name, rule in expressions.template.get("Rules", {}).items():
        if not expressions.value(rule.get("RuleCondition", True)):
            continue
        for assertion in rule["Assertions"]:
            if not expressions.value(assertion["Assert"]):
                yield assertion.get("AssertDescription", f"The rule {name} is broken.")


def _name_faults(expressions: Expressions) -> Iterator[str]:
    """Names that the template makes of the stack's name or of parameters, and that are too long."""
    for logical, resource in expressions.template["Resources"].items():
        most = LONGEST_NAMES.get(resource["Type"])
        if most is None or NAMING[resource["Type"]] not in resource.get("Properties", {}):
            continue
        name = expressions.physical_name(logical)
        if len(name) > most:
            yield f"{logical}: the name “{name}” has {len(name)} characters; {most} are the most."


def _size_faults(template: Template) -> Iterator[str]:
    size = len(json.dumps(template, separators=(",", ":")).encode())
    if size > LARGEST_TEMPLATE:
        yield f"The template has {size} bytes; {LARGEST_TEMPLATE} are the most."


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.aws.check_config", description=__doc__)
    parser.add_argument("--stack", required=True, help="name of the stack")
    parser.add_argument("--parameters", nargs="*", default=[], help="NAME=value, or files of such")
    package.add_machine(parser)
    arguments = parser.parse_args()
    try:
        machine = package.machine_of(arguments)
        given = parameters.read(arguments.parameters)
        with package.built(machine) as made:
            packaged = read(made.template)
    except (PackageError, ParametersError) as error:
        print(error, file=sys.stderr)
        return 1
    return report(packaged, arguments.stack, given)


def read(path: Path) -> dict[str, Any]:
    """A packaged template."""
    template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return template


def report(template: Template, stack: str, given: Mapping[str, str]) -> int:
    """Print faults and warnings; 0 if there is no fault, else 1."""
    for warning in warnings(template, given):
        print(f"Warning: {warning}")
    found = faults(template, stack, given)
    for fault in found:
        print(fault, file=sys.stderr)
    if found:
        return 1
    print(f"The configuration of the stack {stack} is sound.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

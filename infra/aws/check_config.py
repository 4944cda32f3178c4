"""Finds what is wrong with a configuration before AWS does, and names every fault at once.

It asks AWS nothing. What belongs together and what excludes each other stands in the template's
Rules, which CloudFormation checks too. Usage::

    python -m infra.aws.check_config --stack NAME [--runtime python3.13] [--architecture arm64]
                                     [--parameters NAME=value|FILE ...]
"""

import argparse
import difflib
import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chalicelib.domain.deployment.settings import ROOM_FOR_FORCED_RUNS
from chalicelib.platform import config, events
from infra import package
from infra.aws import parameters
from infra.aws.expressions import ANYWHERE, GENERATED_SUFFIX, NAMING, Expressions, Place, Template
from infra.aws.parameters import ParametersError
from infra.package import PackageError
from infra.places import LOCAL
from infra.template import of_type

#: What CloudFormation takes from S3 at most, in bytes.
LARGEST_TEMPLATE = 1_000_000
#: All variables of a function together, in bytes as JSON: that is what Lambda measures.
LARGEST_ENVIRONMENT = 4096
#: Of one parameter, in bytes.
LARGEST_VALUE = 4096
#: How long names of a resource type may be.
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
#: What AWS shows instead of the value of a parameter that is not to be seen.
_HIDDEN = "****"


def faults(
    template: Template, stack: str, given: Mapping[str, str], place: Place = ANYWHERE
) -> list[str]:
    """Every reason why AWS would refuse the stack, or it would not work; none if there is none.

    `given` are the parameters that are not to have their default.
    """
    expressions = Expressions(template, stack, given, place)
    of_parameters = [*_parameter_faults(template, given)]
    of_rules = [*_rule_faults(expressions)]
    # They begin with the name of the parameter, and rules name parameters somewhere.
    named = " ".join([*(fault.partition(":")[0] for fault in of_parameters), *of_rules])
    return [
        *_stack_name_faults(template, stack),
        *of_parameters,
        *of_rules,
        *_faults_that_baton_sees(expressions, besides=named),
        *_name_faults(expressions),
        *_environment_faults(expressions),
        *_size_faults(template),
    ]


def warnings(template: Template, given: Mapping[str, str]) -> list[str]:
    """What is allowed and yet seldom meant."""
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


def _parameter_faults(template: Template, given: Mapping[str, str]) -> Iterator[str]:
    declared: dict[str, Any] = template["Parameters"]
    for name in sorted(given.keys() - declared.keys()):
        close = difflib.get_close_matches(name, declared, n=1)
        yield f"{name}: no parameter of Baton{f'; {close[0]} is one' if close else ''}."
    for name, declaration in declared.items():
        if name in given:
            if given[name] != _HIDDEN:
                yield from _value_faults(name, declaration, given[name])
        elif "Default" not in declaration:
            yield f"{name}: missing. {declaration.get('Description', 'It has no default.')}"


def _value_faults(name: str, declaration: Mapping[str, Any], value: str) -> Iterator[str]:
    shown = "its value" if declaration.get("NoEcho") else f"“{value}”"
    if len(value.encode()) > LARGEST_VALUE:
        yield f"{name}: {len(value.encode())} bytes; {LARGEST_VALUE} are the most."
    allowed = [str(each) for each in declaration.get("AllowedValues", [])]
    if allowed and value not in allowed:
        yield f"{name}: {shown} is none of {', '.join(each or '(empty)' for each in allowed)}."
    pattern = declaration.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, value):
        hint = declaration.get("ConstraintDescription", f"it has to match {pattern}")
        yield f"{name}: {shown} is not taken; {hint}."
    if (
        not declaration.get("MinLength", 0)
        <= len(value)
        <= declaration.get("MaxLength", len(value))
    ):
        yield f"{name}: {shown} has {len(value)} characters; {_span(declaration, 'Length')}."
    if declaration["Type"] == "Number":
        yield from _number_faults(name, declaration, value, shown)


def _number_faults(
    name: str, declaration: Mapping[str, Any], value: str, shown: str
) -> Iterator[str]:
    try:
        number = float(value)
    except ValueError:
        yield f"{name}: {shown} is no number."
        return
    least, most = declaration.get("MinValue", number), declaration.get("MaxValue", number)
    if not float(least) <= number <= float(most):
        yield f"{name}: {shown} is out of range; {_span(declaration, 'Value')}."


def _span(declaration: Mapping[str, Any], what: str) -> str:
    bounds = (("at least", f"Min{what}"), ("at most", f"Max{what}"))
    return ", ".join(f"{word} {declaration[key]}" for word, key in bounds if key in declaration)


def _rule_faults(expressions: Expressions) -> Iterator[str]:
    for name, rule in expressions.template.get("Rules", {}).items():
        if not expressions.value(rule.get("RuleCondition", True)):
            continue
        for assertion in rule["Assertions"]:
            if not expressions.value(assertion["Assert"]):
                yield assertion.get("AssertDescription", f"The rule {name} is broken.")


def _faults_that_baton_sees(expressions: Expressions, *, besides: str) -> list[str]:
    """What functions would log about their configuration, and then do without.

    Parameters that `besides` names are left out: they have been found fault with already.
    """
    found = {
        fault: None
        for name, fault in _logged_faults(expressions)
        if not re.search(rf"\b{name}\b", besides)
    }
    return list(found)


def _logged_faults(expressions: Expressions) -> Iterator[tuple[str, str]]:
    """The parameter, and what is wrong with it."""
    for _, variables in _environments(expressions.template):
        environment = {name: str(expressions.value(each)) for name, each in variables.items()}
        with _warnings_logged() as logged:
            seen = config.from_environment(environment)
        least = seen.capacity + ROOM_FOR_FORCED_RUNS
        if seen.runner_concurrency < least:
            yield (
                "RunnerConcurrency",
                f"RunnerConcurrency: {seen.runner_concurrency} runners are too few for a Capacity"
                f" of {seen.capacity}; {least} are the least, as forced runs need some besides.",
            )
        for variable, expected in logged:
            for name in _parameters_in(variables.get(variable), expressions.template):
                value = expressions.parameter(name)
                yield name, f"{name}: “{value}” is not taken; Baton expects {expected}."


@contextmanager
def _warnings_logged() -> Iterator[list[tuple[str, str]]]:
    """Which variable was found invalid, and what was expected of it; printed nowhere."""
    logged: list[tuple[str, str]] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            fields = getattr(record, "fields", {})
            logged.append((fields.get("variable", ""), fields.get("expected", "")))

    collector = Collector(logging.WARNING)
    propagated, events.logger.propagate = events.logger.propagate, False
    events.logger.addHandler(collector)
    try:
        yield logged
    finally:
        events.logger.removeHandler(collector)
        events.logger.propagate = propagated


def _parameters_in(expression: Any, template: Template) -> Iterator[str]:
    if isinstance(expression, list):
        for item in expression:
            yield from _parameters_in(item, template)
    elif isinstance(expression, Mapping):
        for name, item in expression.items():
            if name == "Ref" and item in template["Parameters"]:
                yield item
            yield from _parameters_in(item, template)


def _name_faults(expressions: Expressions) -> Iterator[str]:
    """Names that the template makes of the stack's name or of parameters, and that are too long."""
    for logical, resource in expressions.template["Resources"].items():
        most = LONGEST_NAMES.get(resource["Type"])
        if most is None or NAMING[resource["Type"]] not in resource.get("Properties", {}):
            continue
        name = expressions.physical_name(logical)
        if len(name) > most:
            yield f"{logical}: the name “{name}” has {len(name)} characters; {most} are the most."


def _environment_faults(expressions: Expressions) -> Iterator[str]:
    for name, variables in _environments(expressions.template):
        size = len(_json(expressions.value(variables)))
        if size > LARGEST_ENVIRONMENT:
            yield (
                f"{name}: its environment would have {size} bytes; {LARGEST_ENVIRONMENT} are the"
                f" most. Most of it is {_largest(expressions, variables)}."
            )


def _environments(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each function with its variables, as the template writes them."""
    common = template.get("Globals", {}).get("Function", {})
    for name, function in of_type(dict(template), _FUNCTION).items():
        yield name, {**_variables(common), **_variables(function)}


def _variables(function: Mapping[str, Any]) -> dict[str, Any]:
    variables: dict[str, Any] = function.get("Environment", {}).get("Variables", {})
    return variables


def _largest(expressions: Expressions, variables: Mapping[str, Any]) -> str:
    return max(variables, key=lambda name: len(_json(expressions.value(variables[name]))))


def _size_faults(template: Template) -> Iterator[str]:
    size = len(_json(template))
    if size > LARGEST_TEMPLATE:
        yield f"The template has {size} bytes; {LARGEST_TEMPLATE} are the most."


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


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
        made = package.build(LOCAL / "package", machine)
    except (PackageError, ParametersError) as error:
        print(error, file=sys.stderr)
        return 1
    return report(read(made.template), arguments.stack, given)


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

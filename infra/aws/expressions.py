"""What the expressions of a CloudFormation template come to, with given parameters.

Names and ARNs that AWS makes up are stood in for by texts about as long as the real ones, so that
what they are part of can be measured before anything is deployed.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Template = Mapping[str, Any]

#: What CloudFormation appends to names it makes up, at its longest.
GENERATED_SUFFIX = "-1ABCDEFGHIJKL"

_LIST_TYPES = ("CommaDelimitedList", "List<")
_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")
#: Resource type → the property that names it.
NAMING = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Serverless::Function": "FunctionName",
}


@dataclass(frozen=True, slots=True)
class Place:
    """The account and region of a stack. The defaults are as long as any of them."""

    account: str = "000000000000"
    region: str = "ap-southeast-2"


ANYWHERE = Place()


class _NoValue:
    """Stands for ``AWS::NoValue``: what has it is not there."""


_NO_VALUE = _NoValue()


@dataclass(frozen=True, slots=True)
class Expressions:
    """The expressions of one template, in the stack of a name, with parameters.

    Parameters that are not given have their defaults; those without one are empty.
    """

    template: Template
    stack: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    place: Place = ANYWHERE

    def value(self, expression: Any) -> Any:
        """What an expression comes to, lists and objects with all that is in them."""
        if isinstance(expression, list):
            items = [self.value(item) for item in expression]
            return [item for item in items if item is not _NO_VALUE]
        if not isinstance(expression, Mapping):
            return expression
        if len(expression) == 1:
            [(name, argument)] = expression.items()
            if function := self._functions().get(name):
                return function(argument)
            if name.startswith("Fn::"):
                return json.dumps(argument)
        values = {name: self.value(item) for name, item in expression.items()}
        return {name: value for name, value in values.items() if value is not _NO_VALUE}

    def parameter(self, name: str) -> str:
        """The parameter as it was given, or its default."""
        given = self.parameters.get(name)
        default = self.template.get("Parameters", {}).get(name, {}).get("Default", "")
        return str(default) if given is None else given

    def condition(self, name: str) -> bool:
        """Whether a condition of the template holds."""
        return bool(self.value(self.template.get("Conditions", {}).get(name, False)))

    def physical_name(self, logical: str) -> str:
        """What AWS calls the resource: by its own property, or about so if that is made up."""
        resource = self.template["Resources"].get(logical, {})
        naming = NAMING.get(resource.get("Type", ""))
        named = resource.get("Properties", {}).get(naming) if naming else None
        if named is not None and (name := self.value(named)) is not _NO_VALUE:
            return str(name)
        return f"{self.stack}-{logical}{GENERATED_SUFFIX}"

    def _functions(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "Ref": self._ref,
            "Condition": self.condition,
            "Fn::GetAtt": self._attribute,
            "Fn::Sub": self._substituted,
            "Fn::Join": lambda given: given[0].join(map(str, self.value(given[1]))),
            "Fn::Split": lambda given: str(self.value(given[1])).split(given[0]),
            "Fn::Select": lambda given: self.value(given[1])[int(given[0])],
            "Fn::If": lambda given: self.value(given[1 if self.condition(given[0]) else 2]),
            "Fn::Equals": lambda given: str(self.value(given[0])) == str(self.value(given[1])),
            "Fn::Not": lambda given: not self.value(given[0]),
            "Fn::And": lambda given: all(self.value(each) for each in given),
            "Fn::Or": lambda given: any(self.value(each) for each in given),
            "Fn::Contains": lambda given: self.value(given[1]) in self.value(given[0]),
        }

    def _ref(self, name: str) -> Any:
        if name in self.template.get("Parameters", {}):
            value = self.parameter(name)
            if self.template["Parameters"][name].get("Type", "String").startswith(_LIST_TYPES):
                return [item.strip() for item in value.split(",")]
            return value
        if name.startswith("AWS::"):
            return self._pseudo_parameter(name)
        if self.template["Resources"].get(name, {}).get("Type") == "AWS::SQS::Queue":
            host = f"sqs.{self.place.region}.amazonaws.com"
            return f"https://{host}/{self.place.account}/{self.physical_name(name)}"
        return self.physical_name(name)

    def _pseudo_parameter(self, name: str) -> Any:
        return {
            "AWS::AccountId": self.place.account,
            "AWS::NoValue": _NO_VALUE,
            "AWS::Partition": "aws",
            "AWS::Region": self.place.region,
            "AWS::StackName": self.stack,
            "AWS::URLSuffix": "amazonaws.com",
        }.get(name, name)

    def _attribute(self, given: str | list[str]) -> str:
        logical, attribute = given.split(".", 1) if isinstance(given, str) else given
        name = self.physical_name(logical)
        if attribute.endswith("Name"):
            return name
        return f"arn:aws:dynamodb:{self.place.region}:{self.place.account}:{name}"

    def _substituted(self, given: Any) -> str:
        text, own = (given, {}) if isinstance(given, str) else given

        def replacement(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return "${" + name + "}"
            if name in own:
                return str(self.value(own[name]))
            return str(self._attribute(name) if "." in name else self._ref(name))

        return _VARIABLE.sub(replacement, text)

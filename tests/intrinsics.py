"""What the intrinsic functions of a CloudFormation template come to in one stack."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"
STACK: Final = "baton"
#: What `Ref` gives for AWS's own parameters.
_PSEUDO: Final = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
#: The functions of values that are resolved already.
_PLAIN: Final[Mapping[str, Callable[..., Any]]] = {
    "Fn::And": lambda *each: all(each),
    "Fn::Equals": lambda one, other: one == other,
    "Fn::Join": lambda separator, parts: separator.join(parts),
    "Fn::Not": lambda condition: not condition,
    "Fn::Or": lambda *each: any(each),
    "Fn::Select": lambda index, parts: parts[int(index)],
    "Fn::Split": lambda separator, text: text.split(separator),
}
_LEFT_OUT: Final = object()
_VARIABLE: Final = re.compile(r"\$\{([^}!]+)\}")


class Resolver:
    """Resolves the values of a template, given its parameters; the others have their defaults."""

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        self._resources = template["Resources"]
        self._conditions = template.get("Conditions", {})
        defaults = {
            name: definition.get("Default", "")
            for name, definition in template.get("Parameters", {}).items()
        }
        lists = {
            name
            for name, definition in template.get("Parameters", {}).items()
            if definition["Type"] == "CommaDelimitedList"
        }
        self._values: dict[str, Any] = {
            name: str(value).split(",") if name in lists else value
            for name, value in {**defaults, **parameters}.items()
        } | _PSEUDO

    def holds(self, condition: str) -> bool:
        """Whether that condition of the template holds."""
        return bool(self.value(self._conditions[condition]))

    def value(self, given: Any) -> Any:
        """The value with all its intrinsic functions resolved.

        Raises `KeyError` for a function, resource or attribute that is not known here.
        """
        if isinstance(given, list):
            return [each for each in map(self.value, given) if each is not _LEFT_OUT]
        if not isinstance(given, dict):
            return given
        if len(given) == 1:
            ((name, argument),) = given.items()
            if name in ("Ref", "Condition") and isinstance(argument, str):
                return self._ref(argument) if name == "Ref" else self.holds(argument)
            if name.startswith("Fn::"):
                return self._function(name, argument)
        values = {name: self.value(each) for name, each in given.items()}
        return {name: each for name, each in values.items() if each is not _LEFT_OUT}

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _LEFT_OUT
        return self._values.get(name, name)

    def _function(self, name: str, argument: Any) -> Any:
        if name == "Fn::If":
            condition, then, otherwise = argument
            return self.value(then if self.holds(condition) else otherwise)
        if name == "Fn::Sub":
            return self._sub(argument)
        if name == "Fn::GetAtt":
            return self._attribute(*argument)
        return _PLAIN[name](*self.value(argument))

    def _sub(self, argument: Any) -> str:
        text, more = argument if isinstance(argument, list) else (argument, {})
        known = {name: self.value(value) for name, value in more.items()}

        def replaced(found: re.Match[str]) -> str:
            name = found[1]
            if name in known:
                return str(known[name])
            resource, _, attribute = name.partition(".")
            return str(self._attribute(resource, attribute) if attribute else self._ref(name))

        return _VARIABLE.sub(replaced, text)

    def _attribute(self, resource: str, attribute: str) -> str:
        """The attribute of a table or queue."""
        found = self._resources[resource]
        of = found["Properties"]
        place = f"{REGION}:{ACCOUNT}"
        match found["Type"], attribute:
            case "AWS::DynamoDB::Table", "Arn":
                return f"arn:aws:dynamodb:{place}:table/{self.value(of['TableName'])}"
            case "AWS::DynamoDB::Table", "StreamArn":
                return f"{self._attribute(resource, 'Arn')}/stream/2026-03-01T00:00:00.000"
            case "AWS::SQS::Queue", "Arn":
                return f"arn:aws:sqs:{place}:{self.value(of['QueueName'])}"
        raise KeyError(f"{resource}.{attribute}")

"""What the intrinsic functions of the template come to in the one stack that tests speak of.

They are worked out as `make check-config` does it (`infra.aws.expressions`), but for what AWS makes
up: there it is stood in for, here it is exact or an error.
"""

from collections.abc import Mapping
from typing import Any, Final

from infra.aws.expressions import Expressions, Place

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"
STACK: Final = "baton"


class Resolver(Expressions):
    """Resolves the values of a template, given its parameters; the others have their defaults."""

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        given = {name: str(value) for name, value in parameters.items()}
        super().__init__(template, STACK, given, Place(ACCOUNT, REGION))

    def value(self, expression: Any) -> Any:
        """The value with all its intrinsic functions resolved.

        Raises `KeyError` for a function, condition, resource or attribute that is not known here.
        """
        if isinstance(expression, Mapping) and len(expression) == 1:
            [name] = expression
            if name.startswith("Fn::") and name not in self._functions():
                raise KeyError(name)
        return super().value(expression)

    def condition(self, name: str) -> bool:
        """Whether that condition of the template holds."""
        return bool(self.value(self.template["Conditions"][name]))

    def _ref(self, name: str) -> Any:
        """A resource is called as the template calls it: tests find roles by that."""
        return name if name in self.template["Resources"] else super()._ref(name)

    def _attribute(self, given: str | list[str]) -> str:
        """The attribute of a table or queue, just as AWS has it."""
        logical, attribute = given.split(".", 1) if isinstance(given, str) else given
        name, place = self.physical_name(logical), f"{REGION}:{ACCOUNT}"
        match self.template["Resources"][logical]["Type"], attribute:
            case "AWS::DynamoDB::Table", "Arn":
                return f"arn:aws:dynamodb:{place}:table/{name}"
            case "AWS::DynamoDB::Table", "StreamArn":
                return f"arn:aws:dynamodb:{place}:table/{name}/stream/2026-03-01T00:00:00.000"
            case "AWS::SQS::Queue", "Arn":
                return f"arn:aws:sqs:{place}:{name}"
        raise KeyError(f"{logical}.{attribute}")

"""What the role of each function of a deployment allows, held against what the function asks for.

AWS refuses what no policy grants. Neither moto nor the DynamoDB in memory looks at policies, so
`Stack` and the simulation do: each call to AWS is held against `.chalice/policy-*.json` and the
policies that the template adds, as they come out in a stack with these parameters.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from chalicelib.platform.config import Config
from chalicelib.targets.arns import is_allowed
from infra import template
from infra.places import ROOT
from tests.intrinsics import ACCOUNT, REGION, Resolver

#: Function → its role in the template that Chalice makes.
ROLES: Final = {
    "api": "ApiHandlerRole",
    "authorizer": "AuthorizerRole",
    "daily": "DailyRole",
    "outgoing": "OutgoingRole",
    "runner": "RunnerRole",
    "tick": "TickRole",
    "wake": "WakeRole",
}
Parameters = frozenset[tuple[str, str]]

#: The parameters of the stack that tests have, unless they configure another.
PARAMETERS: Final = {
    "AllowFunctions": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:work-*",
    "AllowStateMachines": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:work-*",
    "EventBusName": "baton-events",
    "NoticeTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:notifications",
    "NoticeWebhookSecret": "notifications",
}

_USUAL: Final = frozenset(PARAMETERS.items())
#: The actions that the parts of a transaction need.
_OF_A_TRANSACTION: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
#: What AWS calls the right to send a batch. MiniStack wants the operation's own name besides.
_OF_A_BATCH: Final = {
    "SendMessageBatch": "SendMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}
#: The parameter that names what an operation of Step Functions or SNS is about.
_NAMING: Final = ("executionArn", "stateMachineArn", "TopicArn")


class Right(NamedTuple):
    """An action on a resource: what a call needs, or, with `*` and `?` in it, what is granted."""

    action: str
    resource: str

    def covers(self, needed: "Right") -> bool:
        """Whether this one, granted, allows that call."""
        return self.action == needed.action and is_allowed(needed.resource, [self.resource])


class Role(NamedTuple):
    """The rights of a function: what is granted, and what of that is taken back."""

    granted: frozenset[Right]
    denied: frozenset[Right]

    def allows(self, needed: Right) -> bool:
        """Whether AWS would let the call through."""
        if any(each.covers(needed) for each in self.denied):
            return False
        return any(each.covers(needed) for each in self.granted)


def parameters_of(config: Config) -> Parameters:
    """The parameters of a stack that is configured so, as far as they give rights."""
    return frozenset(
        {
            "AllowFunctions": ",".join(config.allow_functions),
            "AllowStateMachines": ",".join(config.allow_state_machines),
            "EventBusName": config.event_bus_arn.rpartition("/")[2],
            "NoticeTopicArn": config.notification_topic_arn,
            "NoticeWebhookSecret": config.notification_webhook_secret,
        }.items()
    )


@cache
def role(function: str, parameters: Parameters = _USUAL) -> Role:
    """The role of a function in a stack with these parameters."""
    resolver = Resolver(template.additions(), dict(parameters))
    return role_of(resolver.value(list(statements(function, resolver))))


def statements(function: str, resolver: Resolver) -> Iterator[dict[str, Any]]:
    """The statements of a function's policies, those that the template adds included."""
    own = json.loads((ROOT / ".chalice" / f"policy-{function}.json").read_text("utf-8"))
    yield from own["Statement"]
    for resource in template.additions()["Resources"].values():
        if resource.get("Type") != "AWS::IAM::Policy":
            continue
        applies = "Condition" not in resource or resolver.condition(resource["Condition"])
        if applies and {"Ref": ROLES[function]} in resource["Properties"]["Roles"]:
            yield from resource["Properties"]["PolicyDocument"]["Statement"]


def role_of(resolved: Iterable[Mapping[str, Any]]) -> Role:
    """The role that these statements make, in which no intrinsic function is left."""
    by_effect: dict[str, set[Right]] = {"Allow": set(), "Deny": set()}
    for statement in resolved:
        by_effect[statement["Effect"]] |= {
            Right(action, resource)
            for action in _listed(statement["Action"])
            for resource in _listed(statement["Resource"])
        }
    return Role(frozenset(by_effect["Allow"]), frozenset(by_effect["Deny"]))


@cache
def allows(function: str, needed: Right, parameters: Parameters = _USUAL) -> bool:
    """Whether the role of a function allows a call."""
    return role(function, parameters).allows(needed)


def missing(function: str, needed: Iterable[Right]) -> set[Right]:
    """What a function asks for although its role does not allow it."""
    return {each for each in needed if not allows(function, each)}


def unused(function: str, used: Iterable[Right]) -> set[Right]:
    """What the role of a function grants and none of these calls needs."""
    return not_needed(role(function), used)


def not_needed(some_role: Role, used: Iterable[Right]) -> set[Right]:
    """What a role grants and none of these calls needs."""
    needed = list(used)
    return {right for right in some_role.granted if not any(map(right.covers, needed))}


def needed(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[Right]:
    """What a call needs.

    Args:
        service: As botocore's events name it: `dynamodb`, `secrets-manager`, `sfn`.
        operation: As the API names it: `TransactWriteItems`.
        params: What boto3 is given.
    """
    match service:
        case "dynamodb":
            yield from _of_tables(operation, params)
        case "sqs":
            queue = _arn("sqs", str(params["QueueUrl"]).rpartition("/")[2])
            yield Right(f"sqs:{operation}", queue)
            if operation in _OF_A_BATCH:
                yield Right(f"sqs:{_OF_A_BATCH[operation]}", queue)
        case "ssm":
            name = str(params["Name"] if "Name" in params else params["ResourceId"])
            yield Right(f"ssm:{operation}", _arn("ssm", f"parameter/{name.removeprefix('/')}"))
        case "secrets-manager":
            # AWS puts six characters of its own behind the name.
            secret = _arn("secretsmanager", f"secret:{params['SecretId']}-AbCdEf")
            yield Right(f"secretsmanager:{operation}", secret)
        case "lambda":
            action = "InvokeFunction" if operation == "Invoke" else operation
            yield Right(f"lambda:{action}", params["FunctionName"])
        case "sfn" | "sns":
            prefix = {"sfn": "states"}.get(service, service)
            yield Right(f"{prefix}:{operation}", next(params[n] for n in _NAMING if n in params))
        case "events":
            for entry in params["Entries"]:
                yield Right(f"events:{operation}", entry["EventBusName"])
        case _:
            yield Right(f"{service}:{operation}", "*")


def _of_tables(operation: str, params: Mapping[str, Any]) -> Iterator[Right]:
    if "TransactItems" in params:
        for item in params["TransactItems"]:
            ((kind, step),) = item.items()
            yield Right(f"dynamodb:{_OF_A_TRANSACTION[kind]}", _table(step["TableName"]))
    elif "RequestItems" in params:
        for table in params["RequestItems"]:
            yield Right(f"dynamodb:{operation}", _table(table))
    else:
        table, index = _table(params["TableName"]), params.get("IndexName")
        yield Right(f"dynamodb:{operation}", f"{table}/index/{index}" if index else table)


def _table(name: str) -> str:
    return _arn("dynamodb", f"table/{name}")


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

"""One CloudFormation stack: its state, its change sets, and what happens while they are done."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from chalicelib.platform.clock import Clock
from infra.aws.account import Account
from infra.aws.change_sets import Change, read
from infra.aws.stack_states import DONE, is_under_way

ChangeSetType = Literal["CREATE", "UPDATE", "IMPORT"]

#: Roles are made. A macro such as SAM's needs no further word, for nothing is done unseen.
CAPABILITIES: Any = ["CAPABILITY_IAM"]
_EMPTY = ("didn't contain changes", "No updates are to be performed")
#: What AWS says of resources that merely had to stop because another one failed.
_CANCELLED = "cancelled"
_DEEDS = {"CREATE": "made", "UPDATE": "changed", "DELETE": "removed", "IMPORT": "taken over"}


class StackError(Exception):
    """A change was refused or failed; the message says why."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change that was worked out and not done yet."""

    id: str
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Description:
    """A stack as AWS describes it."""

    id: str
    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]


class Stack:
    """The stack of a name, whether it exists or not."""

    def __init__(
        self, account: Account, name: str, clock: Clock, *, pause_seconds: float = 3.0
    ) -> None:
        """`pause_seconds` are between two looks at something that is under way."""
        self.name = name
        self._cloudformation = account.cloudformation
        self._clock = clock
        self._pause_seconds = pause_seconds

    def describe(self) -> Description | None:
        """The stack; None if there is none of that name."""
        return self._describe(self.name)

    def resources(self) -> list[tuple[str, str, str]]:
        """Type, logical and physical name of everything in it."""
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(
            StackName=self.name
        )
        return [
            (
                each["ResourceType"],
                each["LogicalResourceId"],
                each.get("PhysicalResourceId", ""),
            )
            for page in pages
            for each in page["StackResourceSummaries"]
            if each["ResourceStatus"] != "DELETE_COMPLETE"
        ]

    def propose(
        self,
        kind: ChangeSetType,
        template_url: str,
        parameters: Mapping[str, str | None],
        to_import: Sequence[Mapping[str, Any]] = (),
        tags: Mapping[str, str] | None = None,
    ) -> ChangeSet | None:
        """Have AWS work out what would change; None if nothing would.

        A parameter that is None keeps the value that it has, and so do tags that are not given.

        Raises:
            StackError: AWS refuses the template or the parameters.
        """
        arguments: Any = {"ResourcesToImport": list(to_import)} if to_import else {}
        if tags:
            arguments["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        try:
            made = self._cloudformation.create_change_set(
                StackName=self.name,
                ChangeSetName=f"baton-{uuid.uuid4().hex}",
                ChangeSetType=kind,
                TemplateURL=template_url,
                Capabilities=CAPABILITIES,
                Parameters=[_parameter(name, value) for name, value in parameters.items()],
                **arguments,
            )
        except ClientError as error:
            raise StackError(f"AWS refuses the change: {_message(error)}") from error
        return self._worked_out(made["Id"])

    def withdraw(self, change_set: str) -> None:
        """Delete a change set that is not to be done, and a stack that was to begin with it."""
        self._cloudformation.delete_change_set(ChangeSetName=change_set)
        described = self.describe()
        if described is not None and described.status == "REVIEW_IN_PROGRESS":
            self._cloudformation.delete_stack(StackName=described.id)
            self._rest(described.id, lambda _: None)

    def execute(self, change_set: ChangeSet, say: Callable[[str], None]) -> None:
        """Do what was worked out, and say what happens.

        Raises:
            StackError: it failed, and AWS has undone it.
        """
        described = self.describe()
        if described is None:
            raise StackError(f"The stack {self.name} is gone.")
        seen = self._event_ids(described.id)
        self._cloudformation.execute_change_set(ChangeSetName=change_set.id)
        self._follow(described.id, seen, say)

    def delete(self, say: Callable[[str], None]) -> None:
        """Delete the stack, and say what happens. Raises `StackError`."""
        described = self.describe()
        if described is None:
            return
        seen = self._event_ids(described.id)
        try:
            self._cloudformation.delete_stack(StackName=described.id)
        except ClientError as error:
            raise StackError(f"AWS refuses to delete the stack: {_message(error)}") from error
        self._follow(described.id, seen, say)

    def _describe(self, name_or_id: str) -> Description | None:
        try:
            [found] = self._cloudformation.describe_stacks(StackName=name_or_id)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return Description(
            id=found["StackId"],
            status=found["StackStatus"],
            parameters={
                each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])
            },
            outputs={each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])},
        )

    def _worked_out(self, change_set: str) -> ChangeSet | None:
        while True:
            described = self._cloudformation.describe_change_set(ChangeSetName=change_set)
            if described["Status"] == "FAILED":
                reason = described.get("StatusReason", "")
                self.withdraw(change_set)
                if any(words in reason for words in _EMPTY):
                    return None
                raise StackError(f"AWS refuses the change: {reason}")
            if described["Status"] == "CREATE_COMPLETE":
                break
            self._clock.sleep(self._pause_seconds)
        listed: list[Any] = list(described.get("Changes", []))
        while token := described.get("NextToken"):
            described = self._cloudformation.describe_change_set(
                ChangeSetName=change_set, NextToken=token
            )
            listed += described.get("Changes", [])
        return ChangeSet(change_set, read(listed))

    def _follow(self, stack_id: str, seen: set[str], say: Callable[[str], None]) -> None:
        """Say each new event until the stack rests. Raises `StackError` if it was not done."""
        failures: list[str] = []

        def tell(event: Mapping[str, Any]) -> None:
            say(f"  {event['Timestamp']:%H:%M:%S}  {_event_line(event)}")
            if event["ResourceStatus"].endswith("_FAILED"):
                failures.append(_failure(event))

        status = self._rest(stack_id, tell, seen)
        if status not in DONE:
            raise StackError(why(self.name, status, failures))

    def _rest(
        self,
        stack_id: str,
        tell: Callable[[Mapping[str, Any]], None],
        seen: set[str] | None = None,
    ) -> str:
        """Wait until nothing is being done with the stack. Returns its status then."""
        known = set() if seen is None else seen
        while True:
            described = self._describe(stack_id)
            status = "DELETE_COMPLETE" if described is None else described.status
            for event in reversed(list(self._new_events(stack_id, known))):
                tell(event)
            if not is_under_way(status):
                return status
            self._clock.sleep(self._pause_seconds)

    def _event_ids(self, stack_id: str) -> set[str]:
        seen: set[str] = set()
        for _ in self._new_events(stack_id, seen):
            pass
        return seen

    def _new_events(self, stack_id: str, seen: set[str]) -> Iterable[Mapping[str, Any]]:
        """The events whose ids are not among those seen, newest first. Their ids are added."""
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(
            StackName=stack_id
        )
        for page in pages:
            for event in page["StackEvents"]:
                if event["EventId"] in seen:
                    return
                seen.add(event["EventId"])
                yield event


def why(stack: str, status: str, failures: Sequence[str]) -> str:
    """Why a change was not done, from what AWS said of the resources that failed.

    Resources that were stopped because another one failed are left out, unless there are no others.
    """
    causes = [each for each in failures if _CANCELLED not in each.lower()] or list(failures)
    undone = " What had been done was undone." if status.endswith("ROLLBACK_COMPLETE") else ""
    listed = "\n".join(f"  {cause}" for cause in causes) or "  AWS gives no reason."
    return f"It failed: the stack {stack} is {status}.{undone} Why:\n{listed}"


def _event_line(event: Mapping[str, Any]) -> str:
    status = event["ResourceStatus"].lower().replace("_", " ")
    return f"{status:<28} {event['LogicalResourceId']}"


def _failure(event: Mapping[str, Any]) -> str:
    deed = _DEEDS.get(event["ResourceStatus"].partition("_")[0], "brought about")
    reason = event.get("ResourceStatusReason", "AWS gives no reason.")
    kind = event["ResourceType"].removeprefix("AWS::")
    return f"{event['LogicalResourceId']} ({kind}) could not be {deed}: {reason}"


def _parameter(name: str, value: str | None) -> Any:
    if value is None:
        return {"ParameterKey": name, "UsePreviousValue": True}
    return {"ParameterKey": name, "ParameterValue": value}


def _message(error: ClientError) -> str:
    return str(error.response["Error"].get("Message", error))

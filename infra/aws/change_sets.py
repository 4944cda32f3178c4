"""What a change set would do, in plain words, and what of it must not be overlooked."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

_TABLE = "AWS::DynamoDB::Table"
_QUEUE = "AWS::SQS::Queue"
_API = "AWS::ApiGateway::RestApi"
#: Resource types that have a word of their own here; the others are called as AWS calls them.
_WORDS = {
    _API: "API",
    _QUEUE: "queue",
    _TABLE: "table",
    "AWS::ApiGateway::BasePathMapping": "domain mapping",
    "AWS::ApiGateway::Deployment": "API deployment",
    "AWS::ApiGateway::DomainName": "domain name",
    "AWS::ApiGateway::Stage": "API stage",
    "AWS::CloudWatch::Alarm": "alarm",
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::Events::Rule": "rule",
    "AWS::IAM::Policy": "policy",
    "AWS::IAM::Role": "role",
    "AWS::Lambda::EventInvokeConfig": "retries",
    "AWS::Lambda::EventSourceMapping": "event source",
    "AWS::Lambda::Function": "function",
    "AWS::Lambda::Permission": "permission",
    "AWS::Logs::LogGroup": "log group",
}

#: What is done to a resource, in the order in which people read of it.
TAKEN_OVER = "taken over as they are"
ADDED = "added"
CHANGED = "changed in place"
PERHAPS_REPLACED = "changed, and perhaps made anew"
REPLACED = "made anew, in the place of what is there"
LEFT = "no longer part of the stack, and kept"
REMOVED = "removed"
OPEN = "known only while it is done"
_ORDER = (TAKEN_OVER, ADDED, CHANGED, PERHAPS_REPLACED, REPLACED, LEFT, REMOVED, OPEN)
#: What AWS says of the replacement of a resource that is modified, if there is one.
_MODIFIED = {"True": REPLACED, "Conditional": PERHAPS_REPLACED}
#: What takes a resource away, and how sure that is.
_GONE = {REMOVED: "", REPLACED: "", PERHAPS_REPLACED: " perhaps"}
_NARROWEST = 14
_LINE = 100


@dataclass(frozen=True, slots=True)
class Change:
    """What would be done to one resource. `deed` is one of the phrases above."""

    deed: str
    resource_type: str
    name: str
    #: What AWS calls the resource; empty for one that is not there yet.
    physical_name: str = ""
    #: The properties that change, as far as AWS says.
    properties: tuple[str, ...] = ()
    #: Whether what was there before is kept outside the stack, if it is removed or made anew.
    kept: bool = False


def read(described: Iterable[Mapping[str, Any]]) -> list[Change]:
    """The changes that ``DescribeChangeSet`` lists."""
    return [_change(each["ResourceChange"]) for each in described if "ResourceChange" in each]


def _change(described: Mapping[str, Any]) -> Change:
    details = described.get("Details", [])
    targets = [detail.get("Target", {}) for detail in details]
    named = {each.get("Name") or each.get("Attribute", "") for each in targets} - {""}
    policy = described.get("PolicyAction", "")
    return Change(
        deed=_deed(described, policy),
        resource_type=described["ResourceType"],
        name=described["LogicalResourceId"],
        physical_name=described.get("PhysicalResourceId", ""),
        properties=tuple(sorted(named)),
        kept=policy in ("Retain", "ReplaceAndRetain"),
    )


def _deed(described: Mapping[str, Any], policy: str) -> str:
    deeds = {
        "Add": ADDED,
        "Import": TAKEN_OVER,
        "Modify": _MODIFIED.get(described.get("Replacement", ""), CHANGED),
        "Remove": LEFT if policy == "Retain" else REMOVED,
    }
    return deeds.get(described["Action"], OPEN)


def in_words(changes: Sequence[Change]) -> str:
    """The changes as text: by what is done, then a line for each kind of resource; dangers last."""
    lines: list[str] = []
    for deed in _ORDER:
        done = [change for change in changes if change.deed == deed]
        if done:
            lines += [f"  {deed} ({len(done)}):", *_by_kind(done), ""]
    return "\n".join([*lines, *(f"  !! {danger}" for danger in dangers(changes))]).rstrip()


def _by_kind(changes: Sequence[Change]) -> Iterator[str]:
    ordered = sorted(changes, key=lambda change: (_word(change), change.name))
    width = max(_NARROWEST, *(len(_word(change)) for change in ordered))
    for word, group in groupby(ordered, _word):
        yield textwrap.fill(
            ", ".join(map(_named, group)),
            _LINE,
            initial_indent=f"    {word:<{width}}  ",
            subsequent_indent=" " * (width + 6),
            break_long_words=False,
            break_on_hyphens=False,
        )


def _word(change: Change) -> str:
    return _WORDS.get(change.resource_type, change.resource_type.removeprefix("AWS::"))


def _named(change: Change) -> str:
    return f"{change.name} ({', '.join(change.properties)})" if change.properties else change.name


def dangers(changes: Iterable[Change]) -> list[str]:
    """What must not be overlooked: each a sentence or two. Data that may be lost comes first."""
    return [
        *_sentences(changes, _of_tables),
        *_sentences(changes, _of_queues),
        *_sentences(changes, _of_apis),
    ]


def may_lose_data(changes: Iterable[Change]) -> bool:
    """Whether a table would be removed or made anew."""
    return bool(_sentences(changes, _of_tables))


def _sentences(changes: Iterable[Change], of: Any) -> list[str]:
    return [sentence for change in changes if (sentence := of(change))]


def _of_tables(change: Change) -> str:
    if change.resource_type != _TABLE:
        return ""
    table = f"The table {change.physical_name or change.name}"
    old = (
        "the old one is kept, and Baton would not read it any more"
        if change.kept
        else "what is in the old one is LOST"
    )
    return {
        REMOVED: f"{table} is REMOVED, and what is in it is LOST.",
        LEFT: f"{table} is no longer Baton's; it is kept, with what is in it.",
        REPLACED: f"{table} is REPLACED by an empty one; {old}.",
        PERHAPS_REPLACED: f"{table} is perhaps REPLACED by an empty one; {old}.",
    }.get(change.deed, "")


def _of_queues(change: Change) -> str:
    if change.resource_type != _QUEUE or change.deed not in _GONE:
        return ""
    return (
        f"What is in the queue {change.name} is{_GONE[change.deed]} lost: runs in it are handed out"
        " again by a tick."
    )


def _of_apis(change: Change) -> str:
    if change.resource_type != _API or change.deed not in _GONE:
        return ""
    return (
        f"The API{_GONE[change.deed]} gets another address: clients, and targets that call back,"
        " have to be told."
    )

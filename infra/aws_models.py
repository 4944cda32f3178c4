"""What botocore reads of AWS's services, cut to what Baton calls of them.

botocore describes all of AWS in 25 MB of JSON. A client reads its service's description, the
endpoints of all services, and looks through the directories of all: at every cold start.
"""

import gzip
import json
from pathlib import Path
from typing import Any, Final

import botocore

#: Service, as botocore names it → the operations that Baton calls.
CALLED: Final[dict[str, tuple[str, ...]]] = {
    "dynamodb": (
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    ),
    "events": ("PutEvents",),
    "lambda": ("GetFunctionConfiguration", "Invoke"),
    "secretsmanager": ("DescribeSecret", "GetSecretValue"),
    "sns": ("Publish",),
    "sqs": (
        "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch",
        "DeleteMessage",
        "GetQueueAttributes",
        "ReceiveMessage",
        "SendMessage",
        "SendMessageBatch",
    ),
    "ssm": ("GetParameter", "ListTagsForResource"),
    "stepfunctions": (
        "DescribeExecution",
        "DescribeStateMachine",
        "StartExecution",
        "StopExecution",
    ),
}
_SOURCE: Final = Path(botocore.__path__[0]) / "data"
_AS_THEY_ARE: Final = ("_retry.json", "partitions.json", "sdk-default-configuration.json")


def write(directory: Path) -> None:
    """Write them to that directory, laid out as botocore's loader wants it."""
    directory.mkdir(parents=True)
    for name in _AS_THEY_ARE:
        _write(directory / name, _read(_SOURCE / name))
    prefixes = set()
    for service, operations in CALLED.items():
        source = max((_SOURCE / service).iterdir())  # the newest: versions are dates
        target = directory / service / source.name
        target.mkdir(parents=True)
        described = _read(source / "service-2.json.gz")
        _write(target / "service-2.json", cut(described, operations))
        rules = _read(source / "endpoint-rule-set-1.json.gz")
        _write(target / "endpoint-rule-set-1.json", rules)
        prefixes.add(described["metadata"]["endpointPrefix"])
    _write(directory / "endpoints.json", _endpoints(prefixes))


def cut(service: dict[str, Any], operations: tuple[str, ...]) -> dict[str, Any]:
    """The description of a service with these operations only, and without its texts."""
    kept = {name: service["operations"][name] for name in operations}
    shapes: dict[str, Any] = {}
    wanted = [shape for operation in kept.values() for shape in _shapes_in(operation)]
    while wanted:
        name = wanted.pop()
        if name not in shapes:
            shapes[name] = service["shapes"][name]
            wanted += _shapes_in(shapes[name])
    without_texts: dict[str, Any] = _without_texts(
        {**service, "operations": kept, "shapes": shapes}
    )
    return without_texts


def _shapes_in(value: Any) -> list[str]:
    """The names of the shapes that a part of a description refers to."""
    if isinstance(value, list):
        return [name for each in value for name in _shapes_in(each)]
    if not isinstance(value, dict):
        return []
    own = [value["shape"]] if isinstance(value.get("shape"), str) else []
    return own + [name for each in value.values() for name in _shapes_in(each)]


def _without_texts(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_texts(each) for each in value]
    if not isinstance(value, dict):
        return value
    # A member of a structure may be named "documentation"; then it is no text but a description.
    return {
        name: _without_texts(each)
        for name, each in value.items()
        if not (name == "documentation" and isinstance(each, str))
    }


def _endpoints(prefixes: set[str]) -> dict[str, Any]:
    """The endpoints of the services whose addresses begin so."""
    endpoints = _read(_SOURCE / "endpoints.json")
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: each for name, each in partition["services"].items() if name in prefixes
        }
    return endpoints


def _read(path: Path) -> dict[str, Any]:
    raw = path.read_bytes()
    read: dict[str, Any] = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    return read


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")

"""CloudWatch's embedded metric format: whether a line is in it, and what it says.

The rules are those of AWS's specification. What breaks one is dropped by CloudWatch without a word.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

MOST_VALUES: Final = 100
MOST_METRICS: Final = 100
MOST_DIMENSIONS: Final = 30
LONGEST_NAME: Final = 1024
_SIZES: Final = {
    f"{size}{unit}" for size in ("", "Kilo", "Mega", "Giga", "Tera") for unit in ("bytes", "bits")
}
_RATES: Final = {size.capitalize() for size in _SIZES} | {"Count"}
UNITS: Final = frozenset(
    {"Seconds", "Microseconds", "Milliseconds", "Percent", "None"}
    | _RATES
    | {f"{unit}/Second" for unit in _RATES}
)
#: What a directive and a definition of a metric may have.
DIRECTIVE: Final = {"Namespace", "Dimensions", "Metrics"}
DEFINITION: Final = {"Name", "Unit", "StorageResolution"}


def faults(text: str) -> list[str]:
    """What is wrong with the line; nothing, if CloudWatch takes all its figures."""
    try:
        root = json.loads(text, parse_constant=lambda name: name)
    except ValueError:
        return ["it is not JSON"]
    aws = root.get("_aws") if isinstance(root, dict) else None
    if not isinstance(aws, dict):
        return ["it has no metadata"]
    found = [] if _is_count(aws.get("Timestamp")) else ["its timestamp is no whole number"]
    directives = aws.get("CloudWatchMetrics")
    if not isinstance(directives, list) or not directives:
        return [*found, "it has no directives"]
    return found + [fault for each in directives for fault in _faults_of(each, root)]


def _faults_of(directive: Mapping[str, Any], root: Mapping[str, Any]) -> list[str]:
    found = [] if set(directive) == DIRECTIVE else ["a directive has other members"]
    if not _is_name(directive.get("Namespace")):
        found.append("the namespace is no name")
    dimensions = directive.get("Dimensions") or []
    if not dimensions or any(len(each) > MOST_DIMENSIONS for each in dimensions):
        found.append("there are no dimensions, or too many")
    for name in {name for each in dimensions for name in each}:
        if not (_is_name(name) and _is_name(root.get(name))):
            found.append(f"the dimension {name} has no text")
    metrics = directive.get("Metrics") or []
    if not 1 <= len(metrics) <= MOST_METRICS:
        found.append("there are no metrics, or too many")
    return found + [fault for each in metrics for fault in _faults_of_metric(each, root)]


def _faults_of_metric(metric: Mapping[str, Any], root: Mapping[str, Any]) -> list[str]:
    name = metric.get("Name")
    found = [] if set(metric) <= DEFINITION else [f"{name} has other members"]
    if not _is_name(name):
        return [*found, "a metric has no name"]
    if metric.get("Unit", "None") not in UNITS:
        found.append(f"{name} has no such unit")
    if metric.get("StorageResolution", 60) not in {1, 60}:
        found.append(f"{name} has no such resolution")
    value = root.get(str(name))
    values = value if isinstance(value, list) else [value]
    if not 1 <= len(values) <= MOST_VALUES or not all(map(_is_number, values)):
        found.append(f"{name} has no number, or too many")
    return found


def figures(line: Mapping[str, Any]) -> dict[str, Any]:
    """Name of the metric → the figures that the line has for it."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    return {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]}


def dimensions(line: Mapping[str, Any]) -> dict[str, str]:
    """Name → value of the dimensions of the line's metrics."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    return {name: line[name] for names in directive["Dimensions"] for name in names}


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_NAME and value.isprintable()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0

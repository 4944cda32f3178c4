"""What is known of a target without reading it.

A target may be large, and passes, forecasts and lists look at thousands of schedules: a schedule
carries this label of its target, and whoever runs it reads the target itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

#: The fields by which targets name what they run; those of other kinds have a URL.
_NAMES: Final = ("name", "function_arn", "state_machine_arn")


@dataclass(frozen=True, slots=True)
class TargetLabel:
    """The kind of a target, the function, ARN or host it names, and whether it calls back."""

    kind: str
    resource: str = ""
    calls_back: bool = False

    def is_like(self, other: "TargetLabel") -> bool:
        """Whether two targets do similar work: they are of one kind, and name the same."""
        return (self.kind, self.resource) == (other.kind, other.resource)


#: A label that no target has.
NO_LABEL: Final = TargetLabel("")


def label_of(target: Mapping[str, Any]) -> TargetLabel:
    """The label of a target as a schedule defines it."""
    return TargetLabel(
        kind=str(target["type"]),
        resource=_resource(target),
        calls_back=target.get("completion") == "callback",
    )


def _resource(target: Mapping[str, Any]) -> str:
    named = next((str(target[name]) for name in _NAMES if name in target), None)
    return _host(str(target.get("url", ""))) if named is None else named


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""

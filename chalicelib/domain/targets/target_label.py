"""What is known of a target without reading it.

A target may be large, and passes, forecasts and lists look at thousands of schedules: a schedule
carries this label of its target, and whoever runs it reads the target itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

#: Kind → the field by which its targets name what they run.
NAMING_FIELDS: Final = {
    "function": "name",
    "http": "url",
    "lambda": "function_arn",
    "step_function": "state_machine_arn",
}


@dataclass(frozen=True, slots=True)
class TargetLabel:
    """The kind of a target, the function, ARN or host it names, and whether it calls back."""

    kind: str
    resource: str = ""
    calls_back: bool = False

    @property
    def is_external(self) -> bool:
        """Whether the work is done elsewhere: Baton starts none of it, somebody comes for it."""
        return self.kind == EXTERNAL

    def is_like(self, other: "TargetLabel") -> bool:
        """Whether two targets do similar work: they are of one kind, and name the same.

        Of work that is done elsewhere nothing is known.
        """
        return not self.is_external and (self.kind, self.resource) == (other.kind, other.resource)


#: The kind of a target whose work is done elsewhere, by whoever comes and starts a run.
EXTERNAL: Final = "external"
#: A label that no target has.
NO_LABEL: Final = TargetLabel("")


def label_of(target: Mapping[str, Any]) -> TargetLabel:
    """The label of a target as a schedule defines it. One of an unknown kind names nothing."""
    return TargetLabel(
        kind=str(target["type"]), resource=_resource(target), calls_back=calls_back(target)
    )


def calls_back(target: Mapping[str, Any]) -> bool:
    """Whether runs of the target are ended by whoever does the work, with a call."""
    return target.get("type") == EXTERNAL or target.get("completion") == "callback"


def _resource(target: Mapping[str, Any]) -> str:
    field = NAMING_FIELDS.get(str(target["type"]))
    named = "" if field is None else str(target.get(field, ""))
    return _host(named) if field == "url" else named


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""

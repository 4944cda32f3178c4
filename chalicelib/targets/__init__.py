"""What a run runs: one module for each kind of target, and the table of kinds over them."""

from chalicelib.targets.base import Check, Target
from chalicelib.targets.kinds import (
    UnknownTargetKind,
    faults,
    payload_faults,
    resolve,
)

__all__ = [
    "Check",
    "Target",
    "UnknownTargetKind",
    "faults",
    "payload_faults",
    "resolve",
]

"""Values of the domain as values of JSON."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from chalicelib.domain.time.instants import to_text


def as_json(value: Any) -> Any:
    """The value for JSON: instants as text, tuples as lists, dataclasses as objects.

    Anything else stays as it is.
    """
    if isinstance(value, datetime):
        return to_text(value)
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)
    return list(value) if isinstance(value, tuple) else value

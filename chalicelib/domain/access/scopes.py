"""Scopes: what a caller may do. Each includes the ones before it."""

from collections.abc import Iterable
from typing import Final, Literal, get_args

Scope = Literal["viewer", "operator", "admin", "owner"]

#: From the one that allows least to the one that allows most.
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
_LEVELS: Final[dict[str, int]] = {scope: level for level, scope in enumerate(SCOPES)}


def includes(scope: str, wanted: str) -> bool:
    """Whether the scope is the wanted one or includes it. Any other text includes nothing."""
    return scope in _LEVELS and _LEVELS[scope] >= _LEVELS[wanted]


def highest(names: Iterable[str]) -> str:
    """The scope that includes all the others; names that are no scopes are passed over.

    Empty if there is no scope among them.
    """
    return max((name for name in names if name in _LEVELS), key=_LEVELS.__getitem__, default="")

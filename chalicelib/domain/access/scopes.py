"""Scopes: what a caller may do. Each holds the ones before it."""

from collections.abc import Iterable
from typing import Final, Literal, get_args

Scope = Literal["viewer", "operator", "admin", "owner"]

#: From the least to the most.
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)


def holds(held: str, wanted: str) -> bool:
    """Whether the one scope is or holds the other. What is no scope holds nothing."""
    return held in SCOPES and _rank(held) >= _rank(wanted)


def highest(scopes: Iterable[str]) -> str:
    """The one that holds all the others; empty if none of them is a scope."""
    return max((scope for scope in scopes if scope in SCOPES), key=_rank, default="")


def _rank(scope: str) -> int:
    return [str(each) for each in SCOPES].index(scope)

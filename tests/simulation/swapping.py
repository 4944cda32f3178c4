"""The one way in which a test puts something else in the place of a part of Baton."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def swapped(owner: Any, name: str, value: Any) -> Iterator[None]:
    """`owner.name` is that value meanwhile. Raises `AttributeError` if there is no such name."""
    before = (
        owner.__dict__[name] if name in getattr(owner, "__dict__", {}) else getattr(owner, name)
    )
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)

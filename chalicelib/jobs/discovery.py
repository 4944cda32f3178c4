"""Where jobs are found: in the modules of this package, and in installed packages.

An installed package names a job, or a module with jobs, as an entry point of the group
`baton.jobs`. One that cannot be loaded is reported, and keeps no other from being found.
"""

import importlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from chalicelib.jobs.registry import Job, Registry
from chalicelib.platform import events

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "baton.jobs"
PACKAGE: Final = __package__ or ""


def discovered() -> Registry:
    """A registry that finds jobs when they are asked for: importing them takes time."""
    return Registry(find)


def find(installed: "Iterable[EntryPoint] | None" = None) -> Iterator[Job]:
    """Every job there is. One of this package takes the place of an installed one of its name."""
    import pkgutil
    from importlib.metadata import entry_points

    for entry_point in entry_points(group=GROUP) if installed is None else installed:
        yield from _jobs_in(entry_point.name, entry_point.load)
    for module in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__):
        name = f"{PACKAGE}.{module.name}"
        yield from _jobs_in(name, partial(importlib.import_module, name))


def _jobs_in(name: str, load: Callable[[], Any]) -> list[Job]:
    try:
        found = load()
    except Exception as error:
        events.warn("job_unloadable", source=name, why=f"{type(error).__name__}: {error}")
        return []
    values = vars(found).values() if isinstance(found, ModuleType) else (found,)
    return [value for value in values if isinstance(value, Job)]

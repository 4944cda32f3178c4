"""In which history a guard is missed: looked for first where it was missed the last time.

A change of the engine sends histories another way, so a guard may be missed in another one from
then on. It is found there all the same, but only after tens of seconds of looking;
`python -m tests.simulation --missed` looks once and writes `missed_in.json` anew.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.simulation.guards import GUARDS, Guard
from tests.simulation.simulate import History, simulate

#: Guard → the seed of a history that breaks a rule without it.
PAGE: Final = Path(__file__).with_name("missed_in.json")
_KNOWN: Final[dict[str, int]] = json.loads(PAGE.read_text(encoding="utf-8"))


def seeds(guard: Guard) -> Iterator[int]:
    """As many histories as may be needed to notice: the one that did last, then the others."""
    known = _KNOWN.get(guard.name, 0)
    yield known
    yield from (seed for seed in range(guard.histories) if seed != known)


def history_without(guard: Guard) -> History | None:
    """A history that breaks a rule without this guard; none if nobody misses it."""
    with guard.without():
        for seed in seeds(guard):
            history = simulate(seed, guard.plan, guard.besides, with_callers=guard.with_callers)
            if history.broken is not None:
                return history
    return None


def history_with(guard: Guard, seed: int) -> History:
    """A history of the same kind with every guard in its place."""
    return simulate(seed, guard.plan, with_callers=guard.with_callers)


def write_down() -> None:
    """Look for every guard, and write down where it is missed; what was found stays if stopped."""
    missed_in: dict[str, int] = {}
    for guard in GUARDS:
        if history := history_without(guard):
            missed_in[guard.name] = history.seed
        later = {other.name: _KNOWN[other.name] for other in GUARDS if other.name in _KNOWN}
        text = json.dumps(later | missed_in, indent=2, ensure_ascii=False, sort_keys=True)
        PAGE.write_text(text + "\n", encoding="utf-8")
        print(f"{guard.name}: {missed_in.get(guard.name, 'nobody misses it')}", flush=True)

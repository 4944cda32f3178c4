"""Thousands of histories with everything that can go wrong: the eight rules hold in each."""

from hashlib import sha256
from subprocess import run as run_process
from sys import executable

import pytest

from tests.simulation.simulate import LEAST_EVENTS, simulate
from tests.simulation.telling import reported, told

#: So many chunks, which workers share, of so many histories.
CHUNKS = 20
HISTORIES = 100


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_eight_rules_hold(chunk: int) -> None:
    for seed in range(chunk * HISTORIES, (chunk + 1) * HISTORIES):
        history = simulate(seed)
        assert history.broken is None, reported(history)
        assert history.events >= LEAST_EVENTS


def test_there_are_enough_histories() -> None:
    assert CHUNKS * HISTORIES >= 2000
    assert LEAST_EVENTS >= 200


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_seed_is_one_history_in_every_process(hash_seed: str) -> None:
    command = [executable, "-m", "tests.simulation", "7"]
    replayed = run_process(  # noqa: S603  # our own module
        command, capture_output=True, check=True, text=True, env={"PYTHONHASHSEED": hash_seed}
    )
    here = "\n".join(told(simulate(7)))
    assert _digest(replayed.stdout.rstrip("\n")) == _digest(here)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()

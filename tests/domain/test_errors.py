"""The messages of Baton's own errors: they are messages, and not what Python may take away."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Python without docstrings, in which each error without a text says what it is.
PROGRAM = """
from chalicelib.domain.errors import Conflict, LostRace, NotFound
from chalicelib.jobs.stops import BudgetExceeded, Cancelled, LeaseLost, Stop, TimedOut

for kind in (Conflict, LostRace, NotFound, BudgetExceeded, Cancelled, LeaseLost, Stop, TimedOut):
    print(kind.__doc__, kind(), sep=": ")
"""
MESSAGES = """\
None: The resource is in a state that does not allow this.
None: Somebody else changed it first.
None: There is no such resource.
None: It has used up its budget.
None: Somebody asked for it.
None: The lease is over or somebody else has it: nothing this attempt does counts any more.
None: The run is to stop now.
None: It took longer than it may.
"""


def test_messages_need_no_docstrings() -> None:
    command = [sys.executable, "-OO", "-c", PROGRAM]
    done = subprocess.run(  # noqa: S603  # our own interpreter
        command, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == MESSAGES

"""Byte code for the package. Lambda's disk is read-only: else every cold start compiles anew."""

import shutil
import subprocess
import sys
from pathlib import Path

from infra.places import LAMBDA_ROOT


def interpreter(runtime: str) -> str | None:
    """A Python of that version (`python3.13`) on this machine; None if there is none."""
    for candidate in (sys.executable, shutil.which(runtime)):
        if candidate is not None and _version_of(candidate) == runtime:
            return candidate
    return None


def compile_all(directory: Path, python: str) -> None:
    """Put the byte code of all modules in the directory beside them.

    It is taken as it is, without a look at its source, and names files as they lie on Lambda.
    """
    options = ["-q", "--invalidation-mode=unchecked-hash", f"-s{directory}", f"-p{LAMBDA_ROOT}"]
    command = [python, "-m", "compileall", *options, str(directory)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # a Python of ours


def _version_of(python: str) -> str:
    asked = "import sys; print('python%d.%d' % sys.version_info[:2])"
    answer = subprocess.run(  # noqa: S603  # a Python of this machine
        [python, "-c", asked], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()

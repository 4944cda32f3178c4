"""``requirements.lock``: the hashes of what goes into the deployment package.

It has the pins of requirements.txt that are packaged, each with the hashes of every file that the
index has of that release, so that it is good for each Python and each machine functions run on.
pip takes nothing else. After a pin was moved: ``make lock``. Usage::

    python -m infra.lock UV
"""

import argparse
import re
import subprocess
import sys
from typing import Final

from infra.package import LOCK, packaged_pins

_HEAD: Final = """\
# The hashes of what infra/package.py puts into the deployment package: the pins are those of
# requirements.txt. `make lock` writes it.
"""
_PIN: Final = re.compile(r"^([\w.-]+==\S+)", re.MULTILINE)


def locked_pins(text: str) -> list[str]:
    """The pins that a lock has hashes of, in its order."""
    return _PIN.findall(text)


def locked(uv: str) -> str:
    """The lock for the present pins, as uv finds the hashes in the index."""
    command = [uv, "pip", "compile", "-", "--quiet", "--no-deps", "--universal", "--no-annotate"]
    done = subprocess.run(  # noqa: S603  # the command of requirements-audit.txt
        [*command, "--no-header", "--generate-hashes", "--no-config"],
        input="\n".join(packaged_pins()),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return _HEAD + done.stdout


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.lock", description=__doc__)
    parser.add_argument("uv", help="the command uv")
    text = locked(parser.parse_args().uv)
    LOCK.write_text(text, encoding="utf-8")
    print(f"{LOCK.name}: {len(locked_pins(text))} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())

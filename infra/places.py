"""Where things are in a checkout. What `make` makes is under ``.venv`` and ``.local``."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Everything that is made for this machine only; git does not see it.
LOCAL = ROOT / ".local"
#: MiniStack's own interpreter, see requirements-local.txt.
MINISTACK_PYTHON = LOCAL / "ministack-venv" / "bin" / "python"
#: checkov's own virtual environment has it, see requirements-checkov.txt.
CHECKOV = LOCAL / "checkov-venv" / "bin" / "checkov"
#: The directory of this interpreter's commands (chalice, cfn-lint …).
COMMANDS = Path(sys.executable).parent
#: Where the package lies on Lambda.
LAMBDA_ROOT = "/var/task"

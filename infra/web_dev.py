"""``make web-dev``: the dashboard with hot reload, for the API of a running deployment.

That is the one that `BATON_URL` names, else the one that `make run` has started on this machine.
"""

import argparse
import os
import shutil
import subprocess
import sys

from infra import web
from infra.places import LOCAL
from infra.stack import LocalStack

_PORT = 5173


def _running(port: int) -> str:
    """The address of the deployment that `make run` has started."""
    return LocalStack(LOCAL / "state", port).url


def _sign_in() -> str:
    token = LOCAL / "token"
    if "BATON_URL" in os.environ or not token.is_file():
        return ""
    return f"#token={token.read_text(encoding='utf-8').strip()}"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.web_dev", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="where make run is (4566)")
    given = parser.parse_args()
    if shutil.which("npm") is None:
        print(web.NO_NODE, file=sys.stderr)
        return 1
    url = os.environ.get("BATON_URL") or _running(given.port)
    web.install(print)
    print(f"\n  http://127.0.0.1:{_PORT}/ui{_sign_in()}\n  for {url}\n", flush=True)
    try:
        command = ["npm", "run", "--silent", "dev", "--", f"--port={_PORT}", "--host=127.0.0.1"]
        return subprocess.run(  # noqa: S603  # npm, wherever it is
            command, cwd=web.WEB, env={**os.environ, "BATON_URL": url}, check=False
        ).returncode
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())

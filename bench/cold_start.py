"""From a fresh process to its first request, for each function. Run: python -m bench.cold_start

Each is started from the package, unpacked, as Lambda does it: its module is imported, a client of
DynamoDB made and a first request sent off, to nobody. Beside it the same files as they were packed
before there was byte code, with everything imported whatever the function. Both in turns; what
counts is the least CPU time of several starts, as these machines have other things to do.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from infra import package
from infra.package import Machine

#: Function → its handler, and the module that it was in before.
FUNCTIONS: Final = {
    "tick": ("app.tick", "app"),
    "wake": ("app.wake", "app"),
    "runner": ("app.runner", "app"),
    "daily": ("app.daily", "app"),
    "outgoing": ("app.outgoing", "app"),
    "authorizer": ("chalicelib.api.http.authorizer.handler", "chalicelib.api.http.auth"),
    "api": ("app.app", "app"),
}
START: Final = """
import sys, time
began = time.process_time()
import importlib
importlib.import_module(sys.argv[1])
from chalicelib.store.dynamodb.models import shared_connection
client = shared_connection().client
class Sent(Exception): pass
def sent(**_): raise Sent
client.meta.events.register("before-send.dynamodb", sent)
asked = {"TableName": "t", "Key": {"id": {"S": "1"}}}
try:
    client._make_api_call("GetItem", asked)
except Sent:
    print((time.process_time() - began) * 1000)
"""


def measure(starts: int) -> tuple[dict[str, dict[str, float]], float]:
    """Function → the least milliseconds of CPU, `after` and `before`, and their `ratio`.

    Besides how many kilobytes the package has that they were measured on.
    """
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as temporary:
        directory = Path(temporary)
        made = package.build(directory / "package", Machine.here())
        now, before = directory / "now", directory / "before"
        for target in (now, before):
            with zipfile.ZipFile(made.code) as archive:
                archive.extractall(target)
        _as_before(before)
        times = {
            name: _compare(handlers, now, before, starts) for name, handlers in FUNCTIONS.items()
        }
        return times, made.code.stat().st_size / 1024


def _as_before(unpacked: Path) -> None:
    """Take away what makes starts quicker: byte code, and AWS's models cut to what is called."""
    for caches in sorted(unpacked.rglob("__pycache__")):
        shutil.rmtree(caches)
    shutil.rmtree(unpacked / "chalicelib" / "aws_models")


def _compare(handlers: tuple[str, str], now: Path, before: Path, starts: int) -> dict[str, float]:
    handler, earlier_module = handlers
    module = handler.rpartition(".")[0]
    pairs = [
        (_start(module, now, handler), _start(earlier_module, before, "")) for _ in range(starts)
    ]
    after, earlier = (min(times) for times in zip(*pairs, strict=True))
    return {"after": round(after), "before": round(earlier), "ratio": round(after / earlier, 2)}


def _start(module: str, unpacked: Path, variable: str) -> float:
    """The milliseconds of CPU that one start takes; `variable` is the value of `_HANDLER`."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(unpacked),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "us-east-1",
        "_HANDLER": variable,
    }
    done = subprocess.run(  # noqa: S603  # this Python
        [sys.executable, "-c", START, module],
        cwd=unpacked,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.cold_start", description=__doc__)
    parser.add_argument("--starts", type=int, default=7, help="of each function, each way (7)")
    parser.add_argument("--json", action="store_true", help="as JSON")
    given = parser.parse_args()
    measured, _ = measure(given.starts)
    if given.json:
        print(json.dumps(measured))
        return
    print(f"{'function':12} {'ms':>6} {'before':>7} {'ratio':>6}")
    for name, times in measured.items():
        print(f"{name:12} {times['after']:6.0f} {times['before']:7.0f} {times['ratio']:6.2f}")


if __name__ == "__main__":
    main()

"""All measurements, one after the other, into a file of JSON: `make bench`, within 15 minutes.

Each is also a program of its own (`python -m bench.storm`).
"""

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from bench import api, claims, cold_start, costs, next_fire, on_time, passes, quick, runs, storm
from bench.deployment import as_text
from infra.places import ROOT

STARTS: Final = 3


def _cold_starts() -> dict[str, Any]:
    times, kib = cold_start.measure(STARTS)
    return {"functions": times, "zip_kib": round(kib)}


def _idle() -> dict[str, Any]:
    month = costs.month(0)
    dollars = costs.dollars(month)
    return {
        "dollars": {name: round(each, 3) for name, each in dollars.items() if each},
        "in_all": round(sum(dollars.values()), 2),
        "alone_in_its_account": round(costs.with_allowances(month), 2),
    }


def _next_fire() -> dict[str, Any]:
    return {
        "times": next_fire.measure(),
        "disagreements": next_fire.disagreements(),
        "slower": next_fire.slower(),
    }


PARTS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "counts": quick.counts,
    "cold start": _cold_starts,
    "next fire time": _next_fire,
    "on time": on_time.everything,
    "run": runs.everything,
    "memory": lambda: {"functions": runs.memories()},
    "idle": _idle,
    "pass": passes.everything,
    "claims": claims.everything,
    "api": api.everything,
    "storm": storm.everything,
}


def machine() -> dict[str, str]:
    """What it was measured on."""
    packages = {name: version(name) for name in ("botocore", "pynamodb", "croniter", "cronsim")}
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "code": _date(),
        **packages,
    }


def _date() -> str:
    """The day of the latest commit."""
    asked = ["git", "log", "-1", "--format=%cs"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.everything", description=__doc__)
    parser.add_argument("file", type=Path, help="where the JSON goes")
    parser.add_argument("--only", nargs="*", choices=list(PARTS), help="these parts alone, anew")
    given = parser.parse_args()
    found = json.loads(given.file.read_text(encoding="utf-8")) if given.only else {}
    found["machine"] = machine()
    for name in given.only or PARTS:
        began = time.monotonic()
        print(f"{name} …", file=sys.stderr, end=" ", flush=True)
        found[name] = PARTS[name]()
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
        given.file.parent.mkdir(parents=True, exist_ok=True)
        given.file.write_text(as_text(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

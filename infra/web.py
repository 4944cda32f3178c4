"""The dashboard's build: `web/` becomes `web/dist`, which `infra/package.py` puts into the package.

A build is made when something it is made of has changed. Without Node it is left out, and that is
said.
Usage::

    python -m infra.web           # build if needed
    python -m infra.web --checks  # types, lint, tests, build, budgets: `make web`
    python -m infra.web --types   # what the API's types are made of, and the types
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from infra import openapi
from infra.places import ROOT

WEB: Final = ROOT / "web"
DIST: Final = WEB / "dist"
NO_NODE: Final = (
    "Node is not installed (or npm is not), so the dashboard is left out; the API works without it."
    " Node 20.19 or newer builds it: https://nodejs.org."
)
#: Says what a build was made of. Names that begin with a dot are not packaged.
_MADE_OF: Final = DIST / ".made-of"
_INSTALLED: Final = WEB / "node_modules" / ".installed-from"
#: What a build is made of, besides all that is in `src`.
_FILES: Final = ("index.html", "package-lock.json", "tsconfig.json", "vite.config.ts")
#: What `make web` asks of it, in the order in which it says most.
_CHECKS: Final = ("api-types-check", "types", "lint", "test", "build", "budgets")

Say = Callable[[str], None]


class WebError(Exception):
    """The dashboard could not be built, or a check of it failed."""


def ensure_built(say: Say) -> bool:
    """Build it if anything it is made of has changed. False: there is no Node, and no build.

    Raises:
        WebError: npm failed; it says what npm said.
    """
    wanted = _fingerprint(_sources())
    if _text(_MADE_OF) == wanted:
        return True
    if shutil.which("npm") is None:
        say(NO_NODE)
        # A build of other sources would talk to another API than the one beside it.
        shutil.rmtree(DIST, ignore_errors=True)
        return False
    say("building the dashboard")
    install(say)
    _npm(["run", "build"], quiet=True)
    _MADE_OF.write_text(wanted, encoding="utf-8")
    return True


def install(say: Say) -> None:
    """Install what package-lock.json names, if that was not done yet."""
    wanted = _fingerprint([WEB / "package-lock.json"])
    if _text(_INSTALLED) == wanted:
        return
    say("installing what the dashboard is built with (npm ci; a minute or so, once)")
    _npm(["ci", "--ignore-scripts"], quiet=True)
    _INSTALLED.write_text(wanted, encoding="utf-8")


def check() -> None:
    """Everything that `make web` checks. Raises `WebError` at the first that fails."""
    install(print)
    if openapi.outdated():
        raise WebError(openapi.OUTDATED)
    for script in _CHECKS:
        _npm(["run", "--silent", script], quiet=False)
    _MADE_OF.write_text(_fingerprint(_sources()), encoding="utf-8")


def _sources() -> list[Path]:
    found = [path for path in (WEB / "src").rglob("*") if path.is_file()]
    return sorted(found) + [WEB / name for name in _FILES]


def _fingerprint(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(WEB)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _npm(arguments: list[str], *, quiet: bool) -> None:
    done = subprocess.run(  # noqa: S603  # npm, wherever it is
        ["npm", *arguments],  # noqa: S607
        cwd=WEB,
        capture_output=quiet,
        text=True,
        check=False,
    )
    if done.returncode:
        said = f"\n{done.stdout}{done.stderr}" if quiet else ""
        raise WebError(f"npm {' '.join(arguments)} failed.{said}")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.web", description=__doc__)
    parser.add_argument("--checks", action="store_true", help="check it, and build it")
    parser.add_argument("--types", action="store_true", help="write the types of the API")
    given = parser.parse_args()
    if shutil.which("npm") is None:
        print(NO_NODE, file=sys.stderr)
        return 1
    try:
        if given.types:
            openapi.write()
            install(print)
            _npm(["run", "--silent", "api-types"], quiet=False)
        elif given.checks:
            check()
        else:
            ensure_built(print)
    except WebError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

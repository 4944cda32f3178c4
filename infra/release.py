"""Whether version, changelog and tag of a release say the same: ``python -m infra.release``."""

import re
import subprocess
import sys
import tomllib
from typing import Final

from infra.places import ROOT

UNRELEASED: Final = "Unreleased"
_HEADING: Final = re.compile(r"^## (.+)$", re.MULTILINE)
_RELEASED: Final = re.compile(r"(\d+\.\d+\.\d+) \(\d{4}-\d\d-\d\d\)")
_TAG: Final = re.compile(r"v\d+\.\d+\.\d+")


def version() -> str:
    """The version of the code that is there, as pyproject.toml has it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def changelog() -> str:
    """The changelog."""
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def tags() -> list[str]:
    """The tags of releases on the commit that is checked out; none outside of a repository."""
    done = subprocess.run(
        ["git", "tag", "--points-at", "HEAD"],  # noqa: S607  # wherever git is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return [tag for tag in done.stdout.split() if _TAG.fullmatch(tag)]


def faults(version: str, changelog: str, tags: list[str]) -> list[str]:
    """A sentence for each thing in which version, changelog and tags do not agree.

    Before the first release the changelog has nothing but what is unreleased. On the commit of a
    release, which has its tag, nothing is unreleased.
    """
    headings = _HEADING.findall(changelog)
    found = [
        f"CHANGELOG.md: “{each}” is neither “{UNRELEASED}” nor “1.2.3 (2026-01-31)”."
        for each in headings
        if each != UNRELEASED and not _RELEASED.fullmatch(each)
    ]
    released = [match[1] for each in headings if (match := _RELEASED.fullmatch(each))]
    if released and released[0] != version:
        found.append(f"The newest release in CHANGELOG.md is {released[0]}; this is {version}.")
    if released != sorted(released, key=_order, reverse=True):
        found.append("CHANGELOG.md has its releases out of order.")
    for tag in tags:
        if tag != f"v{version}":
            found.append(f"The tag is {tag}; this is {version}.")
        if not released:
            found.append(f"The tag is {tag}, and CHANGELOG.md has no release.")
        if _unreleased(changelog):
            found.append(f"The tag is {tag}, and CHANGELOG.md has what is unreleased.")
    return found


def _order(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def _unreleased(text: str) -> str:
    """The changelog's text under the heading for what is unreleased."""
    _, _, after = text.partition(f"## {UNRELEASED}\n")
    return after.partition("\n## ")[0].strip()


def main() -> int:
    """The command line."""
    found = faults(version(), changelog(), tags())
    print("\n".join(found) or f"Baton {version()}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

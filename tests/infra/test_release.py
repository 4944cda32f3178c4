"""Version, changelog and tag say the same; so do the items that are kept of each release."""

from typing import Final

import pytest

from infra import release
from infra.places import ROOT

WORK: Final = "# Changelog\n\n## Unreleased\n\n- More.\n"
DONE: Final = (
    "# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-12-01)\n\n- A.\n\n## 0.1.0 (2026-11-26)\n"
)


def test_this_checkout_agrees() -> None:
    assert release.faults(release.version(), release.changelog(), release.tags()) == []


def test_what_this_version_stores_is_kept() -> None:
    assert (ROOT / "tests" / "releases" / release.version()).is_dir()


@pytest.mark.parametrize(
    ("version", "changelog", "tags"),
    [
        ("0.1.0", WORK, []),
        ("0.2.0", DONE, []),
        ("0.2.0", DONE, ["v0.2.0"]),
        ("0.2.0", DONE.replace("## Unreleased", "## Unreleased\n\n- Next."), []),
    ],
    ids=["before the first", "after one", "on its tag", "at work on the next"],
)
def test_what_agrees_passes(version: str, changelog: str, tags: list[str]) -> None:
    assert release.faults(version, changelog, tags) == []


@pytest.mark.parametrize(
    ("version", "changelog", "tags", "wrong"),
    [
        ("0.3.0", DONE, [], "The newest release in CHANGELOG.md is 0.2.0; this is 0.3.0."),
        ("0.2.0", DONE, ["v0.3.0"], "The tag is v0.3.0; this is 0.2.0."),
        ("0.1.0", WORK, ["v0.1.0"], "The tag is v0.1.0, and CHANGELOG.md has no release."),
        (
            "0.2.0",
            DONE.replace("## Unreleased", "## Unreleased\n\n- Next."),
            ["v0.2.0"],
            "The tag is v0.2.0, and CHANGELOG.md has what is unreleased.",
        ),
        (
            "0.2.0",
            DONE.replace("(2026-12-01)", ""),
            [],
            "CHANGELOG.md: “0.2.0 ” is neither “Unreleased” nor “1.2.3 (2026-01-31)”.",
        ),
        (
            "0.2.0",
            DONE.replace("0.1.0", "0.10.0"),
            [],
            "CHANGELOG.md has its releases out of order.",
        ),
    ],
)
def test_what_disagrees_is_told(version: str, changelog: str, tags: list[str], wrong: str) -> None:
    assert wrong in release.faults(version, changelog, tags)

"""Every link in the documents leads to a file, and to a heading where it names one."""

import re
from pathlib import Path

import pytest

from infra.places import ROOT

FRONT = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
PAGES = [*FRONT, *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`[^`\n]*`")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
ELSEWHERE = ("http://", "https://", "mailto:")


def broken_links(text: str, page: Path) -> list[str]:
    """The relative links of a page's text that lead nowhere."""
    prose = INLINE.sub("", FENCED.sub("", text))
    links = [link for link in LINK.findall(prose) if not link.startswith(ELSEWHERE)]
    return [link for link in links if not leads_somewhere(link, page)]


def leads_somewhere(link: str, page: Path) -> bool:
    """Whether a link from that page names a file that exists, and a heading that it has."""
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    if not anchor:
        return target.exists()
    return target.is_file() and anchor in anchors(target.read_text(encoding="utf-8"))


def anchors(text: str) -> set[str]:
    """What the page's headings are called in links, by GitHub's rules."""
    headings = HEADING.findall(FENCED.sub("", text))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert broken_links(page.read_text(encoding="utf-8"), page) == []


@pytest.mark.parametrize(
    "link",
    [
        "docs/README.md",
        "docs/decisions",
        "CONTRIBUTING.md#tests",
        "#how-it-works",
        "https://example.com/nowhere.md",
    ],
)
def test_a_link_that_leads_somewhere_passes(link: str) -> None:
    assert broken_links(f"See [this]({link}).", ROOT / "README.md") == []


@pytest.mark.parametrize(
    "link",
    [
        "docs/READNE.md",
        "docs/no-such-folder/README.md",
        "CONTRIBUTING.md#test",
        "#how-it-worked",
        "docs/decisions#decisions",
    ],
)
def test_a_link_that_leads_nowhere_is_found(link: str) -> None:
    assert broken_links(f"See [this]({link}).", ROOT / "README.md") == [link]


def test_a_link_inside_code_is_none() -> None:
    text = "`[a](nowhere.md)`\n\n```\n[b](nowhere.md)\n```\n"
    assert broken_links(text, ROOT / "README.md") == []


def test_every_page_is_listed_in_the_index_of_its_folder() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    decisions = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    listed = set(LINK.findall(index)) | {f"decisions/{link}" for link in LINK.findall(decisions)}
    pages = {
        str(page.relative_to(ROOT / "docs")) for page in PAGES if ROOT / "docs" in page.parents
    }
    assert pages - {"README.md"} - listed == set()

"""The dashboard's build: when it is made, of what, and what is said where it cannot be."""

import json
from pathlib import Path

import pytest

from infra import openapi, web
from infra.places import ROOT


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own, whose build is done as soon as npm is asked."""
    directory = tmp_path / "web"
    (directory / "src").mkdir(parents=True)
    for name in ("index.html", "package-lock.json", "tsconfig.json", "vite.config.ts"):
        (directory / name).write_text(name, encoding="utf-8")
    (directory / "src" / "main.tsx").write_text("1", encoding="utf-8")
    commands = tmp_path / "bin"
    commands.mkdir()
    npm = commands / "npm"
    npm.write_text('#!/bin/sh\necho "$@" >> asked\nmkdir -p dist node_modules\n', encoding="utf-8")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}:/usr/bin:/bin")
    monkeypatch.setattr(web, "WEB", directory)
    monkeypatch.setattr(web, "DIST", directory / "dist")
    monkeypatch.setattr(web, "_MADE_OF", directory / "dist" / ".made-of")
    monkeypatch.setattr(web, "_INSTALLED", directory / "node_modules" / ".installed-from")
    return directory


def asked(checkout: Path) -> list[str]:
    """What npm was asked for since the last look."""
    file = checkout / "asked"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return lines


def test_it_is_built_once_and_again_when_a_source_changes(checkout: Path) -> None:
    said: list[str] = []
    assert web.ensure_built(said.append)
    assert asked(checkout) == ["ci --ignore-scripts", "run build"]
    assert "building the dashboard" in said
    assert web.ensure_built(said.append)
    assert asked(checkout) == []
    (checkout / "src" / "main.tsx").write_text("2", encoding="utf-8")
    assert web.ensure_built(said.append)
    assert asked(checkout) == ["run build"]
    (checkout / "package-lock.json").write_text("another", encoding="utf-8")
    assert web.ensure_built(said.append)
    assert asked(checkout) == ["ci --ignore-scripts", "run build"]


def test_without_node_that_is_said_and_no_old_build_is_left(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert web.ensure_built(print)
    (checkout / "src" / "main.tsx").write_text("2", encoding="utf-8")
    monkeypatch.setenv("PATH", str(checkout))
    said: list[str] = []
    assert not web.ensure_built(said.append)
    assert said == [web.NO_NODE]
    assert not (checkout / "dist").exists()


def test_a_build_that_fails_says_what_npm_said(checkout: Path) -> None:
    npm = checkout.parent / "bin" / "npm"
    npm.write_text("#!/bin/sh\necho no room >&2\nexit 1\n", encoding="utf-8")
    with pytest.raises(web.WebError, match="no room"):
        web.ensure_built(print)


def test_the_types_are_made_of_the_api_as_it_is() -> None:
    assert not openapi.outdated(), openapi.OUTDATED


def test_nothing_of_the_dashboard_names_a_registry_or_a_machine() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, one in lock["packages"].items() if "resolved" in one] == []
    without = [name for name, one in lock["packages"].items() if name and not one.get("integrity")]
    assert without == []

"""The examples in docs/reference/cli.md work as they are written."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from baton_cli import connection
from tests.api_client import Api
from tests.cli.conftest import Cli

GUIDE = (Path(__file__).parents[2] / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def commands() -> Iterator[tuple[list[str], int]]:
    """Each example's words, and the exit code that its comment names."""
    for line in "".join(blocks("sh")).splitlines():
        code = re.search(r"# exit code (\d)", line)
        yield shlex.split(line, comments=True), int(code[1]) if code else 0


def test_every_example_works_one_after_the_other(cli: Cli, api: Api) -> None:
    path = cli.file(blocks("yaml")[0])
    cli.env["BATON_TOKEN"] = cli.stack.admin
    for (program, *words), expected in commands():
        assert program == "baton"
        run = api.get("/v1/runs?limit=1")["items"]
        places = {"schedules.yaml": path, "$RUN": run[0]["id"] if run else ""}
        cli.naps.meanwhile = [cli.stack.deliver] * 5
        result = cli.run(*(places.get(word, word) for word in words))
        assert result.exit_code == expected, (words, result.output)
        cli.stack.deliver()


def test_every_command_is_in_the_guide(cli: Cli) -> None:
    listed = cli.ok("--help").split("Commands:")[1].split("Exit codes")[0]
    names = re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE)
    assert len(names) > 10
    table = GUIDE.split("## Commands")[1].split("\n\n")[1]
    assert [name for name in names if f"`{name}" not in table] == []


def test_the_profiles_in_the_guide_are_understood(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(blocks("toml")[0])
    (tmp_path / "work.token").write_text("secret\n")
    (tmp_path / "work.token").chmod(0o600)
    found = connection.resolve(None, None, None, config)
    assert (found.url.endswith("/api"), found.token, found.warnings) == (True, "secret", ())

"""Which tests know which module: writes docs/reference/tests.md, as `python -m tests.map`.

It reads import statements and runs nothing.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from infra.places import ROOT

PAGE: Final = ROOT / "docs" / "reference" / "tests.md"
#: So many test files are named for a module: the nearest ones.
MOST_NAMED: Final = 4
_HEAD: Final = """\
# Tests by module

Which test files import a module themselves, the nearest ones first. Of what belongs to a table or a
resource of the API (`…_table`, `…_items`, `…_routes`, `…_schemas`) also those named after it.

The others are listed with the tiers that reach them all the same: the HTTP API tests (`tests/api`,
`tests/audits`, `tests/callbacks`, `tests/cli`) ask the API and let the Lambdas work; the simulation
(`tests/simulation`) runs the engine through histories full of faults.
[CONTRIBUTING](../../CONTRIBUTING.md#tests) describes all tiers.

`python -m tests.map` writes this page from the import statements; a test tells when it is outdated.
"""
#: How the names of modules end whose other words tests have in their names, too.
_PARTS: Final = ("routes", "schemas", "items", "table")
#: Folders of tests about other things than the server's modules.
_ELSEWHERE: Final = ("infra/", "simulation/")
#: It imports whatever is in the package of the jobs.
_DISCOVERY: Final = "chalicelib.jobs.discovery"

#: Where statements have other statements.
_BODIES: Final = ("body", "orelse", "handlers", "finalbody", "cases")

Modules = dict[str, Path]


def page(root: Path = ROOT) -> str:
    """The page as it should be."""
    modules = modules_of(root)
    tests = tests_of(root, modules)
    simulation = sorted((root / "tests" / "simulation").glob("*.py"))
    tiers = {
        "HTTP API tests": closure([root / "app.py"], modules),
        "simulation": closure(simulation, modules, without="chalicelib.api"),
    }
    parts, layer = [_HEAD], ""
    for name, path in modules.items():
        if name.split(".")[1] != layer:
            layer = name.split(".")[1]
            parts.append(f"\n## {layer}\n\n| module | tests |\n| --- | --- |\n")
        reaching = ", ".join(tier for tier, reached in tiers.items() if name in reached)
        listed = _listed(name, tests[name]) or f"only through: {reaching or 'none'}"
        parts.append(f"| `{path.relative_to(root / 'chalicelib')}` | {listed} |\n")
    return "".join(parts)


def modules_of(root: Path) -> Modules:
    """Every module of the server that has more than a docstring, by its dotted name."""
    found = {}
    for path in sorted((root / "chalicelib").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if len(_body(path)) > 1:
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


def tests_of(root: Path, modules: Modules) -> dict[str, list[str]]:
    """Module → the test files that import it or are named after it, as paths below `tests`."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((root / "tests").rglob("test_*.py")):
        test = path.relative_to(root / "tests").as_posix()
        imported = imports_of(path)
        for name in modules:
            if name in imported or _is_named_after(test, name):
                found[name].append(test)
    return found


def closure(paths: Iterable[Path], modules: Modules, without: str = "-") -> set[str]:
    """The modules that these files import, and those import, and so on; not through `without`."""
    found: set[str] = set()
    left = list(paths)
    while left:
        new = set(imports_of(left.pop()) & set(modules)) - found
        if _DISCOVERY in new:
            new |= {name for name in modules if name.startswith("chalicelib.jobs.")}
        new = {name for name in new if not name.startswith(without)}
        found |= new
        left += [modules[name] for name in new]
    return found


@cache
def imports_of(path: Path) -> frozenset[str]:
    """The dotted names that a file imports; of `from a import b` both `a` and `a.b`."""
    return frozenset(_imports(_body(path)))


@cache
def _body(path: Path) -> list[ast.stmt]:
    return ast.parse(path.read_text(encoding="utf-8")).body


def _imports(body: Iterable[ast.AST]) -> Iterator[str]:
    """The names imported by these statements, and by those inside of them."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
        for part in _BODIES:
            yield from _imports(getattr(node, part, []))


def _listed(module: str, tests: list[str]) -> str:
    words = _words(module)
    nearest = sorted(tests, key=lambda test: (-len(words & _words(test)), test))
    more = " and more" if len(tests) > MOST_NAMED else ""
    return ", ".join(f"`{test}`" for test in nearest[:MOST_NAMED]) + more


def _is_named_after(test: str, module: str) -> bool:
    """Whether a test has all words of a name such as `audit_routes`, but for what part it is."""
    subject, _, part = module.rsplit(".", 1)[1].rpartition("_")
    is_of_ours = part in _PARTS and not test.startswith(_ELSEWHERE)
    return is_of_ours and _words(subject) <= _words(test)


@cache
def _words(name: str) -> frozenset[str]:
    """The words of a module's or test's name, each without a plural's s."""
    words = re.split(r"[\W_]+", name.removesuffix(".py"))
    return frozenset(word.removesuffix("s") for word in words)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

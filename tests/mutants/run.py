"""Change the code in one place at a time and see whether a test notices: `make mutants`.

mutmut makes the mutants of `domain`, `store` and `engine` and finds out which tests reach which
function. Here they are drawn, run in a copy under `.local`, timed, counted and shown. Each runs in
a fork of its own, the nearest tests first, until one fails. Mutants that were reviewed and change
nothing are in `equivalent.toml` and do not count.
"""

import argparse
import math
import os
import random
import resource
import shutil
import signal
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
COPY: Final = ROOT / ".local" / "mutants"
COPIED: Final = ("app.py", "chalicelib", "infra", "tests", ".chalice", "pyproject.toml")
EQUIVALENT: Final = Path(__file__).with_name("equivalent.toml")
_AROUND: Final = ("tests/audits", "tests/callbacks", "tests/auth", "tests/api")
#: Where a mutant's tests are, the nearest first.
TIERS: Final = {
    "domain": ("tests/domain", "tests/engine", *_AROUND),
    "store": ("tests/store", "tests/engine", *_AROUND),
    "engine": ("tests/engine", *_AROUND),
}
MOST_BYTES: Final = 3 * 1024**3
POLL_SECONDS: Final = 0.02
WATCHED_SECONDS: Final = 300
OUTPUTS: Final = (1, 2)
DECIDED: Final = ("killed", "timeout", "survived")

Key = tuple[str, str, str]


def main() -> int:
    options = _options()
    _enter_a_copy()
    names = [name for name in _make_mutants() if name.startswith(options.only)]
    drawn = names
    if 0 < options.sample < len(names):
        drawn = random.Random(options.seed).sample(names, options.sample)
    print(f"{len(names)} mutants, {len(drawn)} of them to run; looking which tests reach what …")
    reached, seconds = _tests_by_function()
    equivalent = {
        (entry["in"], entry["was"], entry["is"])
        for entry in tomllib.loads(EQUIVALENT.read_text()).get("equivalent", [])
    }
    counts: Counter[tuple[str, str]] = Counter()
    survivors: list[str] = []
    started = time.monotonic()
    for done, name in enumerate(drawn):
        package = _package(name)
        tests = _in_order(package, reached.get(_function(name), set()), seconds)
        verdict = _run(name, tests, 20 + 4 * sum(seconds[test] for test in tests or seconds))
        if verdict == "survived" and _key(name) in equivalent:
            verdict = "equivalent"
        counts[package, verdict] += 1
        if verdict == "survived":
            survivors.append(_shown(name, len(tests)))
            print(f"\r{survivors[-1]}")
        _show_progress(done + 1, len(drawn), time.monotonic() - started, len(survivors))
    print("\n")
    return _report(counts, options.threshold)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Mutation testing.")
    parser.add_argument("--sample", type=int, default=300, help="how many mutants; 0 is all")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--only", default="", help="those whose name begins so")
    parser.add_argument("--threshold", type=float, default=90, help="least percentage killed")
    return parser.parse_args()


# Making them


def _enter_a_copy() -> None:
    """The checkout itself is never touched."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, COPY / name)
    os.chdir(COPY)
    os.environ["BATON_TESTS_ENGINE"] = "memory"
    os.environ["PY_IGNORE_IMPORTMISMATCH"] = "1"


def _make_mutants() -> list[str]:
    from mutmut.__main__ import create_mutants
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.utils.file_utils import (
        copy_also_copy_files,
        copy_src_dir,
        setup_source_paths,
        walk_mutatable_files,
    )

    Path("mutants").mkdir()
    with _silence():
        copy_src_dir()
        copy_also_copy_files()
        setup_source_paths()
        create_mutants(1)
    names: list[str] = []
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        names += data.exit_code_by_key
    return sorted(names)


# Which tests reach what


def _tests_by_function() -> tuple[dict[str, set[str]], dict[str, float]]:
    """Test ids by function, and how long each takes; an unchanged copy passes them all."""
    from mutmut.mutation.trampoline import set_mutant_under_test
    from mutmut.runners.harness import PytestRunner
    from mutmut.workers.isolation import run_in_fork_with_result

    set_mutant_under_test("")
    with _silence():
        PytestRunner().warm_up()
        failure, reached, seconds = run_in_fork_with_result(_watch_the_tests)
    if failure:
        folders = " ".join(sorted({folder for tier in TIERS.values() for folder in tier}))
        sys.exit(
            f"A test fails on the unchanged code: {failure}\n"
            f"See BATON_TESTS_ENGINE=memory pytest {folders}"
        )
    return reached, seconds


def _watch_the_tests() -> tuple[str, dict[str, set[str]], dict[str, float]]:
    """In a fork, so that nothing that tests leave behind hides a mutant afterwards."""
    import pytest
    from mutmut.configuration import config
    from mutmut.mutation.trampoline import set_mutant_under_test
    from mutmut.state import state

    set_mutant_under_test("stats")
    reached: dict[str, set[str]] = {}
    seconds: Counter[str] = Counter()
    failures: list[str] = []
    caches = [
        value
        for name, module in list(sys.modules.items())
        if name.startswith("chalicelib.domain")
        for value in vars(module).values()
        if hasattr(value, "cache_clear")
    ]

    class Watch:
        def pytest_runtest_teardown(self, item: pytest.Item) -> None:
            for function in state()._stats:
                reached.setdefault(function, set()).add(item.nodeid)
            state()._stats.clear()
            for cached in caches:  # or only the first test would reach what is behind it
                cached.cache_clear()

        def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> None:
            seconds[item.nodeid] += call.duration

        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed:
                failures.append(f"{report.nodeid}\n{report.longreprtext[-1000:]}")

    os.chdir("mutants")
    # Watched, tests take several times as long as mutants' do.
    patience = f"--timeout={WATCHED_SECONDS}"
    arguments = ["-x", "-q", "--rootdir=.", *config().pytest_add_cli_args, patience]
    folders = config().pytest_add_cli_args_test_selection
    code = pytest.main([*arguments, *folders], plugins=[Watch()])
    failure = "\n".join(failures) or (f"pytest ended with {int(code)}" if code else "")
    return failure, reached, dict(seconds)


def _in_order(package: str, tests: set[str], seconds: dict[str, float]) -> list[str]:
    tiers = TIERS[package]

    def place(test: str) -> tuple[int, float]:
        folder = "/".join(test.split("/")[:2])
        return (tiers.index(folder) if folder in tiers else len(tiers), seconds[test])

    return sorted(tests, key=place)


# Running one


def _run(name: str, tests: list[str], most_seconds: float) -> str:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _be_the_mutant(name, tests, most_seconds)
    ends_at = time.monotonic() + most_seconds
    try:
        while time.monotonic() < ends_at:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return "survived" if status == 0 else "killed"
            time.sleep(POLL_SECONDS)  # noqa: TID251  # a process is waited for, not a clock
    except KeyboardInterrupt:
        _end(child)
        raise
    _end(child)
    return "timeout"


def _end(child: int) -> None:
    """It was not waited for yet, so its number is still its own."""
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _be_the_mutant(name: str, tests: list[str], most_seconds: float) -> None:
    code = 1
    try:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        most = math.ceil(most_seconds)  # should the parent not be there any more to end it
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        _say_nothing()
        from mutmut.configuration import config
        from mutmut.mutation.trampoline import set_mutant_under_test
        from mutmut.runners.harness import PytestRunner

        set_mutant_under_test(name)
        if not tests:  # of use at import only, if at all: needs an interpreter of its own
            os.chdir("mutants")
            command = [sys.executable, "-m", "pytest", "-x", "-q", *config().pytest_add_cli_args]
            os.execv(sys.executable, command + list(TIERS[_package(name)]))  # noqa: S606
        code = PytestRunner().run_tests(mutant_name=name, tests=tests)
    finally:
        os._exit(code)


# Telling


def _package(name: str) -> str:
    return name.split(".")[1]


def _function(name: str) -> str:
    return name.partition("__mutmut_")[0]


@cache
def _changed_lines(name: str) -> tuple[str, list[str], list[str]]:
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    lines = get_diff_for_mutant(name).splitlines()[2:]
    where = _function(name).replace("x_", "", 1).replace("xǁ", "", 1).replace("ǁ", ".")
    was = [line[1:].strip() for line in lines if line.startswith("-")]
    become = [line[1:].strip() for line in lines if line.startswith("+")]
    return where, was, become


def _key(name: str) -> Key:
    where, was, become = _changed_lines(name)
    return where, "\n".join(was), "\n".join(become)


def _shown(name: str, tests: int) -> str:
    where, was, become = _changed_lines(name)
    lines = [f"survived {tests} tests: {where}"]
    return "\n".join(lines + [f"  - {line}" for line in was] + [f"  + {line}" for line in become])


def _show_progress(done: int, of: int, seconds: float, survivors: int) -> None:
    left = seconds / done * (of - done)
    line = f"{done}/{of}, {survivors} survived, about {left / 60:.0f} min left"
    print(f"\r{line:60}" if sys.stdout.isatty() else line, end="" if sys.stdout.isatty() else "\n")


def _report(counts: Counter[tuple[str, str]], threshold: float) -> int:
    total: Counter[str] = Counter()
    print(f"{'':8}{'killed':>8}{'timeout':>9}{'survived':>10}{'equivalent':>12}{'':4}killed of all")
    for package in TIERS:
        row = {verdict: counts[package, verdict] for verdict in (*DECIDED, "equivalent")}
        total.update(row)
        _print_row(package, row)
    _print_row("all", total)
    return 0 if _percentage(total) >= threshold else 1


def _print_row(name: str, row: dict[str, int]) -> None:
    print(
        f"{name:8}{row['killed']:8}{row['timeout']:9}{row['survived']:10}{row['equivalent']:12}"
        f"{_percentage(row):12.1f} %"
    )


def _percentage(row: dict[str, int]) -> float:
    decided = sum(row[verdict] for verdict in DECIDED)
    return 100 * (row["killed"] + row["timeout"]) / decided if decided else 100.0


@contextmanager
def _silence() -> Iterator[None]:
    """What mutmut and pytest print is of no use here."""
    sys.stdout.flush()
    kept = [os.dup(stream) for stream in OUTPUTS]
    _say_nothing()
    try:
        yield
    finally:
        sys.stdout.flush()
        for stream, before in zip(OUTPUTS, kept, strict=True):
            os.dup2(before, stream)
            os.close(before)


def _say_nothing() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in OUTPUTS:
        os.dup2(nowhere, stream)
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())

"""Writes docs/performance.md from what `make bench` has measured. Run: python -m bench.page"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from bench import claims, next_fire
from infra.places import ROOT

MEASURED: Final = Path(__file__).with_name("measured.json")
PAGE: Final = ROOT / "docs" / "performance.md"

_TEXT: Final = Path(__file__).with_suffix(".template")


_ON_TIME: Final = {
    "warm": "late, functions at hand",
    "cold": "late, functions begun anew",
    "hand-over": "the one slot is free between two runs",
}


def page(measured: Mapping[str, Any]) -> str:
    """The page as it should be."""
    storm, cold = measured["storm"], measured["cold start"]
    model, largest = storm["model"], storm["storms"][-1]
    run = measured["run"]["function or HTTP, 2 s"]
    disagreements = measured["next fire time"]["disagreements"]
    return _TEXT.read_text(encoding="utf-8").format(
        machine=measured["machine"],
        socket=0.15,
        call=model["request_seconds"] * 1000,
        share=model["share_of_a_core"],
        longer=1 / model["share_of_a_core"],
        cold=_table(
            ("function", "ms", "before", "ratio"),
            (
                (name, f"{each['after']:.0f}", f"{each['before']:.0f}", f"{each['ratio']:.2f}")
                for name, each in cold["functions"].items()
            ),
        ),
        zip_kib=cold["zip_kib"],
        on_time=_table(
            ("", "of", "p50 ms", "p90", "p99", "worst"),
            (
                (
                    _ON_TIME[name],
                    each["count"],
                    *(each[f"{part}_ms"] for part in ("p50", "p90", "p99", "worst")),
                )
                for name, each in measured["on time"]["rows"].items()
            ),
        ),
        load=measured["on time"]["load"],
        processors=measured["on time"]["processors"],
        memory=_table(
            ("function", "MB", "ms at work", "$ a million"),
            (
                (each["function"], each["mb"], each["at_work_ms"], f"{each['usd_per_million']:.2f}")
                for each in measured["memory"]["functions"]
            ),
        ),
        passes=_passes(measured["pass"]["ticks"]),
        fat=4000,
        fat_mb=measured["pass"]["tick_peak_mb_4000_fat"],
        runs=_runs(measured["run"]),
        million=", ".join(f"{name} {each:.2f}" for name, each in run["usd_per_million"].items()),
        idle=measured["idle"]["alone_in_its_account"],
        claims=_claims(measured["claims"]["claim"]),
        drains=_drains(measured["claims"]["drain"]),
        together=_table(
            ("of", "requests apart", "write units", "alone", "ratio", "busy at once", "then"),
            (
                (
                    each["kind"],
                    each["spread"] if each["spread"] > 1 else "in step",
                    each["write_units_per_run"],
                    f"{each['write_units_alone']:g}",
                    f"{each['ratio']:.2f}",
                    each["slots_busy_after"],
                    each["slots_busy_after_those"],
                )
                for each in measured["claims"]["together"]
            ),
        ),
        tenants=largest["tenants"],
        storms=_storms(storm["storms"]),
        most=largest["schedules"],
        partitions=_table(
            ("table, index", "partition", "write units", "seconds at the limit"),
            (
                (each["partition"], each["key"], f"{each['units']:,}", each["seconds_at_its_limit"])
                for each in largest["partitions"]
                if each["seconds_at_its_limit"] >= 1
            ),
        ),
        sweep_cpu=storm["cpu"]["schedule_ms"],
        pressure_before=2.0,
        started=storm["memory"]["started_mb"],
        sweep_mb=storm["memory"]["sweep_mb_at_most"],
        meanwhile=storm["a_wake_meanwhile"],
        busy=_busy(storm["capacity_500"]),
        bursts=_table(
            ("due", "free slots", "modelled s"),
            ((each["due"], each["capacity"], each["modelled_seconds"]) for each in storm["bursts"]),
        ),
        expressions=len(next_fire.EXPRESSIONS),
        slower=len(measured["next fire time"]["slower"]) or "none",
        questions=len(next_fire.EXPRESSIONS) * len(next_fire.ZONES),
        but=_but(disagreements),
        next_fire=_table(
            ("", "median µs", "slowest expression µs"),
            (
                (_ASKED.get(who, who), each["median_us"], each["worst_us"])
                for who, each in measured["next fire time"]["times"].items()
            ),
        ),
        api=_table(
            ("request", "requests", "CPU ms p50", "p95", "modelled ms p50", "p95"),
            (
                (
                    name,
                    each["requests"],
                    each["cpu_ms_p50"],
                    each["cpu_ms_p95"],
                    each["modelled_ms_p50"],
                    each["modelled_ms_p95"],
                )
                for name, each in measured["api"].items()
            ),
        ),
    )


def _but(disagreements: Iterable[str]) -> str:
    """Whose answers differ, and to what."""
    found = [each.split(": ") for each in disagreements]
    who = ", ".join(sorted({answer.split()[0] for _, answer in found}))
    asked = ", ".join(f"`{expression}`" for expression, _ in found)
    return f", but for those of {who} to {asked}" if found else ""


_ASKED: Final = {"string": "Baton, from a string", "again": "Baton, again"}


def _passes(ticks: Iterable[Mapping[str, Any]]) -> str:
    head = ("due", "schedules", "tenants", "requests", "read units", "write units", "modelled s")
    rows = sorted(ticks, key=lambda each: (each["due"], each["tenants"], each["existing"]))
    return _table(
        head,
        (
            (
                f"{each['due']:,}",
                f"{each['existing']:,}",
                f"{each['tenants']:,}",
                f"{each['requests']:,}",
                f"{each['read_units']:,g}",
                f"{each['write_units']:,g}",
                each["modelled_seconds_of_the_tick"],
            )
            for each in rows
        ),
    )


def _runs(kinds: Mapping[str, Mapping[str, Any]]) -> str:
    head = ("target", "write units", "read units", "SQS", "Lambda s", "log bytes", "$ a million")
    return _table(
        head,
        (
            (
                name,
                f"{each['write_units']:g}",
                f"{each['read_units']:g}",
                each["sqs_requests"],
                each["lambda_seconds"],
                f"{each['log_bytes']:,}",
                f"{each['usd_per_million_in_all']:.2f}",
            )
            for name, each in kinds.items()
        ),
    )


def _claims(found: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        (
            f"{number} waiting, {kind}",
            each["requests"],
            f"{each['read_units']:g}",
            f"{each['write_units']:g}",
        )
        for kind in claims.CROWDS
        for number in ("10", "10,000")
        for each in [found[f"{number} waiting, {kind}"]]
    ]
    return _table(("the free slot, with", "requests", "read units", "write units"), rows)


def _drains(found: Iterable[Mapping[str, Any]]) -> str:
    head = ("waiting", "slots", "of", "requests", "read", "write", "seconds a run", "all of them")
    return _table(
        head,
        (
            (
                f"{each['waiting']:,}",
                each["capacity"],
                each["kind"],
                f"{each['requests_per_run']:g}",
                f"{each['read_units_per_run']:g}",
                f"{each['write_units_per_run']:g}",
                each["seconds_per_run"],
                f"{each['modelled_seconds_for_all']:,.0f} s",
            )
            for each in found
        ),
    )


def _storms(found: Iterable[Mapping[str, Any]]) -> str:
    head = ("due", "requests a schedule", "read", "write", "modelled", "hottest partition")
    return _table(
        head,
        (
            (
                f"{each['schedules']:,}",
                each["requests_per_schedule"],
                each["read_units_per_schedule"],
                each["write_units_per_schedule"],
                f"{each['modelled_seconds']} s",
                f"{each['partition_seconds']} s",
            )
            for each in found
        ),
    )


def _busy(found: Mapping[str, Mapping[str, Any]]) -> str:
    at_once, waited = (found[name]["units_a_second"] for name in ("at once", "after waiting"))
    by_place = [
        {name.split("[")[0]: each for name, each in units.items()} for units in (at_once, waited)
    ]
    places = sorted(set(by_place[0]) | set(by_place[1]))
    rows = [(name, *(units.get(name, "–") for units in by_place)) for name in places]
    return _table(("table, index", "straight into a slot", "half after waiting"), rows)


def _table(head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> str:
    head = list(head)
    return "\n".join(map(_row, [head, ["---"] * len(head), *rows]))


def _row(cells: Iterable[Any]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    """The command line."""
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    PAGE.write_text(page(measured), encoding="utf-8")


if __name__ == "__main__":
    main()

"""The command that runs another while it holds a schedule's slot."""

import os
from collections.abc import Sequence
from typing import Any, Final

import click

import baton
from baton.external import Place
from baton_cli.exits import CliError, Exit, Unreachable, UsageProblem
from baton_cli.names import schedule_id
from baton_cli.options import ID, JSON, SPAN, Command
from baton_cli.session import Session
from baton_cli.show import note
from baton_cli.text import clean

_FIRST_SIGNAL: Final = 128


@click.command("exec", cls=Command)
@click.argument("schedule")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option(
    "--wait/--no-wait",
    help="While no slot is free: wait for one, or end with exit code 4 (--no-wait).",
)
@click.option(
    "--grace",
    type=SPAN,
    default=10,
    help="For how long the command may go on when it is asked to end: 10s, 1m (10s).",
)
@click.option("--payload", type=JSON, help="JSON for this run, or @FILE.")
@click.option("--max-steps", type=click.IntRange(1), help="Its step budget.")
@click.option("--max-tokens", type=click.IntRange(1), help="Its token budget.")
@click.option("--max-cost", type=click.FloatRange(0, min_open=True), help="Its cost budget.")
@click.option("--retry", type=ID, help="An ended run that is done over, from its checkpoint.")
@click.option("--key", help="Idempotency key: whoever comes again with it gets no second run.")
@click.pass_obj
def execute(
    session: Session,
    /,
    *,
    schedule: str,
    command: tuple[str, ...],
    wait: bool,
    grace: int,
    retry: str | None,
    key: str | None,
    **wanted: Any,
) -> None:
    """Run COMMAND here while it holds the slot of SCHEDULE, whose target is external.

    Write `--` before the command. Its output is shown here and in the run's log, its exit code is
    this one's, and nothing of it is at work without the slot: it is ended with this process, with
    its lease, or when Baton says so.
    """
    if os.name != "posix":
        raise UsageProblem("`baton exec` needs a system with process groups: Linux or macOS.")
    from baton_cli.work.signals import Interrupted, Signals

    client = session.client
    place = Place(schedule_id(client, schedule), wanted, waits=wait, key=key, retries=retry)
    with Signals() as signals:

        def sleep(seconds: float) -> None:
            with signals.interrupting():
                session.world.sleeper.sleep(seconds)

        try:
            source = client.take(place, _Waiting(session), sleep)
        except Interrupted as interrupted:
            code = _FIRST_SIGNAL + interrupted.number
            raise click.exceptions.Exit(code) from None
        code = _work(session, source, command, grace, signals)
    raise click.exceptions.Exit(code)


def _work(
    session: Session, source: dict[str, Any], command: Sequence[str], grace: float, signals: Any
) -> int:
    """Do the work, and return the exit code. What goes wrong is told and has a code of its own."""
    from baton_cli.work import held
    from baton_cli.work.signals import Interrupted

    world = session.world
    run = held.begun(source, signals, world.sleeper.sleep, world.transport)
    if not session.json:
        note(f"Run {run.run_id}")
    path = f"/v1/runs/{run.run_id}"
    work = held.Work(command, grace)
    try:
        return held.do(run, work, lambda: session.client.get(path), signals)
    except baton.Stopped as stopped:
        raise CliError(
            f"The run is not this command's any more: {stopped}.", Exit.STOPPED
        ) from None
    except baton.Unreachable as error:
        raise Unreachable(f"The run is left to its lease. {clean(str(error))}") from None
    except baton.Problem as problem:
        raise CliError(clean(str(problem))) from None
    except Interrupted as interrupted:
        note("The run is left to its lease: nobody took its end.")
        return _FIRST_SIGNAL + interrupted.number


class _Waiting:
    """Says who is at work and how long it takes, whenever something of that has changed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._told: tuple[Any, ...] = ()

    def __call__(self, run: Any) -> None:
        if self._session.json:
            return
        try:
            found = self._session.client.get("/v1/slot", {"pool": run["pool"]})
        except CliError:
            return  # The wait goes on; the next look may tell more.
        [pool] = [each for each in found["pools"] if each["name"] == run["pool"]]
        seen = (run["position"], *(each["run_id"] for each in pool["holders"]))
        if seen == self._told:
            return
        self._told = seen
        show = self._session.show
        held = [
            f"{_holder(each)} holds a slot since {show.at(each['since'])}"
            for each in pool["holders"]
        ]
        place = f"— waits, place {run['position'] or 'not known'}"
        note("; ".join([place, *held, *_until(self._session, run)]))


def _holder(holder: dict[str, Any]) -> str:
    name = holder["schedule_name"]
    return f"“{name}”" if name else "another tenant"


def _until(session: Session, run: dict[str, Any]) -> list[str]:
    """When it should start, if that can be said."""
    at = run["expected_start_at"]
    return [] if at is None else [f"should start at {session.show.at(at)}"]

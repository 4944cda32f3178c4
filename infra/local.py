"""``make run``: Baton on this machine, until Ctrl-C.

Everything it keeps is under ``.local``: MiniStack's state, the owner's token, and what says that
the demonstration was set up. A second start goes on with the same data, URL and token; a changed
source is deployed over it.
"""

import argparse
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

from infra import package, web
from infra.follow import Follower
from infra.local_deploy import Change, DeployError
from infra.ministack import MiniStackError
from infra.package import PackageError
from infra.places import COMMANDS, LOCAL
from infra.stack import LocalStack, StackError

_STATE = LOCAL / "state"
_TOKEN = LOCAL / "token"
#: Holds the id of the demonstration schedule; a schedule that was deleted does not come back.
_SEEDED = LOCAL / "seeded"
_LOCK = LOCAL / "lock"
#: The mode of a file that holds a secret.
_OWN_EYES = 0o600

#: ARN patterns of all there may be in the emulator's account.
_OWN_FUNCTIONS = "arn:aws:lambda:*:000000000000:function:*"
_OWN_STATE_MACHINES = "arn:aws:states:*:000000000000:stateMachine:*"

_DEMONSTRATION = {
    "name": "Demonstration drill",
    "cadence": {"type": "cron", "expression": "*/2 * * * *", "timezone": "UTC"},
    "target": {"type": "function", "name": "drill", "params": {"steps": 5, "seconds": 10}},
    # One that Ctrl-C cuts short must not keep the slot for long after the next start.
    "lease_seconds": 30,
}


class Progress:
    """Says what is being done, and for how long it has been going on in all."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, text: str) -> None:
        print(f"{time.monotonic() - self._began:6.1f} s  {text}", flush=True)


def run(port: int, parameters: Mapping[str, str]) -> None:
    """Start, bring up to date, say where it is, and follow the log until interrupted."""
    say = Progress()
    with _alone():
        stack = LocalStack(_STATE, port)
        try:
            say(f"starting MiniStack on {stack.ministack.endpoint}")
            stack.start()
            web.ensure_built(say)
            say("packaging the app with Chalice")
            with package.built(package.Machine.here()) as made:
                change = _bring_up_to_date(stack, made, parameters, say)
            token = _owner_token(stack, say)
            schedule_id = _demonstration(stack, token, say)
            if change is not Change.NONE:
                # MiniStack saves when it stops: even if it is killed from here on, this stays.
                say("saving what was deployed")
                stack.checkpoint()
            say("ready")
            _introduce(stack, schedule_id)
            Follower(stack).follow()
        finally:
            _stop(stack)


def _bring_up_to_date(
    stack: LocalStack, made: package.Package, parameters: Mapping[str, str], say: Progress
) -> Change:
    say("deploying the stack, if anything changed")
    change = stack.deploy(made, parameters)
    say(f"stack {change.value}; waiting for the first answer")
    if change is Change.CREATED:
        # Whatever is remembered belongs to a deployment that is gone.
        _TOKEN.unlink(missing_ok=True)
        _SEEDED.unlink(missing_ok=True)
    stack.wait_until_healthy()
    return change


def _owner_token(stack: LocalStack, say: Progress) -> str:
    """The owner's token: the one of last time if it still opens the door, else a new one."""
    if _TOKEN.exists():
        _TOKEN.chmod(_OWN_EYES)
        token = _TOKEN.read_text(encoding="utf-8").strip()
        if stack.http("GET", "/v1/slot", token=token).status == HTTPStatus.OK:
            return token
    say(f"creating an owner token in {_shown(_TOKEN)}")
    token = stack.issue_token(tenant="default", scopes="owner", name="make run")
    keep_secret(_TOKEN, token)
    return token


def keep_secret(path: Path, text: str) -> None:
    """Write the text into a file that nobody else can read, at no moment."""
    path.unlink(missing_ok=True)
    path.touch(mode=_OWN_EYES, exist_ok=False)
    path.chmod(_OWN_EYES)
    path.write_text(text + "\n", encoding="utf-8")


def _demonstration(stack: LocalStack, token: str, say: Progress) -> str:
    """The id of the schedule that shows Baton at work; created once in a deployment's life."""
    if _SEEDED.exists():
        return _SEEDED.read_text(encoding="utf-8").strip()
    say(f"creating the schedule “{_DEMONSTRATION['name']}”")
    answer = stack.http("POST", "/v1/schedules", _DEMONSTRATION, token=token)
    if answer.status != HTTPStatus.CREATED:
        raise StackError(f"It was refused with {answer.status}: {answer.body.decode()}")
    schedule_id = str(answer.json["schedule"]["id"])
    _SEEDED.write_text(schedule_id + "\n", encoding="utf-8")
    return schedule_id


def _introduce(stack: LocalStack, schedule_id: str) -> None:
    baton = _shown(COMMANDS / "baton")
    print(
        f"""
{_dashboard(stack)}
  URL    {stack.url}
  Token  {_TOKEN.read_text(encoding="utf-8").strip()}
         (also in {_shown(_TOKEN)}; owner of this deployment, tenant default)

  Try, in another terminal:
    export BATON_URL={stack.url} BATON_TOKEN="$(cat {_shown(_TOKEN)})"
    what runs now       {baton} slot
    run the drill now   {baton} run-now {schedule_id} --wait
    what has run        {baton} runs list --limit 5
    the same by HTTP    curl -s -H "Authorization: Bearer $BATON_TOKEN" "$BATON_URL/v1/runs?limit=5"

  Ctrl-C stops everything. What Baton says from here on:
""",
        flush=True,
    )


def _dashboard(stack: LocalStack) -> str:
    """The link that opens the dashboard and signs in; what comes after the # is never sent."""
    if not web.DIST.is_dir():
        return "  Dashboard  not built: Node is not installed"
    token = _TOKEN.read_text(encoding="utf-8").strip()
    return f"  Dashboard  {stack.url}/ui#token={token}\n"


def _shown(path: Path) -> str:
    return os.path.relpath(path)


@contextmanager
def _alone() -> Iterator[None]:
    """No second `make run` works on the same state."""
    LOCAL.mkdir(exist_ok=True)
    with _LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise MiniStackError("make run is already at work in this directory.") from None
        yield


def _stop(stack: LocalStack) -> None:
    """Stop whatever was started, in good order."""
    # A further Ctrl-C changes nothing any more: a half-saved state helps nobody.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    if stack.ministack.pid is None:
        return
    # The terminal may be gone; that is no reason to leave anything running.
    with suppress(OSError):
        print("\nstopping …", flush=True)
    stack.stop()
    with suppress(OSError):
        print("stopped; make run goes on from here", flush=True)


def _forget_aws() -> None:
    """Nothing that is done here may reach an AWS account, whatever the environment says."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="port on 127.0.0.1 (4566)")
    parser.add_argument("--capacity", default="1", help="how many runs may work at a time (1)")
    parser.add_argument(
        "--allow-targets", default="", help="networks HTTP targets may reach, as 127.0.0.0/8"
    )
    parser.add_argument(
        "--allow-functions", default=_OWN_FUNCTIONS, help="Lambda functions targets may invoke"
    )
    parser.add_argument(
        "--allow-state-machines", default=_OWN_STATE_MACHINES, help="machines targets may start"
    )
    arguments = parser.parse_args()
    parameters = {
        "Capacity": arguments.capacity,
        "AllowTargets": arguments.allow_targets,
        "AllowFunctions": arguments.allow_functions,
        "AllowStateMachines": arguments.allow_state_machines,
    }
    _forget_aws()
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.default_int_handler)
    try:
        run(arguments.port, parameters)
    except (DeployError, MiniStackError, PackageError, StackError, web.WebError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())

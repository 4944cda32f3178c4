"""`baton exec`, as processes of their own: nothing is at work without its lease."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from baton_cli.work.output import LONGEST_LINE, MOST_LINES, Output
from tests.api_client import Api
from tests.cli.conftest import Cli
from tests.clients.server import Server
from tests.clients.wire import CUT
from tests.harness import Stack

Json = dict[str, Any]

#: Notes its own process and one that it leaves in the background, and works until it is ended.
WORKS: Final = "echo $$ >> pids; sleep 300 & echo $! >> pids; wait"
#: The same, and neither ends when it is asked to.
STUBBORN: Final = f"trap '' TERM; {WORKS}; while true; do sleep 1; done"


def until(holds: Callable[[], Any], what: str) -> None:
    """Return once it holds; it fails after half a minute."""
    for _ in range(1500):
        if holds():
            return
        threading.Event().wait(0.02)
    pytest.fail(f"never: {what}")


def is_at_work(process: int) -> bool:
    """Whether there is such a process; one that only waits for its parent to notice is none."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def _as_at_a_terminal() -> None:
    """Take the signals back that whoever started the tests may have had ignored."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@dataclass
class Host:
    """A machine on which commands are run under `baton exec`."""

    stack: Stack
    server: Server
    home: Path
    begun: list["subprocess.Popen[str]"] = field(default_factory=list)

    def start(self, *args: str) -> "subprocess.Popen[str]":
        """`baton exec Backup …` under way."""
        environ = {
            **os.environ,
            "BATON_URL": self.server.url,
            "BATON_TOKEN": self.stack.operator,
            "PYTHONPATH": ":".join(each or "." for each in sys.path),
        }
        process = subprocess.Popen(  # noqa: S603  # our own command line
            [sys.executable, "-m", "baton_cli", "exec", "Backup", *args],
            env=environ,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_as_at_a_terminal,  # noqa: PLW1509  # it only sets two signals
        )
        self.begun.append(process)
        return process

    def run(self, *args: str) -> "subprocess.CompletedProcess[str]":
        """`baton exec Backup …` from its beginning to its end."""
        process = self.start(*args)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(args, process.returncode, out, err)

    def working(self, script: str, *options: str) -> "subprocess.Popen[str]":
        """The same of a script whose two processes are at work."""
        process = self.start(*options, "--", "sh", "-c", script)
        until(lambda: len(self.processes()) == 2, "two processes")
        return process

    def processes(self) -> list[int]:
        """The processes that the script has noted."""
        path = self.home / "pids"
        return [int(each) for each in path.read_text().split()] if path.exists() else []

    def is_idle(self) -> bool:
        """Whether none of them is at work."""
        return not any(is_at_work(each) for each in self.processes())


@pytest.fixture
def host(stack: Stack, tmp_path: Path) -> Iterator[Host]:
    with Server(stack) as server:
        made = Host(stack, server, tmp_path)
        yield made
        for process in made.begun:
            process.kill()
            process.communicate()


@pytest.fixture
def backup(api: Api) -> Json:
    """A schedule whose work is done by the host, with a lease of ten seconds."""
    return api.create(
        name="Backup", target={"type": "external"}, cadence={"type": "manual"}, lease_seconds=10
    )


def the_run(api: Api) -> Json:
    [run] = api.runs()
    return api.run(run)


# What it does when all goes well


def test_a_command_does_the_work_of_a_run(host: Host, api: Api, backup: Json) -> None:
    script = 'echo "$BATON_PAYLOAD"; echo careful >&2; test -n "$BATON_RUN_TOKEN"'
    done = host.run("--payload", '{"disk": "a"}', "--", "sh", "-c", script)
    run = the_run(api)
    assert (done.returncode, done.stdout) == (0, '{"disk": "a"}\n')
    assert done.stderr == f"Run {run['id']}\ncareful\n"
    assert run["status"] == "succeeded"
    lines = api.get(f"/v1/runs/{run['id']}/log")["items"]
    assert {(each["level"], each["message"]) for each in lines} == {
        ("info", '{"disk": "a"}'),
        ("warning", "careful"),
    }


@pytest.mark.usefixtures("backup")
@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        (("sh", "-c", "exit 3"), 3, "The command ended with exit code 3."),
        (("sh", "-c", "kill -9 $$"), 137, "The command was killed by SIGKILL."),
        (("no-such-command",), 127, "cannot be started"),
    ],
)
def test_its_exit_code_is_handed_on(
    cli: Cli, api: Api, command: tuple[str, ...], code: int, message: str
) -> None:
    assert cli.run("exec", "Backup", "--", *command).exit_code == code
    run = the_run(api)
    assert (run["status"], run["failure_reason"]) == ("failed", "error")
    assert message in run["error_message"]


def test_what_the_command_reports_itself_counts_and_the_run_ends_once(
    host: Host, api: Api, backup: Json
) -> None:
    program = (
        "import baton, os\n"
        "with baton.run() as run:\n"
        "    assert run.resumed_from is None and os.environ['BATON_CHECKPOINT'] == 'null'\n"
        "    run.step(3, tokens=50)\n"
        "    run.checkpoint({'page': 7})\n"
        "    run.count(processed=4)\n"
        "    run.summary = 'Four pages'\n"
        "    if os.environ['BATON_PAYLOAD'] != '{}':\n"
        "        raise baton.Fail('rate_limited', 'The site asks to wait.')\n"
    )
    assert host.run("--", sys.executable, "-c", program).returncode == 0
    run = the_run(api)
    assert (run["status"], run["steps"], run["summary"]) == ("succeeded", 3, "Four pages")
    assert (run["totals"]["processed"], run["usage"]["tokens"]) == (4, 50)
    assert run["checkpoint"] == {"page": 7}
    ends = [each for each in host.server.asked if each.endswith(("/complete", "/fail"))]
    assert len(ends) == 1

    host.stack.advance(1)
    failed = host.run("--payload", '{"fails": 1}', "--", sys.executable, "-c", program)
    [ended] = [each for each in api.runs() if each["status"] == "failed"]
    assert (failed.returncode, ended["failure_reason"]) == (1, "rate_limited")

    again = host.run("--retry", ended["id"], "--", "sh", "-c", 'echo "$BATON_CHECKPOINT"')
    assert (again.returncode, again.stdout) == (0, '{"page": 7}\n')


def test_whatever_it_leaves_behind_is_ended(host: Host, api: Api, backup: Json) -> None:
    script = "sleep 300 & echo $! >> pids; setsid sleep 300 & echo $! >> pids; sleep 0.2; exit 0"
    assert host.run("--", "sh", "-c", script).returncode == 0
    assert len(host.processes()) == 2 and host.is_idle()
    assert the_run(api)["status"] == "succeeded"


# When the slot is not free


def test_who_does_not_wait_is_told_and_runs_nothing(cli: Cli, api: Api, backup: Json) -> None:
    api.start(api.create(name="Holder"))
    begun = cli.home / "begun"
    done = cli.run("exec", "Backup", "--no-wait", "--", "touch", str(begun))
    assert done.exit_code == 4
    assert "held by “Holder”" in done.stderr and not begun.exists()


def test_who_waits_hears_who_is_at_work_and_begins_after(
    host: Host, api: Api, backup: Json
) -> None:
    holder = api.start(api.create(name="Holder"))
    process = host.start("--wait", "--", "echo", "done")
    assert process.stderr is not None
    said = process.stderr.readline()
    assert "place 1" in said and "“Holder” holds a slot since" in said
    host.stack.deliver()
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "done\n")
    assert api.run(holder)["status"] == "succeeded"
    assert [each["status"] for each in api.runs(backup)] == ["succeeded"]


def test_a_network_that_fails_gives_no_wait_up(cli: Cli, api: Api, backup: Json) -> None:
    api.start(api.create(name="Holder"))
    cli.wire.faults = [None, None, None, None, *[CUT] * 8]  # Nobody says who holds the slot.
    cli.naps.meanwhile = [lambda: None] * 7 + [cli.stack.deliver]
    result = cli.run("exec", "Backup", "--wait", "--", "true")
    assert (result.exit_code, cli.wire.faults) == (0, [])
    assert [each["status"] for each in api.runs(backup)] == ["succeeded"]


def test_who_gives_up_waiting_leaves_the_queue(host: Host, api: Api, backup: Json) -> None:
    api.start(api.create(name="Holder"))
    process = host.start("--wait", "--", "sh", "-c", WORKS)
    assert process.stderr is not None and "place 1" in process.stderr.readline()
    process.terminate()
    assert process.wait(30) == 128 + signal.SIGTERM
    assert host.processes() == []
    assert [each["status"] for each in api.runs(backup)] == ["cancelled"]


# Ended with whoever started it


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_command_and_then_baton_is_told(
    host: Host, api: Api, backup: Json, number: signal.Signals
) -> None:
    process = host.working(WORKS)
    process.send_signal(number)
    assert process.wait(30) == 128 + number
    run = the_run(api)
    assert host.is_idle()
    assert (run["status"], run["failure_reason"]) == ("failed", "aborted")
    assert run["error_message"] == f"It was stopped by {number.name}."


def test_what_does_not_end_when_asked_is_killed_and_holds_its_slot_until_then(
    host: Host, api: Api, backup: Json
) -> None:
    process = host.working(STUBBORN, "--grace", "1s")
    process.terminate()
    while process.poll() is None:
        run = the_run(api)  # Asked before: if it has ended, there is nothing at work.
        assert run["status"] == "running" or host.is_idle()
    assert process.returncode == 128 + signal.SIGTERM
    assert host.is_idle()


def test_nothing_outlives_a_wrapper_that_is_killed(host: Host, api: Api, backup: Json) -> None:
    process = host.working(STUBBORN)
    process.kill()
    until(host.is_idle, "nothing is at work")
    assert the_run(api)["status"] == "running"  # Nobody has said anything:
    host.stack.run_for(60)  # its lease ends by itself.
    assert the_run(api)["failure_reason"] == "lease_expired"


def test_nothing_outlives_a_guardian_that_is_killed(host: Host, api: Api, backup: Json) -> None:
    process = host.working(STUBBORN)
    [guardian] = children_of(process.pid)
    os.kill(guardian, signal.SIGTERM)  # This one is for whoever has started it.
    assert all(is_at_work(each) for each in [guardian, *host.processes()])
    os.kill(guardian, signal.SIGKILL)
    assert process.wait(30) == 137
    until(host.is_idle, "nothing is at work")
    assert the_run(api)["status"] == "failed"


def children_of(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [int(each) for each in text.split()]


# Ended with the lease


def test_a_wrapper_that_stands_still_loses_its_work_before_its_lease(
    host: Host, api: Api, backup: Json
) -> None:
    host.server.ahead = 4  # Six seconds of lease.
    process = host.working(STUBBORN)
    process.send_signal(signal.SIGSTOP)
    until(host.is_idle, "nothing is at work")
    # As yet the run is its own by Baton's clock, so nobody else has begun.
    assert the_run(api)["status"] == "running"
    host.stack.run_for(60)
    assert the_run(api)["failure_reason"] == "lease_expired"
    assert host.run("--", "true").returncode == 0
    process.send_signal(signal.SIGCONT)
    assert process.wait(30) == 9
    assert sorted(each["status"] for each in api.runs()) == ["failed", "succeeded"]


def test_without_a_network_the_work_ends_before_the_lease(
    host: Host, api: Api, backup: Json
) -> None:
    host.server.ahead = 4
    process = host.working(STUBBORN)
    host.server.is_cut = True
    assert process.wait(30) == 9
    assert host.is_idle()
    assert the_run(api)["status"] == "running"


def test_an_end_that_nobody_takes_can_be_given_up(host: Host, api: Api, backup: Json) -> None:
    process = host.start(
        "--", "sh", "-c", "echo $$ >> pids; while ! test -e go; do sleep 0.1; done"
    )
    until(host.processes, "it has begun")
    host.server.is_cut = True
    asked = len(host.server.asked)
    (host.home / "go").touch()
    until(
        lambda: sum(each.endswith("/complete") for each in host.server.asked[asked:]) > 1, "tries"
    )
    process.terminate()
    assert process.wait(30) == 128 + signal.SIGTERM
    assert the_run(api)["status"] == "running"


def test_a_short_silence_ends_nothing(host: Host, api: Api, backup: Json) -> None:
    host.server.ahead = 4  # Its heartbeats are two seconds apart.
    process = host.start("--", "sh", "-c", "echo $$ >> pids; sleep 3.5")
    until(host.processes, "it has begun")
    host.server.faults = [CUT]
    assert (process.wait(30), host.server.faults) == (0, [])
    assert the_run(api)["status"] == "succeeded"


def test_a_run_that_is_cancelled_is_stopped(host: Host, api: Api, backup: Json) -> None:
    host.server.ahead = 4
    process = host.working(WORKS)
    path = f"/v1/runs/{the_run(api)['id']}/cancel"
    host.stack.http("POST", path, token=host.stack.operator)
    assert process.wait(30) == 9
    assert host.is_idle() and the_run(api)["status"] == "cancelled"


# What it says


class Sink:
    """Takes what is relayed, or does not."""

    def __init__(self, is_closed: bool = False) -> None:
        self.received, self._is_closed = b"", is_closed

    def write(self, data: bytes) -> int:
        if self._is_closed:
            raise BrokenPipeError
        self.received += data
        return len(data)

    def flush(self) -> None:
        pass


def relayed(script: str, *, is_closed: bool = False) -> tuple[list[tuple[str, str]], bytes]:
    """The lines that were logged of what a script says, and what was shown."""
    lines: list[tuple[str, str]] = []
    sink: Any = Sink(is_closed)
    output = Output(lambda line, level: lines.append((line, level)), sink, sink)
    with subprocess.Popen(  # noqa: S603  # a script of these tests
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        output.read_from(process)
        process.wait()
        output.close()
    return lines, sink.received


def test_a_log_is_bounded_and_says_what_it_has_left_out() -> None:
    lines, shown = relayed(f"for n in range({MOST_LINES + 5}): print(n)")
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == ("5 more lines were shown only where it ran.", "warning")
    assert shown.endswith(b"%d\n" % (MOST_LINES + 4))


def test_long_lines_are_cut_in_the_log_and_odd_bytes_are_none_of_its_business() -> None:
    script = r"import sys; sys.stdout.buffer.write(b'\xff' + b'x' * 5000 + b'\n\nend')"
    lines, shown = relayed(script)
    assert [len(line) for line, _ in lines] == [LONGEST_LINE + 1, 3]
    assert len(shown) == 5006


def test_the_work_goes_on_though_nobody_looks() -> None:
    lines, _ = relayed("print('a'); print('b')", is_closed=True)
    assert [line for line, _ in lines] == ["a", "b"]


def test_a_slot_needs_a_command(cli: Cli, backup: Json) -> None:
    assert cli.run("exec", "Backup").exit_code == 2
    assert cli.wire.sent == []

"""MiniStack, the AWS on this machine: one process group, started and stopped as a whole."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

import urllib3

from chalicelib.platform.clock import SystemClock
from infra.places import MINISTACK_PYTHON

HOST = "127.0.0.1"
REGION = "us-east-1"
#: MiniStack takes these for the account's root; they open nothing anywhere else.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

_PROGRAM = Path(__file__).parent / "ministack_start.py"
_READY_WITHIN_SECONDS = 60.0
_STOPPED_WITHIN_SECONDS = 30.0
_LOG_LINES = 20


class MiniStackError(Exception):
    """MiniStack cannot be started, or stopped by itself."""


class MiniStack:
    """A MiniStack that keeps its state in a directory and listens on a port of the loopback."""

    def __init__(
        self, directory: Path, port: int, settings: Mapping[str, str] | None = None
    ) -> None:
        """`settings` are further environment variables of MiniStack."""
        self._directory = directory
        self._port = port
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """What AWS clients connect to."""
        return f"http://{HOST}:{self._port}"

    @property
    def pid(self) -> int | None:
        """The process that is the parent of all Lambda workers; None while it is stopped."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            MiniStackError: the port is taken, or it does not come up.
        """
        if not _is_free(self._port):
            raise MiniStackError(self._why_taken())
        # Workers' unpacked code and the like, of a run that could not clear it away.
        _clear_away(self._temporary)
        self._temporary.mkdir(parents=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own command
                # Modules of this directory must not stand in for others of their names (-P).
                [str(MINISTACK_PYTHON), "-P", str(_PROGRAM)],
                env=self._environment(),
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C reaches us alone, and we stop it in good order.
                start_new_session=True,
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop it and its Lambda workers; its state is saved. Does nothing if it is stopped."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOPPED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            _kill_group(process.pid)
            _clear_away(self._temporary)

    def check(self) -> None:
        """Raises `MiniStackError` with the end of its log if it has stopped by itself."""
        if self._process is not None and (code := self._process.poll()) is not None:
            self.stop()
            raise MiniStackError(f"MiniStack stopped by itself (exit code {code}):\n{self._tail()}")

    @property
    def _log(self) -> Path:
        return self._directory / "ministack.log"

    @property
    def _temporary(self) -> Path:
        return self._directory / "tmp"

    def _environment(self) -> dict[str, str]:
        """All that MiniStack and its Lambda workers see: nothing of the user's own."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._temporary),
            **CREDENTIALS,
            "AWS_DEFAULT_REGION": REGION,
            "LANG": "C.UTF-8",
            "TMPDIR": str(self._temporary),
            "GATEWAY_PORT": str(self._port),
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "MINISTACK_REGION": REGION,
            "AUTH": "true",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._directory / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._directory / "s3"),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            **self._settings,
        }

    def _why_taken(self) -> str:
        # MiniStack keeps the number of its process there.
        left = self._temporary / f"ministack-{self._port}.pid"
        if left.exists():
            owner = (
                f" An earlier run that was killed left it to process {left.read_text()}: end it, or"
            )
        else:
            owner = " End what listens there, or"
        return f"Port {self._port} is in use.{owner} choose another: make run PORT=…"

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN_SECONDS
        while not _answers(f"{self.endpoint}/_ministack/ready"):
            self.check()
            if time.monotonic() > deadline:
                self.stop()
                raise MiniStackError(f"MiniStack does not answer:\n{self._tail()}")
            SystemClock().sleep(0.1)

    def _tail(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LOG_LINES:])


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _answers(url: str) -> bool:
    try:
        answer = urllib3.request("GET", url, retries=False, timeout=5)
    except urllib3.exceptions.HTTPError:
        return False
    return answer.status == HTTPStatus.OK


def _clear_away(directory: Path) -> None:
    """Remove a directory, and let nobody wait for that.

    Each worker has its own copy of the package: so many files may take a disk a minute.
    """
    doomed = Path(tempfile.gettempdir(), f"baton-doomed-{uuid.uuid4().hex}")
    try:
        directory.rename(doomed)
    except OSError:  # There is none, or it is on another disk.
        shutil.rmtree(directory, ignore_errors=True)
        return
    subprocess.run(["sh", "-c", 'rm -rf "$0" &', doomed], check=True)  # noqa: S603, S607  # our own


def _kill_group(leader: int) -> None:
    # Nobody may be left; macOS answers for a group of zombies with the second.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)

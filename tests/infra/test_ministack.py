"""What MiniStack's keeper says when it cannot be started. That it can, tests/e2e shows."""

import os
import socket
from pathlib import Path

import pytest

from infra.ministack import HOST, MiniStack, MiniStackError


def test_a_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(MiniStackError) as raised:
            MiniStack(tmp_path, port).start()
    said = f"Port {port} is in use. End what listens there, or choose another: make run PORT=…"
    assert str(raised.value) == said


def test_a_ministack_left_behind_is_named(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        (tmp_path / "tmp").mkdir()
        (tmp_path / "tmp" / f"ministack-{port}.pid").write_text(str(os.getpid()))
        with pytest.raises(MiniStackError, match=f"left it to process {os.getpid()}"):
            MiniStack(tmp_path, port).start()


def test_stopping_what_is_stopped_does_nothing(tmp_path: Path) -> None:
    MiniStack(tmp_path, 1).stop()

"""What carries requests of clients to the stack in process, or does not."""

from dataclasses import dataclass, field
from email.utils import format_datetime
from threading import Lock
from typing import Any

import httpx

from tests.harness import PUBLIC_URL, Stack

#: The request arrives, and no answer comes back.
LOST = "lost"
#: The request does not arrive.
CUT = "cut"


@dataclass
class Sent:
    """A request that a client sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Wire(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Carries requests to the stack. `faults` befall the next ones, one each.

    A fault is `LOST`, `CUT`, an answer that comes instead, or None.
    """

    stack: Stack
    base_url: str = PUBLIC_URL
    faults: list[str | httpx.Response | None] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    is_cut: bool = False
    _lock: Any = field(default_factory=Lock)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            return self._answer(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)

    def asked(self) -> list[str]:
        """The method and path of each request."""
        return [f"{each.method} {each.path}" for each in self.sent]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = str(request.url).removeprefix(self.base_url)
        assert path.startswith("/"), request.url
        body = request.read()
        self.sent.append(Sent(request.method, path, dict(request.headers), body))
        fault = CUT if self.is_cut else self.faults.pop(0) if self.faults else None
        if isinstance(fault, httpx.Response):
            return fault
        if fault == CUT:
            raise httpx.ConnectError("Network is unreachable", request=request)
        answer = self.stack.http(request.method, path, raw=body, headers=request.headers)
        if fault == LOST:
            raise httpx.ReadError("Connection reset by peer", request=request)
        date = format_datetime(self.stack.now, usegmt=True)
        return httpx.Response(
            answer.status, headers={**answer.headers, "date": date}, content=answer.body
        )


def refusal(status: int, code: str, **headers: str) -> httpx.Response:
    """An answer that refuses."""
    return httpx.Response(
        status, json={"status": status, "code": code, "detail": "No."}, headers=headers
    )


@dataclass
class Naps:
    """Sleeps by moving the stack's clock."""

    stack: Stack
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        assert len(self.slept) < 500, "it waits without end"
        self.stack.advance(seconds)

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)

    def clock(self) -> float:
        """Seconds, by the stack's clock."""
        return self.stack.now.timestamp()

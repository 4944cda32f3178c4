"""Sends HTTP requests."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import urllib3
from urllib3.exceptions import HTTPError

from baton_cli.exits import Unreachable

#: How urllib3 begins its messages: with the name of an object.
_OBJECT: Final = re.compile(r"^[\w<.]*(Connection|Pool)\w*\(.*?\): ")
_TIMEOUT: Final = urllib3.Timeout(connect=5, read=35)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value, None if it is empty. Raises `ValueError` if it is no JSON."""
        return json.loads(self.body) if self.body else None


class Transport(Protocol):
    """Carries a request to the API."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """The answer, whatever its status. Raises `Unreachable` if none came."""
        ...


class HttpTransport:
    """Requests over the network. Nothing is repeated here, and no redirect is followed."""

    def __init__(self, timeout: urllib3.Timeout = _TIMEOUT) -> None:
        self._pool = urllib3.PoolManager(retries=False, timeout=timeout)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        try:
            answer = self._pool.request(
                method, url, headers=dict(headers), body=body, redirect=False
            )
        except (HTTPError, OSError) as error:
            raise Unreachable(f"No answer from {_host(url)}: {_reason(error)}") from error
        lower = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, lower, answer.data)

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()


def _host(url: str) -> str:
    parsed = urllib3.util.parse_url(url)
    return f"{parsed.scheme}://{parsed.netloc}"


def _reason(error: Exception) -> str:
    """The error's message, without the object that urllib3 names first."""
    return _OBJECT.sub("", str(error)) or type(error).__name__

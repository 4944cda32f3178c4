"""How the names of hosts are looked up."""

from collections.abc import Callable, Sequence
from typing import Any

#: `socket.getaddrinfo`, or a test's replacement for it.
Lookup = Callable[..., Sequence[Any]]

"""Tells a watch outside AWS that ticks go on, as Healthchecks.io and those like it take it.

The watch is asked for its URL with `/start` as a tick begins, for the URL itself once the tick has
ended well, and for the URL with `/fail` if it has not. A watch that hears nothing for minutes tells
somebody, whatever has become of the deployment, its account or its region.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Thread
from typing import Final

from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.platform.clock import Countdown
from chalicelib.platform.threads import with_context

#: How long a ping may take. The first is sent beside the work, so a watch that does not answer
#: holds a tick up for four seconds at most, when its work is done.
LONGEST_SECONDS: Final = 2.0


@contextmanager
def telling(system: System, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    """Tell the watch, if there is one, of the work that is done meanwhile. No ping ever fails it.

    `tls` has the authorities to trust, None being those of the machine.
    """
    if not system.config.ping_url:
        yield
        return
    send = partial(_send, system, tls)
    beginning = Thread(target=with_context(partial(send, "/start")), daemon=True)
    beginning.start()
    try:
        yield
    except Exception:
        beginning.join(LONGEST_SECONDS)
        send("/fail")
        raise
    beginning.join(LONGEST_SECONDS)
    send("")


def _send(system: System, tls: ssl.SSLContext | None, what: str) -> None:
    """Send a ping. Whatever goes wrong is logged, without the URL, which is a secret of a kind."""
    try:
        status = _status(system, tls, what)
    except Exception as error:
        why = str(error).replace(system.config.ping_url, "…")
        events.warn("ping_not_sent", what=what, why=f"{type(error).__name__}: {why}")
        return
    if status // 100 != 2:  # noqa: PLR2004  # success
        events.warn("ping_not_sent", what=what, why=f"it was answered with {status}")


def _status(system: System, tls: ssl.SSLContext | None, what: str) -> int:
    from chalicelib.outbound import http_client
    from chalicelib.outbound.guard import Guard

    config = system.config
    url, headers = config.ping_url.rstrip("/") + what, {"User-Agent": "Baton"}
    request = http_client.Request(method="POST", url=url, headers=headers)
    guard = Guard(config.allow_targets, system.lookup, tls)
    return http_client.send(request, guard, Countdown(LONGEST_SECONDS)).status

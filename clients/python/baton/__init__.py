"""Baton for Python: its API, and runs that call back.

`Client` and `AsyncClient` have every call of the API. `run` and `async_run` are for whatever a
schedule starts that ends its runs itself, and `handler` for a Lambda function that does. README.md
has examples.
"""

from baton import types
from baton.async_runs import AsyncRun, async_run
from baton.client import AsyncClient, Client
from baton.errors import (
    BatonError,
    Fail,
    NoRun,
    NotBaton,
    Problem,
    Redirected,
    Stopped,
    Unreachable,
)
from baton.exchange import VERSION, Answer, Call, etag_of
from baton.handlers import handler
from baton.pages import AsyncPages, Pages
from baton.runs import Callback, Run, callback_in, run

__version__ = VERSION

__all__ = [
    "Answer",
    "AsyncClient",
    "AsyncPages",
    "AsyncRun",
    "BatonError",
    "Call",
    "Callback",
    "Client",
    "Fail",
    "NoRun",
    "NotBaton",
    "Pages",
    "Problem",
    "Redirected",
    "Run",
    "Stopped",
    "Unreachable",
    "__version__",
    "async_run",
    "callback_in",
    "etag_of",
    "handler",
    "run",
    "types",
]

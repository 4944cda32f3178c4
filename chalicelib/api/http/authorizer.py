"""The authorizer Lambda: its entry point, which imports little.

Whoever comes first after a quiet while waits for this function, and then for the API.
"""

import gc
import os
from functools import cache
from typing import Any

gc.disable()  # What is imported stays, as in app.py.

from chalicelib.api.http import identification
from chalicelib.platform import events
from chalicelib.platform.clock import Clock, SystemClock
from chalicelib.platform.config import Config, from_environment
from chalicelib.platform.invocations import invocation


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What Lambda calls."""
    return answered(event, context.aws_request_id, _config(), SystemClock())


def answered(
    event: dict[str, Any], request_id: str, config: Config, clock: Clock
) -> dict[str, Any]:
    """What API Gateway is told about a request."""
    with invocation(request_id, config, clock):
        header, method_arn = event["authorizationToken"], event["methodArn"]
        return identification.answer(config, clock, header, method_arn)


@cache
def _config() -> Config:
    events.configure(os.environ.get("BATON_LOG_LEVEL", "INFO"))
    return from_environment(os.environ)


gc.enable()
gc.freeze()

"""An ordinary run from its firing to its end, with what it asks of DynamoDB metered."""

from tests.api_client import Api
from tests.dynamodb import InMemoryDynamoDB
from tests.harness import Stack


def meter(stack: Stack, engine: InMemoryDynamoDB) -> None:
    """Leave in the engine's meter five minutes with one run: its third, and five ticks."""
    stack.register("probe", lambda _context, _params: None)
    Api(stack).create(
        name="Nightly crawl of the documentation",
        cadence={"type": "cron", "expression": "*/5 * * * *", "timezone": "Europe/Berlin"},
        target={"type": "function", "name": "probe", "params": {"site": "docs.example.com"}},
    )
    stack.run_for(600 + 30)
    engine.meter.reset()
    stack.run_for(300)

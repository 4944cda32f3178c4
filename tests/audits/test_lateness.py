"""Two ticks notice one outage: one notification; and a tick does not fail with it."""

from datetime import timedelta
from typing import Final

import pytest

from chalicelib.engine.scheduling import lateness
from tests.audits.acting import notifications
from tests.builders import NOON, after
from tests.dynamodb import InMemoryDynamoDB
from tests.dynamodb.errors import connection_lost
from tests.dynamodb.faults import Call, Faults

LONG_AGO: Final = NOON - timedelta(hours=1)


class _Down(Faults):
    def before(self, call: Call) -> None:
        assert call.operation == "PutItem"
        raise connection_lost()


@pytest.mark.usefixtures("database")
def test_who_notices_the_same_outage_makes_the_same_notification() -> None:
    lateness.tell(LONG_AGO, NOON)
    lateness.tell(LONG_AGO, after(7))
    (notification,) = notifications("default")
    assert notification.at == NOON


def test_a_tick_goes_on_when_the_notification_cannot_be_stored(database: InMemoryDynamoDB) -> None:
    database.faults = _Down()
    lateness.tell(LONG_AGO, NOON)
    database.faults = Faults()
    assert notifications("default") == []

"""Two ticks notice one outage: one notice; and a tick does not fail with it."""

from datetime import timedelta
from typing import Final

import pytest

from chalicelib.engine.scheduling import lateness
from tests.audits.acting import notices
from tests.builders import NOON, after
from tests.simulation.dynamodb import InMemoryDynamoDB
from tests.simulation.dynamodb.errors import connection_lost
from tests.simulation.dynamodb.faults import Call, Faults

LONG_AGO: Final = NOON - timedelta(hours=1)


class _Down(Faults):
    def before(self, call: Call) -> None:
        assert call.operation == "PutItem"
        raise connection_lost()


@pytest.mark.usefixtures("database")
def test_who_notices_the_same_outage_makes_the_same_notice() -> None:
    lateness.tell(LONG_AGO, NOON)
    lateness.tell(LONG_AGO, after(7))
    (notice,) = notices("default")
    assert notice.at == NOON


def test_a_tick_goes_on_when_the_notice_cannot_be_stored(database: InMemoryDynamoDB) -> None:
    database.faults = _Down()
    lateness.tell(LONG_AGO, NOON)
    database.faults = Faults()
    assert notices("default") == []

"""The rest of a daily pass comes by the wake queue, and is made by the wake's function."""

from chalicelib.store import floor_items
from tests.api.audits.test_audits import DAY, published
from tests.harness import Stack


def test_a_message_on_the_wake_queue_makes_a_daily_pass(stack: Stack) -> None:
    published(stack)
    stack.advance(30 * DAY)
    stack.system.queues.send_daily()
    stack.advance(1)
    stack.deliver()
    mark = floor_items.last("daily")
    assert mark is not None
    assert (mark["at"], mark["summary"]["notified"]) == ("2026-03-31T00:00:01.000Z", 1)


def test_a_wake_of_the_scheduler_makes_none(stack: Stack) -> None:
    stack.system.queues.send_wakes([stack.now], stack.now)
    stack.advance(1)
    stack.deliver()
    assert floor_items.last("daily") is None

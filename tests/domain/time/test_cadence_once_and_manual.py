"""Once, and never by itself."""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.time.cadences import Manual, Once, next_fire, preview

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


def test_once_fires_at_its_instant() -> None:
    assert next_fire(Once(NOON), NOON - timedelta.resolution) == NOON


def test_once_does_not_fire_at_or_after_its_instant() -> None:
    assert next_fire(Once(NOON), NOON) is None
    assert next_fire(Once(NOON), NOON + timedelta.resolution) is None


def test_once_has_one_fire_time() -> None:
    (only,) = preview(Once(NOON), NOON - timedelta(days=1), 5)
    assert (only.at, only.local, only.note) == (NOON, "2026-03-29T12:00:00+00:00", None)


def test_manual_never_fires() -> None:
    assert next_fire(Manual(), NOON) is None
    assert preview(Manual(), NOON, 5) == []

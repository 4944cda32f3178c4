"""Time zones: IANA names only, and from the package, whatever the host has."""

import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest

from chalicelib.domain.errors import InvalidFields
from chalicelib.domain.time.cron import zone

PACKAGE = Path(import_module("tzdata").__path__[0])


@pytest.mark.parametrize(
    "name",
    [
        *("Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+12", "UTC", "GMT"),
        *("Asia/Calcutta", "US/Pacific", "Zulu", "Etc/Greenwich", "W-SU"),  # Links.
        *("CET", "EST", "EST5EDT"),  # IANA names, though they look like abbreviations or rules.
    ],
)
def test_a_canonical_or_link_name_is_a_zone(name: str) -> None:
    assert zone(name).key == name


def test_every_name_of_the_package_loads() -> None:
    for name in (PACKAGE / "zones").read_text().split():
        assert datetime(2026, 1, 1, tzinfo=zone(name)).utcoffset() is not None


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "Europe", "Berlin", "Europe/", "Europe/Atlantis", "Europe/Berlin/"),
        *("europe/berlin", "EUROPE/BERLIN", "utc", "Utc", "America/New York", " UTC", "UTC\n"),
        *("CEST", "PST", "EDT", "BST", "IST", "AEST", "Z"),
        *("CET-1CEST", "EST5EDT4", "<+03>-3", ":Europe/Berlin", "UTC+1", "GMT+1", "+01:00"),
        *("/etc/localtime", "../zones", "Europe/../UTC", "./UTC", "posix/UTC", "right/UTC"),
        *("zone.tab", "tzdata.zi", "leapseconds", "__init__.py", "localtime", "posixrules"),
        *("Europe\\Berlin", "Europe/Berlin\0", "\uff35TC", "\ud800"),
    ],
)
def test_anything_else_is_none(name: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        zone(name)
    (error,) = refused.value.errors
    assert error.field == "cadence.timezone"
    assert "is not an IANA time zone, such as Europe/Berlin or UTC" in error.message
    assert len(error.message) < 400


def test_a_long_name_is_not_repeated() -> None:
    with pytest.raises(InvalidFields) as refused:
        zone("x" * 10_000)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("europe/berlin", "Europe/Berlin"),
        ("AMERICA/NEW YORK", "America/New_York"),
        (" utc ", "UTC"),
    ],
)
def test_a_name_of_the_wrong_case_is_corrected(name: str, meant: str) -> None:
    with pytest.raises(InvalidFields, match=f"did you mean {meant}"):
        zone(name)


@pytest.fixture
def wrong_host(tmp_path: Path) -> Iterator[None]:
    """A host whose own time zone data has Berlin at UTC."""
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Berlin").write_bytes((PACKAGE / "zoneinfo" / "UTC").read_bytes())
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    zone.cache_clear()
    yield
    zoneinfo.reset_tzpath()


@pytest.mark.usefixtures("wrong_host")
def test_the_hosts_zones_do_not_matter() -> None:
    hosts = datetime(2026, 1, 1, tzinfo=zoneinfo.ZoneInfo.no_cache("Europe/Berlin"))
    assert hosts.utcoffset() == timedelta(0)
    assert hosts.replace(tzinfo=zone("Europe/Berlin")).utcoffset() == timedelta(hours=1)

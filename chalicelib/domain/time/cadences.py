"""When a schedule fires by itself: by cron, at an interval, once, or never.

Instants are aware and in UTC. Fire times come from here alone; jitter, start and end belong to the
schedule that has the cadence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from chalicelib.domain.errors import FieldError, InvalidFields
from chalicelib.domain.texts import Text, joined, say
from chalicelib.domain.time import cron_words
from chalicelib.domain.time.cron import Crontab, crontab, tzdata_release, zone
from chalicelib.domain.time.cron_text import parse
from chalicelib.domain.time.instants import to_milliseconds

#: EventBridge starts a pass once a minute.
MIN_INTERVAL_SECONDS: Final = 60
#: Five years, leap days included: a cadence that first fires later than that is a mistake.
LONGEST_WAIT: Final = timedelta(days=5 * 365 + 2)
MAX_INTERVAL_SECONDS: Final = int(LONGEST_WAIT.total_seconds())
#: What is wrong with an instant that `is_too_far_off`.
TOO_FAR_OFF: Final = "it is more than five years from now"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Origin = Literal["completion", "grid"]


@dataclass(frozen=True, slots=True)
class Cron:
    """At the times a five-field expression or alias names in an IANA zone."""

    expression: str
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Interval:
    """Every so many seconds: counted from the end of the last run, or on a grid without drift."""

    seconds: int
    origin: Origin = "completion"
    #: A point of the grid; none means the Unix epoch.
    anchor: datetime | None = None


@dataclass(frozen=True, slots=True)
class Once:
    """At one instant."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Manual:
    """Never by itself."""


Cadence = Cron | Interval | Once | Manual


@dataclass(frozen=True, slots=True)
class FireTime:
    """A fire time for people to read."""

    at: datetime
    #: The same instant in the schedule's zone: ISO 8601 with the offset in force then.
    local: str
    #: What a clock change did to the fire time, if anything.
    note: str | None = None


def next_fire(cadence: Cadence, after: datetime) -> datetime | None:
    """The first fire time strictly after the instant, in UTC; None if there is none.

    An interval from completion counts from `after`, the end of the run. Nothing fires after the
    year 9999. Raises `InvalidFields` for a cron that cannot be read.
    """
    try:
        match cadence:
            case Cron(expression, timezone):
                return crontab(expression, timezone).next_after(after)
            case Interval(seconds, "grid", anchor):
                return _next_on_grid(anchor or _EPOCH, timedelta(seconds=seconds), after)
            case Interval(seconds):
                return after.astimezone(UTC) + timedelta(seconds=seconds)
            case Once(at):
                return at if at > after else None
            case Manual():
                return None
    except OverflowError:
        return None


def zone_rules(cadence: Cadence) -> str | None:
    """The release of the time-zone database that its fire times follow; None if they follow none.

    Another release may place them elsewhere.
    """
    is_local = isinstance(cadence, Cron) and cadence.timezone != "UTC"
    return tzdata_release() if is_local else None


def _next_on_grid(anchor: datetime, step: timedelta, after: datetime) -> datetime:
    return anchor + ((after - anchor) // step + 1) * step


def check(cadence: Cadence, now: datetime) -> list[FieldError]:
    """Why the cadence must not be saved, field by field; empty if it may be saved."""
    match cadence:
        case Cron():
            return _check_cron(cadence, now)
        case Interval(seconds) if not MIN_INTERVAL_SECONDS <= seconds <= MAX_INTERVAL_SECONDS:
            allowed = f"{MIN_INTERVAL_SECONDS} to {MAX_INTERVAL_SECONDS} (five years) are allowed"
            return [FieldError("cadence.seconds", allowed)]
        case Once(at) if at <= now:
            passed = f"{_as_text(at)} has passed, so it would never fire"
            return [FieldError("cadence.at", passed)]
        case Once(at) if is_too_far_off(at, now):
            return [FieldError("cadence.at", TOO_FAR_OFF)]
    return []


def is_too_far_off(at: datetime, now: datetime) -> bool:
    """Whether the instant lies beyond the five years within which every schedule has to begin."""
    return at - now > LONGEST_WAIT


def _check_cron(cadence: Cron, now: datetime) -> list[FieldError]:
    errors = _errors_of(parse, cadence.expression) + _errors_of(zone, cadence.timezone)
    if errors:
        return errors
    first = next_fire(cadence, now)
    if first is None:
        return [FieldError("cadence.expression", "it never fires: there is no such date or time")]
    if is_too_far_off(first, now):
        late = f"it does not fire within five years; its next fire time is {_as_text(first)}"
        return [FieldError("cadence.expression", late)]
    return []


def _errors_of(read: Callable[[str], object], text: str) -> list[FieldError]:
    try:
        read(text)
    except InvalidFields as error:
        return list(error.errors)
    return []


def preview(cadence: Cadence, after: datetime, count: int) -> list[FireTime]:
    """The next fire times strictly after the instant, at most `count`, if runs took no time."""
    times: list[FireTime] = []
    while len(times) < count and (at := next_fire(cadence, after)) is not None:
        times.append(_fire_time(cadence, at))
        after = at
    return times


def _fire_time(cadence: Cadence, at: datetime) -> FireTime:
    if not isinstance(cadence, Cron):
        return FireTime(at, at.isoformat())
    table = crontab(cadence.expression, cadence.timezone)
    return FireTime(at, at.astimezone(table.zone).isoformat(), _note(table, at))


def _note(table: Crontab, at: datetime) -> str | None:
    """What a clock change did to a fire time, if anything."""
    if table.stands_for_two(at):
        local = at.astimezone(table.zone)
        return say(
            "merged: {time} comes twice as the clock goes back, and the first one counts",
            "zusammengelegt: {time} kommt zweimal, weil die Uhr zurückgeht, und die erste zählt",
            time=f"{local:%H:%M}",
        )
    skipped = table.skipped_into(at)
    if not skipped:
        return None
    times: str = f"{skipped[0]:%H:%M}"
    if len(skipped) > 1:
        times = say(
            "{first} to {last}", "{first} bis {last}", first=times, last=f"{skipped[-1]:%H:%M}"
        )
    if len(skipped) == 1 and not table.names(at):
        return say(
            "moved: {times} is skipped as the clock goes forward",
            "verschoben: {times} entfällt, weil die Uhr vorgeht",
            times=times,
        )
    return say(
        "merged: {times} skipped as the clock goes forward, and this one run stands for all",
        "zusammengelegt: {times} entfällt, weil die Uhr vorgeht, und dieser Lauf steht für alle",
        times=times,
    )


def describe(cadence: Cadence) -> Text:
    """The cadence in plain words; raises `InvalidFields` for a cron that cannot be read."""
    match cadence:
        case Cron(expression, timezone):
            words = cron_words.describe(parse(expression))
            return say("{words} ({zone})", "{words} ({zone})", words=words, zone=timezone)
        case Interval(seconds, "grid", anchor):
            return say(
                "Every {duration}, counted from {anchor}",
                "Alle {duration}, gezählt ab {anchor}",
                duration=_duration(seconds),
                anchor=_in_utc(anchor or _EPOCH),
            )
        case Interval(seconds):
            return say(
                "{duration} after the last run has ended",
                "{duration} nach dem Ende des letzten Laufs",
                duration=_duration(seconds),
            )
        case Once(at):
            return say("Once, at {at}", "Einmal, um {at}", at=_in_utc(at))
        case Manual():
            return Text("Only when somebody starts it", "Nur wenn jemand startet")


#: Unit, its size in seconds, and one and several of it in German.
_UNITS: Final = (
    ("day", 86_400, "Tag", "Tage"),
    ("hour", 3_600, "Stunde", "Stunden"),
    ("minute", 60, "Minute", "Minuten"),
    ("second", 1, "Sekunde", "Sekunden"),
)


def _duration(seconds: int) -> Text:
    parts = []
    for name, size, one, several in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            english = f"{count} {name}" if count == 1 else f"{count} {name}s"
            parts.append(Text(english, f"{count} {one if count == 1 else several}"))
    return joined(parts)


def _in_utc(at: datetime) -> str:
    """An instant for people, without seconds that are zero: `2026-03-01 12:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC".replace(":00 UTC", " UTC")


def to_json(cadence: Cadence) -> dict[str, Any]:
    """The cadence as the API shows it and storage keeps it."""
    match cadence:
        case Cron(expression, timezone):
            return {"type": "cron", "expression": expression, "timezone": timezone}
        case Interval(seconds, origin, anchor):
            data = {"type": "interval", "seconds": seconds, "from": origin}
            return data if anchor is None else {**data, "anchor": _as_text(anchor)}
        case Once(at):
            return {"type": "once", "at": _as_text(at)}
        case Manual():
            return {"type": "manual"}


def from_json(data: Mapping[str, Any]) -> Cadence:
    """The cadence that `to_json` or a client wrote; raises `InvalidFields` for a wrong shape.

    Whether its values may be saved is checked by `check`, not here: what was saved under other
    rules must stay readable.
    """
    match data.get("type"):
        case "cron":
            return Cron(_string(data, "expression"), _string(data, "timezone", "UTC"))
        case "interval":
            anchor = None if data.get("anchor") is None else _instant(data, "anchor")
            return Interval(_seconds(data), _origin(data), anchor)
        case "once":
            return Once(_instant(data, "at"))
        case "manual":
            return Manual()
    raise _wrong("type", "allowed are cron, interval, once and manual")


def _string(data: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = data.get(name, default)
    if not isinstance(value, str):
        raise _wrong(name, "a text is needed")
    return value


def _seconds(data: Mapping[str, Any]) -> int:
    value = data.get("seconds")
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _wrong("seconds", "a whole number of seconds is needed")
    return value


def _origin(data: Mapping[str, Any]) -> Origin:
    match data.get("from", "completion"):
        case "completion":
            return "completion"
        case "grid":
            return "grid"
    raise _wrong("from", "allowed are completion and grid")


def _instant(data: Mapping[str, Any], name: str) -> datetime:
    try:
        instant = datetime.fromisoformat(_string(data, name))
        if instant.tzinfo is not None:
            return to_milliseconds(instant.astimezone(UTC))
    except (ValueError, OverflowError):
        pass  # Refused like a time without an offset.
    raise _wrong(name, "an instant is needed, such as 2026-12-24T18:00:00Z")


def _wrong(name: str, message: str) -> InvalidFields:
    return InvalidFields([FieldError(f"cadence.{name}", message)])


def _as_text(instant: datetime) -> str:
    """RFC 3339 in UTC, without a fraction where there is none."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")

"""What the coming hours will look like: runs, waits, skips, and what cannot work out at all.

Nominal fire times are laid out over the horizon and taken through the slots by the engine's own
rules, each run taking its schedule's average time, or `USUAL` where it has none yet. Nothing that
happens to be going on counts, so the same plan at the same minute has the same forecast, unless
what is under way is laid in front of it.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.outlook.expansion import MILLISECOND, Expansion
from chalicelib.domain.outlook.hours import hour_of
from chalicelib.domain.outlook.simulation import MOST_STEPS, Simulation, Tally
from chalicelib.domain.outlook.under_way import UnderWay
from chalicelib.domain.outlook.workload import Workload, workload
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus
from chalicelib.domain.time.instants import to_milliseconds

LONGEST_HOURS: Final = 168
#: How many events are looked at for one answer by all its trials of other plans together.
MOST_TRIAL_STEPS: Final = 40_000
_HOUR: Final = timedelta(hours=1) // MILLISECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """A whole hour of the clock and what is wrong with it, in seconds of waiting or of work."""

    starts_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What one schedule has to expect. Waits are in seconds."""

    schedule: Schedule
    tally: Tally
    duration: timedelta
    mean_wait_seconds: float
    worst_wait_seconds: float
    #: The hour whose fire times wait longest in all.
    worst_hour: Hour | None


class Forecast:
    """The forecast of a plan from `start`, for so many hours on the slots of one pool.

    `schedules` may be of several tenants. Those that are not active are left out, and so are those
    that cannot be used as they are stored: these are `unusable`. With `current`, what is under way
    comes first, and the forecast starts at that very instant instead of the whole minute.
    """

    def __init__(
        self,
        schedules: Sequence[Schedule],
        start: datetime,
        hours: int,
        pool: Pool,
        most_steps: int = MOST_STEPS,
        *,
        current: UnderWay | None = None,
    ) -> None:
        self.start = floored(start) if current is None else to_milliseconds(start)
        self.pool, self.capacity, self._current = pool, pool.room, current
        self.schedules: list[Schedule] = []
        self.unusable: list[Schedule] = []
        self.expansion = Expansion(self.start, self.start + timedelta(hours=hours))
        length = hours * _HOUR
        active = [one for one in schedules if one.status is ScheduleStatus.ACTIVE]
        self._lay_out(active, most_steps)
        works = self._usable(active)
        if current is not None:
            works += current.workloads(self.expansion)
        reach = self.expansion.offset(self.expansion.end)
        self.simulation = Simulation(works, pool, reach).run(most_steps)
        self.ends_early = self.simulation.until < length
        self.is_complete = not self.ends_early and not self.unusable
        #: How many events trials of other plans may still look at.
        self.trial_steps_left = min(most_steps, MOST_TRIAL_STEPS)

    def _lay_out(self, active: list[Schedule], most: int) -> None:
        """Lay out the fire times of these schedules, as far ahead as `most` of them reach."""
        for schedule in active:
            with suppress(Exception):  # It turns out to be unusable when it is looked at.
                if not schedule.measures_from_completion:
                    self.expansion.lay_out(schedule.cadence, most)

    def _usable(self, active: list[Schedule]) -> list[Workload]:
        works = []
        for schedule in active:
            try:
                work = workload(schedule, self.expansion)
                if self._current is not None:
                    work = self._current.behind(schedule, work, self.expansion)
                works.append(work)
            except Exception:  # Whatever is stored there, it spoils nobody else's forecast.
                self.unusable.append(schedule)
            else:
                self.schedules.append(schedule)
        return works

    def trial(self, number: int, times: Sequence[int]) -> Tally | None:
        """What would become of a schedule with other fire times, if it never waits.

        None if it waits, or if that is not known within the steps that are left for trials.
        """
        works = list(self.simulation.works)
        works[number] = replace(works[number], times=times, put_off_until=0)
        trial = Simulation(works, self.pool, self.simulation.until)
        trial.run(max(self.trial_steps_left, 0), until_blocked=number)
        self.trial_steps_left -= trial.steps + len(works)
        return trial.tallies[number] if trial.until == self.simulation.until else None

    def with_times(self, number: int, times: Sequence[int], most_steps: int) -> Simulation:
        """The whole of it again, with other fire times of one schedule, within so many steps."""
        works = list(self.simulation.works)
        works[number] = replace(works[number], times=times, put_off_until=0)
        return Simulation(works, self.pool, self.simulation.until).run(most_steps)

    @property
    def until(self) -> datetime:
        """How far the forecast reaches: to its end, or to where there were too many events."""
        return self.expansion.instant(self.simulation.until)

    @property
    def load(self) -> float:
        """The work that becomes due, as a share of the time of all slots; above 1 is too much."""
        work = sum(self.work_between(0, self.simulation.until))
        return work / (max(self.capacity, 1) * max(self.simulation.until, 1))

    @property
    def overfull_hours(self) -> list[Hour]:
        """Hours in which more work becomes due than the slots have time for, with its seconds."""
        room = self.capacity * _HOUR
        hours = []
        for begin in range(-self._past_the_hour, self.simulation.until, _HOUR):
            end = min(begin + _HOUR, self.simulation.until)
            work = sum(self.work_between(max(begin, 0), end))
            if work > room:
                starts_at = self.expansion.instant(begin)
                hours.append(Hour(starts_at=starts_at, seconds=work / 1000))
        return hours

    def work_between(self, begin: int, end: int) -> list[float]:
        """Each schedule's milliseconds of work that become due between two offsets."""
        return [work.work_between(begin, end) for work in self.simulation.works]

    def outlook(self, number: int) -> Outlook:
        """What the schedule of that number has to expect."""
        tally = self.simulation.tallies[number]
        waited = max(tally.runs + tally.unserved, 1)
        return Outlook(
            schedule=self.schedules[number],
            tally=tally,
            duration=self.simulation.works[number].duration * MILLISECOND,
            mean_wait_seconds=round(tally.total_wait / waited / 1000, 3),
            worst_wait_seconds=tally.worst_wait / 1000,
            worst_hour=self._worst_hour(tally),
        )

    def number_of(self, schedule_id: str) -> int | None:
        """The number that the schedule has in the forecast; None if it is not in it."""
        ids = [schedule.schedule_id for schedule in self.schedules]
        return ids.index(schedule_id) if schedule_id in ids else None

    def _worst_hour(self, tally: Tally) -> Hour | None:
        waited: dict[int, int] = {}
        past = self._past_the_hour
        for since, wait in tally.waits:
            begin = (since + past) // _HOUR * _HOUR - past
            waited[begin] = waited.get(begin, 0) + wait
        if not waited:
            return None
        worst = max(waited, key=lambda begin: (waited[begin], -begin))
        return Hour(starts_at=self.expansion.instant(worst), seconds=waited[worst] / 1000)

    @property
    def _past_the_hour(self) -> int:
        """How many milliseconds before the start the hour around it began."""
        return (self.start - hour_of(self.start)) // MILLISECOND


def floored(instant: datetime) -> datetime:
    """The beginning of the minute that the instant is in."""
    return instant.replace(second=0, microsecond=0)

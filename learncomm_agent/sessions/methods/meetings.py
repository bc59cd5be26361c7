"""When a group meets: weekly times that stay the same on the wall, in every zone, and humane hours.

A meeting is fixed in local time and computed into UTC, never the other way round: Monday 18:00 stays
Monday 18:00 when the clocks change. Rules for the two odd hours of a year: a time that is missing is
moved to the next minute that exists, of a time that comes twice the first is meant.

Nothing here reads a clock. Moments go in with a zone and come out in UTC; zones are IANA names.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAY_BEGINS, DAY_ENDS = time(8), time(21)
"""Between these, local time, people may be nudged and reminded; the second is no longer part."""
MOST_EVERY = 8
"""Weeks from one meeting to the next at most."""

_DAY, _MINUTE, _WEEK = timedelta(days=1), timedelta(minutes=1), timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Weekly:
    """A day of the week and a time on the wall, every week or every few."""

    weekday: int
    """0 is Monday, as in `date.weekday()`."""
    time: time
    """Without a zone; seconds don't count."""
    zone: str
    """An IANA name."""
    every: int = 1
    """Weeks from one meeting to the next."""
    since: date | None = None
    """The local day of any one of the meetings: tells which weeks are meant where `every` is not 1."""

    def __post_init__(self) -> None:
        """Refuse what can't be computed.

        Raises:
            ValueError: No such weekday, zone or number of weeks, or `since` is another weekday.
        """
        zone_of(self.zone)
        if not 0 <= self.weekday <= 6 or not 1 <= self.every <= MOST_EVERY or self.time.tzinfo:
            raise ValueError(f"no weekly time: {self!r}")
        if self.since is not None and self.since.weekday() != self.weekday:
            raise ValueError(f"{self.since!r} is another day of the week")

    def record(self) -> dict[str, Any]:
        """Give what `of` reads again, for JSON."""
        return {
            "weekday": self.weekday,
            "time": self.time.strftime("%H:%M"),
            "zone": self.zone,
            "every": self.every,
            "since": self.since and self.since.isoformat(),
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Weekly":
        """Read what `record` gave.

        Raises:
            KeyError: A part is missing.
            ValueError: A part is none that can be.
        """
        since = record.get("since")
        return cls(
            weekday=record["weekday"],
            time=time.fromisoformat(record["time"]),
            zone=record["zone"],
            every=record["every"],
            since=date.fromisoformat(since) if since else None,
        )


@dataclass(frozen=True, slots=True)
class LocalTime:
    """What the clocks show at one moment, in zones where they show the same."""

    at: datetime
    """With its zone: the first of `zones`."""
    zones: tuple[str, ...]
    """IANA names, those of most members first."""
    members: int
    """How many of the given zones are these."""


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of an IANA name.

    Raises:
        ValueError: There is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, no path, a folder or far too long
        raise ValueError(f"no time zone of the name {name[:60]!r}") from error


def moment_of(day: date, at: time, zone: str) -> datetime:
    """Return the moment, in UTC, at which the clocks of a zone show a time on a day.

    A time that the clocks leave out moves to the next minute that they show; of one that they show
    twice the first is meant. Seconds are dropped.

    Raises:
        ValueError: No zone of that name.
    """
    there = zone_of(zone)
    local = datetime(day.year, day.month, day.day, at.hour, at.minute)  # noqa: DTZ001 (zone follows)
    while (found := local.replace(tzinfo=there).astimezone(UTC)).astimezone(there).replace(
        tzinfo=None
    ) != local:
        local += _MINUTE
    return found


def next_meeting(weekly: Weekly, after: datetime) -> datetime:
    """Return the first meeting after a moment, in UTC; one at that very moment has begun.

    With `every` of more than a week and no `since`, the soonest day that fits is the first.
    """
    day = after.astimezone(zone_of(weekly.zone)).date()
    day += timedelta(days=(weekly.weekday - day.weekday()) % 7)
    if weekly.since is not None:
        day += _WEEK * (((weekly.since - day).days // 7) % weekly.every)
    while (found := moment_of(day, weekly.time, weekly.zone)) <= after:
        day += _WEEK * (weekly.every if weekly.since else 1)
    return found


def begun(weekly: Weekly, after: datetime) -> Weekly:
    """Return the same with its first meeting after a moment as `since`: what a session keeps."""
    return replace(
        weekly, since=next_meeting(weekly, after).astimezone(zone_of(weekly.zone)).date()
    )


def meetings(weekly: Weekly, first_after: datetime, count: int) -> tuple[datetime, ...]:
    """Return the next meetings in order, in UTC.

    Args:
        weekly: When they are.
        first_after: The first is later than this moment.
        count: How many; none where it is 0 or less.
    """
    first = begun(weekly, first_after).since
    days = (first + _WEEK * weekly.every * n for n in range(count)) if first else ()
    return tuple(moment_of(day, weekly.time, weekly.zone) for day in days)


def in_zones(at: datetime, zones: Iterable[str], *, most: int = 6) -> tuple[LocalTime, ...]:
    """Return what the clocks of members show at a moment, from west to east.

    Zones whose clocks show the same at that moment are one.

    Args:
        at: The moment.
        zones: One a member; the same may come again.
        most: How many different times at most: those of most members stay.

    Raises:
        ValueError: No zone of a name.
    """
    groups: dict[timedelta, list[tuple[int, str]]] = {}
    for name, members in Counter(zones).items():
        offset = at.astimezone(zone_of(name)).utcoffset() or timedelta()
        groups.setdefault(offset, []).append((-members, name))
    ranked = sorted(groups.items(), key=lambda group: (sum(n for n, _ in group[1]), group[0]))
    return tuple(_local_time(at, sorted(named)) for _, named in sorted(ranked[:most]))


def is_quiet(at: datetime, zone: str) -> bool:
    """Tell whether people of a zone are left in peace at a moment: before 08:00 and from 21:00 on.

    Raises:
        ValueError: No zone of that name.
    """
    return not DAY_BEGINS <= at.astimezone(zone_of(zone)).time() < DAY_ENDS


def next_humane(at: datetime, zone: str) -> datetime:
    """Return the moment itself where it is not quiet, else the next 08:00 of that zone; in UTC.

    Raises:
        ValueError: No zone of that name.
    """
    if not is_quiet(at, zone):
        return at.astimezone(UTC)
    local = at.astimezone(zone_of(zone))
    day = local.date() if local.time() < DAY_BEGINS else local.date() + _DAY
    return moment_of(day, DAY_BEGINS, zone)


def _local_time(at: datetime, named: Sequence[tuple[int, str]]) -> LocalTime:
    zones = tuple(name for _, name in named)
    return LocalTime(at.astimezone(zone_of(zones[0])), zones, -sum(n for n, _ in named))

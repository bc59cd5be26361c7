"""When somebody may be written to unasked: within their day, and not too often. Pure.

Nothing here reads a clock. Moments go in and come out in UTC; hours are those on the wall of a zone, so
that nine in the morning stays nine when the clocks change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from learncomm_agent.sessions.methods.meetings import moment_of, zone_of

STARTS, ENDS = 9 * 60, 19 * 60
"""Between which minutes of their day people are written to, where they don't say; the second is no longer part."""
SHORTEST = 60
"""Minutes that they leave at least."""
MOST = 4
"""Messages a week, where they don't say."""
MOST_EVER = 50
WEEK = timedelta(weeks=1)
DAY_MINUTES = 24 * 60
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of each day in a zone; it may run over midnight."""

    zone: str
    """An IANA name."""
    starts: int = STARTS
    ends: int = ENDS

    def __post_init__(self) -> None:
        """Refuse what is no part of a day, or too short a one.

        Raises:
            ValueError: That, or there is no such zone.
        """
        zone_of(self.zone)
        if not (0 <= self.starts < DAY_MINUTES and 0 <= self.ends <= DAY_MINUTES):
            raise ValueError(f"no minutes of a day: {self!r}")
        if (self.ends - self.starts) % DAY_MINUTES < SHORTEST and self.ends - self.starts != (
            DAY_MINUTES
        ):
            raise ValueError(f"too short: {self!r}")

    def hold(self, at: datetime) -> bool:
        """Whether a moment is in that part of the day."""
        local = at.astimezone(zone_of(self.zone))
        minute = local.hour * 60 + local.minute
        if self.starts < self.ends:
            return self.starts <= minute < self.ends
        return minute >= self.starts or minute < self.ends

    def next(self, at: datetime) -> datetime:
        """Return the moment itself where it is in that part of the day, else when it begins next."""
        if self.hold(at):
            return at.astimezone(UTC)
        day = at.astimezone(zone_of(self.zone)).date()
        starts = time(self.starts // 60, self.starts % 60)
        found = moment_of(day, starts, self.zone)
        # A day may leave that part out, where the clocks are put forward over all of it.
        while found <= at or not self.hold(found):
            day += _DAY
            found = moment_of(day, starts, self.zone)
        return found

    def until(self, at: datetime) -> datetime:
        """Return when the part of the day ends in which a moment is."""
        there = zone_of(self.zone)
        local = at.astimezone(there)
        day = local.date()
        if self.starts >= self.ends and local.hour * 60 + local.minute >= self.starts:
            day += _DAY
        if self.ends == DAY_MINUTES:
            return moment_of(day + _DAY, time(), self.zone)
        return moment_of(day, time(self.ends // 60, self.ends % 60), self.zone)


def zone_or_utc(name: str) -> str:
    """Return the name of a zone, or that of universal time where nobody knows it any more."""
    try:
        zone_of(name)
    except ValueError:
        return "UTC"
    return name


def free(sent: Sequence[datetime], most: int, now: datetime) -> int:
    """Return how many more may be sent now, where at most so many may in any seven days."""
    return max(0, most - sum(each > now - WEEK for each in sent))


def free_at(sent: Sequence[datetime], most: int, now: datetime) -> datetime:
    """Return the first moment from now on at which one more may be sent.

    Args:
        sent: When those of late were sent, in any order.
        most: How many may be in any seven days; at least one.
        now: The present moment.
    """
    late = sorted(each for each in sent if each > now - WEEK)
    return now if len(late) < most else late[-most] + WEEK

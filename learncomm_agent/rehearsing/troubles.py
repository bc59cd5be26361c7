"""What goes wrong in a rehearsal: restarts, repeats, lost connections, things that can't be done. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random


class Leading(StrEnum):
    """How the leader behaves."""

    PRESENT = "present"
    """Does what a leader is asked to: reads the list, decides a tie, publishes."""
    ABSENT = "absent"
    """Begins the session, and is not seen again."""
    WILD = "wild"
    """Pauses, stretches, skips, moves, hands over, ends, whenever they like."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """How often each thing goes wrong, from 0 to 1; nothing by itself."""

    restarts: float = 0.0
    """Before so many steps, everything goes through JSON, as after a restart."""
    repeats: float = 0.0
    """So many events come once more."""
    outages: float = 0.0
    """So many outages on a day, of up to two days each."""
    failures: float = 0.0
    """So many effects can't be carried out, for ever."""
    delays: float = 0.0
    """So many effects are carried out hours late."""
    departures: float = 0.0
    """So many members leave, and some of them come back."""
    leading: Leading = Leading.PRESENT


NONE = Troubles()
USUAL = Troubles(
    restarts=0.1, repeats=0.2, outages=0.05, failures=0.05, delays=0.05, departures=0.2
)
_OUTAGES_KNOWN = timedelta(days=400)


def outages(
    troubles: Troubles, start: datetime, random: Random
) -> tuple[tuple[datetime, datetime], ...]:
    """Return when there is no connection: from when until when, in order and apart."""
    found, at = [], start
    while troubles.outages and at < start + _OUTAGES_KNOWN:
        at += timedelta(days=random.expovariate(troubles.outages))
        until = at + timedelta(hours=48 * random.random() ** 2)
        found.append((at, until))
        at = until
    return tuple(found)

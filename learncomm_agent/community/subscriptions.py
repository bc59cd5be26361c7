"""What a member wishes to have every Monday morning, in their own zone: a digest, a letter."""

from datetime import datetime, time

from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.clock import Clock
from learncomm_agent.community.nudges import Nudges
from learncomm_agent.sessions.methods.meetings import Weekly, next_meeting
from learncomm_agent.storage import nudges as stored
from learncomm_agent.storage import quiet
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.nudges import OWN

_MORNING = 0, time(9)
"""Monday, at nine."""


def next_monday(zone: str, after: datetime) -> datetime:
    """Return the first Monday morning after a moment, in a zone, an IANA name."""
    return next_meeting(Weekly(*_MORNING, zone), after)


class Subscriptions:
    """Keeps them; each is a nudge that comes again. The functions that take a `conn` belong in a transaction."""

    def __init__(self, nudges: Nudges, clock: Clock) -> None:
        """Take what it needs."""
        self._nudges = nudges
        self._clock = clock

    def subscribe(
        self, conn: Connection, community: CommunityId, member: MemberId, kind: str, zone: str
    ) -> datetime | None:
        """Have a kind come every week, also if they had stopped that kind; return when it first does.

        None where they stopped all that is sent unasked: that is theirs to start again.
        """
        choice = quiet.of(conn, member)
        if choice.is_stopped:
            return None
        if kind in choice.stopped:
            quiet.choose(conn, member, stopped=choice.stopped - {kind})
        due = next_monday(zone, self._clock.now())
        self._nudges.add(conn, community, member, kind, OWN, due)
        return due

    def unsubscribe(self, conn: Connection, member: MemberId, kind: str) -> bool:
        """Have a kind come no more; whether it was to come."""
        was = stored.is_wanted(conn, member, kind)
        self._nudges.end(conn, kind, OWN, member)
        return was

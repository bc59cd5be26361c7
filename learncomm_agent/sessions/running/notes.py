"""What the facilitator did and why, in the log of its session."""

from learncomm_agent.clock import Clock
from learncomm_agent.sessions.effects import Note
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import sessions as stored
from learncomm_agent.work import Commit


class Notes:
    """Carries out `note`."""

    def __init__(self, clock: Clock) -> None:
        """Take what it needs."""
        self._clock = clock

    async def carry(self, row: stored.Row, session: Session, effect: Note) -> Commit:
        """Write it down."""
        now = self._clock.now()
        return lambda conn: stored.note(conn, row.id, effect.content, now)

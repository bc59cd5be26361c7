"""What is seen of a rehearsal: each step, and what came of it all. Pure."""

from dataclasses import dataclass
from datetime import datetime

from learncomm_agent.rehearsing.cast import Character
from learncomm_agent.rehearsing.happenings import Happening
from learncomm_agent.sessions.effects import Effect
from learncomm_agent.sessions.events import Event
from learncomm_agent.sessions.state import Phase, Plan, Session


@dataclass(frozen=True, slots=True)
class Passed:
    """One step of the engine, for whoever watches."""

    before: Session
    event: Event
    after: Session
    effects: tuple[Effect, ...]
    now: datetime
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A session that was played."""

    plan: Plan
    cast: tuple[Character, ...]
    happenings: tuple[Happening, ...]
    session: Session
    began_at: datetime
    ended_at: datetime
    """When the last thing happened."""
    steps: int
    drafts: int = 0
    published: int = 0

    @property
    def is_stuck(self) -> bool:
        """Whether it never came to its end."""
        return self.session.phase is not Phase.ENDED

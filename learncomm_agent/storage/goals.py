"""What a community wants to reach, in the words of a leader."""

from datetime import datetime

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage import state
from learncomm_agent.storage.database import Connection

_GOAL = "goal:"


def keep(conn: Connection, community: CommunityId, goal: str, now: datetime) -> None:
    """Keep a goal in the place of the older one; an empty one takes it back."""
    state.put(conn, f"{_GOAL}{community}", {"text": goal.strip()}, now)


def of(conn: Connection, community: CommunityId) -> str:
    """Return the goal of a community; empty where none was named."""
    found = state.get(conn, f"{_GOAL}{community}")
    return "" if found is None else str(found[0]["text"])

"""How many must have answered before a community is told a figure: five, or what its leaders chose."""

from datetime import datetime

from learncomm_agent.caring.figures import threshold
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage import state
from learncomm_agent.storage.database import Connection


def least(conn: Connection, community: CommunityId) -> int:
    """Return how many."""
    kept = state.get(conn, _key(community))
    return threshold(None if kept is None else kept[0]["least"])


def choose(conn: Connection, community: CommunityId, wanted: int, now: datetime) -> int:
    """Keep what leaders chose, and return it: never fewer than three."""
    chosen = threshold(wanted)
    state.put(conn, _key(community), {"least": chosen}, now)
    return chosen


def _key(community: CommunityId) -> str:
    return f"figures {community}"

"""Finds what an attempt has made that was cut off before the homeserver could say so.

Homeservers know a repeat by its transaction id for a day or less, and by the same device alone; what
we post also names its key, which holds for ever.
"""

from datetime import datetime

from learncomm_agent.adapting.once import CLOCKS_DIFFER
from learncomm_matrix.connection.answers import RawEvent, mapping
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.hearing.relations import moment
from learncomm_matrix.posting.content import KEY

_LOOKED_AT = 1000
"""So many events are looked at, from now back to when the attempt was begun."""


async def find(homeserver: Homeserver, room_id: str, key: str, since: datetime) -> str | None:
    """Return the id of what we posted in a room for a key.

    Raises:
        PlatformError: The room can't be read.
    """
    start: str | None = None
    seen = 0
    while seen < _LOOKED_AT:
        page = await homeserver.messages(room_id, start)
        for event in page.events:
            if _is_it(event, homeserver.user_id, key):
                return str(event["event_id"])
        oldest = moment(page.events[-1]) if page.events else None
        if page.end is None or oldest is None or oldest < since - CLOCKS_DIFFER:
            return None
        start, seen = page.end, seen + len(page.events)
    return None


def _is_it(event: RawEvent, me: str, key: str) -> bool:
    is_ours = event.get("sender") == me and isinstance(event.get("event_id"), str)
    return is_ours and mapping(event.get("content")).get(KEY) == key

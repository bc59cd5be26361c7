"""Events whose keys are not here yet: which they are, over a restart too."""

from collections.abc import Iterable

from learncomm_agent.adapting.notes import Note, Notes
from learncomm_matrix.connection.answers import RawEvent, mapping, text

MOST = 1000
"""So many are waited for; the oldest are left out first, as of them the keys will hardly come."""
_KIND = "sealed"
RoomKey = tuple[str, str]
"""Room and id of a key."""


class Waiting:
    """Remembers ids, and no words."""

    def __init__(self, notes: Notes) -> None:
        """Take where it is kept."""
        self._notes = notes

    async def add(self, room_id: str, event: RawEvent) -> RoomKey | None:
        """Remember an event, and return its key; None where it can't be waited for.

        Raises:
            PlatformError: The disk does not let us.
        """
        id, at = text(event.get("event_id")), event.get("origin_server_ts")
        key = (room_id, text(mapping(event.get("content")).get("session_id")))
        if not id or not key[1]:
            return None
        there = self._notes.all(_KIND)
        if id in there:
            return key
        new = Note(_KIND, id, [*key, at if type(at) is int else 0])
        if len(there) < MOST:
            await self._notes.put(new)
            return key
        oldest = min(there, key=lambda each: _at(there[each]))
        if _at(there[oldest]) > _at(new.value):
            return None
        await self._notes.put(new, Note(_KIND, oldest))
        return key

    def keys(self) -> frozenset[RoomKey]:
        """Return all keys that are waited for."""
        return frozenset((room, session) for room, session, _ in self._notes.all(_KIND).values())

    def of(self, key: RoomKey) -> list[str]:
        """Return the ids of the events that wait for a key, the oldest first."""
        there = self._notes.all(_KIND)
        return sorted(
            (id for id, each in there.items() if (each[0], each[1]) == key),
            key=lambda id: _at(there[id]),
        )

    async def forget(self, ids: Iterable[str]) -> None:
        """Wait no longer for some.

        Raises:
            PlatformError: The disk does not let us.
        """
        await self._notes.put(*(Note(_KIND, each) for each in ids))


def _at(value: list[object]) -> int:
    at = value[2]
    return at if isinstance(at, int) else 0

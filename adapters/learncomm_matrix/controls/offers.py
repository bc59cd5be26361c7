"""Which of our posts offer what; it outlives a restart."""

from collections.abc import Sequence
from itertools import islice

from learncomm_agent.adapting.notes import Note, Notes
from learncomm_agent.adapting.offering import Offer, Picked, Say, offer
from learncomm_agent.adapting.signs import is_sign
from learncomm_agent.chat.outgoing import Block
from learncomm_agent.log import logger

MOST = 2000
"""So many posts are kept; then the oldest go."""
_LOOKED_AT = 50
_KIND = "offer"
_log = logger(__name__)


class Offers:
    """Makes offers of posts, and finds what somebody answers."""

    def __init__(self, notes: Notes, say: Say) -> None:
        """Take what it needs; the notes are loaded by somebody else."""
        self._notes = notes
        self._say = say

    def made(self, blocks: Sequence[Block]) -> Offer | None:
        """Return how a post is shown whose choices need signs; None where it has none."""
        return offer(blocks, self._say)

    async def keep(self, room: str, post: str, made: Offer) -> None:
        """Keep what a post offers, by the id of its room (`RoomRef.id`) and its event.

        Raises:
            PlatformError: The disk did not take it.
        """
        there = self._notes.all(_KIND)
        old = islice(there, max(0, len(there) + 1 - MOST))
        note = Note(_KIND, post, {"room": room, **made.record()})
        await self._notes.put(note, *(Note(_KIND, key) for key in list(old)))

    async def forget(self, post: str) -> None:
        """Let go of what a post offered, as it is gone."""
        if self._notes.get(_KIND, post) is not None:
            await self._notes.put(Note(_KIND, post))

    def get(self, room: str, post: str) -> Offer | None:
        """Return what a post of this room offers; None where nothing is known of it."""
        record = self._notes.get(_KIND, post)
        if not isinstance(record, dict) or record.get("room") != room:
            return None
        try:
            return Offer.of(record)
        except ValueError:
            _log.warning("offer unreadable", post=post)
            return None

    def newest(self, room: str, said: str) -> tuple[str, Picked] | None:
        """Return the newest post of a room on which this picks something, and what; a label of the last alone."""
        there = self._notes.all(_KIND)
        posts = (key for key in reversed(tuple(there)) if there[key].get("room") == room)
        for place, post in enumerate(islice(posts, _LOOKED_AT)):
            if place and not is_sign(said):
                return None
            found = self.get(room, post)
            if found is not None and (picked := found.picked(said)) is not None:
                return post, picked
        return None

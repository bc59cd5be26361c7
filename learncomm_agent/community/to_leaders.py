"""What leaders are told unasked: in their room where they have one, else each alone, with what else is due for them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.outgoing import Block, Outgoing
from learncomm_agent.chat.people import CommunityId, MemberId, SpaceRef
from learncomm_agent.chat.platform import Platform, Signs
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.community.leading import leads
from learncomm_agent.community.nudges import Listener, Nudges, Told
from learncomm_agent.storage import communities, drafts, rooms, spaces
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.directory import Directory
from learncomm_agent.words import Words
from learncomm_agent.writing.voice import Voice

ROLES_WAIT = timedelta(days=1)
"""So long after the start it may not be known yet what roles somebody holds."""
_AGAIN = timedelta(hours=1)
Says = Callable[
    [Connection, CommunityId, Voice, Sequence[int], Collection[RoomId]], tuple[Block, ...]
]
"""Returns what to say of some subjects: that there is something to see, and what only of rooms that all who are
told can read; empty once it is settled."""


class ToLeaders:
    """Tells leaders. The functions that take a `conn` belong in a transaction."""

    def __init__(
        self,
        nudges: Nudges,
        directory: Directory,
        posting: Posting,
        words: Words,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs."""
        self._nudges = nudges
        self._directory = directory
        self._posting = posting
        self._words = words
        self._platforms = platforms
        self._clock = clock
        self._began = clock.now()
        self._says: dict[str, Says] = {}
        self._of_rooms: set[str] = set()

    def handle(self, kind: str, says: Says, *, rank: int = 5, needs_readable: bool = False) -> None:
        """Say who finds the words of a kind, and whether these need to know what a leader can read."""
        self._says[kind] = says
        if needs_readable:
            self._of_rooms.add(kind)
        tell = partial(self._tell, kind)
        self._nudges.handle(kind, tell, rank=rank, needs_readable=needs_readable)

    def tell(
        self,
        conn: Connection,
        community: CommunityId,
        kind: str,
        subject: int,
        room: RoomId | None = None,
        but: MemberId | None = None,
    ) -> None:
        """Tell those who lead in the space of a room, or in every space of the community, of one thing.

        Args:
            conn: A transaction.
            community: Whose leaders.
            kind: Who finds the words.
            subject: Of what.
            room: In whose space; in every one where None.
            but: Who knows already, and is told nothing where each is told alone.
        """
        for space in self._spaces(conn, community, room):
            desk = drafts.desk_of(conn, space)
            if desk is None:
                self._whisper(conn, community, kind, subject, space, but)
                continue
            id = rooms.find(conn, [desk.ref])[desk.ref]
            voice = self.voice(conn, community, id)
            blocks = self._says[kind](conn, community, voice, [subject], (id,))
            if blocks:
                now = int(self._clock.now().timestamp())
                # By the room, as what is told elsewhere at this moment is another post.
                key = f"t{kind[:1]}{id:x}.{subject:x}.{now:x}"
                post = Outgoing(desk.ref, blocks, key)
                self._posting.add(conn, community, id, post, may_be_dropped=True)

    def voice(self, conn: Connection, community: CommunityId, room: RoomId) -> Voice:
        """Return what speaks to all in a room."""
        there = communities.get(conn, community)
        platform = self._platforms.get(rooms.get(conn, room).ref.platform)
        return Voice(
            self._words.for_community(there.slug),
            rooms.language(conn, room) or there.language,
            ZoneInfo(there.timezone),
            platform.command_sign if isinstance(platform, Signs) else "",
        )

    def _spaces(
        self, conn: Connection, community: CommunityId, room: RoomId | None
    ) -> list[SpaceRef]:
        found = (
            [rooms.get(conn, room).ref.space]
            if room is not None
            else [
                each
                for platform in self._platforms
                for each in spaces.of_community(conn, community, platform)
            ]
        )
        return [each for each in found if not self._directory.is_left(each)]

    def _whisper(
        self,
        conn: Connection,
        community: CommunityId,
        kind: str,
        subject: int,
        space: SpaceRef,
        but: MemberId | None,
    ) -> None:
        lead = drafts.leaders_of(conn, community, space.platform)
        lead |= self._directory.holders(community, space)
        for member in sorted(set(lead.values()) - {but}):
            self._nudges.add(conn, community, member, kind, subject, self._clock.now())

    def _tell(
        self, kind: str, conn: Connection, listener: Listener, subjects: Sequence[int]
    ) -> Told | None:
        """Say it to one who leads at this moment; who may lead by a role is waited for, a day after the start."""
        is_lead = leads(conn, self._directory, listener)
        if is_lead is None and listener.now < self._began + ROLES_WAIT:
            return Told(again=dict.fromkeys(subjects, listener.now + _AGAIN))
        if not is_lead:
            return None
        community, readable = listener.community.id, listener.readable.rooms
        blocks = self._says[kind](conn, community, listener.voice, subjects, readable)
        # What is said of a room may hold words from there, which are not to be kept here as well.
        keep = None if kind in self._of_rooms else dict[str, Any]()
        return Told(blocks, keep=keep) if blocks else None

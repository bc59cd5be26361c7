"""Drafts on which nobody decided: whoever asked for one is reminded once, then those who lead beside them, once.

Those that wait at about the same time are named together, so that nobody gets a heap of reminders. A
leaders' room is told there; one person alone is told with what else is said to them unasked.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.outgoing import (
    Block,
    Listing,
    MessageLink,
    Outgoing,
    Paragraph,
    Span,
    Text,
)
from learncomm_agent.chat.people import AccountRef, CommunityId, MemberId, SpaceRef
from learncomm_agent.chat.platform import Platform, Signs
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.community.nudges import Listener, Nudges, Told
from learncomm_agent.storage import (
    branches,
    communities,
    drafts,
    dropping,
    members,
    posts,
    rooms,
)
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.drafts import Draft, State
from learncomm_agent.storage.due import Job, is_open
from learncomm_agent.words import Words
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.voice import Voice

FIRST, SECOND = timedelta(hours=48), timedelta(hours=24)
"""How long after it was asked for, and then after the first reminder."""
TOGETHER = timedelta(hours=12)
"""What would be reminded of so soon after is named along."""
MOST, LOOKED_AT = 10, 50
"""So many leaders are written to, of so many who may be asked for what they can read."""

DRAFTS = "drafts"
"""The kind of nudge by which one person is reminded."""

_Named = dict[tuple[RoomId | AccountRef, str], list[Draft]]
"""Which drafts are named to whom, a room or one person alone, and by which phrase."""


class Reminders:
    """Reminds people of drafts. The functions that take a `conn` belong in a transaction."""

    def __init__(
        self,
        database: Database,
        work: Work,
        directory: Directory,
        posting: Posting,
        words: Words,
        platforms: Mapping[str, Platform],
        nudges: Nudges,
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._work = work
        self._directory = directory
        self._posting = posting
        self._words = words
        self._platforms = platforms
        self._clock = clock
        self._nudges = nudges
        work.handle(drafts.REMIND, self._remind)
        nudges.handle(DRAFTS, self._tell, rank=3)

    def begin(self, conn: Connection, community: CommunityId, draft: int) -> None:
        """Have somebody reminded of a draft on which nobody decides."""
        self._add(conn, community, draft, FIRST, is_last=False)

    def end(self, conn: Connection, draft: int) -> None:
        """Remind nobody of a draft any more."""
        dropping.drop(conn, drafts.REMIND, _lane(draft))
        self._nudges.end(conn, DRAFTS, draft)

    def _add(
        self,
        conn: Connection,
        community: CommunityId,
        draft: int,
        after: timedelta,
        *,
        is_last: bool,
    ) -> None:
        # Without its room: a space that is left for a while does not take the reminders along.
        args = {"community": community, "draft": draft, "is_last": is_last}
        due = self._clock.now() + after
        self._work.add(conn, drafts.REMIND, args, due=due, lane=_lane(draft))

    async def _remind(self, job: Job) -> Commit | None:
        """Remind those who may read what drafts are about, unless somebody has decided meanwhile."""
        id, is_last = job.args["draft"], job.args["is_last"]
        draft = await self._database.read(lambda conn: drafts.get(conn, id))
        if draft is None or draft.state is not State.OPEN or draft.room is None:
            return None
        room = draft.room
        space = (await self._database.read(lambda conn: rooms.get(conn, room))).ref.space
        if self._directory.is_left(space):
            return lambda conn: self._add(conn, draft.community, id, SECOND, is_last=is_last)
        told = await self._told(draft, space, is_last=is_last)

        def commit(conn: Connection) -> None:
            now = self._clock.now()
            still = {each.writing for each in self._due(conn, draft, space, is_last=is_last)}
            for number, ((to, phrase), found) in enumerate(told.items()):
                waiting = [each for each in found if each.writing in still]
                if isinstance(to, AccountRef):
                    self._nudge(conn, to, waiting)
                elif waiting:
                    key = f"d{id:x}r{int(now.timestamp()):x}.{number}"
                    self._post(conn, to, phrase, waiting, key)
            for each in sorted(still):
                drafts.remind(conn, each, now)
                if each != id:
                    dropping.drop(conn, drafts.REMIND, _lane(each))
                if not is_last:
                    self._add(conn, draft.community, each, SECOND, is_last=True)

        return commit

    def _due(
        self, conn: Connection, draft: Draft, space: SpaceRef, *, is_last: bool
    ) -> list[Draft]:
        """Return the drafts for a space that are named together with one, as far as they wait, and that one."""
        by = self._clock.now() + TOGETHER
        along = drafts.to_remind(conn, draft.community, by, is_last=is_last) | {draft.writing}
        there = drafts.open_in(conn, draft.community, space)
        return [each for each in there if each.writing in along]

    async def _told(self, draft: Draft, space: SpaceRef, *, is_last: bool) -> _Named:
        """Return who is told of which drafts; of one that nobody else can be told of, whoever asked for it."""
        told: _Named = {}
        for each in await self._database.read(
            lambda conn: self._due(conn, draft, space, is_last=is_last)
        ):
            phrase = "draft.waits_for_all" if is_last else "draft.waits"
            desk = await self._desk(each, space, is_last=is_last)
            to: list[RoomId] | list[AccountRef]
            to = [desk] if desk is not None else await self._readers(each, space, is_last=is_last)
            if not to and is_last:
                phrase = "draft.waits_for_one"
                to = await self._readers(each, space, is_last=False)
            for one in to:
                told.setdefault((one, phrase), []).append(each)
        return told

    def _post(
        self, conn: Connection, desk: RoomId, phrase: str, waiting: list[Draft], key: str
    ) -> None:
        """Post one reminder of some drafts where leaders look them over."""
        blocks = self._blocks(conn, self._voice(conn, waiting[0]), waiting, phrase)
        outgoing = Outgoing(rooms.get(conn, desk).ref, blocks, key)
        self._posting.add(conn, waiting[0].community, desk, outgoing, may_be_dropped=True)

    def _nudge(self, conn: Connection, to: AccountRef, waiting: list[Draft]) -> None:
        """Have one person reminded of some drafts, at their time."""
        for each in waiting:
            known = members.find_account(conn, each.community, to)
            if known is not None:
                now = self._clock.now()
                self._nudges.add(conn, each.community, known[1], DRAFTS, each.writing, now)

    def _tell(self, conn: Connection, listener: Listener, subjects: Sequence[int]) -> Told | None:
        """Remind one person of those drafts that wait still, and that they may read."""
        found = [drafts.get(conn, each) for each in subjects]
        waiting = [
            each
            for each in found
            if each is not None
            and each.state is State.OPEN
            and each.room in listener.readable.rooms
            and not self._directory.is_left(rooms.get(conn, each.room).ref.space)
        ]
        if not waiting:
            return None
        phrase = "draft.waits_for_all"
        if waiting[0].member == listener.member.id:
            is_first = is_open(conn, drafts.REMIND, _lane(waiting[0].writing))
            phrase = "draft.waits" if is_first else "draft.waits_for_one"
        return Told(self._blocks(conn, listener.voice, waiting, phrase), keep={})

    async def _desk(self, draft: Draft, space: SpaceRef, *, is_last: bool) -> RoomId | None:
        """Return the leaders' room, where it is looked over there, or all leaders are to know of it."""

        def read(conn: Connection) -> RoomId | None:
            if draft.desk is not None or not is_last:
                return draft.desk
            chosen = drafts.desk_of(conn, space)
            return None if chosen is None else rooms.find(conn, [chosen.ref]).get(chosen.ref)

        desk = await self._database.read(read)
        if desk is None:
            return None
        ref = (await self._database.read(lambda conn: rooms.get(conn, desk))).ref
        return desk if await self._may_read(Audience.of_room(ref), draft) else None

    async def _readers(self, draft: Draft, space: SpaceRef, *, is_last: bool) -> list[AccountRef]:
        """Return who is written to alone: whoever asked for it, or in the end the other leaders."""

        def read(conn: Connection) -> dict[AccountRef, MemberId]:
            if not is_last:
                mine = draft.member and members.account_on(conn, draft.member, space.platform)
                return {mine: draft.member} if mine and draft.member else {}
            lead = drafts.leaders_of(conn, draft.community, space.platform)
            lead |= self._directory.holders(draft.community, space)
            return {ref: each for ref, each in lead.items() if each != draft.member}

        known = await self._database.read(read)
        may = [
            ref
            for ref in list(known)[:LOOKED_AT]
            if await self._may_read(Audience.of_account(ref, space), draft)
        ]
        return may[:MOST]

    async def _may_read(self, audience: Audience, draft: Draft) -> bool:
        refs = await self._posting.readable(audience)
        readable = await self._database.read(lambda conn: branches.readable(conn, refs))
        return draft.room in readable.rooms

    def _blocks(
        self, conn: Connection, voice: Voice, waiting: list[Draft], phrase: str
    ) -> tuple[Block, ...]:
        """Return what is said: which drafts wait, for how long, how to see one, and where each stands."""
        first = waiting[0]
        said = voice.phrase(phrase, count=len(waiting), **self._values(conn, first))
        if len(waiting) == 1:
            return (Paragraph((Text(said), *_link(conn, voice, first))),)
        items = tuple(
            (
                Text(voice.phrase("draft.waits_since", **self._values(conn, each))),
                *_link(conn, voice, each),
            )
            for each in waiting
        )
        return (Paragraph((Text(said),)), Listing(items))

    def _values(self, conn: Connection, draft: Draft) -> dict[str, object]:
        assert draft.room is not None
        days = max(1, (self._clock.now() - draft.asked_at).days)
        return {"number": draft.writing, "room": rooms.get(conn, draft.room).name, "days": days}

    def _voice(self, conn: Connection, draft: Draft) -> Voice:
        """Return what speaks to those for whose room a draft is."""
        community = communities.get(conn, draft.community)
        assert draft.room is not None
        platform = self._platforms.get(rooms.get(conn, draft.room).ref.platform)
        return Voice(
            self._words.for_community(community.slug),
            rooms.language(conn, draft.room) or community.language,
            ZoneInfo(community.timezone),
            platform.command_sign if isinstance(platform, Signs) else "",
        )


def _link(conn: Connection, voice: Voice, draft: Draft) -> tuple[Span, ...]:
    """Return a link to where a draft stands; nothing where that is seen by one person alone."""
    shown = [] if draft.desk is None else posts.of_writing(conn, draft.writing)
    part = next((post.parts[0] for post in shown if post.parts), None)
    return () if part is None else (Text(" "), MessageLink(voice.phrase("draft.here"), part))


def _lane(draft: int) -> str:
    return f"draft:{draft}"

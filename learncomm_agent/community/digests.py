"""The digest of a week: for a room, as leaders ordered it, or for a member who wants it; never an empty one."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from learncomm_agent.chat.audience import Audience, Readable
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import Community, MemberId
from learncomm_agent.chat.platform import Platform, Signs
from learncomm_agent.chat.posting import Posting, lane_of
from learncomm_agent.clock import Clock
from learncomm_agent.community.gathering import TOGETHER, UNSEEN
from learncomm_agent.community.nudges import Listener, Nudges, Told
from learncomm_agent.community.recurring import Order, Recurring, weekly_of
from learncomm_agent.community.subscriptions import next_monday
from learncomm_agent.storage import (
    branches,
    communities,
    digests,
    lines,
    measures,
    newly_shared,
    retelling,
    rooms,
    writings,
)
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.digests import COMING, DIGEST, WANTED, Span
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.words import Words
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.digest import chosen
from learncomm_agent.writing.language.stopwords import stopwords
from learncomm_agent.writing.layout import Layout
from learncomm_agent.writing.showing import links_of
from learncomm_agent.writing.voice import Voice

WEEK = timedelta(weeks=1)
WAITED = 2
"""Days from Monday on for which theirs waits while it can't be told all that they may read."""
FARTHEST = timedelta(weeks=5)
"""A digest goes no farther back, however long there was none."""
OFF = "off"
"""What is offered under a member's own digest that came by itself: to have no more of them."""


class Digests:
    """Writes and sends them. The functions that take a `conn` belong in a transaction."""

    def __init__(
        self,
        database: Database,
        work: Work,
        posting: Posting,
        nudges: Nudges,
        recurring: Recurring,
        words: Words,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, and name what it does again and again."""
        self._database = database
        self._work = work
        self._posting = posting
        self._nudges = nudges
        self._words = words
        self._platforms = platforms
        self._clock = clock
        nudges.handle(DIGEST, self._tell, rank=8)
        recurring.handle(DIGEST, self._post)

    def write(
        self,
        conn: Connection,
        community: Community,
        readable: Readable,
        voice: Voice,
        *,
        room: RoomId | None = None,
        member: MemberId | None = None,
        span: Span | None = None,
    ) -> Writing | None:
        """Return a digest for those who may read it; None where its time brought nothing.

        Args:
            conn: The transaction to read in.
            community: Whose.
            readable: What its readers may be shown.
            voice: Theirs.
            room: Where all are to read it.
            member: Who alone is to read it.
            span: The time that it is about where it comes by itself; then what is coming alone is no
                reason for it. Where None, it was asked for: the last week.
        """
        now = self._clock.now()
        is_asked_for = span is None
        # What happened at this very moment belongs to a digest that was asked for.
        span = span or Span(now - WEEK, now + timedelta.resolution)
        found = [
            *retelling.told(conn, community.id, span, readable),
            *self._wanted(conn, community, span, readable, voice),
            *newly_shared.shared(conn, community.id, span, readable),
            *digests.thanked(conn, community.id, span, readable),
            *digests.coming(conn, community.id, now, readable),
        ]
        is_to_come = all(each.section == COMING for each in found)
        if not found or (is_to_come and not is_asked_for):
            return None
        kept, left_out = chosen(voice, found)
        return Writing(
            community=community.id,
            kind=DIGEST,
            room=room,
            member=member,
            is_private=room is None,
            request={},
            header={
                "since": span.since.isoformat(),
                "until": span.until.isoformat(),
                "left_out": left_out,
                "offer": OFF if member and not is_asked_for else "",
                "comes": not is_asked_for,
            },
            trace={"language": voice.language, "zone": str(voice.zone), "sign": voice.sign},
            lines=kept,
        )

    def edited(self, conn: Connection, writing: int) -> None:
        """Let the digests follow that tell of a summary which a leader changed later."""
        touched = retelling.retold(conn, writing)
        for id, room in lines.rooms_of(conn, touched).items():
            community = digests.community_of(conn, id)
            args = {"community": community, "writing": id}
            self._work.add(conn, "mend", args, lane=lane_of(room))

    def _wanted(
        self,
        conn: Connection,
        community: Community,
        span: Span,
        readable: Readable,
        voice: Voice,
    ) -> list[Line]:
        """Return what was looked for in vain, as far as it may be kept."""
        common = stopwords(voice.words, community.language)
        found = measures.in_vain(conn, community.id, span.since, readable, stopwords=common)
        return [
            Line(
                WANTED,
                {
                    "text": each.text,
                    "writing": max(each.asked, default=0),
                    "asked": list(each.asked),
                },
                () if each.evidence is None else (each.evidence,),
            )
            for each in found
            if each.room is None or each.evidence is not None
        ]

    def _tell(self, conn: Connection, listener: Listener, subjects: Sequence[int]) -> Told | None:
        """Return a member's digest from where their last one ended, and when the next one is due."""
        now, zone = listener.now, listener.voice.zone
        if not listener.is_whole and now.astimezone(zone).weekday() < WAITED:
            return Told(again=dict.fromkeys(subjects, now + UNSEEN))
        member = listener.member.id
        told = digests.told_until(conn, member)
        # One that is told some hours early, along with something else, is that of its Monday all the same.
        again = next_monday(str(zone), now + TOGETHER)
        since = again - 2 * WEEK if told is None else max(told, now - FARTHEST)
        writing = self.write(
            conn,
            listener.community,
            listener.readable,
            listener.voice,
            member=member,
            span=Span(since, now),
        )
        return Told(writing=writing, again=dict.fromkeys(subjects, again))

    async def _post(self, order: Order) -> Commit | None:
        """Post the digest of a room, if there is anything to say to all its readers."""
        room = await self._database.read(lambda conn: rooms.get(conn, order.room))
        refs = await self._posting.readable(Audience.of_room(room.ref))
        now = self._clock.now()

        def read(conn: Connection) -> tuple[Writing | None, Layout]:
            community = communities.get(conn, order.community)
            platform = self._platforms.get(room.ref.platform)
            layout = Layout(
                self._words.for_community(community.slug),
                rooms.language(conn, order.room) or community.language,
                ZoneInfo(community.timezone),
                platform.command_sign if isinstance(platform, Signs) else "",
            )
            writing = self.write(
                conn,
                community,
                branches.readable(conn, refs),
                layout,
                room=order.room,
                span=_span(order, now),
            )
            return writing, layout

        writing, layout = await self._database.read(read)
        if writing is None:
            return None
        due = order.next_at

        def commit(conn: Connection) -> None:
            id = writings.add(conn, writing, self._clock.now())
            kept = writings.get(conn, id, order.community)
            assert kept is not None
            blocks = layout.blocks(kept, links_of(conn, kept))
            key = f"g{order.id:x}-{int(due.timestamp()):x}"
            outgoing = Outgoing(room.ref, blocks, key)
            self._posting.add(
                conn, order.community, order.room, outgoing, writing=id, may_be_dropped=True
            )

        return commit


def _span(order: Order, now: datetime) -> Span:
    """Return what a room was not told yet: since its last digest, or what there is of one rhythm."""
    rhythm = WEEK * weekly_of(order.rule).every
    since = order.next_at - rhythm if order.last_at is None else order.last_at
    return Span(max(since, now - max(FARTHEST, rhythm + WEEK)), now)

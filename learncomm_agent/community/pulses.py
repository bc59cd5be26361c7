"""Pulses: a short question to a room, now or every week. Answers are counted under marks, and told once it is closed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from learncomm_agent.caring.figures import HIGHEST, LOWEST, figure
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import Room, RoomId
from learncomm_agent.chat.outgoing import Block, Choices, Outgoing, Paragraph, Style, Text
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.community.marks import Marks
from learncomm_agent.community.recurring import Order, Recurring
from learncomm_agent.community.to_leaders import ToLeaders
from learncomm_agent.errors import DisconnectedError, StorageError
from learncomm_agent.storage import pulses as stored
from learncomm_agent.storage import rooms, salts, thresholds
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.pulses import Pulse, purpose_of
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.voice import Voice

PULSE = "pulse"
"""The kind of what recurs and of what leaders are told, and what controls and forms begin with."""
OPEN_FOR = timedelta(days=3)
QUESTION_CHARS = 200
SCORES = range(LOWEST, HIGHEST + 1)
_CLOSE = "close pulse"


class Pulses:
    """Asks and counts. The functions that take a `conn` belong in a transaction."""

    def __init__(
        self,
        database: Database,
        work: Work,
        recurring: Recurring,
        marks: Marks,
        to_leaders: ToLeaders,
        posting: Posting,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handlers."""
        self._database = database
        self._work = work
        self._marks = marks
        self._to_leaders = to_leaders
        self._posting = posting
        self._platforms = platforms
        self._clock = clock
        work.handle(_CLOSE, self._close)
        recurring.handle(PULSE, self._run)
        to_leaders.handle(PULSE, self._says, needs_readable=True)

    async def asks(
        self, community: CommunityId, room: RoomId, question: str, closes_at: datetime
    ) -> Commit:
        """Return what asks a question in a room; nothing happens where one is open there.

        Raises:
            DisconnectedError: The platform is not running.
        """
        there = await self._database.read(lambda conn: rooms.get(conn, room))
        is_alone = await is_seen_alone(self._platforms, there)

        def commit(conn: Connection) -> None:
            now = self._clock.now()
            if stored.open_in(conn, room, now) is not None:
                return
            least = thresholds.least(conn, community)
            id = stored.add(
                conn,
                community,
                room,
                question,
                opened_at=now,
                closes_at=closes_at,
                least=least,
            )
            voice = self._to_leaders.voice(conn, community, room)
            pulse = stored.get(conn, id)
            assert pulse is not None
            self._marks.salt(conn, community, pulse.purpose, closes_at)
            blocks = asked(voice, pulse, is_alone=is_alone)
            key = f"u{id:x}.{int(now.timestamp()):x}"
            self._posting.add(conn, community, room, Outgoing(there.ref, blocks, key))
            self._work.add(conn, _CLOSE, {"pulse": id}, due=closes_at, key=f"pulse:{key}")

        return commit

    def answer(
        self, conn: Connection, id: int, community: CommunityId, member: MemberId, score: int
    ) -> None:
        """Keep a member's answer, under a mark, in the place of an earlier one.

        Raises:
            StorageError: It takes no answers by now; asked again, they are told.
        """
        pulse = stored.get(conn, id, community)
        salt = self._marks.find(conn, community, purpose_of(id))
        if pulse is None or salt is None or not pulse.is_open(self._clock.now()):
            raise StorageError("the pulse is over")
        stored.answer(conn, id, salts.marks(conn, salt, member), score)

    async def _run(self, order: Order) -> Commit:
        """Ask what a leader ordered to be asked every week."""
        closes_at = self._clock.now() + OPEN_FOR
        return await self.asks(order.community, order.room, order.rule["question"], closes_at)

    async def _close(self, job: Job) -> Commit:
        """Count, keep what may be told, and let each answer go."""
        id = job.args["pulse"]

        def commit(conn: Connection) -> None:
            pulse = stored.get(conn, id)
            if pulse is None or pulse.closed_at is not None:
                return
            counts = stored.counts(conn, id)
            told = counts if figure(counts, pulse.least) else ()
            stored.close(conn, id, self._clock.now(), pulse.least, told)
            self._marks.end(conn, pulse.community, purpose_of(id))
            self._marks.scrub(conn)
            self._to_leaders.tell(conn, pulse.community, PULSE, id, pulse.room)

        return commit

    def _says(
        self,
        conn: Connection,
        community: CommunityId,
        voice: Voice,
        subjects: Sequence[int],
        readable: Collection[RoomId],
    ) -> tuple[Block, ...]:
        """Say that a pulse is counted; what was asked where, and what came of it, is for who can read its room."""
        found = [pulse for each in subjects if (pulse := stored.get(conn, each, community))]
        blocks: list[Block] = []
        for pulse in found[-1:]:
            key = "pulse.is_counted" if pulse.counts else "pulse.too_few"
            is_seen = pulse.room in readable
            room = rooms.get(conn, pulse.room).name if is_seen else ""
            question = pulse.question if is_seen else ""
            blocks.append(voice.say(key, least=pulse.least, room=room, question=question))
            if pulse.counts:
                see = Choice(f"{PULSE}:see:{pulse.id}", voice.phrase("pulse.see"))
                blocks.append(Choices((see,)))
        return tuple(blocks)


async def is_seen_alone(platforms: Mapping[str, Platform], room: Room) -> bool:
    """Whether nobody else in a room sees what somebody presses there, or there is no other way to answer.

    Raises:
        DisconnectedError: The platform is not running.
    """
    platform = platforms.get(room.ref.platform)
    if platform is None:
        raise DisconnectedError(f"{room.ref.platform!r} is not running")
    can = await platform.capabilities(room.ref)
    return can.buttons >= Level.FULL or can.forms < Level.PARTIAL


def asked(voice: Voice, pulse: Pulse, *, is_alone: bool) -> tuple[Block, ...]:
    """Return a pulse as it stands in its room."""
    until = pulse.closes_at.astimezone(voice.zone)
    return (
        Paragraph((Text(pulse.question, Style.STRONG),)),
        voice.say("pulse.asked", least=pulse.least, until=until),
        scores(voice, f"{PULSE}:{pulse.id}", "pulse.score_", is_alone=is_alone),
    )


def scores(voice: Voice, id: str, words: str, *, is_alone: bool) -> Choices:
    """Return the five answers as buttons, or where others would see which one is pressed, a form for them."""
    if not is_alone:
        return Choices((Choice(id, voice.phrase("pulse.answer_alone"), opens_form=True),))
    return Choices(
        tuple(Choice(f"{id}:{score}", voice.phrase(f"{words}{score}")) for score in SCORES)
    )

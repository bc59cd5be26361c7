"""Decisions that are to be looked at again: on that day those who lead in their room are asked, once."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from learncomm_agent.caring.promising import AT, day_of
from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.people import AccountRef, MemberId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.clock import Clock
from learncomm_agent.community.nudges import Listener, Nudges, Told
from learncomm_agent.community.promise_words import cut, line_of, on, told
from learncomm_agent.errors import DisconnectedError
from learncomm_agent.sessions.methods.meetings import moment_of, zone_of
from learncomm_agent.storage import decisions, drafts, rooms
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.decisions import Decision
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.promised import Decided, decided
from learncomm_agent.storage.writings import Line
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.voice import Voice

DECISIONS = "decisions"
"""The kind of nudges by which leaders hear of them."""
CONTROL = "review"
"""What the ids of its controls begin with."""
REVIEW = "review decision"
"""The due work of the day."""
ACTS = ("keep", "talk", "drop")
MOST, LOOKED_AT = 10, 50
"""So many leaders are asked, of so many of whom it is looked at what they can read."""
_AT_ONCE = 3
_NEXT_DAY, _LATEST = timedelta(days=1), timedelta(days=40)
"""When it is tried again where nobody was there to be asked, or had more to answer; and how long."""
_BEFORE = timedelta(hours=1)
"""So long before it is found out who is asked, so that it comes with what else comes at that time."""
_EARLIEST = timedelta(hours=18)
"""Before noon in UTC, which is kept of a day, its morning has come in some zones."""


class Reviewing:
    """Has them looked at again. The functions that take a `conn` belong in a transaction."""

    def __init__(
        self,
        database: Database,
        work: Work,
        nudges: Nudges,
        directory: Directory,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, name its handler, and say who finds the words."""
        self._database = database
        self._work = work
        self._nudges = nudges
        self._directory = directory
        self._platforms = platforms
        self._clock = clock
        work.handle(REVIEW, self._review)
        nudges.handle(DECISIONS, self._tell, rank=4)

    def plan(self, conn: Connection, decision: Decision, zone: str) -> None:
        """Have one looked at again on its day, in the zone of its community; not where that is over."""
        assert decision.review_at is not None
        day, now = day_of(decision.review_at, zone, is_day=True), self._clock.now()
        if day >= now.astimezone(zone_of(zone)).date():
            due = moment_of(day, AT, zone) - _BEFORE
            key = f"review:{decision.item}:{day.isoformat()}"
            self._work.add(conn, REVIEW, {"item": decision.item}, due=max(due, now), key=key)

    def settle(self, conn: Connection, item: int, *, is_dropped: bool = False) -> bool:
        """Keep that one was looked at again; return whether nobody had done so before."""
        self._nudges.end(conn, DECISIONS, item)
        return decisions.reviewed(conn, item, self._clock.now(), is_dropped=is_dropped)

    async def _review(self, job: Job) -> Commit | None:
        """Find out who leads in the room now and reads it, and have them asked; later, where nobody is there."""
        item = job.args["item"]
        decision = await self._database.read(lambda conn: decisions.get(conn, item))
        if decision is None or not self._is_due(decision):
            return None
        leaders = await self._leaders(decision)

        def commit(conn: Connection) -> None:
            now = self._clock.now()
            assert decision.review_at is not None
            if not leaders and now < decision.review_at + _LATEST:
                self._work.add(conn, REVIEW, job.args, due=now + _NEXT_DAY)
            for each in leaders:
                self._nudges.add(conn, decision.community, each, DECISIONS, item, now + _BEFORE)

        return commit

    def _is_due(self, decision: Decision) -> bool:
        """Whether its day has come: a line that was changed may name another one since."""
        at, now = decision.review_at, self._clock.now()
        return decision.reviewed_at is None and at is not None and at <= now + _EARLIEST

    async def _leaders(self, decision: Decision) -> list[MemberId]:
        """Return who leads in a room and reads it; nobody in a space that the agent was taken out of.

        Raises:
            DisconnectedError: The platform is not there now.
        """
        room = await self._database.read(lambda conn: rooms.get(conn, decision.room))
        space = room.ref.space
        if self._directory.is_left(space):
            return []
        platform = self._platforms.get(space.platform)
        if platform is None:
            raise DisconnectedError(f"{space.platform!r} is not running")

        def known(conn: Connection) -> dict[AccountRef, MemberId]:
            lead = drafts.leaders_of(conn, decision.community, space.platform)
            return lead | self._directory.holders(decision.community, space)

        lead, found = await self._database.read(known), list[MemberId]()
        for ref in list(lead)[:LOOKED_AT]:
            refs = await platform.readable(Audience.of_account(ref, space))
            if room.ref in refs or room.parent in refs:
                found.append(lead[ref])
        return list(dict.fromkeys(found))[:MOST]

    def _tell(self, conn: Connection, listener: Listener, subjects: Sequence[int]) -> Told | None:
        """Ask a leader of decisions whose day has come, unless another has answered."""
        known = (decisions.get(conn, id, listener.community.id) for id in subjects)
        due = [
            each
            for each in known
            if each is not None and each.room in listener.readable.rooms and self._is_due(each)
        ]
        found = [each for each in decided(conn, due) if each.is_quotable]
        if not found:
            return None
        voice, platform = listener.voice, listener.account.platform
        today = listener.now.astimezone(zone_of(listener.community.timezone)).date()
        lines = [_asked(voice, each, platform, today) for each in found[:_AT_ONCE]]
        writing = told(listener.community, listener.member.id, voice, lines)
        again = {each.decision.item: listener.now + _NEXT_DAY for each in found[_AT_ONCE:]}
        return Told(writing=writing, again=again)


def _asked(voice: Voice, it: Decided, platform: str, today: date) -> Line:
    assert it.decision.review_at is not None
    day = day_of(it.decision.review_at, "UTC", is_day=True)
    said = voice.phrase(
        "decisions.review",
        room=it.room.name,
        words=cut(it.words),
        at=it.decision.decided_at,
        day=None if day == today else day,
    )
    acts = [
        [f"{CONTROL}:{act}:{it.decision.item}", voice.phrase(f"decisions.button_{act}")]
        for act in ACTS
    ]
    links = [(voice.phrase("actions.where"), on(it.where, platform))]
    return line_of(said, it.line.evidence, links, acts)

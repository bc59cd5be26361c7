"""Drafts wait for a leader's word: they are shown to leaders, changed, and published once or dropped.

Nothing is published by itself. `community.reminders` sees to it that none is forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import RoomId, RoomKind
from learncomm_agent.chat.outgoing import Outgoing, Receipt
from learncomm_agent.chat.people import AccountId, AccountRef, CommunityId, MemberId
from learncomm_agent.chat.placeholders import dump, load
from learncomm_agent.chat.posting import Posting, lane_of
from learncomm_agent.clock import Clock
from learncomm_agent.community.reminders import Reminders
from learncomm_agent.errors import NotPermittedError, RoomGoneError, StorageError, for_log
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.log import logger
from learncomm_agent.storage import audit, drafts, edits, posts, rooms, shares, writings
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.drafts import PUBLISH, Draft, State
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.writings import Writing
from learncomm_agent.work import Commit, Work

_log = logger(__name__)


Decided = Callable[[Connection, int, bool], None]
"""Takes which draft a leader decided on, and whether they published it, in that transaction."""
Edited = Callable[[Connection, int], None]
"""Takes which draft was changed after it was published, in that transaction."""


@dataclass(frozen=True, slots=True)
class Leader:
    """Who decides on a draft, and where they do."""

    member: MemberId
    account: AccountId
    ref: AccountRef
    room: RoomId


class Drafts:
    """Keeps them. The functions that take a `conn` belong in a transaction."""

    def __init__(
        self,
        database: Database,
        work: Work,
        posting: Posting,
        reminders: Reminders,
        forgetting: Forgetting,
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handler."""
        self._forgetting = forgetting
        self._database = database
        self._work = work
        self._posting = posting
        self._reminders = reminders
        self._clock = clock
        self._decided: list[Decided] = []
        self._edited: list[Edited] = []
        work.handle(PUBLISH, self._publish, given_up=self._given_up)

    def follow_with(self, decided: Decided, edited: Edited | None = None) -> None:
        """Name another who is told what leaders decide on drafts, and what they change later."""
        self._decided.append(decided)
        if edited is not None:
            self._edited.append(edited)

    def open(
        self, conn: Connection, community: CommunityId, writing: int, desk: RoomId | None
    ) -> Draft:
        """Keep that a writing is a draft, looked over in a room, or in the direct talk with its member."""
        drafts.add(conn, writing, community, desk, self._clock.now())
        draft = drafts.get(conn, writing)
        assert draft is not None
        self._reminders.begin(conn, community, writing)
        return draft

    def show_at(self, conn: Connection, draft: Draft, desk: RoomId, otherwise: Outgoing) -> None:
        """Show a draft in the leaders' room; where that can't be, say otherwise what became of it."""
        key = drafts.view_key(draft.writing, None, self._clock.now())
        outgoing = Outgoing(rooms.get(conn, desk).ref, (), key)
        self._posting.add(
            conn,
            draft.community,
            desk,
            outgoing,
            writing=draft.writing,
            otherwise=otherwise,
            lane=lane_of(draft.room),
        )

    def show_to(
        self, conn: Connection, draft: Draft, leader: Leader, otherwise: Outgoing | None = None
    ) -> None:
        """Show a draft to one leader alone; where that can't be, say otherwise what became of it."""
        there = rooms.get(conn, leader.room)
        alone = None if there.kind is RoomKind.DIRECT else leader.ref
        key = drafts.view_key(draft.writing, leader.account, self._clock.now())
        self._posting.add(
            conn,
            draft.community,
            leader.room,
            Outgoing(there.ref, (), key, private_to=alone),
            writing=draft.writing,
            asker=leader.ref,
            otherwise=otherwise,
            lane=lane_of(draft.room),
        )

    def publish(self, conn: Connection, writing: Writing, leader: Leader, sorry: Outgoing) -> None:
        """Have a draft posted in the room that it is for: once, however often that is asked for.

        Args:
            conn: The transaction to write in.
            writing: The draft.
            leader: Who approves of it.
            sorry: What they are told where nothing can be posted in the room.

        Raises:
            StorageError: It was decided on meanwhile.
        """
        assert writing.room is not None
        draft = drafts.get(conn, writing.id)
        if draft is None or draft.state is not State.OPEN:
            raise StorageError("the draft was decided on meanwhile")
        if drafts.is_going_out(conn, writing.id):
            return
        args = {
            "community": writing.community,
            "room": writing.room,
            "writing": writing.id,
            "member": leader.member,
            "account": leader.account,
            "asked_in": leader.room,
            "sorry": dump(sorry),
        }
        self._work.add(conn, PUBLISH, args, lane=lane_of(writing.room))

    async def _publish(self, job: Job) -> Commit | None:
        """Post a draft as all in the room may read it now, and keep that it is published."""
        community, id = CommunityId(job.args["community"]), job.args["writing"]
        draft = await self._database.read(lambda conn: drafts.get(conn, id))
        if draft is None or draft.state is not State.OPEN:
            return None
        there = await self._database.read(lambda conn: rooms.get(conn, RoomId(job.args["room"])))
        outgoing = Outgoing(there.ref, (), drafts.published_key(id, draft.asked_at))
        try:
            outgoing = await self._posting.refreshed(
                community, id, outgoing, Audience.of_room(there.ref)
            )
            if not await self._database.read(lambda conn: _kept(conn, community, id)):
                return lambda conn: self._given_up(conn, job)
            receipt = await self._posting.send(outgoing)
        except (NotPermittedError, RoomGoneError) as error:
            _log.warning("draft not published", writing=id, reason=for_log(error))
            return lambda conn: self._given_up(conn, job)
        return lambda conn: self._published(conn, job, draft, outgoing, receipt)

    def _published(
        self, conn: Connection, job: Job, draft: Draft, outgoing: Outgoing, receipt: Receipt
    ) -> None:
        now, id = self._clock.now(), draft.writing
        room = RoomId(job.args["room"])
        posts.record(
            conn,
            draft.community,
            room,
            outgoing.key,
            receipt,
            writing=id,
            is_private=False,
            now=now,
        )
        self.changed(conn, draft)
        by, account = MemberId(job.args["member"]), AccountId(job.args["account"])
        if not drafts.decide(conn, id, State.PUBLISHED, by, now):
            return  # what it rested on was forgotten while it was being sent: the post follows
        self._reminders.end(conn, id)
        for follow in self._decided:
            follow(conn, id, True)
        shares.share_record(conn, id)
        subject = f"writing {id}"
        audit.record(conn, draft.community, PUBLISH, subject, at=now, account=account)

    def _given_up(self, conn: Connection, job: Job) -> None:
        """Tell who approved that nothing was posted; the draft waits on."""
        community, room = CommunityId(job.args["community"]), RoomId(job.args["asked_in"])
        sorry = load(job.args["sorry"])
        self._posting.add(conn, community, room, sorry, may_be_dropped=True)

    def drop(self, conn: Connection, draft: Draft, leader: Leader) -> None:
        """Let go of a draft with all its lines, and of the record that was held for it.

        Raises:
            StorageError: It was decided on meanwhile, or is being published.
        """
        now, id = self._clock.now(), draft.writing
        is_late = drafts.is_going_out(conn, id)
        if is_late or not drafts.decide(conn, id, State.DROPPED, leader.member, now):
            raise StorageError("the draft was decided on meanwhile")
        drafts.empty(conn, draft.writing)
        self._reminders.end(conn, draft.writing)
        for follow in self._decided:
            follow(conn, draft.writing, False)
        subject = f"writing {draft.writing}"
        audit.record(conn, draft.community, "drop draft", subject, at=now, account=leader.account)
        held = shares.held_for(draft.writing)
        if shares.is_there(conn, held):
            self._forgetting.unshare(conn, draft.community, held, subject, leader.account)
        self.changed(conn, draft)

    def change(
        self, conn: Connection, draft: Draft, edit: Callable[[Connection, Writing], None]
    ) -> None:
        """Change the lines of a draft as they are by now, and have the posts follow that show them.

        Raises:
            StorageError: It was decided on meanwhile.
        """
        now = drafts.get(conn, draft.writing)
        writing = writings.get(conn, draft.writing, draft.community)
        if now is None or writing is None or now.state is not draft.state:
            raise StorageError("the draft was decided on meanwhile")
        edit(conn, edits.applied(conn, writing))
        if now.state is State.PUBLISHED:
            for follow in self._edited:
                follow(conn, draft.writing)
        self.changed(conn, draft)

    def changed(self, conn: Connection, draft: Draft) -> None:
        """Have the posts changed that show a draft, in order with what else becomes of them."""
        args = {"community": draft.community, "writing": draft.writing}
        self._work.add(conn, "mend", args, lane=lane_of(draft.room))


def _kept(conn: Connection, community: CommunityId, id: int) -> bool:
    """Whether there is a line that is to be published."""
    writing = writings.get(conn, id, community)
    lines = () if writing is None else edits.applied(conn, writing).lines
    return any(not line.content.get("is_struck") for line in lines)

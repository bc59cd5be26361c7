"""Forgetting: what is deleted takes with it all that was made from it, in one transaction.

Rows, full text and lines that rested on it go at once; the vectors, the posts that showed a line and
the freed pages of the files follow as due work.
"""

from collections.abc import Callable, Collection
from datetime import timedelta

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import AccountId, CommunityId, Consent, MemberId
from learncomm_agent.chat.posting import lane_of
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotFoundError
from learncomm_agent.library.forgotten import Forgotten as Forgotten
from learncomm_agent.library.indexing import Indexing
from learncomm_agent.library.removing import Follow, Gone, Rebuild, Removing
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import (
    audit,
    ballots,
    drafts,
    edits,
    knowers,
    losses,
    members,
    messages,
    readings,
    resources,
    thanks,
    traces,
)
from learncomm_agent.storage import lines as lines_of
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.work import Commit, Work

SCRUB_WAIT = timedelta(minutes=1)
EARLY_KEPT = timedelta(minutes=10)
"""How long an edit waits for its own message."""
Revise = Callable[[Connection, CommunityId, ResourceId], bool]
Silence = Callable[[Connection, CommunityId, MemberId], None]


class Forgetting:
    """Deletes, and follows every trace. The functions that take a `conn` belong in a transaction."""

    def __init__(self, database: Database, work: Work, indexing: Indexing, clock: Clock) -> None:
        """Take what it needs, and name the handler that empties the files."""
        self._database = database
        self._removing = Removing(indexing)
        self._work = work
        self._clock = clock
        self.revise_answer: Revise = lambda conn, community, resource: False
        """Writes a kept answer anew from the lines that are left of it; whether any is."""
        self.silence: Silence = lambda conn, community, member: None
        """Takes what a member said out of the records of meetings."""
        work.handle("scrub", self._scrub)
        work.handle("drop early", self._drop_early)

    def rebuild_with(self, rebuild: Rebuild) -> None:
        """Have conversations made again of which a message has gone."""
        self._removing.rebuild = rebuild

    def follow_with(self, follow: Follow) -> None:
        """Have somebody told who keeps more than is known of here."""
        self._removing.followers.append(follow)

    def message(
        self,
        conn: Connection,
        community: CommunityId,
        room: RoomId,
        platform_id: str,
        by: AccountId | None = None,
    ) -> Forgotten:
        """Forget a message, the shares it made, what it asked, and the lines that rest on it."""
        found = messages.find(conn, room, platform_id)
        id = messages.bury(conn, community, room, platform_id, self._clock.now())
        if found is None or found.state is messages.State.DELETED:
            return self.unthank(conn, community, room, platform_id)
        gone = self._removing.behind(conn, community, traces.of_one(id))
        gone += Forgotten(writings=lines_of.unask(conn, community, traces.of_one(id)))
        action = "message" if by is None else "forget message"
        return self.close(conn, community, action, f"message {id}", gone, by)

    def unthank(
        self, conn: Connection, community: CommunityId, room: RoomId, platform_id: str
    ) -> Forgotten:
        """Forget thanks for a message of which nothing else is kept, or that were said in it."""
        gone = Forgotten(writings=thanks.drop_at(conn, room, platform_id))
        if not gone.writings:
            return gone
        return self.close(conn, community, "message", f"thanks in room {room}", gone)

    def outlived(
        self,
        conn: Connection,
        community: CommunityId,
        ids: Collection[MessageId],
        action: str = "outlived",
    ) -> Forgotten:
        """Forget messages that are older than they are kept, or whose room or space has gone."""
        return self._bury(conn, community, traces.of_some(ids), action, "messages")

    def soon_if_early(self, conn: Connection) -> None:
        """Have an edit forgotten whose message does not follow within minutes."""
        if not is_waiting(conn, "drop early", "early"):
            due = self._clock.now() + EARLY_KEPT
            self._work.add(conn, "drop early", {}, due=due, lane="early")

    def edited(self, conn: Connection, community: CommunityId, message: MessageId) -> Forgotten:
        """Check the lines that rest on a message again: drop those whose words are gone."""
        text, _ = messages.texts(conn, [message]).get(message, ("", 0))
        self._removing.tell(conn, community, Gone(edited=message))
        gone = self._removing.unsaid(conn, lines_of.lines_on(conn, message=message), text)
        if readings.drop_on(conn, traces.of_one(message)) or gone.lines:
            self.close(conn, community, "edit", f"message {message}", gone)
        return gone

    def revised(
        self, conn: Connection, community: CommunityId, resource: ResourceId, text: str
    ) -> Forgotten:
        """Check the lines that rest on a resource again: drop those whose words are gone.

        A line that quotes nothing in particular showed the old words, so it goes as well; not one that
        only says that the resource was shared.
        """
        lines = lines_of.lines_on(conn, resource=resource)
        gone = self._removing.unsaid(conn, lines, text, with_unquoted=True)
        return self.close(conn, community, "revise", f"resource {resource}", gone)

    def unsay(
        self, conn: Connection, community: CommunityId, resource: ResourceId, items: Collection[int]
    ) -> Forgotten:
        """Drop those lines that rest on what is about to go from a resource."""
        lost = [line for line in lines_of.lines_on(conn, resource=resource) if line[0] in items]
        gone = self._removing.lines(conn, lost)
        return self.close(conn, community, "unsay", f"resource {resource}", gone)

    def resource(
        self,
        conn: Connection,
        community: CommunityId,
        resource: ResourceId,
        by: AccountId | None = None,
    ) -> Forgotten:
        """Forget a resource and the lines that rest on it."""
        gone = self._removing.resource(conn, community, resource)
        return self.close(conn, community, "forget", f"resource {resource}", gone, by)

    def source(self, conn: Connection, community: CommunityId, source: str) -> Forgotten:
        """Forget every resource of a source that the whole community may read.

        Raises:
            NotFoundError: There is none.
        """
        found = resources.listed(conn, community, Readable(), source=source)
        if not found:
            raise NotFoundError(f"no resource {source!r}", phrase="forget.not_found")
        gone = Forgotten()
        for resource in found:
            gone += self.resource(conn, community, resource.id)
        return gone

    def unshare(
        self,
        conn: Connection,
        community: CommunityId,
        these: sa.ColumnElement[bool],
        subject: str,
        by: AccountId | None = None,
    ) -> Forgotten:
        """Take back the shares of which a condition is true; what they brought goes where none is left."""
        gone = self._removing.shares(conn, community, these)
        return self.close(conn, community, "unshare", subject, gone, by)

    def opt_out(
        self, conn: Connection, community: CommunityId, member: MemberId, by: AccountId
    ) -> Forgotten:
        """Forget what a member wrote and shared; the id and time of each message stay."""
        members.set_consent(conn, member, Consent.OUT)
        gone = self._removing.behind(conn, community, traces.of_member(member))
        messages.count_only(conn, member)
        gone += self._person(conn, community, member)
        return self.close(conn, community, "opt out", f"member {member}", gone, by)

    def member(
        self, conn: Connection, community: CommunityId, member: MemberId, by: AccountId
    ) -> Forgotten:
        """Forget what a member wrote and shared until now, as if they had deleted it themselves."""
        ids = traces.of_member(member)
        gone = self._removing.behind(conn, community, ids)
        traces.bury(conn, ids)
        gone += self._person(conn, community, member)
        return self.close(conn, community, "forget member", f"member {member}", gone, by)

    def withdraw(self, conn: Connection, community: CommunityId, member: MemberId) -> Forgotten:
        """Take a member's messages out of the library, but for summaries; what they shared stays theirs."""
        ids = traces.of_member(member)
        self._removing.tell(conn, community, Gone(withdrawn=member))
        lines, touched = lines_of.drop_lines_on(conn, messages=ids, but_in="summary")
        gone = Forgotten(lines=lines, writings=touched)
        readings.drop_on(conn, ids)
        gone += self._removing.talk(conn, community, ids)
        gone += self._removing.shares(conn, community, traces.made_by_others(ids, member))
        self.silence(conn, community, member)
        return self.close(conn, community, "withdraw", f"member {member}", gone)

    def unname(self, conn: Connection, community: CommunityId, member: MemberId) -> Forgotten:
        """Name a member no longer, in any post, as somebody who may know."""
        gone = Forgotten(writings=knowers.unname(conn, member))
        return self.close(conn, community, "unname", f"member {member}", gone)

    def room(
        self, conn: Connection, community: CommunityId, room: RoomId, by: AccountId | None
    ) -> Forgotten:
        """Forget what was said and shared in a room and its threads, and what feeds brought there."""
        ids = traces.threads_of(conn, room)
        self._removing.tell(conn, community, Gone(rooms=ids))
        gone = Forgotten(feeds=traces.end_feeds(conn, ids))
        gone += self._removing.conversations(conn, community, traces.conversations_in(conn, ids))
        gone += self._removing.shares(conn, community, traces.into(ids))
        gone += Forgotten(writings=drafts.withdraw_of_rooms(conn, ids))
        gone += Forgotten(writings=lines_of.drop_of_rooms(conn, ids))
        gone += Forgotten(writings=ballots.drop_in(conn, ids, self._clock.now()))
        said = traces.of_rooms(ids)
        gone += self._removing.behind(conn, community, said)
        traces.bury(conn, said)
        return self.close(conn, community, "forget room", f"room {room}", gone, by)

    def _bury(
        self, conn: Connection, community: CommunityId, ids: traces.Ids, action: str, subject: str
    ) -> Forgotten:
        gone = self._removing.behind(conn, community, ids)
        gone += Forgotten(writings=lines_of.unask(conn, community, ids))
        traces.bury(conn, ids)
        return self.close(conn, community, action, subject, gone)

    def _person(self, conn: Connection, community: CommunityId, member: MemberId) -> Forgotten:
        """Forget what a member shared, what was written for them alone, and what they asked."""
        self._removing.tell(conn, community, Gone(member=member))
        gone = self._removing.shares(conn, community, traces.of_sharer(member))
        self.silence(conn, community, member)
        gone += Forgotten(writings=thanks.drop_of(conn, member))
        gone += Forgotten(writings=knowers.unname(conn, member))
        gone += Forgotten(writings=ballots.drop_of(conn, member))
        gone += Forgotten(writings=edits.forget(conn, member))
        gone += Forgotten(writings=drafts.withdraw_of_member(conn, member))
        return gone + Forgotten(writings=lines_of.drop_of_member(conn, member))

    def close(
        self,
        conn: Connection,
        community: CommunityId,
        action: str,
        subject: str,
        gone: Forgotten,
        by: AccountId | None = None,
    ) -> Forgotten:
        """Have the posts mended and the files emptied, keep that it was done, and return the receipt."""
        losses.explain(conn, gone.writings, is_asked=bool(by) or action in losses.AS_ASKED)
        gone += self._kept_answers(conn, community, gone.writings)
        gone += Forgotten(posts=traces.posts_of(conn, gone.writings))
        for writing, room in lines_of.rooms_of(conn, gone.writings).items():
            # Behind the post itself, where that still waits.
            args = {"community": community, "writing": writing}
            self._work.add(conn, "mend", args, lane=lane_of(room))
        if not is_waiting(conn, "scrub", "scrub"):
            # Rewriting the file holds up the writer: single messages share one a minute.
            wait = SCRUB_WAIT if action in {"message", "edit"} else timedelta(0)
            self._work.add(conn, "scrub", {}, due=self._clock.now() + wait, lane="scrub")
        now = self._clock.now()
        audit.record(conn, community, action, subject, at=now, account=by, detail=gone.counts)
        self._removing.tell(conn, community, Gone())
        return gone

    def _kept_answers(
        self, conn: Connection, community: CommunityId, touched: Collection[int]
    ) -> Forgotten:
        """Follow with the answers that leaders kept as resources and of which a line has gone."""
        gone = Forgotten()
        while kept := traces.kept_answers(conn, community, touched):
            behind = Forgotten()
            for each in kept:
                if not self.revise_answer(conn, community, each):
                    behind += self._removing.resource(conn, community, each)
            gone, touched = gone + behind, behind.writings  # an answer may rest on a kept answer
        return gone

    async def _drop_early(self, job: Job) -> Commit:
        before = self._clock.now() - EARLY_KEPT / 2
        return lambda conn: messages.drop_early(conn, before)

    async def _scrub(self, job: Job) -> None:
        await self._database.scrub()

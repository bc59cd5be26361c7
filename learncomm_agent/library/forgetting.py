"""Forgetting: what is deleted takes with it all that was made from it, in one transaction.

Rows, full text and lines that rested on it go at once; the vectors, the posts that showed a line and
the freed pages of the files follow as due work.
"""

from dataclasses import dataclass
from datetime import timedelta

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import AccountId, CommunityId, Consent, MemberId
from learncomm_agent.chat.posting import lane_of
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotFoundError
from learncomm_agent.library.indexing import Indexing
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import audit, members, messages, resources, shares, writings
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.evidence import locate

SCRUB_WAIT = timedelta(minutes=1)
EARLY_KEPT = timedelta(minutes=10)
"""How long an edit waits for its own message."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The receipt: how much is gone."""

    messages: int = 0
    resources: int = 0
    passages: int = 0
    lines: int = 0
    """Lines of summaries, answers and questions."""
    writings: tuple[int, ...] = ()
    """Those that stood in; the posts that showed them are edited."""

    def __add__(self, other: "Forgotten") -> "Forgotten":
        """Add two receipts up."""
        return Forgotten(
            self.messages + other.messages,
            self.resources + other.resources,
            self.passages + other.passages,
            self.lines + other.lines,
            tuple(sorted({*self.writings, *other.writings})),
        )


class Forgetting:
    """Deletes, and follows every trace. The functions that take a `conn` belong in a transaction."""

    def __init__(self, database: Database, work: Work, indexing: Indexing, clock: Clock) -> None:
        """Take what it needs, and name the handler that empties the files."""
        self._database = database
        self._indexing = indexing
        self._work = work
        self._clock = clock
        work.handle("scrub", self._scrub)
        work.handle("drop early", self._drop_early)

    def message(
        self, conn: Connection, community: CommunityId, room: RoomId, platform_id: str
    ) -> Forgotten:
        """Forget a message, the shares it made and the lines that rest on it."""
        found = messages.find(conn, room, platform_id)
        id = messages.bury(conn, community, room, platform_id, self._clock.now())
        if found is None or found.state is messages.State.DELETED:
            return Forgotten()
        gone = self._behind_message(conn, community, id)
        self._close(conn, community, "message", f"message {id}", gone)
        return gone

    def soon_if_early(self, conn: Connection) -> None:
        """Have an edit forgotten whose message does not follow within minutes."""
        if not is_waiting(conn, "drop early", "early"):
            due = self._clock.now() + EARLY_KEPT
            self._work.add(conn, "drop early", {}, due=due, lane="early")

    def edited(self, conn: Connection, community: CommunityId, message: MessageId) -> Forgotten:
        """Check the lines that rest on a message again: drop those whose words are gone."""
        text, _ = messages.texts(conn, [message]).get(message, ("", 0))
        lines = writings.lines_on(conn, message=message)
        gone = _drop(conn, [line for line in lines if line[2] and locate(line[2], text) is None])
        if gone.lines:
            self._close(conn, community, "edit", f"message {message}", gone)
        return gone

    def revised(
        self, conn: Connection, community: CommunityId, resource: ResourceId, text: str
    ) -> Forgotten:
        """Check the lines that rest on a resource again: drop those whose words are gone.

        A line that quotes nothing in particular showed the old words, so it goes as well.
        """
        lines = writings.lines_on(conn, resource=resource)
        gone = _drop(conn, [line for line in lines if not line[2] or locate(line[2], text) is None])
        self._close(conn, community, "revise", f"resource {resource}", gone)
        return gone

    def resource(
        self,
        conn: Connection,
        community: CommunityId,
        resource: ResourceId,
        by: AccountId | None = None,
    ) -> Forgotten:
        """Forget a resource and the lines that rest on it."""
        gone = self._resource(conn, community, resource)
        self._close(conn, community, "forget", f"resource {resource}", gone, by)
        return gone

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

    def opt_out(
        self, conn: Connection, community: CommunityId, member: MemberId, by: AccountId
    ) -> Forgotten:
        """Forget what a member wrote and shared; the id and time of each message stay."""
        members.set_consent(conn, member, Consent.OUT)
        gone = Forgotten()
        for message in messages.of_member(conn, member):
            gone += self._behind_message(conn, community, message.id)
        messages.count_only(conn, member)
        for orphan in shares.take_back(conn, member=member):
            gone += self._resource(conn, community, orphan)
        writings.drop_of_member(conn, member)
        self._close(conn, community, "opt out", f"member {member}", gone, by)
        return gone

    def _behind_message(
        self, conn: Connection, community: CommunityId, message: MessageId
    ) -> Forgotten:
        lines, touched = writings.drop_lines_on(conn, message=message)
        gone = Forgotten(messages=1, lines=lines, writings=touched)
        for orphan in shares.take_back(conn, message=message):
            gone += self._resource(conn, community, orphan)
        return gone

    def _resource(
        self, conn: Connection, community: CommunityId, resource: ResourceId
    ) -> Forgotten:
        lines, touched = writings.drop_lines_on(conn, resource=resource)
        chunks = resources.remove(conn, resource)
        self._indexing.remove(conn, community, chunks)
        return Forgotten(resources=1, passages=len(chunks), lines=lines, writings=touched)

    def _close(
        self,
        conn: Connection,
        community: CommunityId,
        action: str,
        subject: str,
        gone: Forgotten,
        by: AccountId | None = None,
    ) -> None:
        """Have the posts mended and the files emptied, and keep that it was done."""
        for writing, room in writings.rooms_of(conn, gone.writings).items():
            # Behind the post itself, where that still waits.
            args = {"community": community, "writing": writing}
            self._work.add(conn, "mend", args, lane=lane_of(room))
        if not is_waiting(conn, "scrub", "scrub"):
            # Rewriting the file holds up the writer: single messages share one a minute.
            wait = SCRUB_WAIT if action in {"message", "edit"} else timedelta(0)
            self._work.add(conn, "scrub", {}, due=self._clock.now() + wait, lane="scrub")
        counts = {
            "messages": gone.messages,
            "resources": gone.resources,
            "passages": gone.passages,
            "lines": gone.lines,
        }
        audit.record(
            conn, community, action, subject, at=self._clock.now(), account=by, detail=counts
        )

    async def _drop_early(self, job: Job) -> Commit:
        before = self._clock.now() - EARLY_KEPT / 2
        return lambda conn: messages.drop_early(conn, before)

    async def _scrub(self, job: Job) -> None:
        await self._database.scrub()


def _drop(conn: Connection, lines: list[tuple[int, int, str]]) -> Forgotten:
    for item, writing, _ in lines:
        writings.drop_line(conn, item, writing)
    return Forgotten(lines=len(lines), writings=tuple(sorted({writing for _, writing, _ in lines})))

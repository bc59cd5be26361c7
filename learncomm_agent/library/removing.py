"""Taking things out with what was made from them: what forgetting consists of.

Each verb belongs in a transaction, and returns what is gone.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.library.forgotten import Forgotten
from learncomm_agent.library.indexing import Indexing
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import again, readings, resources, thanks, traces, windows
from learncomm_agent.storage import lines as lines_of
from learncomm_agent.storage.database import Connection
from learncomm_agent.writing.evidence.checks import locate


@dataclass(frozen=True, slots=True)
class Gone:
    """What is about to be forgotten, or to be changed: one of these; none of them once all of it is done."""

    messages: traces.Ids | None = None
    """A query for row ids."""
    member: MemberId | None = None
    resource: ResourceId | None = None
    rooms: Collection[RoomId] = ()
    edited: MessageId | None = None
    withdrawn: MemberId | None = None
    """Whose messages are for summaries only from now on."""


Follow = Callable[[Connection, CommunityId, Gone], None]
"""Takes what else is kept of that out, in the same transaction, while it is known still."""
Rebuild = Callable[[Connection, Collection[ResourceId]], None]
"""Has conversations that are about to go made again from what is left, in the same transaction."""


class Removing:
    """Takes out rows, full text, vectors, and the lines that rested on them."""

    def __init__(self, indexing: Indexing) -> None:
        """Take what it needs."""
        self._indexing = indexing
        self.rebuild: Rebuild = lambda conn, gone: None
        self.followers: list[Follow] = []

    def tell(self, conn: Connection, community: CommunityId, gone: Gone) -> None:
        """Tell those who keep more than is known of here."""
        for follow in self.followers:
            follow(conn, community, gone)

    def behind(self, conn: Connection, community: CommunityId, ids: traces.Ids) -> Forgotten:
        """Take out what was made of messages, which stay themselves."""
        self.tell(conn, community, Gone(messages=ids))
        readings.drop_on(conn, ids)
        lines, touched = lines_of.drop_lines_on(conn, messages=ids)
        gone = Forgotten(messages=traces.count(conn, ids), lines=lines, writings=touched)
        gone += Forgotten(writings=thanks.drop_on(conn, ids))  # where they were no line's evidence
        gone += self.talk(conn, community, ids)
        return gone + self.shares(conn, community, traces.made_by(ids))

    def talk(self, conn: Connection, community: CommunityId, ids: traces.Ids) -> Forgotten:
        """Take out the conversations in which any of these messages stands; the others come again."""
        held = traces.conversations(conn, ids)
        if held:
            self.rebuild(conn, held)
        return self.conversations(conn, community, held)

    def conversations(
        self, conn: Connection, community: CommunityId, held: Collection[ResourceId]
    ) -> Forgotten:
        """Take out conversations, on which no line rests."""
        chunks = windows.remove(conn, held)
        self._indexing.remove(conn, community, chunks)
        return Forgotten(conversations=len(held), passages=len(chunks))

    def shares(
        self, conn: Connection, community: CommunityId, these: sa.ColumnElement[bool]
    ) -> Forgotten:
        """Take shares back, and take out what nobody shares any more.

        Of what others share still, no line names who took theirs back, and none stays whose readers
        may not read it any more.
        """
        gone = Forgotten()
        for orphan in traces.only_by(conn, these):  # while it is known who brought it from where
            gone += self.resource(conn, community, orphan)
        taken = traces.take_back(conn, these)
        lines, touched = lines_of.unshare(conn, taken)
        return gone + Forgotten(shares=len(taken), lines=lines, writings=touched)

    def lines(self, conn: Connection, lines: Iterable[tuple[int, int, str]]) -> Forgotten:
        """Take out lines; see `storage.lines.lines_on`."""
        gone = {item: writing for item, writing, _ in lines}
        return Forgotten(lines=len(gone), writings=lines_of.drop_lines(conn, gone))

    def unsaid(
        self,
        conn: Connection,
        lines: Iterable[tuple[int, int, str]],
        text: str,
        *,
        with_unquoted: bool = False,
    ) -> Forgotten:
        """Take out those of some lines whose quote stands in a text no more; those that quote nothing if asked for."""
        return self.lines(
            conn,
            (
                line
                for line in lines
                if (locate(line[2], text) is None if line[2] else with_unquoted)
            ),
        )

    def resource(self, conn: Connection, community: CommunityId, resource: ResourceId) -> Forgotten:
        """Take out a resource, and the due work that would bring it again."""
        self.tell(conn, community, Gone(resource=resource))
        lines, touched = lines_of.drop_lines_on(conn, resource=resource)
        kinds = traces.kinds_of(conn, resource)
        again.drop(conn, resource)
        chunks = resources.remove(conn, resource)
        self._indexing.remove(conn, community, chunks)
        return Forgotten(**kinds, passages=len(chunks), lines=lines, writings=touched)

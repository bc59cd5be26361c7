"""Editing what was posted when the evidence of a line has gone."""

from datetime import UTC
from zoneinfo import ZoneInfo

from learncomm_agent.chat.audience import Audience, Readable
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Block, Choices, Outgoing, Receipt
from learncomm_agent.chat.people import AccountRef, CommunityId
from learncomm_agent.chat.posting import Posting, audience_of
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError, RoomGoneError
from learncomm_agent.log import logger
from learncomm_agent.storage import (
    audit,
    branches,
    communities,
    covering,
    members,
    messages,
    posts,
    rooms,
    spaces,
    writings,
)
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.writings import Writing
from learncomm_agent.words import Words
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.layout import Layout, evidence_messages

_log = logger(__name__)


class Mending:
    """Shows a writing again, without the lines that are gone, wherever it was posted."""

    def __init__(
        self, database: Database, work: Work, posting: Posting, words: Words, clock: Clock
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._posting = posting
        self._words = words
        self._clock = clock
        work.handle("mend", self._mend)
        posting.check_with(self._as_it_is)

    async def _mend(self, job: Job) -> Commit | None:
        community = CommunityId(job.args["community"])
        await self._close_to_readers(community, job.args["writing"])
        shown = await self._database.read(lambda conn: self._shown(conn, community, job))
        if not shown:
            return None
        unreached = 0
        receipts: list[tuple[posts.Post, Receipt]] = []
        for post, outgoing in shown:
            try:
                receipts.append((post, await self._posting.change(post, outgoing)))
            except (NotPermittedError, RoomGoneError) as error:
                unreached += 1
                _log.warning("post not mended", writing=job.args["writing"], reason=str(error))
        subject = f"writing {job.args['writing']}"
        counts = {"posts": len(shown), "unreached": unreached}

        def commit(conn: Connection) -> None:
            for post, receipt in receipts:
                posts.change_parts(conn, post.key, receipt)
            now = self._clock.now()
            audit.record(conn, community, "mend", subject, at=now, detail=counts)

        return commit

    async def _as_it_is(
        self, community: CommunityId, id: int, outgoing: Outgoing, audience: Audience
    ) -> Outgoing:
        """Return a post that waited as it may be shown now; its controls stay.

        Lines may have gone meanwhile, with what they rested on or whoever had written that, or with
        the room in which its readers had read it, and the whole of it with the member that it was for.
        """
        await self._close(community, id, audience)

        def read(conn: Connection) -> tuple[Block, ...] | None:
            writing = writings.get(conn, id, community)
            if writing is None:
                return self._gone(conn, community)
            is_changed = writing.lost or writing.trace.get("changed")
            return self._blocks(conn, writing) if is_changed else None

        blocks = await self._database.read(read)
        if blocks is None:
            return outgoing
        controls = tuple(block for block in outgoing.blocks if isinstance(block, Choices))
        return outgoing.with_blocks((*blocks, *controls))

    async def _close_to_readers(self, community: CommunityId, id: int) -> None:
        """Drop what those may not read any more who see the posts of a writing, as far as they are known."""

        def audiences(conn: Connection) -> set[Audience]:
            writing = writings.get(conn, id, community)
            if writing is None:
                return set()
            return {
                audience
                for post in posts.of_writing(conn, id)
                if post.parts and (audience := _audience(conn, writing, post)) is not None
            }

        for audience in await self._database.read(audiences):
            await self._close(community, id, audience)

    async def _close(self, community: CommunityId, id: int, audience: Audience) -> None:
        """Drop the lines of a writing that rest on what its readers may not read now.

        Of one person, the other spaces of the community are asked only where the space of the post
        does not say it all. What can't be told there now is waited for, as what is dropped stays so.

        Raises:
            PlatformError: Who may read what can't be told now.
        """
        refs = await self._posting.readable(audience)

        def readable(conn: Connection) -> Readable:
            return branches.readable(conn, refs)

        def write(conn: Connection) -> int:
            return covering.close(conn, id, readable(conn))

        def is_closed(conn: Connection) -> bool:
            return covering.is_closed(conn, id, readable(conn))

        if not await self._database.read(is_closed):
            return
        for other in await self._others(community, audience):
            refs |= await self._posting.readable(other)
        if await self._database.read(is_closed):
            lines = await self._database.write(write)
            _log.info("not for its readers of now", writing=id, lines=lines)

    async def _others(self, community: CommunityId, audience: Audience) -> list[Audience]:
        """Return the one reader in the other spaces of the community; none where all in a room read it."""
        account, space = audience.account, audience.space
        if account is None or space is None:
            return []
        platform = account.platform
        known = await self._database.read(
            lambda conn: spaces.of_community(conn, community, platform)
        )
        return [Audience.of_account(account, other) for other in known if other != space]

    def _gone(self, conn: Connection, community: CommunityId) -> tuple[Block, ...]:
        known = communities.get(conn, community)
        words = self._words.for_community(known.slug)
        return (Layout(words, known.language, UTC).say("writing.gone"),)

    def _blocks(self, conn: Connection, writing: Writing) -> tuple[Block, ...]:
        words = self._words.for_community(communities.get(conn, writing.community).slug)
        trace = writing.trace
        zone, sign = ZoneInfo(trace["zone"]), trace.get("sign", "")
        layout = Layout(words, trace["language"], zone, sign)
        return layout.blocks(writing, messages.refs(conn, evidence_messages(writing)))

    def _shown(
        self, conn: Connection, community: CommunityId, job: Job
    ) -> list[tuple[posts.Post, Outgoing]]:
        """Return where the old content stands, and what is to stand there."""
        writing = writings.get(conn, job.args["writing"], community)
        where = [post for post in posts.of_writing(conn, job.args["writing"]) if post.parts]
        if writing is None:
            return []
        blocks = self._blocks(conn, writing)
        key = f"m{job.id:x}"
        return [
            (
                post,
                Outgoing(post.parts[0].room, blocks, key, private_to=_reader(conn, writing, post)),
            )
            for post in where
        ]


def _audience(conn: Connection, writing: Writing, post: posts.Post) -> Audience | None:
    """Return who reads a post; None for one person of whom it is not known any more who that was."""
    room = rooms.get(conn, post.room)
    if not post.is_private and room.kind is not RoomKind.DIRECT:
        return audience_of(room.ref, None)
    if writing.member is None:
        return None
    reader = members.account_on(conn, writing.member, room.ref.platform)
    return None if reader is None else audience_of(room.ref, reader)


def _reader(conn: Connection, writing: Writing, post: posts.Post) -> AccountRef | None:
    """Return who alone reads a post: whoever asked for it."""
    if not post.is_private or writing.member is None:
        return None
    return members.account_on(conn, writing.member, post.parts[0].room.platform)

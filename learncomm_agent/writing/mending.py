"""Editing what was posted when the evidence of a line has gone."""

from collections.abc import Collection

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import RoomKind, RoomRef
from learncomm_agent.chat.outgoing import Block, Choices, Outgoing, Receipt
from learncomm_agent.chat.people import AccountRef, CommunityId
from learncomm_agent.chat.posting import Posting, audience_of
from learncomm_agent.clock import Clock
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    RateLimitedError,
    RoomGoneError,
)
from learncomm_agent.log import logger
from learncomm_agent.storage import (
    audit,
    branches,
    covering,
    drafts,
    members,
    posts,
    rooms,
    spaces,
    writings,
)
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.drafts import Draft, State
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.writings import Writing
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.layout import WITH_CONTROLS
from learncomm_agent.writing.showing import Showing

_log = logger(__name__)


class Mending:
    """Shows a writing again, without the lines that are gone, wherever it was posted."""

    def __init__(
        self,
        database: Database,
        work: Work,
        directory: Directory,
        posting: Posting,
        showing: Showing,
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._directory = directory
        self._posting = posting
        self._showing = showing
        self._clock = clock
        work.handle("mend", self._mend)
        posting.check_with(self._as_it_is)

    async def _mend(self, job: Job) -> Commit | None:
        community, id = CommunityId(job.args["community"]), job.args["writing"]
        closed = await self._close_to_readers(community, id)
        draft = await self._database.read(lambda conn: drafts.get(conn, id))
        if draft is not None and draft.state is State.OPEN:
            now = self._clock.now()
            await self._database.write(lambda conn: drafts.drop_if_empty(conn, id, now))
        shown = await self._database.read(lambda conn: self._shown(conn, community, job, closed))
        if not shown:
            return None
        unreached = 0
        receipts: list[tuple[posts.Post, Receipt]] = []
        for post, outgoing in shown:
            try:
                receipts.append((post, await self._posting.change(post, outgoing)))
            except (NotPermittedError, RoomGoneError) as error:
                unreached += 1
                _log.warning("post not mended", writing=id, reason=str(error))
        counts = {"posts": len(shown), "unreached": unreached}

        def commit(conn: Connection) -> None:
            for post, receipt in receipts:
                posts.change_parts(conn, post.key, receipt)
            now = self._clock.now()
            audit.record(conn, community, "mend", f"writing {id}", at=now, detail=counts)

        return commit

    async def _as_it_is(
        self, community: CommunityId, id: int, outgoing: Outgoing, audience: Audience
    ) -> Outgoing:
        """Return a post that waited as it may be shown now; its controls stay.

        Lines may have gone meanwhile, with what they rested on or whoever had written that, or with
        the room in which its readers had read it, and the whole of it with the member that it was for.
        """
        draft = await self._database.read(lambda conn: drafts.get(conn, id))
        view = None if draft is None or drafts.is_published_by(draft, outgoing.key) else draft
        is_view = view is not None
        if view is not None and await self._is_closed_view(view, audience):
            return outgoing.with_blocks(
                await self._database.read(lambda conn: self._showing.closed(conn, community))
            )
        if not is_view:
            await self._close(community, id, audience)

        def read(conn: Connection) -> tuple[tuple[Block, ...], bool] | None:
            writing = writings.get(conn, id, community)
            if writing is None:
                return self._showing.gone(conn, community), False
            has_own = is_view or writing.kind in WITH_CONTROLS
            is_changed = writing.lost or writing.trace.get("changed") or draft is not None
            if not (is_changed or has_own):
                return None
            platform = outgoing.room.platform
            return self._showing.post_on(conn, writing, outgoing.key, platform), has_own

        shown = await self._database.read(read)
        if shown is None:
            return outgoing
        blocks, has_own = shown
        controls = (block for block in outgoing.blocks if isinstance(block, Choices))
        return outgoing.with_blocks((*blocks, *(() if has_own else controls)))

    async def _close_to_readers(self, community: CommunityId, id: int) -> set[str]:
        """Drop what those may not read any more who see the posts of a writing, as far as they are known.

        Returns:
            The keys of posts that show the draft of it to some who may not read what it is about: it is
            the others' still.
        """

        def read(conn: Connection) -> list[tuple[str, Audience, Draft | None]]:
            writing = writings.get(conn, id, community)
            draft = drafts.get(conn, id)
            if writing is None:
                return []
            return [
                (
                    post.key,
                    audience,
                    None if draft is None or drafts.is_published_by(draft, post.key) else draft,
                )
                for post in posts.of_writing(conn, id)
                if post.parts and (audience := _audience(conn, writing, post)) is not None
            ]

        there = await self._database.read(read)
        for audience in {audience for _, audience, view in there if view is None}:
            await self._close(community, id, audience)
        return {
            key
            for key, audience, view in there
            if view is not None and await self._is_closed_view(view, audience)
        }

    async def _is_closed_view(self, draft: Draft, audience: Audience) -> bool:
        """Whether a draft is not for those who are shown it: they lead no more, or not all may read it.

        Raises:
            PlatformError: Who may read what can't be told now.
        """
        reader = audience.account
        if reader is not None:
            alone = reader
            if not await self._database.read(lambda conn: self._leads(conn, draft, alone)):
                return True
        return await self._closed(draft.community, draft.writing, audience) is not None

    def _leads(self, conn: Connection, draft: Draft, reader: AccountRef) -> bool:
        """Whether somebody led in the space of a draft when they were last met.

        What roles people hold is on no disk: of who was not met since the start, only a right of theirs
        is known. Where roles lead as well, they may hold one, as they did when they were shown the draft.
        """
        if draft.room is None:
            return False
        space = rooms.get(conn, draft.room).ref.space
        led = self._directory.led(draft.community, reader, space)
        if led is not None:
            return led
        has_right = reader in drafts.leaders_of(conn, draft.community, reader.platform)
        return has_right or bool(self._directory.leader_roles(space))

    async def _close(self, community: CommunityId, id: int, audience: Audience) -> None:
        """Drop the lines of a writing that rest on what its readers may not read now.

        What can't be told there now is waited for, as what is dropped stays so.

        Raises:
            PlatformError: Who may read what can't be told now.
        """
        refs = await self._closed(community, id, audience)
        if refs is not None:
            lines = await self._database.write(
                lambda conn: covering.close(conn, id, branches.readable(conn, refs))
            )
            _log.info("not for its readers of now", writing=id, lines=lines)

    async def _closed(
        self, community: CommunityId, id: int, audience: Audience
    ) -> frozenset[RoomRef] | None:
        """Return what readers may read, where a writing rests on more than that; None where it does not.

        Of one person, the other spaces of the community are asked only where the space of the post
        does not say it all.

        Raises:
            PlatformError: Who may read what can't be told now.
        """
        refs = await self._posting.readable(audience)

        def is_closed(conn: Connection) -> bool:
            return covering.is_closed(conn, id, branches.readable(conn, refs))

        if not await self._database.read(is_closed):
            return None
        for other in await self._others(community, audience):
            refs |= await self._elsewhere(other, audience)
        return refs if await self._database.read(is_closed) else None

    async def _elsewhere(self, other: Audience, here: Audience) -> frozenset[RoomRef]:
        """Return what a reader may read elsewhere.

        While another platform can't tell, that is nothing: what is posted here must not wait for it.
        """
        try:
            return await self._posting.readable(other)
        except (DisconnectedError, RateLimitedError) as error:
            assert other.account is not None
            assert here.account is not None
            if other.account.platform == here.account.platform:
                raise
            name = other.account.platform
            _log.warning("platform left out", platform=name, reason=str(error))
            return frozenset()

    async def _others(self, community: CommunityId, audience: Audience) -> list[Audience]:
        """Return the one reader in all spaces of the community, by any account; none where all in a room read it."""
        account = audience.account
        if account is None or audience.space is None:
            return []
        everywhere = await self._database.read(
            lambda conn: spaces.of_person(conn, community, account)
        )
        return [
            each
            for each in everywhere
            if each != audience and each.account and self._posting.runs(each.account.platform)
        ]

    def _shown(
        self, conn: Connection, community: CommunityId, job: Job, closed: Collection[str]
    ) -> list[tuple[posts.Post, Outgoing]]:
        """Return where the old content stands, and what is to stand there."""
        writing = writings.get(conn, job.args["writing"], community)
        where = [post for post in posts.of_writing(conn, job.args["writing"]) if post.parts]
        if writing is None:
            return []
        shown = []
        for post in where:
            is_closed, there = post.key in closed, post.parts[0].room
            blocks = (
                self._showing.closed(conn, community)
                if is_closed
                else self._showing.post_on(conn, writing, post.key, there.platform)
            )
            reader = _reader(conn, writing, post)
            shown.append((post, Outgoing(there, blocks, f"m{job.id:x}", private_to=reader)))
        return shown


def _audience(conn: Connection, writing: Writing, post: posts.Post) -> Audience | None:
    """Return who reads a post; None for one person of whom it is not known any more who that was."""
    room = rooms.get(conn, post.room)
    if not post.is_private and room.kind is not RoomKind.DIRECT:
        return audience_of(room.ref, None)
    reader = _one_reader(conn, writing, post, room.ref.platform)
    return None if reader is None else audience_of(room.ref, reader)


def _reader(conn: Connection, writing: Writing, post: posts.Post) -> AccountRef | None:
    """Return who alone reads a post: whoever asked for it, or to see the draft of it."""
    if not post.is_private:
        return None
    return _one_reader(conn, writing, post, post.parts[0].room.platform)


def _one_reader(
    conn: Connection, writing: Writing, post: posts.Post, platform: str
) -> AccountRef | None:
    reader = drafts.reader_of(conn, post.key)
    if reader is not None or writing.member is None:
        return reader
    return members.account_on(conn, writing.member, platform)

"""The outbox: what is to be posted is a row, sent until it is there, and never twice.

A post carries the same key on every attempt, and a platform drops a repeat by it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from learncomm_agent.chat import placing
from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.messages import MessageRef, RoomId, RoomKind, RoomRef
from learncomm_agent.chat.outgoing import Downgrade, Fallback, Feature, Outgoing, Receipt
from learncomm_agent.chat.people import AccountRef, CommunityId
from learncomm_agent.chat.placeholders import Placeholder, adapter, load
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.rendering import plan
from learncomm_agent.chat.rows import to_post
from learncomm_agent.chat.verbs import Deletes, DirectMessages
from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError, NotPermittedError, RoomGoneError
from learncomm_agent.log import logger
from learncomm_agent.storage import posts, rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import Job, New
from learncomm_agent.work import Commit, Work

_log = logger(__name__)
Fresh = Callable[[CommunityId, int, Outgoing, Audience], Awaitable[Outgoing]]
"""Returns a post as its readers may be shown it now: without the lines that have gone since it was
written, or been closed to them."""
Recall = Callable[[Job], Awaitable[Commit | None]]
"""Returns what takes a row back that was to be sent earlier; None where it is to be sent."""


class Posting:
    """Sends what the outbox holds, and mends what was posted."""

    def __init__(self, work: Work, clock: Clock) -> None:
        """Take what it needs; platforms are named with `connect` as they start."""
        self._work = work
        self._clock = clock
        self._platforms: dict[str, Platform] = {}
        self._fresh: Fresh | None = None
        self._recall: Recall | None = None
        adapter()  # now, since the first call is no work for the event loop
        work.handle("post", self._post, given_up=self._given_up)

    def connect(self, platform: Platform) -> None:
        """Send what is for this platform through it."""
        self._platforms[platform.name] = platform

    def runs(self, platform: str) -> bool:
        """Whether a platform is one of this process; whether it is connected is another matter."""
        return platform in self._platforms

    def check_with(self, fresh: Fresh) -> None:
        """Let what waited in the outbox be looked at again just before it is sent."""
        self._fresh = fresh

    def recall_with(self, recall: Recall) -> None:
        """Let what waited in the outbox be taken back just before it is sent."""
        self._recall = recall

    def add(
        self,
        conn: Connection,
        community: CommunityId,
        room: RoomId,
        outgoing: Outgoing,
        *,
        writing: int | None = None,
        asker: AccountRef | None = None,
        otherwise: Outgoing | None = None,
        placeholder: Placeholder | None = None,
        may_be_dropped: bool = False,
        due: datetime | None = None,
        lane: str | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Have something posted, in the transaction of what it belongs to.

        Args:
            conn: That transaction.
            community: Whose room it is.
            room: The row of the room.
            outgoing: What to post; its key decides whether it is a repeat.
            writing: The writing that it shows, so that it can be mended when evidence goes.
            asker: Who asked for it: its one reader where the room is a direct talk.
            otherwise: What to post in public where a private reply is not possible; without content.
            placeholder: What says to wait for it: it takes that place, or has it taken away.
            may_be_dropped: Whether nobody misses it where it can't be posted.
            due: Not before this moment.
            lane: What it is in order with, if not with what else is posted in the room.
            about: What whoever may take it back knows it by.
        """
        reader = outgoing.private_to
        if reader is None and asker is not None and rooms.get(conn, room).kind is RoomKind.DIRECT:
            reader = asker
        row = to_post(
            community,
            room,
            outgoing,
            due=due or self._clock.now(),
            lane=lane or lane_of(room),
            reader=reader,
            writing=writing,
            otherwise=otherwise,
            placeholder=placeholder,
            may_be_dropped=may_be_dropped,
            about=about,
        )
        self.add_all(conn, [row])

    def add_all(self, conn: Connection, posts: Sequence[New]) -> None:
        """Have several things posted, whose rows `chat.rows.to_post` makes; see `add`."""
        self._work.add_all(conn, "post", posts)

    async def refreshed(
        self, community: CommunityId, writing: int, outgoing: Outgoing, audience: Audience
    ) -> Outgoing:
        """Return the post of a writing as its readers may be shown it now.

        Raises:
            PlatformError: Who may read what can't be told now.
        """
        if self._fresh is None:
            return outgoing
        return await self._fresh(community, writing, outgoing, audience)

    async def _post(self, job: Job) -> Commit:
        """Send one row of the outbox."""
        recalled = None if self._recall is None else await self._recall(job)
        if recalled is not None:
            return recalled
        outgoing = load(job.args["outgoing"])
        community, room = CommunityId(job.args["community"]), RoomId(job.args["room"])
        writing, otherwise = job.args["writing"], job.args["otherwise"]
        if writing is not None:
            reader = job.args.get("reader")
            alone = None if reader is None else AccountRef(*reader)
            audience = audience_of(outgoing.room, alone)
            outgoing = await self.refreshed(community, writing, outgoing, audience)
        placeholder = Placeholder.of(job.args.get("placeholder"))
        platform = self._platform(outgoing.room.platform)
        shown = None if placeholder is None else await placing.find(platform, placeholder)
        if placeholder is not None and placeholder.fits(outgoing):
            outgoing, placeholder = replace(outgoing, instead_of=shown), None
        try:
            receipt = await self._send_somehow(outgoing)
        except (NotPermittedError, RoomGoneError):
            if otherwise is None and not job.args.get("may_be_dropped"):
                raise
            receipt = Receipt((), (Downgrade(Feature.PRIVATE_REPLY, Fallback.REFUSED),))
        is_notice_due = receipt.is_refused and otherwise is not None
        if placeholder is not None and shown is not None and not is_notice_due:
            await placing.take_back(platform, shown, placeholder.moved)

        def commit(conn: Connection) -> None:
            if receipt.is_refused:
                if otherwise is not None:
                    self.add(conn, community, room, load(otherwise), placeholder=placeholder)
                else:
                    _log.info("post refused and dropped", row=job.id, room=room)
                return
            posts.record(
                conn,
                community,
                room,
                outgoing.key,
                receipt,
                writing=writing,
                is_private=outgoing.private_to is not None,
                now=self._clock.now(),
            )

        return commit

    async def _send_somehow(self, outgoing: Outgoing) -> Receipt:
        """Send it; what is for one and can't be answered any more goes another private way."""
        try:
            return await self.send(outgoing)
        except (NotPermittedError, RoomGoneError):
            if outgoing.reply is None or outgoing.private_to is None:
                raise
            return await self.send(replace(outgoing, reply=None))

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Post something in as many parts as the room needs.

        Raises:
            PlatformError: Not all of it is there; the same call again repeats no part.
        """
        platform = self._platform(outgoing.room.platform)
        capabilities = await platform.capabilities(outgoing.room)
        outgoing, direct = await self._route(platform, capabilities, outgoing)
        if direct is not None:
            capabilities = replace(
                await platform.capabilities(direct), direct_messages=capabilities.direct_messages
            )
        planned = plan(outgoing, capabilities, platform.length, direct)
        parts: list[MessageRef] = []
        downgrades = list(planned.downgrades)
        if outgoing.instead_of is not None and not planned.parts:
            await placing.delete(platform, outgoing.instead_of)
        for part in planned.parts:
            receipt = await placing.put(platform, capabilities, part)
            parts += receipt.parts
            downgrades += [note for note in receipt.downgrades if note not in downgrades]
        return Receipt(tuple(parts), tuple(downgrades))

    def _given_up(self, conn: Connection, job: Job) -> None:
        """Say in the place of what said to wait that there will be no answer."""
        placeholder = Placeholder.of(job.args.get("placeholder"))
        if placeholder is not None:
            community, room = CommunityId(job.args["community"]), RoomId(job.args["room"])
            self.lose(conn, community, room, placeholder)

    def lose(
        self, conn: Connection, community: CommunityId, room: RoomId, placeholder: Placeholder
    ) -> None:
        """Say in the place of a placeholder that there will be no answer."""
        lost = placeholder.lost
        self.add(conn, community, room, lost, placeholder=placeholder, may_be_dropped=True)

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        """Return the rooms that an audience may read now.

        Raises:
            DisconnectedError: That can't be told now.
        """
        whose = audience.account or audience.room
        assert whose is not None
        return await self._platform(whose.platform).readable(audience)

    async def change(self, shown: posts.Post, outgoing: Outgoing) -> Receipt:
        """Put other content in the place of a post, with more or fewer parts as it needs.

        Raises:
            PlatformError: It could not be changed; the old content may still be read there.
        """
        room = shown.parts[0].room
        platform = self._platform(room.platform)
        capabilities = await platform.capabilities(room)
        if capabilities.edits < Level.PARTIAL:
            raise NotPermittedError(f"{platform.name!r} can't edit")
        planned = plan(replace(outgoing, room=room), capabilities, platform.length, room)
        kept: list[MessageRef] = []
        for number, part in enumerate(planned.parts):
            if number < len(shown.parts):
                kept += (await platform.edit(shown.parts[number], part)).parts
            else:
                kept += (await platform.send(part)).parts
        for left in shown.parts[len(planned.parts) :]:
            if not isinstance(platform, Deletes):
                raise NotPermittedError(f"{platform.name!r} can't delete")
            await platform.delete(left)
        return Receipt(tuple(kept), planned.downgrades)

    async def _route(
        self, platform: Platform, capabilities: Capabilities, outgoing: Outgoing
    ) -> tuple[Outgoing, Any]:
        """Drop a reply handle that has expired, and find the private way that is left."""
        if outgoing.reply is not None and outgoing.reply.expires_at <= self._clock.now():
            outgoing = replace(outgoing, reply=None)
        if outgoing.private_to is None or not isinstance(platform, DirectMessages):
            return outgoing, None
        possible = capabilities.private_replies >= Level.FULL or (
            capabilities.private_replies >= Level.PARTIAL
            and outgoing.reply is not None
            and outgoing.reply.reaches_one
        )
        if possible:
            return outgoing, None
        try:
            return outgoing, await platform.direct_room(outgoing.private_to)
        except (NotPermittedError, RoomGoneError):
            return outgoing, None

    def _platform(self, name: str) -> Platform:
        if name not in self._platforms:
            raise DisconnectedError(f"{name!r} is not running")
        return self._platforms[name]


def audience_of(room: RoomRef, reader: AccountRef | None) -> Audience:
    """Return who reads what is posted: one person in the room's space, or all in the room."""
    if reader is None:
        return Audience.of_room(room)
    return Audience.of_account(reader, room.space)


def lane_of(room: RoomId | None) -> str:
    """Return the lane in which what is posted or changed in a room happens, in order."""
    return f"post:{room}"

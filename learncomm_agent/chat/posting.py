"""The outbox: what is to be posted is a row, sent until it is there, and never twice.

A post carries the same key on every attempt, and a platform drops a repeat by it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.messages import MessageRef, RoomId, RoomKind, RoomRef
from learncomm_agent.chat.outgoing import Downgrade, Fallback, Feature, Outgoing, Receipt
from learncomm_agent.chat.people import AccountRef, CommunityId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.rendering import plan
from learncomm_agent.chat.verbs import Deletes, DirectMessages
from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError, NotPermittedError, RoomGoneError
from learncomm_agent.storage import posts, rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import Job
from learncomm_agent.work import Commit, Work

if TYPE_CHECKING:
    from pydantic import TypeAdapter


Fresh = Callable[[CommunityId, int, Outgoing, Audience], Awaitable[Outgoing]]
"""Returns a post as its readers may be shown it now: without the lines that have gone since it was
written, or been closed to them."""


class Posting:
    """Sends what the outbox holds, and mends what was posted."""

    def __init__(self, work: Work, clock: Clock) -> None:
        """Take what it needs; platforms are named with `connect` as they start."""
        self._work = work
        self._clock = clock
        self._platforms: dict[str, Platform] = {}
        self._adapter = _adapter()
        self._fresh: Fresh | None = None
        work.handle("post", self._post)

    def connect(self, platform: Platform) -> None:
        """Send what is for this platform through it."""
        self._platforms[platform.name] = platform

    def check_with(self, fresh: Fresh) -> None:
        """Let what waited in the outbox be looked at again just before it is sent."""
        self._fresh = fresh

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
        may_be_dropped: bool = False,
        due: datetime | None = None,
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
            may_be_dropped: Whether nobody misses it where it can't be posted.
            due: Not before this moment.
        """
        reader = outgoing.private_to
        if reader is None and asker is not None and rooms.get(conn, room).kind is RoomKind.DIRECT:
            reader = asker
        args = {
            "community": community,
            "room": room,
            "outgoing": self._dump(outgoing),
            "writing": writing,
            "reader": None if reader is None else [reader.platform, reader.id],
            "otherwise": None if otherwise is None else self._dump(otherwise),
            "may_be_dropped": may_be_dropped,
        }
        self._work.add(conn, "post", args, key=outgoing.key, lane=lane_of(room), due=due)

    async def _post(self, job: Job) -> Commit:
        """Send one row of the outbox."""
        outgoing = self._load(job.args["outgoing"])
        community, room = CommunityId(job.args["community"]), RoomId(job.args["room"])
        writing, otherwise = job.args["writing"], job.args["otherwise"]
        if writing is not None and self._fresh is not None:
            reader = job.args.get("reader")
            alone = None if reader is None else AccountRef(*reader)
            audience = audience_of(outgoing.room, alone)
            outgoing = await self._fresh(community, writing, outgoing, audience)
        try:
            receipt = await self._send_somehow(outgoing)
        except (NotPermittedError, RoomGoneError):
            if otherwise is None and not job.args.get("may_be_dropped"):
                raise
            receipt = Receipt((), (Downgrade(Feature.PRIVATE_REPLY, Fallback.REFUSED),))

        def commit(conn: Connection) -> None:
            if receipt.is_refused:
                if otherwise is not None:
                    self.add(conn, community, room, self._load(otherwise))
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
        for part in planned.parts:
            receipt = await platform.send(part)
            parts += receipt.parts
            downgrades += [note for note in receipt.downgrades if note not in downgrades]
        return Receipt(tuple(parts), tuple(downgrades))

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

    def _dump(self, outgoing: Outgoing) -> Any:
        return self._adapter.dump_python([outgoing], mode="json")[0]

    def _load(self, record: Any) -> Outgoing:
        return self._adapter.validate_python([record])[0]


def audience_of(room: RoomRef, reader: AccountRef | None) -> Audience:
    """Return who reads what is posted: one person, or all in the room."""
    return Audience.of_room(room) if reader is None else Audience.of_account(reader)


def lane_of(room: RoomId | None) -> str:
    """Return the lane in which what is posted or changed in a room happens, in order."""
    return f"post:{room}"


def _adapter() -> "TypeAdapter[list[Outgoing]]":
    from pydantic import ConfigDict, TypeAdapter

    # A list, since pydantic takes a configuration for plain dataclasses only from what holds them.
    return TypeAdapter(
        list[Outgoing], config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
    )

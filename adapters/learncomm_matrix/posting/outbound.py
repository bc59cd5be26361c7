"""What the agent posts, changes and takes back."""

import contextlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from learncomm_agent.adapting.once import Once
from learncomm_agent.adapting.receipts import Entry
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Block, File, Image, Outgoing, Receipt
from learncomm_agent.errors import NotPermittedError, PlatformError, RoomGoneError
from learncomm_agent.log import logger
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.connection.limiter import Limiter, Priority
from learncomm_matrix.faults import RepeatedError
from learncomm_matrix.hearing.relations import REACTION, THREAD, is_redacted, relation
from learncomm_matrix.posting import again, content
from learncomm_matrix.posting.edits import Edits
from learncomm_matrix.posting.files import files, uploaded
from learncomm_matrix.posting.queues import Queues
from learncomm_matrix.posting.seams import Offers, Places, Readers, Where
from learncomm_matrix.posting.typing import Typing

MESSAGE = "m.room.message"
_log = logger(__name__)


class Outbound:
    """Does what the agent wants done; a key is done once."""

    def __init__(
        self,
        homeserver: Homeserver,
        places: Places,
        readers: Readers,
        offers: Offers,
        once: Once,
        queues: Queues,
        limiter: Limiter,
        typing: Typing,
    ) -> None:
        """Take what it needs."""
        self._homeserver = homeserver
        self._places = places
        self._readers = readers
        self._offers = offers
        self._once = once
        self._queues = queues
        self._limiter = limiter
        self._typing = typing
        self._edits = Edits(queues)

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Post one thing; a post has one file, so that further ones are messages of their own."""
        where = self._places.where(outgoing.room)
        self._check_reader(outgoing, where)
        offer = self._offers.made(outgoing.blocks)
        blocks = outgoing.blocks if offer is None else offer.blocks
        hung = files(blocks)
        message = await self._post(outgoing, where, blocks, hung[0] if hung else None)
        if offer is not None:
            await self._offers.keep(message.room.id, message.id, offer)
        parts = [message]
        for number, file in enumerate(hung[1:], start=1):
            further = replace(outgoing, key=_digest(f"{outgoing.key}+{number}"), reply_to=None)
            parts.append(await self._post(further, where, (), file))
        return Receipt(tuple(parts))

    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        """Put other content in place of a message; of several that wait, the newest alone."""
        where = self._places.where(message.room)
        self._check_reader(outgoing, where)
        offer = self._offers.made(outgoing.blocks)
        blocks = outgoing.blocks if offer is None else offer.blocks
        hung = files(blocks)
        if len(hung) > 1:
            raise PlatformError(f"{len(hung)} files on one edit")
        txn = f"{outgoing.key}.{secrets.token_hex(6)}"

        async def change() -> None:
            await self._stands(where, message)
            said = await self._said(where, blocks, hung[0] if hung else None)
            new = content.edited(said, message.id)
            self._check_reader(outgoing, where)
            await self._homeserver.put(where.room_id, MESSAGE, new, txn)
            if offer is None:
                await self._offers.forget(message.id)
            else:
                await self._offers.keep(message.room.id, message.id, offer)

        await self._edits.put(where.room_id, message.id, change)
        return Receipt((message,))

    async def delete(self, message: MessageRef) -> None:
        """Take back a message; harmless when it is gone."""
        with contextlib.suppress(RoomGoneError):
            where = self._places.where(message.room)
            await self._stands(where, message)
            txn = _digest(f"redact {message.id}")
            async with self._queues.place(where.room_id):
                await self._queues.paced(
                    lambda: self._homeserver.redact(where.room_id, message.id, txn)
                )
            await self._offers.forget(message.id)

    async def react(self, message: MessageRef, reaction: str) -> None:
        """Put a reaction on a message; harmless when it is there already."""
        where = self._places.where(message.room)
        there = await self._homeserver.relations(where.room_id, message.id, REACTION, "m.reaction")
        me = self._homeserver.user_id
        for each in there:
            told = each.get("content", {}).get("m.relates_to", {})
            if each.get("sender") == me and told.get("key") == reaction:
                return
        related = {"rel_type": REACTION, "event_id": message.id, "key": reaction}
        txn = secrets.token_hex(8)
        async with self._queues.place(where.room_id):
            with contextlib.suppress(RepeatedError):  # put there by another call meanwhile
                await self._queues.paced(
                    lambda: self._homeserver.put(
                        where.room_id, "m.reaction", {"m.relates_to": related}, txn
                    ),
                    Priority.SPARE,
                )

    async def acknowledge(self, room: RoomRef) -> None:
        """Show for some seconds that something is being written, unless it is there soon."""
        with contextlib.suppress(RoomGoneError):
            self._typing.begin(self._places.where(room).room_id)

    async def put(
        self,
        room: RoomRef,
        where: Where,
        key: str,
        type: str,
        what: Callable[[], Awaitable[Mapping[str, Any]]],
        check: Callable[[], None] = lambda: None,
    ) -> str:
        """Post an event, each key once, and return its id; what it holds is made in its turn.

        Args:
            room: Where to, as the agent knows it.
            where: The same on the homeserver.
            key: What it is posted for.
            type: Of the event.
            what: Makes its content.
            check: Raises what forbids it; asked at the last moment, as the turn may come late.
        """
        me = self._homeserver

        async def look(entry: Entry) -> Entry | None:
            found = await again.find(me, where.room_id, key, entry.at)
            return None if found is None else replace(entry, message=found)

        async def post(holds: Mapping[str, Any]) -> str:
            check()
            return await me.put(where.room_id, type, holds, key)

        async def make(entry: Entry) -> Entry:
            async with self._queues.place(where.room_id):
                holds = await what()
                self._typing.end(where.room_id)
                id = await self._queues.paced(lambda: post(holds))
            return replace(entry, message=id)

        return await self._once.do(key, room.id, look, make)

    async def _post(
        self,
        outgoing: Outgoing,
        where: Where,
        blocks: tuple[Block, ...],
        file: File | Image | None,
    ) -> MessageRef:
        answered = outgoing.reply_to
        reply_to = None
        if answered is not None and self._is_in(answered, where.room_id):
            reply_to = answered.id

        async def what() -> Mapping[str, Any]:
            said = await self._said(where, blocks, file)
            return content.posted(said, outgoing.key, where.thread, reply_to)

        def check() -> None:
            self._check_reader(outgoing, where)

        id = await self.put(outgoing.room, where, outgoing.key, MESSAGE, what, check)
        return MessageRef(outgoing.room, id)

    async def _said(
        self, where: Where, blocks: tuple[Block, ...], file: File | Image | None
    ) -> Mapping[str, Any]:
        said = content.text(blocks)
        if file is None:
            return said
        return content.with_file(said, await uploaded(self._homeserver, where.room_id, file))

    async def _stands(self, where: Where, message: MessageRef) -> None:
        """Look whether a message of ours is still there.

        Raises:
            RoomGoneError: It is not.
            NotPermittedError: It is another's.
        """
        found = await self._homeserver.event(where.room_id, message.id)
        if is_redacted(found):
            raise RoomGoneError(f"message {message.id!r} was taken back")
        if found.get("sender") != self._homeserver.user_id:
            raise NotPermittedError(f"message {message.id!r} is not ours")
        related = relation(found)
        if where.thread is not None and where.thread not in (
            message.id,
            related.target if related.kind == THREAD else None,
        ):
            raise RoomGoneError(f"message {message.id!r} is in another thread")

    def _check_reader(self, outgoing: Outgoing, where: Where) -> None:
        """Let nothing that is for one person be put where others, or another one, would see it.

        Raises:
            NotPermittedError: It would be.
        """
        reader = outgoing.private_to
        if reader is not None and self._readers.person(where.room_id) != reader.id:
            raise NotPermittedError(f"room {outgoing.room.id!r} is no private way")

    def _is_in(self, answered: MessageRef, room_id: str) -> bool:
        with contextlib.suppress(RoomGoneError):
            return self._places.where(answered.room).room_id == room_id
        return False


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()

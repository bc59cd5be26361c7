"""What the agent posts, changes and takes back."""

import contextlib
from dataclasses import replace
from functools import partial
from typing import Any

import discord

from learncomm_agent.adapting.once import CLOCKS_DIFFER, Once
from learncomm_agent.adapting.receipts import Entry, Receipts
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Outgoing, Paragraph, Receipt, Text
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError, RoomGoneError
from learncomm_discord.directory.accounts import message_number, number
from learncomm_discord.directory.rooms import Channel, Rooms
from learncomm_discord.faults import ExpiredError, translated
from learncomm_discord.posting import again
from learncomm_discord.posting.again import Answers
from learncomm_discord.posting.content import Content, content
from learncomm_discord.posting.deferrals import Deferrals
from learncomm_discord.posting.folded import unfolded
from learncomm_discord.posting.handles import LASTS, Handle, parse
from learncomm_discord.posting.responses import Responses


class Outbound:
    """Does what the agent wants done; a key is done once."""

    def __init__(
        self,
        client: discord.Client,
        rooms: Rooms,
        receipts: Receipts,
        once: Once,
        deferrals: Deferrals,
        clock: Clock,
    ) -> None:
        """Take what it needs."""
        self._client = client
        self._rooms = rooms
        self._receipts = receipts
        self._once = once
        self._deferrals = deferrals
        self._clock = clock
        self._responses = Responses(client)

    def is_ours(self, message: int) -> bool:
        """Whether a message is known to be one that we posted."""
        return self._receipts.is_known(str(message)) or self._responses.is_cleared(message)

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Post one thing; see `DiscordAdapter.send`."""
        known = self._receipts.find(outgoing.key)
        if known is not None and known.message is not None:
            return _receipt(outgoing, known.message)
        handle = self._handle(outgoing)
        is_private = outgoing.private_to is not None
        if handle is not None:
            await self._deferrals.settled(handle)
            try:
                return await self._respond(outgoing, handle, is_private=is_private)
            except ExpiredError:
                pass  # what is for all can be said in the room
        channel = await self._rooms.channel(outgoing.room)
        if is_private and not _is_alone(channel, outgoing):
            raise NotPermittedError(f"room {outgoing.room.id!r} has no private way left")
        return await self._post(outgoing, channel)

    async def refuse(self, handle: Handle, text: str) -> None:
        """Answer an interaction that was not taken, with a sentence that one person sees."""
        if handle.is_slash:
            await self._responses.clear(handle)
        await self._responses.add(handle, content((Paragraph((Text(text),)),)), is_private=True)

    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        """Put other content in place of a message; see `DiscordAdapter.edit`."""
        id, what = message_number(message), content(outgoing.blocks)
        way = self._responses.way_to(message.id, self._clock.now())
        await self._check_reader(message, outgoing, way)
        handle = way or self._handle(outgoing)
        if handle is not None:
            try:
                await self._responses.edit(handle, id, what)
                return Receipt((message,))
            except (RoomGoneError, ExpiredError):
                if way is not None:  # else it may be no answer, but a message like others
                    raise
        channel = await self._rooms.channel(message.room)

        async def change() -> None:
            _rewind(what)
            await channel.get_partial_message(id).edit(
                content=what.text,
                attachments=what.files,
                view=what.view,
                allowed_mentions=what.mentions,
            )

        with translated("edit"):
            await unfolded(channel, change)
        return Receipt((message,))

    async def delete(self, message: MessageRef) -> None:
        """Take back a message; harmless when it is gone."""
        way = self._responses.way_to(message.id, self._clock.now())
        with contextlib.suppress(RoomGoneError):
            id = message_number(message)
            if way is not None:
                await self._responses.delete(way, id)
                return
            channel = await self._rooms.channel(message.room)
            with translated("delete"):
                await unfolded(channel, channel.get_partial_message(id).delete)

    async def react(self, message: MessageRef, reaction: str) -> None:
        """Put a reaction on a message; Discord takes a repeat for the same one."""
        channel = await self._rooms.channel(message.room)
        part = channel.get_partial_message(message_number(message))
        with translated("react"):
            await unfolded(channel, lambda: part.add_reaction(reaction))

    async def acknowledge(self, room: RoomRef) -> None:
        """Show for some seconds that something is being written."""
        channel = await self._rooms.channel(room)
        with translated("typing"):
            await channel.typing()

    async def _respond(self, outgoing: Outgoing, handle: Handle, *, is_private: bool) -> Receipt:
        """Answer an interaction; the first key of a handle fills its first response."""
        reply = outgoing.reply
        assert reply is not None
        filler = self._receipts.filled_by(handle.digest)
        is_repeat = self._once.is_begun(outgoing.key)
        fills = handle.is_slash and filler in (None, outgoing.key)
        is_for_one = is_private or reply.is_private
        is_hidden = is_private and not reply.is_private
        entry = await self._receipts.begin(
            outgoing.key,
            outgoing.room.id,
            handle.digest if fills else "",
            is_private=is_for_one,
        )
        what, id = content(outgoing.blocks), None
        if is_repeat and not fills and not is_for_one:  # nobody else can see what is for one
            with contextlib.suppress(RoomGoneError, NotPermittedError):  # hidden from the bot
                channel = await self._rooms.channel(outgoing.room)
                answers = partial(again.responds, handle=handle)
                id = await self._find_again(channel, entry, what, answers)
        async with self._once.settled(entry):
            if fills and is_hidden:
                await self._responses.clear(handle)
            if fills and not is_hidden:
                id = await self._fill(handle, what, is_private=is_private)
            elif id is None:
                id = await self._responses.add(handle, what, is_private=is_for_one)
        self._responses.remember(str(id), handle, reply.expires_at, self._clock.now())
        return _receipt(outgoing, _done(await self._receipts.done(entry, str(id))))

    async def _fill(self, handle: Handle, what: Content, *, is_private: bool) -> int:
        try:
            return await self._responses.fill(handle, what)
        except RoomGoneError:  # somebody took it away while it was being written
            _rewind(what)
            return await self._responses.add(handle, what, is_private=is_private)

    async def _post(self, outgoing: Outgoing, channel: Channel) -> Receipt:
        what = content(outgoing.blocks)

        async def look(entry: Entry) -> Entry | None:
            answers = partial(again.replies, wanted=outgoing.reply_to)
            found = await self._find_again(channel, entry, what, answers)
            return None if found is None else entry.made(found)

        async def make(entry: Entry) -> Entry:
            return entry.made(await self._say(outgoing, channel, what))

        return _receipt(outgoing, await self._once.do(outgoing.key, outgoing.room.id, look, make))

    async def _say(self, outgoing: Outgoing, channel: Channel, what: Content) -> int:
        extras: dict[str, Any] = {"view": what.view, "reference": _reference(outgoing)}
        with translated("post"):
            message = await channel.send(
                what.text,
                files=what.files,
                allowed_mentions=what.mentions,
                suppress_embeds=True,
                nonce=outgoing.key,  # by it Discord knows a repeat, for some minutes
                **extras,
            )
        return message.id

    async def _find_again(
        self, channel: Channel, entry: Entry, what: Content, answers: Answers
    ) -> int | None:
        """Return the post of an attempt that was cut off, if it got there; see `again`."""
        me, since = self._client.user, entry.at - CLOCKS_DIFFER - LASTS

        def is_it(message: discord.Message) -> bool:
            is_ours = me is not None and message.author.id == me.id
            is_free = self._once.is_free(message.id, message.created_at, since)
            return is_ours and is_free and answers(message)

        return await again.find(channel, what, since, is_it)

    async def _check_reader(
        self, message: MessageRef, outgoing: Outgoing, way: Handle | None
    ) -> None:
        """Let nothing that is for one person be put where others, or another one, would see it.

        Raises:
            NotPermittedError: It would be.
        """
        reader = outgoing.private_to
        if reader is None:
            return
        known = self._receipts.of_message(message.id)
        if known is not None and known.is_private:
            handle = way or self._handle(replace(outgoing, private_to=None))
            if handle is None:
                raise RoomGoneError(f"message {message.id!r} can't be reached any more")
            is_theirs = handle.user == reader.id
        else:
            is_theirs = _is_alone(await self._rooms.channel(message.room), outgoing)
        if not is_theirs:
            raise NotPermittedError(f"message {message.id!r} is for other readers")

    def _handle(self, outgoing: Outgoing) -> Handle | None:
        """Return the handle to answer through, None where there is none or its time is over."""
        reply, reader = outgoing.reply, outgoing.private_to
        if reply is None or reply.expires_at <= self._clock.now():
            return None
        handle = parse(reply)
        return handle if reader is None or reader.id == handle.user else None


def _is_alone(channel: Channel, outgoing: Outgoing) -> bool:
    """Whether a channel is the direct talk with whom a post is for."""
    if not isinstance(channel, discord.DMChannel) or outgoing.private_to is None:
        return False
    return channel.recipient is not None and str(channel.recipient.id) == outgoing.private_to.id


def _reference(outgoing: Outgoing) -> discord.MessageReference | None:
    answered = outgoing.reply_to
    if answered is None or answered.room != outgoing.room or number(answered.id) is None:
        return None
    return discord.MessageReference(
        message_id=int(answered.id),
        channel_id=int(outgoing.room.id),
        fail_if_not_exists=False,
    )


def _rewind(what: Content) -> None:
    """Make the files ready to be sent again."""
    for file in what.files:
        file.reset()


def _receipt(outgoing: Outgoing, message: str) -> Receipt:
    return Receipt((MessageRef(outgoing.room, message),))


def _done(entry: Entry) -> str:
    assert entry.message is not None
    return entry.message

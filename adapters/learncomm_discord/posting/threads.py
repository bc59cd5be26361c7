"""Threads, public and private, and the posts of forums."""

from collections.abc import Sequence
from typing import Literal

import discord

from learncomm_agent.adapting.once import CLOCKS_DIFFER, Once
from learncomm_agent.adapting.receipts import Entry
from learncomm_agent.chat.messages import RoomRef, whole
from learncomm_agent.chat.outgoing import Paragraph, Text
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.errors import NotPermittedError, PlatformError
from learncomm_agent.log import logger
from learncomm_discord.directory.accounts import Accounts, number
from learncomm_discord.directory.rooms import Rooms, room_ref
from learncomm_discord.faults import translated
from learncomm_discord.posting.abilities import capabilities, check, tags
from learncomm_discord.posting.content import content
from learncomm_discord.posting.markup import clean

_MAX_TITLE = 100
_WEEK: Literal[10_080] = 10_080
"""Minutes without a word, after which Discord folds a thread away."""
_Parent = discord.TextChannel | discord.ForumChannel
_log = logger(__name__)


class Threads:
    """Opens threads, each key once, and brings people in."""

    def __init__(
        self, client: discord.Client, rooms: Rooms, accounts: Accounts, once: Once
    ) -> None:
        """Take what it needs."""
        self._client = client
        self._rooms = rooms
        self._accounts = accounts
        self._once = once

    async def open(
        self,
        room: RoomRef,
        title: str,
        key: str,
        members: Sequence[AccountRef],
        *,
        is_private: bool,
    ) -> RoomRef:
        """Open a thread, or a post of a forum; see `verbs.Threads`."""
        parent = await self._rooms.place(room)
        can = capabilities(parent)
        check(can.private_threads if is_private else can.threads, room)
        assert isinstance(parent, _Parent)
        guests, missing = await self._guests(parent, members)
        if missing:
            raise NotPermittedError(f"{missing} can't be brought into a thread of {room.id!r}")
        # As Discord will have it, without a blank at an end: by that it is found again.
        name = " ".join(whole(clean(title)).split())[:_MAX_TITLE].rstrip() or "…"

        async def look(entry: Entry) -> Entry | None:
            found = self._named(parent, name, entry, is_private=is_private)
            return None if found is None else entry.made(found.id)

        async def make(entry: Entry) -> Entry:
            with translated("thread"):
                return entry.made((await _create(parent, name, is_private=is_private)).id)

        thread = room_ref(
            parent.guild.id, int(await self._once.do(f"thread:{key}", room.id, look, make))
        )
        if guests:
            await self._bring(thread, guests)
        return thread

    async def add(self, thread: RoomRef, members: Sequence[AccountRef]) -> None:
        """Bring people into a thread; see `verbs.Threads`."""
        channel = await self._rooms.channel(thread)
        if not isinstance(channel, discord.Thread) or channel.parent is None:
            raise NotPermittedError(f"room {thread.id!r} is no thread")
        guests, missing = await self._guests(channel.parent, members)
        await self._bring(thread, guests)
        if missing:
            raise NotPermittedError(f"{missing} can't be brought into thread {thread.id!r}")

    async def _guests(
        self, parent: _Parent, members: Sequence[AccountRef]
    ) -> tuple[list[discord.Member], list[str]]:
        """Return who can be brought in, and the ids of those who can't, as they don't see the channel."""
        guests, missing = [], []
        for account in members:
            id = number(account.id)
            member = None if id is None else await self._accounts.member(parent.guild, id)
            if member is None or not parent.permissions_for(member).view_channel:
                missing.append(account.id)
            else:
                guests.append(member)
        return guests, missing

    async def _bring(self, thread: RoomRef, guests: Sequence[discord.Member]) -> None:
        """Bring in all that Discord lets us, then tell of those that it does not."""
        channel = await self._rooms.channel(thread)
        assert isinstance(channel, discord.Thread)
        refusal: PlatformError | None = None
        if channel.archived:
            with translated("thread"):
                await channel.edit(archived=False)
        for guest in guests:
            try:
                with translated("bring into a thread"):
                    await channel.add_user(guest)
            except NotPermittedError as error:
                _log.warning("not brought in", thread=thread.id, account=str(guest.id))
                refusal = error
        if refusal is not None:
            raise refusal

    def _named(
        self, parent: _Parent, name: str, entry: Entry, *, is_private: bool
    ) -> discord.Thread | None:
        me, since = self._client.user, entry.at - CLOCKS_DIFFER
        for thread in parent.threads:
            is_ours = me is not None and thread.owner_id == me.id and thread.name == name
            is_such = is_ours and thread.is_private() == is_private
            if is_such and self._once.is_free(thread.id, thread.created_at, since):
                return thread
        return None


async def _create(parent: _Parent, name: str, *, is_private: bool) -> discord.Thread:
    if isinstance(parent, discord.ForumChannel):
        return await _post(parent, name)
    kind = discord.ChannelType.public_thread
    if parent.is_news():
        kind = discord.ChannelType.news_thread
    if is_private:
        kind = discord.ChannelType.private_thread
    return await parent.create_thread(
        name=name, type=kind, auto_archive_duration=_WEEK, invitable=False
    )


async def _post(forum: discord.ForumChannel, name: str) -> discord.Thread:
    """Begin a post of a forum; its first message, which there must be, says its title."""
    what = content((Paragraph((Text(name),)),))
    begun = await forum.create_thread(
        name=name,
        content=what.text,
        allowed_mentions=what.mentions,
        suppress_embeds=True,
        auto_archive_duration=_WEEK,
        applied_tags=tags(forum)[:1] if forum.flags.require_tag else [],
    )
    return begun.thread

"""Entries in the calendar of a server."""

import contextlib
from typing import Any

import discord

from learncomm_agent.adapting.once import CLOCKS_DIFFER, Once
from learncomm_agent.adapting.receipts import Entry
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.scheduled_events import ScheduledEvent
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError, PlatformError, RoomGoneError
from learncomm_discord.directory.accounts import number
from learncomm_discord.directory.rooms import Rooms, room_ref
from learncomm_discord.faults import translated
from learncomm_discord.posting.abilities import capabilities, check

_MAX_TITLE = 100
_MAX_PLACE = 100
_MAX_DESCRIPTION = 1000
_Voice = discord.VoiceChannel | discord.StageChannel


class ScheduledEvents:
    """Makes entries, each key once, changes them and takes them away."""

    def __init__(self, client: discord.Client, rooms: Rooms, once: Once, clock: Clock) -> None:
        """Take what it needs."""
        self._client = client
        self._rooms = rooms
        self._once = once
        self._clock = clock

    async def schedule(self, room: RoomRef, event: ScheduledEvent, key: str) -> str:
        """Make an entry; see `verbs.ScheduledEvents`."""
        guild = await self._guild(room)
        shown = self._shown(guild, room, event)

        async def look(entry: Entry) -> Entry | None:
            found = await self._find_again(guild, event, entry)
            return None if found is None else entry.made(found.id)

        async def make(entry: Entry) -> Entry:
            with translated("scheduled event"):
                return entry.made((await guild.create_scheduled_event(**shown)).id)

        return await self._once.do(f"event:{key}", room.space.id, look, make)

    async def reschedule(self, room: RoomRef, id: str, event: ScheduledEvent) -> None:
        """Change an entry; see `verbs.ScheduledEvents`."""
        guild = await self._guild(room)
        shown = self._shown(guild, room, event)
        found = await _fetched(guild, id)
        with translated("scheduled event"):
            await found.edit(**shown)

    async def cancel(self, room: RoomRef, id: str) -> None:
        """Take an entry away; see `verbs.ScheduledEvents`."""
        guild = await self._guild(room)
        with contextlib.suppress(RoomGoneError):
            found = await _fetched(guild, id)
            with translated("scheduled event"):
                await found.delete()

    async def _guild(self, room: RoomRef) -> discord.Guild:
        channel = await self._rooms.place(room)
        check(capabilities(channel).scheduled_events, room)
        assert not isinstance(channel, discord.DMChannel)
        return channel.guild

    def _shown(self, guild: discord.Guild, room: RoomRef, event: ScheduledEvent) -> dict[str, Any]:
        """Return an entry as discord.py takes it.

        Raises:
            PlatformError: It is more than Discord takes.
        """
        if event.begins_at <= self._clock.now():
            raise PlatformError("a scheduled event in the past")
        if not 1 <= len(event.title.strip()) <= _MAX_TITLE:
            raise PlatformError(f"a scheduled event's title has {len(event.title)} characters")
        if len(event.description) > _MAX_DESCRIPTION:
            raise PlatformError(f"a scheduled event's text has {len(event.description)} characters")
        shown: dict[str, Any] = {
            "name": event.title.strip(),
            "description": event.description,
            "start_time": event.begins_at,
            "end_time": event.ends_at,
            "privacy_level": discord.PrivacyLevel.guild_only,
        }
        voice = _voice(guild, event)
        if voice is not None:
            kind = discord.EntityType.voice
            if isinstance(voice, discord.StageChannel):
                kind = discord.EntityType.stage_instance
            return {**shown, "entity_type": kind, "channel": voice}
        where = event.where.strip() or _name(guild, event.place or room)
        if len(where) > _MAX_PLACE:
            raise PlatformError(f"a scheduled event's place has {len(where)} characters")
        return {**shown, "entity_type": discord.EntityType.external, "location": where}

    async def _find_again(
        self, guild: discord.Guild, event: ScheduledEvent, entry: Entry
    ) -> discord.ScheduledEvent | None:
        """Return the entry of an attempt that was cut off, if it got there."""
        me, since = self._client.user, entry.at - CLOCKS_DIFFER
        with translated("look for a scheduled event"):
            there = await guild.fetch_scheduled_events(with_counts=False)
        for found in there:
            is_ours = me is not None and found.creator_id == me.id
            is_same = (found.name, found.start_time) == (event.title.strip(), event.begins_at)
            made_at = discord.utils.snowflake_time(found.id)
            if is_ours and is_same and self._once.is_free(found.id, made_at, since):
                return found
        return None


async def _fetched(guild: discord.Guild, id: str) -> discord.ScheduledEvent:
    event = number(id)
    if event is None:
        raise RoomGoneError(f"there is no scheduled event {id!r}")
    with translated("scheduled event"):
        return await guild.fetch_scheduled_event(event, with_counts=False)


def _voice(guild: discord.Guild, event: ScheduledEvent) -> _Voice | None:
    """Return the channel where people can be by voice, if there is one for it.

    Raises:
        NotPermittedError: The bot may put no entry there.
    """
    place = event.place
    found = None if place is None else guild.get_channel(number(place.id) or 0)
    if not isinstance(found, _Voice) or room_ref(guild.id, found.id) != place:
        return None
    may = found.permissions_for(guild.me)
    if not (may.view_channel and may.connect and (may.create_events or may.manage_events)):
        raise NotPermittedError(f"no scheduled event in room {found.id}")
    return found


def _name(guild: discord.Guild, room: RoomRef) -> str:
    """Return where it is; everyone reads it, so that hidden rooms are not named."""
    found = guild.get_channel_or_thread(number(room.id) or 0)
    is_hidden = isinstance(found, discord.Thread) and found.is_private()
    if found is None or is_hidden or not found.permissions_for(guild.default_role).view_channel:
        return guild.name
    return f"#{found.name}"[:_MAX_PLACE]

"""What a channel can show, by what the bot may do there."""

from dataclasses import replace

import discord

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.errors import NotPermittedError
from learncomm_discord.audience.rules import may
from learncomm_discord.directory.rooms import Place

MAX_FILE_BYTES = 10_000_000
"""What every server takes."""
MAX_CHOICES = 25
"""Five rows of five buttons."""
MAX_MENU_OPTIONS = 25
MAX_FIELDS = 5
MAX_POLL_OPTIONS = 10

EVERYTHING = Capabilities(
    max_text=2000,
    max_parts=5,
    edits=Level.FULL,
    edits_per_minute=30,
    deletes=Level.FULL,
    private_replies=Level.PARTIAL,
    direct_messages=Level.FULL,
    replies=Level.FULL,
    buttons=Level.FULL,
    max_choices=MAX_CHOICES,
    menus=Level.FULL,
    max_menu_options=MAX_MENU_OPTIONS,
    choices_per_menu=5,
    forms=Level.FULL,
    max_fields=MAX_FIELDS,
    files=Level.FULL,
    max_file_bytes=MAX_FILE_BYTES,
    images=Level.FULL,
    links=Level.FULL,
    message_links=Level.FULL,
    mentions=Level.FULL,
    local_times=Level.FULL,
    reactions=Level.FULL,
    threads=Level.FULL,
    private_threads=Level.FULL,
    polls=Level.FULL,
    max_poll_options=MAX_POLL_OPTIONS,
    scheduled_events=Level.FULL,
    pins=Level.FULL,
    acknowledges=Level.FULL,
)
"""A channel where the bot may do all that it can; a private reply needs a handle."""

DIRECT = replace(
    EVERYTHING,
    threads=Level.FALLBACK,
    private_threads=Level.FALLBACK,
    polls=Level.FALLBACK,
    scheduled_events=Level.FALLBACK,
    pins=Level.FALLBACK,
)
"""The talk with one person."""

HIDDEN = replace(DIRECT, reactions=Level.FALLBACK)
"""A channel that the bot can't see, where commands can be answered all the same."""


def capabilities(channel: Place) -> Capabilities:
    """Return what a channel can show, by what the bot may do there."""
    if isinstance(channel, discord.DMChannel):
        return DIRECT
    rights = may(channel, channel.guild.me)
    if isinstance(channel, discord.ForumChannel):
        return _forum(channel, rights)
    has_history = rights.read_message_history
    is_thread = isinstance(channel, discord.Thread)
    posts = rights.send_messages_in_threads if is_thread else rights.send_messages
    is_plain = isinstance(channel, discord.TextChannel)
    is_news = isinstance(channel, discord.TextChannel) and channel.is_news()
    branches = is_plain and rights.send_messages_in_threads
    return replace(
        EVERYTHING,
        max_file_bytes=max(MAX_FILE_BYTES, channel.guild.filesize_limit),
        files=_level(rights.attach_files),
        images=_level(rights.attach_files),
        replies=_level(has_history),
        reactions=_level(rights.add_reactions and has_history),
        threads=_level(branches and rights.create_public_threads),
        private_threads=_level(branches and not is_news and rights.create_private_threads),
        polls=_level(posts and rights.send_polls and has_history),
        scheduled_events=_calendar(channel.guild),
        pins=_level(rights.pin_messages and has_history),
    )


def check(level: Level, room: RoomRef) -> None:
    """Let nothing be tried that a room can't do.

    Raises:
        NotPermittedError: It can't.
    """
    if level < Level.PARTIAL:
        raise NotPermittedError(f"room {room.id!r} can't do that")


def tags(forum: discord.ForumChannel) -> list[discord.ForumTag]:
    """Return the tags that the bot may put on a post."""
    manages = may(forum, forum.guild.me).manage_threads
    return [tag for tag in forum.available_tags if manages or not tag.moderated]


def _forum(channel: discord.ForumChannel, rights: discord.Permissions) -> Capabilities:
    """Return what a forum can do: nothing stands in it but posts, which are threads."""
    posts = rights.send_messages and rights.send_messages_in_threads
    return Capabilities(
        threads=_level(posts and (bool(tags(channel)) or not channel.flags.require_tag)),
        scheduled_events=_calendar(channel.guild),
    )


def _calendar(guild: discord.Guild) -> Level:
    """Return whether entries can be made in the calendar, which is one for the whole server."""
    rights = guild.me.guild_permissions
    return _level(rights.create_events or rights.manage_events)


def _level(is_allowed: bool) -> Level:
    return Level.FULL if is_allowed else Level.FALLBACK

"""What a channel can show, by what the bot may do there."""

from dataclasses import replace

import discord

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_discord.rooms import Channel

MAX_FILE_BYTES = 10_000_000
"""What every server takes."""
MAX_CHOICES = 25
"""Five rows of five buttons."""

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
    files=Level.FULL,
    max_file_bytes=MAX_FILE_BYTES,
    images=Level.FULL,
    links=Level.FULL,
    message_links=Level.FULL,
    mentions=Level.FULL,
    local_times=Level.FULL,
    reactions=Level.FULL,
    threads=Level.FULL,
    acknowledges=Level.FULL,
)
"""A channel where the bot may do all that it can; a private reply needs a handle."""

HIDDEN = replace(EVERYTHING, reactions=Level.FALLBACK, threads=Level.FALLBACK)
"""A channel that the bot can't see, where commands can be answered all the same."""


def capabilities(channel: Channel) -> Capabilities:
    """Return what a channel can show."""
    if isinstance(channel, discord.DMChannel):
        return replace(EVERYTHING, threads=Level.FALLBACK)
    may = channel.permissions_for(channel.guild.me)
    has_history = may.read_message_history
    is_plain = isinstance(channel, discord.TextChannel)
    return replace(
        EVERYTHING,
        max_file_bytes=max(MAX_FILE_BYTES, channel.guild.filesize_limit),
        files=_level(may.attach_files),
        images=_level(may.attach_files),
        replies=_level(has_history),
        reactions=_level(may.add_reactions and has_history),
        threads=_level(is_plain and may.create_public_threads and may.send_messages_in_threads),
    )


def _level(is_allowed: bool) -> Level:
    return Level.FULL if is_allowed else Level.FALLBACK

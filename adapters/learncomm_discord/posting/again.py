"""Finds the post of an attempt that was cut off before Discord could say that it is there.

What was posted says the same words; two that do are told apart by what they answer.
"""

from collections.abc import Callable
from datetime import datetime

import discord

from learncomm_agent.chat.messages import MessageRef
from learncomm_discord.directory.rooms import Channel
from learncomm_discord.faults import translated
from learncomm_discord.posting.content import Content
from learncomm_discord.posting.handles import Handle

Answers = Callable[[discord.Message], bool]
"""Whether a post may answer what the one that was cut off was to answer."""
_LOOKED_AT = 500
"""So many messages are looked at, from now back to when the attempt was begun."""


async def find(channel: Channel, what: Content, since: datetime, is_it: Answers) -> int | None:
    """Return the newest post with this content; a first response is as old as its command.

    Raises:
        PlatformError: The channel can't be read.
    """
    names = [file.filename for file in what.files]
    with translated("look for a post"):
        async for message in channel.history(limit=_LOOKED_AT):
            if message.created_at < since:
                break
            files = [file.filename for file in message.attachments]
            if (message.content, files) == (what.text, names) and is_it(message):
                return message.id
    return None


def replies(message: discord.Message, wanted: MessageRef | None) -> bool:
    """Whether a post may be the reply to this; it is none to anything where that was gone."""
    if message.interaction_metadata is not None:
        return False
    shown = message.reference
    return wanted is None or shown is None or str(shown.message_id) == wanted.id


def responds(message: discord.Message, handle: Handle) -> bool:
    """Whether a post answers what somebody did by a command or a button."""
    done = message.interaction_metadata
    return done is not None and handle.interaction in (0, done.id)

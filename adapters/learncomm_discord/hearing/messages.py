"""From Discord's messages to ours. Pure.

Mentions are written as `<@id>`; for people, and for whoever reads the text later, they become names. A
mention of the bot at the beginning addresses it and is left out; one further on addresses it too.
"""

import re
from dataclasses import dataclass

import discord

from learncomm_agent.chat.messages import Attachment, Message, MessageRef, RoomRef
from learncomm_discord.directory.accounts import account_ref

_MENTION = re.compile(r"<(@[!&]?|#)(\d{1,20})>")
_AT_FIRST = re.compile(r"\A\s*<(@[!&]?)(\d{1,20})>[\s,:;]*")
_SPOKEN = frozenset({discord.MessageType.default, discord.MessageType.reply})


@dataclass(frozen=True, slots=True)
class Said:
    """The text of a message as people read it."""

    text: str
    is_addressed: bool


def is_spoken(message: discord.Message) -> bool:
    """Whether somebody wrote this, rather than Discord itself: `Ana joined`, `Ben pinned a message`."""
    return message.type in _SPOKEN


def said(message: discord.Message, me: discord.ClientUser) -> Said:
    """Return what a message says, and whether it mentions the bot."""
    text = message.content
    if "<@" not in text and "<#" not in text:
        return Said(text, is_addressed=False)
    first = _AT_FIRST.match(text)
    is_addressed = first is not None and _is_ours(first, message, me)
    if first is not None and is_addressed:
        text = text[first.end() :]
    else:
        is_addressed = any(_is_ours(each, message, me) for each in _MENTION.finditer(text))
    names = _names(message)
    named = _MENTION.sub(lambda found: names.get((found[1][0], found[2]), found[0]), text)
    return Said(named.strip() if is_addressed else named, is_addressed)


def message_of(message: discord.Message, room: RoomRef, what: Said, *, is_direct: bool) -> Message:
    """Return a message as the rest of the house knows it."""
    return Message(
        MessageRef(room, str(message.id)),
        account_ref(message.author.id),
        what.text,
        message.created_at,
        revision=0 if message.edited_at is None else 1,
        edited_at=message.edited_at,
        reply_to=_answered(message, room),
        attachments=attachments(message.attachments),
        is_addressed=what.is_addressed or is_direct,
    )


def attachments(files: list[discord.Attachment]) -> tuple[Attachment, ...]:
    """Return the files on a message; their id is the address where they lie, for about a day."""
    return tuple(
        Attachment(file.url, file.filename, _media_type(file), file.size) for file in files
    )


def _media_type(file: discord.Attachment) -> str:
    return (file.content_type or "application/octet-stream").partition(";")[0].strip()


def _answered(message: discord.Message, room: RoomRef) -> MessageRef | None:
    reference = message.reference
    if message.type is not discord.MessageType.reply or reference is None:
        return None
    if reference.message_id is None or reference.channel_id != message.channel.id:
        return None
    return MessageRef(room, str(reference.message_id))


def _is_ours(found: re.Match[str], message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether a mention is of the bot: its own, or of the role that Discord gave it."""
    if found[1] != "@&":
        return found[1] != "#" and int(found[2]) == me.id
    role = message.guild.self_role if message.guild is not None else None
    return role is not None and int(found[2]) == role.id


def _names(message: discord.Message) -> dict[tuple[str, str], str]:
    """Return what mentions read as; roles are told from members by being looked up first."""
    names = {("@", str(user.id)): f"@{user.display_name}" for user in message.mentions}
    names |= {("@", str(role.id)): f"@{role.name}" for role in message.role_mentions}
    channels = ((channel.id, channel.name) for channel in message.channel_mentions)
    return names | {("#", str(id)): f"#{name}" for id, name in channels}

"""The rules of a server as plain values, read off what discord.py knows of it."""

import discord

from learncomm_discord.audience.permissions import Overwrite, Place, Rules, Server

Shared = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel
"""Channels of a server that bear rules of their own."""
_VIEW = discord.Permissions(view_channel=True).value
_HISTORY = discord.Permissions(read_message_history=True).value
_JOIN = discord.Permissions(connect=True).value
_ADMINISTRATOR = discord.Permissions(administrator=True).value
_ASKED = (_VIEW, _HISTORY, _JOIN)


def rules_of(guild: discord.Guild, me: int) -> Rules:
    """Return the rules of a server as they are now.

    Args:
        guild: The server.
        me: The user id of the bot, which is not counted among the readers.
    """
    own = (role.id for role in guild.roles if role.tags is not None and role.tags.bot_id == me)
    server = Server(
        guild.id,
        {role.id: role.permissions.value for role in guild.roles},
        _ADMINISTRATOR,
        frozenset({me, *own, *([guild.owner_id] if guild.owner_id is not None else [])}),
    )
    return Rules(
        server, {each.id: place_of(each) for each in guild.channels if isinstance(each, Shared)}
    )


def place_of(channel: Shared) -> Place:
    """Return the rule by which a channel is seen and read.

    What is written in a voice channel is read by those who may join it; discord.py's own
    `permissions_for` does not say so, but Discord asks for it.
    """
    seen = (_VIEW, _JOIN) if is_voice(channel) else (_VIEW,)
    asked = (*seen, _HISTORY)
    roles: dict[int, Overwrite] = {}
    members: dict[int, Overwrite] = {}
    wanted = sum(asked)
    # `overwrites` would cost fifty times as much, and has no ids of those whom discord.py does not know.
    for each in channel._overwrites:
        overwrite = Overwrite(each.allow & wanted, each.deny & wanted)
        if overwrite != Overwrite():
            (members if each.is_member() else roles)[each.id] = overwrite
    return Place(asked, seen, channel.is_nsfw(), roles, members)


def bits(role: discord.Role) -> int:
    """Return what a role gives that has to do with reading."""
    return role.permissions.value & (sum(_ASKED) | _ADMINISTRATOR)


def may(channel: Shared | discord.Thread, member: discord.Member) -> discord.Permissions:
    """Return what a member may do in a channel now; nothing in a thread whose channel is not known."""
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return discord.Permissions.none()
    return channel.permissions_for(member)


def reads(channel: Shared | discord.Thread, member: discord.Member) -> bool:
    """Whether a member may now read what was written in a channel before."""
    rights = may(channel, member)
    is_closed = is_voice(channel) and not rights.connect
    return rights.view_channel and rights.read_message_history and not is_closed


def is_voice(channel: object) -> bool:
    """Whether people talk there, so that what is written there asks for the right to join, too."""
    return isinstance(channel, discord.VoiceChannel | discord.StageChannel)

"""What `doctor` looks at: token, intents and permissions, without connecting and changing nothing."""

from collections.abc import AsyncIterator

import discord

from learncomm_agent.chat.platform import Finding
from learncomm_agent.errors import PlatformError
from learncomm_discord.faults import translated

NEEDED = (
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "create_public_threads",
    "read_message_history",
    "add_reactions",
    "attach_files",
)
"""The permissions that everything works with."""
_MOST_GUILDS = 20


async def findings(client: discord.Client, *, wants_members: bool) -> AsyncIterator[Finding]:
    """Yield what is found with a client that is logged in."""
    yield Finding(True, "discord.token_good")
    flags = client.application_flags
    yield _intent(
        "message content", flags.gateway_message_content or flags.gateway_message_content_limited
    )
    if wants_members:
        members = flags.gateway_guild_members or flags.gateway_guild_members_limited
        yield _intent("server members", members)
    try:
        with translated("servers"):
            guilds = [guild async for guild in client.fetch_guilds()]
    except PlatformError:
        yield Finding(False, "discord.unreachable")
        return
    yield Finding(bool(guilds), "discord.servers", {"count": len(guilds)})
    for guild in guilds[:_MOST_GUILDS]:
        yield await _permissions(client, guild.id)


def _intent(name: str, is_on: bool) -> Finding:
    return Finding(is_on, "discord.intent_on" if is_on else "discord.intent_off", {"intent": name})


async def _permissions(client: discord.Client, guild_id: int) -> Finding:
    assert client.user is not None
    try:
        with translated("server"):
            guild = await client.fetch_guild(guild_id)
            me = await guild.fetch_member(client.user.id)
    except PlatformError:
        return Finding(False, "discord.server_hidden", {"server": str(guild_id)})
    may = me.guild_permissions
    missing = [name.replace("_", " ") for name in NEEDED if not getattr(may, name)]
    values = {"server": guild.name, "missing": missing}
    return Finding(
        not missing, "discord.rights_missing" if missing else "discord.rights_good", values
    )

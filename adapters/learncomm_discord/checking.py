"""What `doctor` looks at: token, intents and permissions, without connecting and changing nothing.

Permissions are those that the bot's roles give it in the whole server; a channel may still take some
away or add some by rules of its own, which only shows there.
"""

from collections.abc import AsyncIterator

import discord

from learncomm_agent.chat.platform import Finding
from learncomm_agent.errors import PlatformError
from learncomm_discord.faults import translated
from learncomm_discord.options import Options

NEEDED = {
    "view_channel": "discord.lacks_view_channel",
    "send_messages": "discord.lacks_send_messages",
    "send_messages_in_threads": "discord.lacks_send_messages_in_threads",
    "create_public_threads": "discord.lacks_create_public_threads",
    "read_message_history": "discord.lacks_read_message_history",
    "add_reactions": "discord.lacks_add_reactions",
    "attach_files": "discord.lacks_attach_files",
}
"""The permissions that everything works with, and the sentence that says that one is missing."""
MOST_SERVERS = 20
"""So many are looked at; each costs two questions."""


async def findings(client: discord.Client, options: Options) -> AsyncIterator[Finding]:
    """Yield what is found with a client that is logged in, in the servers that are served."""
    yield Finding(True, "discord.token_good")
    flags = client.application_flags
    yield _intent(
        "Message Content Intent",
        flags.gateway_message_content or flags.gateway_message_content_limited,
    )
    if options.members_intent:
        members = flags.gateway_guild_members or flags.gateway_guild_members_limited
        yield _intent("Server Members Intent", members)
    try:
        with translated("servers"):
            there = [str(guild.id) async for guild in client.fetch_guilds(limit=None)]
    except PlatformError:
        yield Finding(False, "discord.unreachable")
        return
    served = list(options.guilds) or there
    count = len(set(served) & set(there))
    yield Finding(count > 0, "discord.servers", {"count": count})
    for guild in served[:MOST_SERVERS]:
        async for finding in _permissions(client, int(guild)):
            yield finding
    if len(served) > MOST_SERVERS:
        values = {"looked_at": MOST_SERVERS, "left": len(served) - MOST_SERVERS}
        yield Finding(True, "discord.servers_left", values)


def _intent(name: str, is_on: bool) -> Finding:
    return Finding(is_on, "discord.intent_on" if is_on else "discord.intent_off", {"intent": name})


async def _permissions(client: discord.Client, guild_id: int) -> AsyncIterator[Finding]:
    assert client.user is not None
    try:
        with translated("server"):
            guild = await client.fetch_guild(guild_id)
            me = await guild.fetch_member(client.user.id)
    except PlatformError:
        yield Finding(False, "discord.server_hidden", {"server": str(guild_id)})
        return
    values = {"server": guild.name}
    missing = [phrase for name, phrase in NEEDED.items() if not getattr(me.guild_permissions, name)]
    for phrase in missing:
        yield Finding(False, phrase, values)
    if not missing:
        yield Finding(True, "discord.rights_good", values)

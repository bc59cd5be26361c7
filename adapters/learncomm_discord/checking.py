"""What `doctor` and the set-up look at: token, intents and permissions; nothing is changed.

Permissions are those that the bot's roles give it in the whole server; a channel may still take some
away or add some by rules of its own, which only shows there.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import discord

from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.chat.platform import Finding
from learncomm_agent.errors import PlatformError
from learncomm_discord.directory.accounts import number
from learncomm_discord.faults import translated
from learncomm_discord.options import Options
from learncomm_discord.posting.markup import PLATFORM


@dataclass(frozen=True, slots=True)
class Right:
    """One permission that the bot asks for."""

    name: str
    """As discord.py calls it."""
    title: str
    """As Discord's settings call it, in English."""
    phrase: str
    """Says that it is missing, and what for where it may be."""
    is_required: bool = True


RIGHTS = (
    Right("view_channel", "View Channels", "discord.lacks_view_channel"),
    Right("send_messages", "Send Messages", "discord.lacks_send_messages"),
    Right(
        "send_messages_in_threads",
        "Send Messages in Threads",
        "discord.lacks_send_messages_in_threads",
    ),
    Right("create_public_threads", "Create Public Threads", "discord.lacks_create_public_threads"),
    Right("read_message_history", "Read Message History", "discord.lacks_read_message_history"),
    Right("add_reactions", "Add Reactions", "discord.lacks_add_reactions"),
    Right("attach_files", "Attach Files", "discord.lacks_attach_files"),
    Right(
        "create_private_threads",
        "Create Private Threads",
        "discord.lacks_create_private_threads",
        is_required=False,
    ),
    Right("pin_messages", "Pin Messages", "discord.lacks_pin_messages", is_required=False),
    Right("send_polls", "Create Polls", "discord.lacks_send_polls", is_required=False),
    Right("create_events", "Create Events", "discord.lacks_create_events", is_required=False),
    Right("connect", "Connect", "discord.lacks_connect", is_required=False),
)
"""All that the bot asks for, and no more: what everything works with, then what one thing works with."""
NEEDED = {each.name: each.phrase for each in RIGHTS if each.is_required}
"""The permissions that everything works with, and the sentence that says that one is missing."""
ASKED = discord.Permissions(**{each.name: True for each in RIGHTS})
"""What the link to invite the bot asks for."""
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
    values = {"count": count} if count else {"count": count, "link": invitation(client)}
    yield Finding(count > 0, "discord.servers", values)
    for guild in served[:MOST_SERVERS]:
        async for finding in _permissions(client, int(guild)):
            yield finding
    if len(served) > MOST_SERVERS:
        left = {"looked_at": MOST_SERVERS, "left": len(served) - MOST_SERVERS}
        yield Finding(True, "discord.servers_left", left)


def inspect(client: discord.Client, space: SpaceRef) -> list[Finding]:
    """Return what a bot that is connected lacks in one server, the link that mends it last."""
    guild = client.get_guild(number(space.id) or 0) if space.platform == PLATFORM else None
    if guild is None or guild.unavailable or guild.me is None:
        return [Finding(False, "discord.server_hidden", {"server": space.id})]
    return [*_intents(client.intents), *_lacks(client, guild)]


def invitation(client: discord.Client, guild: discord.Guild | None = None) -> str:
    """Return the link by which the owner of a server gives the bot exactly what it asks for.

    Args:
        client: One that is logged in.
        guild: The server; the owner chooses one where None.
    """
    assert client.user is not None
    return discord.utils.oauth_url(
        client.application_id or client.user.id,
        permissions=ASKED,
        guild=discord.utils.MISSING if guild is None else guild,
        scopes=("bot", "applications.commands"),
    )


def _intents(intents: discord.Intents) -> Iterator[Finding]:
    """Yield which intents the bot does without, and what works all the same."""
    if not intents.message_content:
        yield Finding(False, "discord.without_content")
    if not intents.members:
        yield Finding(True, "discord.without_members")


def _lacks(client: discord.Client, guild: discord.Guild) -> Iterator[Finding]:
    values, may = {"server": guild.name}, guild.me.guild_permissions
    missing = [right for right in RIGHTS if not getattr(may, right.name)]
    for right in missing:
        yield Finding(False, right.phrase, values)
    if missing:
        yield _mended(client, guild)
    else:
        yield Finding(True, "discord.rights_good", values)


def _mended(client: discord.Client, guild: discord.Guild) -> Finding:
    values = {"server": guild.name, "link": invitation(client, guild)}
    return Finding(False, "discord.invite", values)


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
    if missing:
        yield _mended(client, guild)
    else:
        yield Finding(True, "discord.rights_good", values)

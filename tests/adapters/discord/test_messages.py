"""What a message says, read off discord.py's own objects."""

from typing import Any

import discord
import pytest

from learncomm_discord.hearing.messages import Said, said
from tests.adapters.discord.permission_sets import ME, MY_ROLE, OWNER, Server


@pytest.mark.parametrize(
    ("written", "text", "is_addressed"),
    [
        (f"<@&{MY_ROLE}> help", "help", True),
        (f"  <@!{ME}>, : help  ", "help", True),
        (f"<@{ME}><@{ME}> help", f"<@{ME}> help", True),
        (f"ask <@&{MY_ROLE}>", f"ask <@&{MY_ROLE}>", True),
        # Numbers of other things are not the bot's.
        (f"<@&{ME}> help ", f"<@&{ME}> help ", False),
        (f"<@{MY_ROLE}> help", f"<@{MY_ROLE}> help", False),
        (f"<#{ME}> help", f"<#{ME}> help", False),
        (f"<@{OWNER}> <#{ME}> <@{ME}", f"<@{OWNER}> <#{ME}> <@{ME}", False),
        (" plain ", " plain ", False),
    ],
)
async def test_only_the_bots_own_mentions_address_it(
    written: str, text: str, is_addressed: bool
) -> None:
    server = Server(roles=1, channels=1)
    channel: Any = server.guild.get_channel(server.channels[0])
    state = server.guild._state
    author = {"id": OWNER, "username": "o", "discriminator": "0", "avatar": None}
    data: Any = {
        "id": 1,
        "type": 0,
        "content": written,
        "author": author,
        "attachments": [],
        "embeds": [],
        "edited_timestamp": None,
        "pinned": False,
        "mention_everyone": False,
        "tts": False,
        "mentions": [],
        "mention_roles": [],
        "channel_id": channel.id,
    }
    assert state.user is not None
    message = discord.Message(state=state, channel=channel, data=data)
    assert said(message, state.user) == Said(text, is_addressed)

"""A plain small bot that shows the double at work; `python loopback_bot.py API GATEWAY TOKEN` runs it."""

import sys
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

Found = discord.Interaction[Any]


class Keep(discord.ui.View):
    """A button that outlives the process, as its id says all."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Keep", custom_id="keep:7")
    async def keep(self, interaction: Found, button: discord.ui.Button["Keep"]) -> None:
        await interaction.response.edit_message(content="kept", view=None)


class SmallBot(discord.Client):
    """Answers "hello", knows two commands, and notes what it hears."""

    def __init__(self, intents: discord.Intents | None = None, patience: float = 0) -> None:
        wanted = discord.Intents.default()
        wanted.message_content = True
        super().__init__(intents=intents or wanted, guild_ready_timeout=patience)
        self.heard: list[discord.Message] = []
        self.tree = app_commands.CommandTree(self)
        self.tree.command(name="ask", description="Ask something")(ask)
        self.tree.command(name="offer", description="Offer a button")(offer)

    async def setup_hook(self) -> None:
        self.add_view(Keep())
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        return  # it would wait five seconds before each new session

    async def on_message(self, message: discord.Message) -> None:
        if message.author != self.user:
            self.heard.append(message)
        if message.content.startswith("hello") and message.author != self.user:
            await message.reply(
                f"{message.content}, {message.author.name}", nonce=f"re{message.id}"
            )


async def ask(interaction: Found, question: str, about: discord.User | None = None) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    await interaction.edit_original_response(content=f"{question} {about}")
    await interaction.followup.send("more", ephemeral=True)


async def offer(interaction: Found) -> None:
    await interaction.response.send_message("Keep it?", view=Keep())


if __name__ == "__main__":
    Route.BASE, gateway, token = sys.argv[1:]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    SmallBot().run(token, log_handler=None)

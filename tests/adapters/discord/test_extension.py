"""learncomm in somebody else's bot."""

import asyncio
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from learncomm_agent.errors import SettingsError
from learncomm_agent.settings_file import check_section
from learncomm_discord.options import Options
from tests.adapters.discord.loopback import Loopback
from tests.adapters.discord.loopback_gateway import PRIVILEGED

PAGE = Path(__file__).parents[3] / "docs" / "discord-extension.md"


@pytest.fixture(autouse=True)
def same_modules() -> Iterator[None]:
    """Put back what discord.py forgets of a package with its extension; other tests hold on to it."""
    known = {
        name: sys.modules[name] for name in sys.modules if name.startswith("learncomm_discord")
    }
    yield
    sys.modules.update(known)


async def test_it_comes_and_goes_with_the_extension(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEARNCOMM_DATA", str(tmp_path))
    async with commands.Bot("?", intents=discord.Intents.default()) as bot:

        @bot.tree.command(name="own", description="Own")
        async def own(interaction: discord.Interaction) -> None: ...

        for _ in range(2):  # the second time, the data folder must have been let go
            await bot.load_extension("learncomm_discord")
            assert list(bot.cogs) == ["Learncomm"]
            names = {command.name for command in bot.tree.get_commands()}
            assert names == {
                "own",
                "learn",
                "Add to library",
                "Make this an action item",
                "Summarise from here",
                "Thank for this",
                "Why this answer?",
            }
            await bot.unload_extension("learncomm_discord")
            assert [command.name for command in bot.tree.get_commands()] == ["own"]
            assert not bot.extra_events.get("on_message")


async def test_the_group_can_have_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEARNCOMM_DATA", str(tmp_path))
    settings = '[adapters.discord]\ngroup = "büchertisch"\n'
    (tmp_path / "learncomm.toml").write_text(settings, encoding="utf-8")
    async with commands.Bot("?", intents=discord.Intents.default()) as bot:
        await bot.load_extension("learncomm_discord")
        assert bot.tree.get_command("büchertisch") is not None
        await bot.unload_extension("learncomm_discord")


@pytest.mark.parametrize("name", ["", "Learn", "two words", "x" * 33, "/learn", "learn!"])
async def test_a_group_that_discord_would_refuse_is_one_sentence(name: str) -> None:
    with pytest.raises(SettingsError) as raised:
        check_section(Options, {"group": name}, "adapters.discord")
    (problem,) = raised.value.problems
    assert "adapters.discord.group" in problem
    assert "1 to 32 lower-case letters" in problem


async def test_a_mistake_in_the_settings_leaves_the_host_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEARNCOMM_DATA", str(tmp_path))
    (tmp_path / "learncomm.toml").write_text("[adapters.discord]\nguild = 'x'\n")
    async with commands.Bot("?", intents=discord.Intents.default()) as bot:
        with pytest.raises(commands.ExtensionFailed) as raised:
            await bot.load_extension("learncomm_discord")
        assert isinstance(raised.value.original, SettingsError)
        assert bot.cogs == {}
        assert bot.tree.get_commands() == []


async def test_the_ten_lines_of_the_page_bring_it_into_a_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEARNCOMM_DATA", str(tmp_path))
    (tmp_path / "learncomm.toml").write_text('[embedding]\nkind = "off"\n')
    (lines,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    program: dict[str, Any] = {}
    exec(lines, program)
    bot: commands.Bot = program["bot"]
    bot._connection.guild_ready_timeout = 0.1
    with Loopback(intents=PRIVILEGED) as double:
        monkeypatch.setattr(Route, "BASE", double.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(double.gateway_url))
        guild = double.add_guild("Readers")
        ann, hall = double.add_member(guild, "Ann"), double.add_channel(guild, "hall")
        running = asyncio.create_task(bot.start(double.token))
        try:
            await double.until(lambda: double.is_heard() and double.commands())
            asked = double.slash(ann, hall, "learn search", {"query": "newcomers"})
            await double.until(lambda: any(each.text for each in double.ephemeral(ann, hall)))
            assert double.is_acknowledged(asked)
            (answer,) = double.ephemeral(ann, hall)
            assert answer.text.startswith("1. **Welcoming newcomers")
        finally:
            await bot.close()
            await asyncio.gather(running, return_exceptions=True)

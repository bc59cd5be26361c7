"""learncomm in somebody else's bot, which is never connected here."""

import sys
from collections.abc import Iterator
from pathlib import Path

import discord
import pytest
from discord.ext import commands

from learncomm_agent.errors import SettingsError


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
            names = sorted(command.name for command in bot.tree.get_commands())
            assert names == ["learn", "own"]
            await bot.unload_extension("learncomm_discord")
            assert [command.name for command in bot.tree.get_commands()] == ["own"]
            assert not bot.extra_events.get("on_message")


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

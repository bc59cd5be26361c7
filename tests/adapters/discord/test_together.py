"""The whole agent in a simulated Discord: what only happens where commands, controls and forms meet it."""

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
import sqlalchemy as sa

from learncomm_agent.chat.people import AccountRef
from learncomm_agent.storage.schema import messages
from tests.scenarios.stages import LEADER, DiscordStage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[DiscordStage]:
    async with DiscordStage(tmp_path) as stage:
        yield stage


@pytest.fixture
def lea(stage: DiscordStage) -> AccountRef:
    return stage._people[LEADER]


@pytest.fixture
def ben(stage: DiscordStage) -> AccountRef:
    return stage._people["Ben"]


async def test_a_title_is_suggested_and_what_it_stands_for_is_found(
    stage: DiscordStage, ben: AccountRef
) -> None:
    await stage.calls("Ben", "share", "Herons: they stand still in the shallows and wait.")
    (found,) = await stage.world.types(ben, stage.room, "about", "source", "herons: they")
    assert found["name"].startswith("Herons") and found["value"].startswith("#")
    assert "Herons" in await stage.calls("Ben", "about", found["value"])
    assert await stage.world.types(ben, stage.room, "about", "source", "zzz") == []


async def test_setting_up_is_a_form_that_shows_leaders_their_commands(
    stage: DiscordStage, lea: AccountRef, ben: AccountRef
) -> None:
    world, room = stage.world, stage.room
    assert "setup" in world.sees_commands(lea, room) - world.sees_commands(ben, room)
    role = world.guild.create_role("Hosts")
    shown = await world.calls(lea, room, "setup")
    assert shown.modal is not None
    names = [part["component"]["custom_id"] for part in shown.modal["components"]]
    assert "leaders" in names
    before = await stage.shown(LEADER)
    await world.fills_in(lea, shown, leaders=[role])
    assert await stage._new(LEADER, before)
    assert "setup" in world.sees_commands(ben, room)
    refused = await stage.calls("Ben", "setup")
    assert refused


async def test_somebody_is_thanked_on_their_message(
    stage: DiscordStage, lea: AccountRef, ben: AccountRef
) -> None:
    message = await stage.world.says(ben, stage.room, "The mill is open on Sundays.")
    await stage._played.settle()
    before = await stage.shown(LEADER)
    assert (await stage.world.asks_on(lea, "Thank for this", message)).acknowledged
    assert f"thanks <mention <@{ben.id}>>" in await stage._new(LEADER, before)


async def test_set_up_names_what_the_bot_may_not_do_and_links_what_mends_it(
    stage: DiscordStage,
) -> None:
    guild = stage.world.bot.guilds[0]
    for role in guild.me.roles:
        less = discord.Permissions(role.permissions.value)
        less.update(pin_messages=False, send_polls=False)
        await stage.world.happens("edit_role", guild.id, role.id, {"permissions": less.value})
    said = await stage.fills_in(LEADER, "setup", timezone="Europe/Berlin")
    assert "Europe/Berlin" in said
    assert "“Pin Messages”" in said and "“Create Polls”" in said and "“Attach Files”" not in said
    assert "https://discord.com/oauth2/authorize?" in said
    assert "I read this room" in await stage.calls(LEADER, "read"), "in the new time zone, too"


async def test_taken_out_of_a_server_the_agent_keeps_nothing_more_of_it(
    stage: DiscordStage, ben: AccountRef
) -> None:
    assert stage._played.agent is not None
    database = stage._played.agent.house.database

    async def kept() -> list[str]:
        found = sa.select(messages.c.text).where(messages.c.text != "")
        return await database.read(lambda conn: list(conn.execute(found).scalars()))

    await stage.says("Ben", "The mill is open on Sundays.")
    await stage.world.loses_server(stage.world.space)
    await stage._played.settle()
    stage.world.writes_quietly(ben, stage.room, "Nobody hears this.")
    await stage.world.env.settle()
    await stage._played.settle()
    assert await kept() == ["The mill is open on Sundays."]
    await stage.world.is_out(is_over=True)  # as for any server that Discord tells of
    await stage._played.settle()
    await stage.says("Ben", "Good to have you back.")
    assert "Good to have you back." in await kept()

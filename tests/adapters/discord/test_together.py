"""The whole agent in a simulated Discord: what only happens where commands, controls and forms meet it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from learncomm_agent.chat.people import AccountRef
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

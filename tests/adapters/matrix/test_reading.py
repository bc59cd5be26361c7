"""Who wrote to the agent sees that it was read; what others say among themselves is not marked."""

import asyncio
from pathlib import Path

import pytest

from learncomm_agent.chat.audience import Audience
from learncomm_agent.testing.scenes import open_scene
from learncomm_agent.words import Words
from tests.adapters.matrix.matrix_world import MatrixWorld
from tests.adapters.matrix.synapse import Synapse

pytestmark = pytest.mark.slow


async def test_what_was_said_to_the_agent_is_shown_as_read(
    tmp_path: Path, words: Words, synapse: Synapse
) -> None:
    world = MatrixWorld(synapse, tmp_path, words)
    await world.open()
    scene = await open_scene(world)
    await world.says(scene.ann, scene.room, "What a day")
    asked = await world.asks(scene.ann, scene.room, "help")
    await world.says(scene.ann, scene.room, "And what a night")
    read: set[str] = set()
    for _ in range(200):
        told = await world.person(scene.ann).ask("GET", "sync", timeout=0)
        events = told["rooms"]["join"][scene.room.id]["ephemeral"]["events"]
        receipts = [each["content"] for each in events if each["type"] == "m.receipt"]
        read = {id for each in receipts for id, by in each.items() if world.bot.id in str(by)}
        if read:
            break
        await asyncio.sleep(0.05)
    await world.close()
    assert read == {asked.id}


async def test_what_is_encrypted_is_shown_nowhere_where_it_is_not(
    tmp_path: Path, words: Words, synapse: Synapse
) -> None:
    world = MatrixWorld(synapse, tmp_path, words)
    await world.open()
    scene = await open_scene(world)
    secret = await world.room(scene.ann, scene.bob, name="secret", encrypted=True)
    other = await world.room(scene.ann, scene.bob, name="other", encrypted=True)
    readable = scene.platform.readable
    assert scene.room in await readable(Audience.of_room(secret))
    assert secret not in await readable(Audience.of_room(scene.room))
    # Members of the one may come into the other later, and never get the keys of before.
    assert secret not in await readable(Audience.of_room(other))
    assert secret in await readable(Audience.of_room(secret))
    assert secret in await readable(Audience.of_account(scene.ann))
    assert await world.platform.direct_room(scene.ann)  # which is not encrypted
    assert secret not in await readable(Audience.of_account(scene.ann))
    assert secret in await readable(Audience.of_account(scene.bob))
    await world.close()

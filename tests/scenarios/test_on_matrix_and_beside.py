"""One community on Matrix, with a real homeserver, and on another platform: one library, one person by a code."""

import re
from pathlib import Path

import pytest

from learncomm_agent.agent import Agent
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.clock import SystemClock
from learncomm_agent.settings import CommunitySettings, EmbeddingSettings, Settings
from learncomm_agent.testing.platform import FakePlatform
from learncomm_agent.words import Words
from tests.adapters.matrix.matrix_world import MatrixWorld
from tests.adapters.matrix.synapse import Synapse

pytestmark = pytest.mark.slow
CODE = re.compile(r"[A-Z2-9]{5}-[A-Z2-9]{5}")


async def test_what_is_shared_on_one_is_found_on_the_other_and_a_code_makes_one_person(
    tmp_path: Path, words: Words, synapse: Synapse
) -> None:
    home = tmp_path / "matrix"
    home.mkdir()
    world, beside = MatrixWorld(synapse, home, words), FakePlatform("other")
    await world.open()
    ben = beside.add_account("Ben")
    quay = beside.add_room("quay")
    settings = Settings(
        data=tmp_path,
        community=CommunitySettings(spaces=(f"matrix:{world.space_id}", f"other:{quay.space.id}")),
        embedding=EmbeddingSettings(kind="off"),
    )
    async with Agent(settings, [world.platform, beside]) as agent:
        there = await world.member("Benno")
        hall = await world.room(there)
        talk = await world.platform.direct_room(there)

        async def quiet() -> None:
            for _ in range(2):
                while await agent.house.is_busy():
                    await SystemClock().sleep(0.01)

        async def answer(who: AccountRef, room: RoomRef, text: str) -> str:
            before = {each.ref for each in await world.seen_by(who, talk)}
            await world.says(who, room, text)
            await quiet()
            return "\n".join(
                each.text for each in await world.seen_by(who, talk) if each.ref not in before
            )

        await beside.says(ben, quay, "@learncomm share The old lighthouse hums in October.")
        await quiet()
        alone = await beside.direct_room(ben.ref)
        await beside.says(ben, alone, "link")
        await quiet()
        (code,) = set(CODE.findall(beside.seen_by(ben)[-1].text))
        assert "stop here" in await answer(there, talk, f"link {code}")
        linked = await answer(there, talk, f"link {code} yes")
        assert "Ben (other)" in linked and "Benno (matrix)" in linked
        assert "lighthouse" in await answer(there, talk, "search lighthouse")
        await world.asks(there, hall, "search lighthouse")
        await quiet()
        # The quay's own note is for those of the quay: in the hall it is not shown.
        assert all("hums" not in each.text for each in await world.seen_by(there, hall))
    await world.close()

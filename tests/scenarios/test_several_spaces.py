"""A community that lives in several spaces, of which one can be out while the others go on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.platform import FakePlatform

HERE = "A kite needs a steady wind and a long string."
THERE = "A kite flies best where the wind comes from the sea."


class Patchy(FakePlatform):
    """A fake platform whose spaces can be out."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.out: set[SpaceRef] = set()
        self.asked: list[Audience] = []

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        self.asked.append(audience)
        asked = audience.room.space if audience.room is not None else audience.space
        if self.out if asked is None else asked in self.out:
            raise DisconnectedError("a space is out")
        return await super().readable(audience)


class Town(Circle):
    """Two spaces of one community, with something kept in each that Ann and Ben alone read."""

    patchy: Patchy
    far: RoomRef
    said: MessageRef

    async def __aenter__(self) -> "Town":
        await super().__aenter__()
        (beside,) = (space for space in self.patchy.network.spaces if space != self.hall.space)
        people = [self.ann.account, self.ben.account]
        self.far = self.patchy.add_room("far", people, is_read=True, space=beside)
        self.said = await self.ben.says(HERE, self.hall)
        await self.ann.sends("share", self.hall, message=self.said.id)
        await self.ann.sends("share", self.far, what=THERE)
        self.patchy.asked.clear()
        return self

    async def waits(self) -> None:
        for _ in range(4):
            await self.clock.advance(60)
            await self.settle()

    def shown(self) -> str:
        """Return the last that Ann was answered."""
        return self.ann.answers()[-1].text


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    clock = ManualClock()
    patchy = Patchy(clock)
    spaces = (f"{patchy.name}:home", f"{patchy.name}:{patchy.add_space('Beside').id}")
    circle = Town(tmp_path, platform=patchy, clock=clock, spaces=spaces)
    circle.patchy = patchy
    async with circle:
        yield circle


async def test_in_private_all_spaces_count_and_one_that_is_out_is_left_out(town: Town) -> None:
    both = await town.ann.sends("search", town.hall, query="kite")
    assert (HERE in both, THERE in both) == (True, True)
    town.patchy.out = {town.far.space}
    some = await town.ann.sends("search", town.hall, query="kite")
    assert (HERE in some, THERE in some) == (True, False)


async def test_the_space_in_which_somebody_asks_must_be_known(town: Town) -> None:
    town.patchy.out = {town.hall.space}
    assert await town.ann.sends("search", town.hall, query="kite") == ""
    town.patchy.out = set()
    await town.waits()
    assert (HERE in town.shown(), THERE in town.shown()) == (True, True)


async def test_what_is_looked_at_again_waits_for_the_spaces_that_it_rests_on(town: Town) -> None:
    """What is dropped from an answer stays dropped, so nothing is because a space is out."""
    await town.ann.sends("search", town.hall, query="kite")
    town.patchy.out = {town.far.space}
    await town.ben.deletes(town.said)
    await town.waits()
    town.patchy.out = set()
    await town.waits()
    assert (HERE in town.shown(), THERE in town.shown()) == (False, True)


async def test_of_an_answer_from_one_space_no_other_is_asked_again(town: Town) -> None:
    await town.ann.sends("search", town.hall, query="steady")
    assert HERE in town.shown()
    assert town.patchy.asked[-1] == Audience.of_account(town.ann.account.ref, town.hall.space)
    town.patchy.out = {town.far.space}
    await town.ben.deletes(town.said)
    assert HERE not in town.shown()

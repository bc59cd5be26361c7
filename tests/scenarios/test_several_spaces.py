"""A community that lives in several spaces, of which one can be out while the others go on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError, NotFoundError
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.platform import FakePlatform
from tests.commands.test_vote import NOTE

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


async def test_who_leads_in_another_space_alone_decides_on_nothing_here(town: Town) -> None:
    patchy, hall = town.patchy, town.hall
    role = patchy.add_role("Mods", town.far.space)
    eve = Person(town, patchy.add_account("Eve", roles=(role,)))
    people = [town.ann.account, eve.account]
    beside = patchy.add_room("beside", people, is_read=True, space=town.far.space)
    await town.ann.sends("setup", beside, leaders=role)
    await town.ben.says("We agreed on chapter three for Thursday.", hall)
    await town.ann.asks("summary", hall)
    await town.ann.sends("share", hall, what=NOTE)
    await town.ann.asks("questions newcomers count=4", hall)
    first, second = (each for each in town.ann.answers() if each.text.startswith("Draft: "))

    assert await eve.sends("draft", beside) == "No draft is waiting."
    elsewhere = "is for hall, which is elsewhere"
    for what in ("1", "1 edit 1 Eve rules.", "1 publish", "1 drop"):
        assert elsewhere in await eve.sends("draft", beside, what=what)
    assert elsewhere in await eve.sends("line:1:1", beside, text="Eve rules.")
    here = eve.answers()[-1].ref
    for choice in ("publish:1", "strike:1", "edit_line:1", "undo:1", "drop_it:1"):
        assert elsewhere in await eve.chooses(choice, here)
    assert "Only leaders" in await eve.chooses("ballot:2", here)
    with pytest.raises(NotFoundError):
        await patchy.calls_form(eve.account, beside, "line:1:1")
    assert await patchy.types(eve.account, beside, "draft", "what", "") == []
    for draft in (first, second):
        assert patchy.network.post(draft.ref) == draft
    assert {each.text for each in town.chloe.seen_in(hall)} == {"Thank you. That can be found now."}


async def test_a_vote_is_closed_and_struck_from_by_who_leads_there_alone(town: Town) -> None:
    """In a direct talk, the votes of all spaces can be met; it belongs to one of them."""
    await town.ann.sends("share", town.far, what=NOTE)
    await town.ben.sends("questions", town.far, about="newcomers", count="4")
    assert "Vote: " in await town.ann.asks("vote open", town.far)
    talk = await town.patchy.direct_room(town.ann.account.ref)
    assert talk.space != town.far.space
    for what in ("vote close", "vote strike 1"):
        assert "Only leaders" in await town.ann.asks(what, talk)
    assert "The vote is over." in await town.ann.sends("vote", town.far, choice="close")

"""What two leaders do to one draft at the same time, what is done while it is on its way, and who leads no more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from learncomm_agent.chat.outgoing import Outgoing, Receipt
from learncomm_agent.clock import Clock, SystemClock
from learncomm_agent.errors import PlatformError
from learncomm_agent.storage import drafts
from learncomm_agent.storage.drafts import State
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import PATIENCE_S, SHORTEST_S
from learncomm_agent.testing.platform import FakePlatform
from tests.commands.test_vote import NOTE
from tests.scenarios.test_drafts import DAY_S, Leaders


class Slow(FakePlatform):
    """One on which a published draft takes until it is let through, or is never taken."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.is_sick = False
        self.on_its_way, self.let_through = asyncio.Event(), asyncio.Event()
        self.let_through.set()

    async def send(self, outgoing: Outgoing) -> Receipt:
        if outgoing.key.startswith("p"):
            if self.is_sick:
                raise PlatformError("not taken")
            self.on_its_way.set()
            await self.let_through.wait()
        return await super().send(outgoing)


@pytest.fixture
async def circle(data: Path) -> AsyncIterator[Leaders]:
    clock = ManualClock()
    async with Leaders(data, platform=Slow(clock), clock=clock) as circle:
        yield circle


def slow(circle: Leaders) -> Slow:
    assert isinstance(circle.platform, Slow)
    return circle.platform


async def asked(circle: Leaders) -> None:
    """Have questions drafted in the leaders' room."""
    await circle.ann.sends("setup", circle.hall, desk=circle.desk.id)
    await circle.ann.sends("share", circle.hall, what=NOTE)
    await circle.ann.asks("questions newcomers count=4", circle.hall)


def in_the_hall(circle: Leaders) -> list[str]:
    """Return what is posted there of the draft."""
    return [post.text for post in circle.chloe.seen_in(circle.hall)][1:]


async def state(circle: Leaders) -> State:
    found = await circle.agent.house.database.read(lambda conn: drafts.get(conn, 1))
    assert found is not None
    return found.state


async def on_its_way(circle: Leaders) -> None:
    """Have the draft published, as far as the platform."""
    slow(circle).let_through.clear()
    await circle.platform.presses(circle.ann.account, "publish:1", circle.draft(circle.dora).ref)
    await slow(circle).on_its_way.wait()


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Come back once something is so, while something else is on its way."""

    async def wait() -> None:
        while not await is_so():
            await SystemClock().sleep(SHORTEST_S)

    await SystemClock().idle(wait(), "waiting", timeout_s=PATIENCE_S)


async def test_what_can_not_be_posted_is_told_in_the_end_and_the_draft_waits(
    circle: Leaders,
) -> None:
    await circle.at_desk()
    slow(circle).is_sick = True
    await circle.ann.presses("Publish")
    for _ in range(9):
        await circle.sleeps(700)
    assert "I could not post draft 1 in hall" in circle.ann.answers()[-1].text
    slow(circle).is_sick = False
    assert "One draft is waiting" in await circle.ann.asks("draft", circle.desk)
    await circle.ann.presses("Publish")
    assert "chapter three" in circle.chloe.seen_in(circle.hall)[-1].text


async def test_what_is_being_published_is_not_dropped(circle: Leaders) -> None:
    draft = await circle.at_desk()
    await on_its_way(circle)
    await circle.platform.presses(circle.dora.account, "drop_it:1", draft.ref)

    async def is_refused() -> bool:
        return "It is being posted in hall just now." in circle.transcript(circle.dora)

    await until(is_refused)
    await circle.platform.presses(circle.dora.account, "publish:1", draft.ref)
    slow(circle).let_through.set()
    await circle.settle()
    (post,) = circle.chloe.seen_in(circle.hall)
    assert "chapter three" in post.text
    assert "can't be dropped any more" in await circle.dora.asks("draft 1 drop", circle.desk)


async def test_what_is_forgotten_while_it_is_being_published_is_shown_nowhere(
    circle: Leaders,
) -> None:
    draft = await circle.at_desk()
    await circle.ann.sends("forget", circle.hall, source="room:hall")
    sure = circle.ann.answers()[-1]
    await on_its_way(circle)
    (choice, *_) = circle.ann.buttons(sure)
    await circle.platform.presses(circle.ann.account, choice, sure.ref)

    async def is_dropped() -> bool:
        return await state(circle) is State.DROPPED

    await until(is_dropped)
    slow(circle).let_through.set()
    await circle.settle()
    (post,) = circle.chloe.seen_in(circle.hall)
    assert post.text == "What stood here has been forgotten meanwhile, so I don't show it."
    assert "is no more" in circle.platform.network.post(draft.ref).text


@pytest.mark.parametrize("first", ["drop_it:1", "publish:1", "ballot:1"])
@pytest.mark.parametrize("second", ["drop_it:1", "publish:1", "ballot:1"])
async def test_of_what_two_leaders_decide_at_once_one_holds(
    circle: Leaders, first: str, second: str
) -> None:
    await asked(circle)
    draft = circle.draft(circle.dora)
    circle.platform.hold_events()
    await circle.platform.presses(circle.ann.account, first, draft.ref)
    await circle.platform.presses(circle.dora.account, second, draft.ref)
    await circle.platform.release_events(list)
    for _ in range(3):
        await circle.settle()
        await circle.sleeps(10)
    seen = in_the_hall(circle)
    now = await state(circle)
    is_voted = any(text.startswith("Vote") for text in seen)
    assert (now is State.DROPPED) == (seen == [])
    assert now is not State.VOTED or (len(seen) == 1 and is_voted)
    assert all("newcomer" in text.casefold() for text in seen)
    for leader in (circle.ann, circle.dora):
        told = circle.transcript(leader)
        assert "on my side" not in told
        assert now is State.DROPPED or "is dropped." not in told
        assert now is State.PUBLISHED or "Thank you. I am posting it" not in told


async def test_what_is_voted_on_stays_as_it_is_and_says_so(circle: Leaders) -> None:
    await asked(circle)
    draft = circle.draft(circle.dora)
    await circle.dora.presses("Let members vote")
    ballot = in_the_hall(circle)
    shown = circle.platform.network.post(draft.ref)
    assert "Draft 1 went to a vote in hall" in shown.text and not circle.ann.buttons(shown)
    for what in ("publish", "drop", "undo", "strike 1", "edit 1 What now?", "add And?", "move 2 1"):
        said = await circle.ann.asks(f"draft 1 {what}", circle.desk)
        assert "went to a vote in hall" in said, what
    assert in_the_hall(circle) == ballot
    await circle.sleeps(3 * DAY_S)
    assert "went to a vote" in circle.platform.network.post(draft.ref).text
    assert not [each for each in circle.ann.answers() if "has been waiting" in each.text]


async def test_who_leads_no_more_is_not_shown_what_becomes_of_a_draft(circle: Leaders) -> None:
    await circle.talk()
    await circle.ann.asks("summary", circle.hall)
    draft = circle.draft(circle.ann)
    plain = replace(circle.ann.account, is_leader=False)
    circle.platform.network.accounts[plain.ref] = plain
    await circle.platform.says(plain, circle.hall, "I have handed over.")
    await circle.dora.asks("draft 1 edit 1 Among leaders.", circle.desk)
    shown = circle.platform.network.post(draft.ref)
    assert "I don't show it here any more" in shown.text and not circle.ann.buttons(shown)
    await circle.dora.asks("draft 1 publish", circle.desk)
    assert "Among leaders." in circle.chloe.seen_in(circle.hall)[-1].text
    circle.platform.network.accounts[plain.ref] = circle.ann.account
    await circle.ann.says("I am back.", circle.hall)
    await circle.dora.asks("draft 1 edit 1 Among all.", circle.desk)
    assert "Among all." in circle.platform.network.post(draft.ref).text

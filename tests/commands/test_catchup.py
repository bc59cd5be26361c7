"""Who comes late to a session learns what was, and what is expected of them; elsewhere it is `missed`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.commands.rounds import Rounds


@pytest.fixture
async def hall(data: Path) -> AsyncIterator[Rounds]:
    async with Rounds(data) as rounds:
        assert isinstance(rounds, Rounds)
        yield rounds


async def test_a_latecomer_learns_what_was_chosen_said_and_what_is_expected(hall: Rounds) -> None:
    await hall.begin()
    await hall.ann.asks("session next", hall.hall)
    await hall.ben.asks("session add a pond", hall.hall)
    await hall.ben.asks("session add a bench", hall.hall)
    await hall.ben.says("We agreed that the mill comes first.", hall.hall)
    await hall.ann.asks("session next", hall.hall)
    await hall.ben.asks("vote 1", hall.hall)
    await hall.ann.asks("session next", hall.hall)
    said = await hall.chloe.asks("catchup", hall.hall)
    assert "Now: a quiet time" in said and "You have not joined" in said
    assert "This was chosen:\n\n- a pond" in said
    assert "the mill comes first" in said
    alone = await hall.direct(hall.chloe)
    assert "in the room that you missed" in await hall.chloe.asks("catchup", alone)
    await hall.chloe.asks("session join", hall.hall)
    assert "- a pond" in await hall.chloe.asks("catchup", alone)
    await hall.chloe.asks("session status", hall.hall)
    assert "- a pond" in await hall.chloe.presses("Catch me up")  # in the direct talk
    assert "You have not joined" not in hall.transcript(hall.ben, hall.hall)


async def test_what_a_published_summary_tells_is_told_once_and_then_what_was_said_since(
    hall: Rounds,
) -> None:
    await hall.begin("sums", "")
    await hall.ben.asks("session join", hall.hall)
    await hall.chloe.asks("session join", hall.hall)
    assert "missed nothing" in await hall.chloe.asks("catchup", hall.hall)
    await hall.ben.says("We agreed that the mill comes first.", hall.hall)
    await hall.ann.says("Ben will bring the rope by Friday.", hall.hall)
    await hall.ann.asks("session next", hall.hall)
    await hall.passes(minutes=5)
    assert "decided" not in await hall.chloe.asks("catchup", hall.hall)  # as it is a draft
    await hall.ann.presses("Publish")
    await hall.passes(hours=1)
    await hall.ann.says("We decided to meet at the tower.", hall.hall)
    said = await hall.chloe.asks("catchup", hall.hall)
    assert said.count("the mill comes first") == 1 and "at the tower" in said
    assert said.index("What was decided") < said.index("the mill") < said.index("at the tower")
    await hall.chloe.says("I read it all.", hall.hall)
    said = await hall.chloe.asks("catchup", hall.hall)
    assert "the mill comes first" in said and "at the tower" not in said
    assert await hall.dead() == []


async def test_without_a_session_it_is_what_was_missed(hall: Rounds) -> None:
    await hall.ben.says("We agreed that the mill comes first.", hall.hall)
    assert "the mill comes first" in await hall.chloe.asks("catchup", hall.hall)
    await hall.ann.asks("session start small-round ponds", hall.hall)  # of which she knows nothing
    said = await hall.chloe.asks("catchup", hall.hall)
    assert "the mill comes first" in said and "ponds" not in said
    assert "room that you missed" in await hall.ben.asks("catchup", await hall.direct(hall.ben))


async def test_of_a_session_that_has_ended_or_not_begun_there_is_nothing_to_catch_up_on(
    hall: Rounds,
) -> None:
    await hall.ann.asks("session start small-round ponds", hall.hall)
    assert "has not begun" in await hall.ann.asks("session catchup", hall.hall)
    await hall.ann.asks("session go", hall.hall)
    await hall.ann.asks("session end now", hall.hall)
    assert "has ended" in await hall.ann.asks("session 1 catchup", hall.hall)

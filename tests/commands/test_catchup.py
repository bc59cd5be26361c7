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

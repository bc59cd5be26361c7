"""Whoever asks before others is told alone that there is more for them, never what; the others see nothing."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.testing.community import STEP_S, Circle

SECRET = "The treasurer hides the marzipan behind the atlas."
KNOWN = "The marzipan recipe stands in the blue book."
MORE = "There is more on what you asked in hall that I may show you, but not everyone there."
ASKED = ("search marzipan", "where is the marzipan?", "ask who hides the marzipan?")


@pytest.mark.parametrize("asked", ASKED)
async def test_the_asker_alone_is_told_that_there_is_more(circle: Circle, asked: str) -> None:
    await circle.ben.asks(f"share {SECRET}", circle.den)
    await circle.ben.asks(f"share {KNOWN}", circle.hall)

    answer = await circle.ben.asks(asked, circle.hall)
    assert MORE in answer
    assert "behind the atlas" not in answer
    assert MORE not in circle.transcript(circle.chloe)

    mine = await circle.ben.presses("Show me alone")
    assert "behind the atlas" in mine
    assert "behind the atlas" not in circle.transcript(circle.chloe)
    assert "behind the atlas" not in circle.transcript(circle.ben, circle.hall)


@pytest.mark.parametrize("asked", ASKED)
async def test_nobody_is_told_who_could_see_no_more(circle: Circle, asked: str) -> None:
    await circle.ben.asks(f"share {SECRET}", circle.den)
    await circle.ben.asks(f"share {KNOWN}", circle.hall)
    assert MORE not in await circle.chloe.asks(asked, circle.hall), "she is not in the den"
    assert "behind the atlas" in await circle.ben.asks(asked, circle.den), "all of the den may"
    assert MORE not in circle.transcript(circle.ben)
    assert "blue book" in await circle.ben.sends("search", circle.hall, query="marzipan")
    assert MORE not in circle.transcript(circle.ben), "alone one sees all of it at once"


async def test_the_public_answer_is_the_same_with_and_without_hidden_texts(data: Path) -> None:
    said = []
    for is_hidden in (False, True):
        async with Circle(Path(shutil.copytree(data, data.parent / str(is_hidden)))) as circle:
            await circle.ben.asks(f"share {KNOWN}", circle.hall)
            for text in (SECRET, f"{KNOWN} So it is.", "Marzipan for the den alone."):
                if is_hidden:
                    await circle.ben.asks(f"share {text}", circle.den)
                else:
                    await circle.clock.advance(STEP_S)
            before = len(circle.transcript(circle.chloe, circle.hall))
            for asked in (*ASKED, "search treasurer hides"):
                await circle.ben.asks(asked, circle.hall)
            said.append(circle.transcript(circle.chloe, circle.hall)[before:])
            assert (MORE in circle.transcript(circle.ben)) == is_hidden
    assert said[0] == said[1]


async def test_where_nothing_can_be_said_in_private_the_aside_is_dropped(circle: Circle) -> None:
    await circle.ben.asks(f"share {SECRET}", circle.den)
    circle.platform.can = replace(
        circle.platform.can, private_replies=Level.FALLBACK, direct_messages=Level.FALLBACK
    )
    answer = await circle.ben.asks("search marzipan", circle.hall)
    assert "found nothing" in answer
    assert "more on what you asked" not in circle.transcript(circle.ben)
    assert await circle.agent.house.database.read(dead_letters) == []


async def test_somebody_else_s_aside_shows_nothing(circle: Circle) -> None:
    await circle.ben.asks(f"share {SECRET}", circle.den)
    await circle.ben.asks("search marzipan", circle.hall)
    (choice,) = circle.ben.buttons(circle.ben.answers()[-1])
    said = await circle.chloe.chooses(choice, circle.chloe.answers()[-1].ref)
    assert "belongs to whoever asked" in said

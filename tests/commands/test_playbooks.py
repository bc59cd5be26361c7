"""The playbooks as people see them: listed, one with its guide, and started by a button."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from learncomm_agent.sessions.state import Phase
from tests.commands.rounds import Rounds


@pytest.fixture
async def hall(data: Path) -> AsyncIterator[Rounds]:
    async with Rounds(data) as rounds:
        assert isinstance(rounds, Rounds)
        yield rounds


async def test_playbooks_are_listed_and_one_is_shown_in_plain_words(hall: Rounds) -> None:
    said = await hall.ben.asks("playbooks", hall.hall)
    assert "Small round (small-round): A round of ideas, with a vote." in said
    assert "Book club (book-club)" in said
    said = await hall.ben.asks("playbooks Small round", hall.hall)
    assert "When you have an hour." in said and "Nobody reads on" not in said
    assert "What is it about?" in said and "How many weeks?" in said
    assert "2. ideas are gathered\n3. you choose" in said
    said = await hall.ben.asks("playbooks reading", hall.hall)
    assert "several times: a quiet time" in said
    said = await hall.ann.asks("playbooks small-round", await hall.direct(hall.ann))
    assert "in the room where you will meet" in said


async def test_a_button_asks_and_plans(hall: Rounds) -> None:
    await hall.ann.asks("playbooks small-round", hall.hall)
    said = await hall.fills(hall.ann, ":small-round", topic="ponds")
    assert "“Small round: ponds” in hall is planned" in said
    (row,) = await hall.sessions()
    assert row.phase == Phase.PLANNED


async def test_what_is_not_there_or_not_theirs_is_said(hall: Rounds) -> None:
    assert "Did you mean “book-club”?" in await hall.ben.asks("playbooks book-clup", hall.hall)
    assert "too long" in await hall.ben.asks(f"playbooks {'x' * 5000}", hall.hall)
    assert "A leader can start it here." in await hall.ben.asks("playbooks secrets", hall.hall)
    post = hall.ben.answers()[-1]
    assert not hall.ben.buttons(post)
    secrets = f"s:0:start:{await hall.room_id(hall.hall)}:secrets"
    assert "for leaders" in await hall.ben.chooses(secrets, post.ref)
    await hall.ann.asks("session", hall.den)
    await hall.chloe.asks("playbooks small-round", hall.hall)
    post = hall.chloe.answers()[-1]
    hidden = f"s:0:start:{await hall.room_id(hall.den)}:small-round"
    assert "out of date" in await hall.chloe.chooses(hidden, post.ref)  # the den is not hers
    assert await hall.sessions() == []

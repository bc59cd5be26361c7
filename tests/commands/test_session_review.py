"""A list that its leader looks over before the others see it: by the numbers that stand in it."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.commands.rounds import Rounds

BACK = """---
title: Back
purpose: A look back without names.
stages:
  - collect: back
    what: note
    anonymous: true
    for: 1 day
    shows: true
    review: 12 hours
    prompts: ["What to start?", "What to stop?"]
    headings: ["Start", "Stop"]
    result: "This is what you wrote:"
  - wait: rest
    for: 3 days
---
The guide.
"""


@pytest.fixture
async def hall(data: Path) -> AsyncIterator[Rounds]:
    async with Rounds(data) as rounds:
        assert isinstance(rounds, Rounds)
        folder = rounds.agent.settings.data / rounds.agent.community.slug / "playbooks"
        await asyncio.to_thread((folder / "back.md").write_text, BACK, encoding="utf-8")
        yield rounds


async def test_a_line_is_struck_by_its_number_before_anybody_sees_it(hall: Rounds) -> None:
    await hall.begin("back", "")
    for person, lines in ((hall.ben, ("tea", "haste")), (hall.chloe, ("walks", "shouting Bo"))):
        for line in lines:
            await hall.fills(person, ":enter", text=line)
    await hall.passes(days=1, minutes=1)
    seen = next(
        each.text for each in reversed(hall.ann.answers()) if "so far only you see it" in each.text
    )
    assert seen.index("Start") < seen.index("tea") < seen.index("Stop") < seen.index("haste")
    assert "haste" not in hall.public()
    found = re.search(r"(\d)\. shouting Bo", seen)
    assert found is not None
    assert "off the list" in await hall.ann.asks(f"session strike {found[1]}", hall.hall)
    assert "closed" in await hall.fills(hall.ben, ":enter", text="late")
    await hall.passes(hours=12, minutes=1)
    listed = hall.public()
    assert "shouting" not in listed and "late" not in listed
    assert all(each in listed for each in ("Start", "tea", "walks", "Stop", "haste"))


async def test_a_leader_who_ends_it_early_is_told_what_nobody_would_see(hall: Rounds) -> None:
    await hall.begin("back", "")
    assert "looked over" not in await hall.ann.asks("session end", hall.hall)
    await hall.fills(hall.ben, ":enter", text="tea")
    said = await hall.ann.asks("session end", hall.hall)
    assert "nobody would see it; “session next” shows it to you first" in said
    await hall.ann.asks("session next", hall.hall)
    assert "looked over" not in await hall.ann.asks("session end", hall.hall)
    await hall.ann.presses("Yes, end it now")
    assert "tea" in hall.public() and "ends here" in hall.public()

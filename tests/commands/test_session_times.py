"""When things are: the same moment, in the community's zone and in one style, whoever reads it where."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.outgoing import Time
from tests.commands.rounds import Rounds

TALK = """---
title: Talk
purpose: A talk at its time.
asks:
  when: {label: "When?", kind: moment, required: true}
stages:
  - schedule: date
    when: $when
    say: ""
  - announce: invitation
    until: $when
    say: "We meet {{ meeting }}."
---
The guide.
"""


@pytest.fixture
async def hall(data: Path) -> AsyncIterator[Rounds]:
    async with Rounds(data) as rounds:
        assert isinstance(rounds, Rounds)
        folder = rounds.agent.settings.data / rounds.agent.community.slug / "playbooks"
        await asyncio.to_thread((folder / "talk.md").write_text, TALK, encoding="utf-8")
        yield rounds


@pytest.mark.parametrize("local_times", [Level.FALLBACK, Level.FULL])
@pytest.mark.parametrize(
    ("language", "is_far", "said"),
    [
        ("en", False, "{month} {day}, 11:30\u202fPM"),
        ("en", True, "{month} {day}, {year}, 11:30\u202fPM"),
        ("de", False, "{day}. {month}, 23:30 Uhr"),
    ],
)
async def test_the_room_reads_the_time_that_the_leader_planned(
    hall: Rounds, language: str, *, is_far: bool, said: str, local_times: Level
) -> None:
    platform = hall.platform
    platform.can = replace(platform.can, local_times=local_times)
    await hall.ann.asks(f"setup timezone=Europe/Berlin language={language}", hall.hall)
    now = hall.clock.now()
    year = now.year + is_far
    at = datetime(year, 12, 5, 22, 30, tzinfo=UTC)
    plan = await hall.ann.asks(f"session start talk when: {year}-12-05 23:30", hall.hall)
    month = {"en": "Dec", "de": "Dez."}[language]
    words = said.format(month=month, day=5, year=year)
    assert words in plan
    await hall.ann.asks("session go", hall.hall)
    assert words in hall.public()
    spans = [
        span
        for post in hall.chloe.seen_in(hall.hall)
        for block in post.blocks
        for span in getattr(block, "spans", ())
        if isinstance(span, Time)
    ]
    assert all(each.at == at and words in each.text for each in spans)
    assert bool(spans) == (local_times is Level.FULL)

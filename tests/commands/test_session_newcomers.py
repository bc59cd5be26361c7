"""What those stumble over who never led a session: words that mean another thing, and steps that end too soon."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from learncomm_agent.sessions.state import Phase
from tests.commands.rounds import Rounds


@pytest.fixture
async def hall(data: Path) -> AsyncIterator[Rounds]:
    async with Rounds(data) as rounds:
        assert isinstance(rounds, Rounds)
        yield rounds


async def test_a_playbook_named_behind_begin_never_posts_the_plan_that_waits(hall: Rounds) -> None:
    await hall.ann.asks("session start small-round ponds", hall.hall)
    said = await hall.ann.asks("session begin small-round", hall.hall)
    assert "is planned" in said and "ponds [topic]" in said
    said = await hall.ann.asks("session go Small round topic: mills", hall.hall)
    assert "mills [topic]" in said and hall.public() == ""
    assert "I know no playbook" in await hall.ann.asks("session begin anything", hall.hall)
    assert hall.public() == ""
    assert "has begun" in await hall.ann.asks("session begin now", hall.hall)


async def test_a_step_that_waits_for_its_time_or_its_summary_is_not_closed_by_one_word(
    hall: Rounds,
) -> None:
    await hall.begin("reading", "contents: 300 pages")
    said = await hall.ann.asks("session next", hall.hall)
    assert "You meet on" in said and "Begin now?" in said
    round = (await hall.session()).path[0].round
    await hall.ann.asks("session next", hall.hall)
    assert (await hall.session()).path[0].round == round + 1  # said twice is meant
    await hall.ann.asks("session", hall.hall)
    assert "Begin now?" in await hall.ann.presses("Next step")
    visit = (await hall.session()).visit
    await hall.ann.presses("Yes, now")
    assert (await hall.session()).visit != visit or (await hall.session()).is_over


async def test_a_weekday_is_read_by_the_meeting_that_was_planned(hall: Rounds) -> None:
    await hall.begin("reading", "contents: 300 pages")
    before = await hall.session()
    planned = before.results["meetings"][0]["at"]
    said = await hall.ann.asks("session move-meeting Tuesday 20:00", hall.hall)
    assert "From Mon" in said and "to Tue" in said
    moved = (await hall.session()).results["meetings"][0]["at"]
    assert moved > planned and moved[:10] != planned[:10]
    # A time alone is of the day of the meeting.
    await hall.ann.asks("session move-meeting 21:30", hall.hall)
    again = (await hall.session()).results["meetings"][0]["at"]
    assert again[:10] == moved[:10] and "21:30" in again
    # What is said from today is meant from today.
    await hall.ann.asks("session move-meeting tomorrow 21:00", hall.hall)
    at = (await hall.session()).results["meetings"][0]["at"]
    assert at[:10] == (hall.clock.now() + timedelta(days=1)).isoformat()[:10]


async def test_what_does_not_fit_is_told_with_what_is_on(hall: Rounds) -> None:
    await hall.begin()
    said = await hall.ben.asks("session add An idea", hall.hall)
    assert "does not fit just now" in said and "Now: an announcement, until" in said
    assert "After that: ideas are gathered." in said


async def test_an_answer_is_told_emptied_by_a_word_alone_and_asked_for(hall: Rounds) -> None:
    said = await hall.ann.asks("session start small-round tone loud", hall.hall)
    assert "“loud” is none of these" in said and "I need one answer" in said
    assert "topic: tea" in await hall.ann.asks("session set topic tea", hall.hall)
    said = await hall.ann.asks("session set topic", hall.hall)
    assert "What is it about?" in said and "So far: tea" in said
    assert (await hall.session()).plan.answers["topic"] == "tea"
    said = await hall.ann.asks("session set tone", hall.hall)
    assert "You can choose Warm or Dry" in said
    assert "tone: Dry" in await hall.ann.asks("session set tone dry", hall.hall)
    assert "topic: (nothing)" in await hall.ann.asks("session set topic none", hall.hall)
    assert (await hall.session()).plan.missing == ("topic",)


@pytest.mark.parametrize(
    ("wish", "is_told"),
    [
        ("I want to start a book club", True),
        ("Ich möchte eine Small round starten.", True),
        ("Who has read a book on ponds?", False),
    ],
)
async def test_a_wish_in_plain_words_is_told_how_it_starts(
    hall: Rounds, wish: str, *, is_told: bool
) -> None:
    said = await hall.ben.asks(wish, hall.hall)
    assert (
        "playbooks book-club” shows" in said or "playbooks small-round” shows" in said
    ) == is_told


@pytest.mark.parametrize("language", ["en", "de"])
async def test_verbs_are_understood_in_german_too(hall: Rounds, language: str) -> None:
    await hall.begin()
    await hall.ben.asks(f"me language={language}", hall.hall)
    await hall.ben.asks("session mitmachen", hall.hall)
    assert await hall.id_of(hall.ben) in (await hall.session()).people
    await hall.ann.asks("session weiter", hall.hall)
    await hall.ben.asks("session vorschlagen Was wäre, wenn wir segeln?", hall.hall)
    session = await hall.session()
    assert [each.text for each in session.entries.values()] == ["Was wäre, wenn wir segeln?"]
    await hall.ann.asks("session Pause", hall.hall)
    assert (await hall.session()).phase is Phase.PAUSED
    await hall.ben.asks("session verlassen", hall.hall)
    assert await hall.id_of(hall.ben) not in (await hall.session()).people

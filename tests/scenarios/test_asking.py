"""The edges of asking: times, parts of a room, faults of the platform, more than one community."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import MessageLink
from learncomm_agent.testing.community import Circle, Gathering
from learncomm_agent.testing.platform import EVERYTHING, FakePlatform


async def talk(circle: Circle) -> list[MessageRef]:
    """Let Ben promise one thing a day, for three days."""
    said = []
    for what in ("tea", "bread", "soup"):
        said.append(await circle.ben.says(f"I will bring the {what} next week.", circle.hall))
        await circle.clock.advance(24 * 3600)
    return said


async def test_a_summary_can_begin_and_end_where_one_says(circle: Circle) -> None:
    first, second, third = await talk(circle)
    assert third is not None
    part = await circle.ann.asks(f"summary from={second.id} to=#{second.id}", circle.hall)
    assert "bread" in part
    assert "tea" not in part
    assert "soup" not in part
    link = f"https://chat.example/hall/{second.id}/"
    part = await circle.ann.sends("summary", circle.hall, **{"from": link})
    assert "tea" not in part
    assert "soup" in part
    assert "can't find that message" in await circle.ann.asks("summary from=nowhere", circle.hall)
    upside_down = await circle.ann.asks(f"summary from={second.id} to={first.id}", circle.hall)
    assert upside_down.startswith("There is no record to sum up")


async def test_a_summary_can_begin_at_a_time(circle: Circle, subtests: pytest.Subtests) -> None:
    await talk(circle)
    for since, holds_tea, holds_bread in (
        ("30 hours ago", False, False),
        ("yesterday", False, False),
        ("2 days ago", False, True),
        ("monday", True, True),
        ("5 January 2026", True, True),
        ("2026-01-06", False, True),
    ):
        with subtests.test(since=since):
            summary = await circle.ann.sends("summary", circle.hall, since=since)
            assert "soup" in summary
            assert ("tea" in summary, "bread" in summary) == (holds_tea, holds_bread)


async def test_a_time_that_is_none_or_to_come_is_asked_for_again(
    circle: Circle, subtests: pytest.Subtests
) -> None:
    await circle.ben.says("I will bring the tea.", circle.hall)
    for since in ("never", "tomorrow", "0001-01-01", "9999-12-31", "32 May", "??"):
        with subtests.test(since=since):
            said = await circle.ann.sends("summary", circle.hall, since=since)
            assert said.startswith("I don't understand that time.")


async def test_a_lost_connection_or_a_rate_limit_loses_and_doubles_nothing(circle: Circle) -> None:
    platform = circle.platform
    lose, limit = platform.lose_connection, platform.limit_rate
    faults = (lose, partial(lose, after_delivery=True), partial(limit, 30.0, times=2))
    for fault in faults:
        platform.network.posts.clear()
        fault()
        await circle.ben.asks("what does a buddy do?", circle.hall)
        for _ in range(3):
            await circle.clock.advance(60)
            await circle.settle()
        assert len(platform.posts) == 1
        assert "buddy" in platform.posts[0].text


async def test_what_is_told_twice_is_answered_once(circle: Circle) -> None:
    circle.platform.repeat_events(3)
    await circle.ben.says("I will bring the tea by Friday.", circle.hall)
    await circle.ben.asks("share Herons stand still for hours.", circle.hall)
    await circle.ann.sends("summary", circle.hall)
    shared, draft, pointing = circle.platform.posts
    assert shared.private_to is None
    assert "I read 1 of 2 messages." in draft.text and "for you alone" in pointing.text
    await circle.ann.presses("Publish")
    assert len(circle.platform.posts) == 5


async def test_a_private_answer_that_can_reach_nobody_is_refused_without_its_content(
    circle: Circle,
) -> None:
    circle.platform.can = type(circle.platform.can)(edits=Level.FULL, message_links=Level.FULL)
    await circle.ben.asks("share The plum is my secret fruit.", circle.den)
    said = await circle.ben.sends("search", circle.hall, query="secret plum fruit")
    assert said.startswith("That answer is for one person alone")
    assert "my secret fruit" not in circle.transcript(circle.ben, circle.hall)


async def test_what_is_forgotten_while_its_answer_waits_is_not_left_in_it(circle: Circle) -> None:
    asking = await circle.chloe.says("@learncomm share Herons stand still for hours.", circle.hall)
    circle.platform.limit_rate(60.0)
    await circle.ben.says("@learncomm search herons stand still", circle.hall)
    await circle.chloe.deletes(asking)
    await circle.clock.advance(120)
    await circle.settle()
    answered = circle.ben.answers()[-1].text
    assert "stand still for hours" not in answered
    assert "gone from here" in answered


@pytest.fixture
def german(data: Path) -> Circle:
    """A community in Berlin, not opened yet."""
    return Circle(data, language="de", timezone="Europe/Berlin", name="Leserunde")


async def test_a_summary_speaks_the_language_and_the_zone_of_its_community(german: Circle) -> None:
    async with german as circle:
        promise = await circle.ben.says("Ich bringe am Freitag den Tee mit.", circle.hall)
        await circle.ann.asks("summary since=heute", circle.hall)
        await circle.ann.presses("Veröffentlichen")
        summary = circle.ann.seen_in(circle.hall)[-1].text
        assert summary.startswith("Was in hall gesagt wurde")
        assert "In euren eigenen Worten" in summary
        shown = circle.ann.seen_in(circle.hall)[-1].blocks
        (listing,) = (block for block in shown if block.kind == "listing")
        assert MessageLink("Ben, 10:00", promise) in listing.items[0]


async def test_another_space_is_a_community_of_its_own(circle: Circle) -> None:
    assert circle.agent.community.name == "community"
    async with Gathering(
        circle.agent.settings.data.parent / "other",
        platform=FakePlatform("elsewhere", clock=circle.clock),
        spaces=("somewhere:else",),
    ) as other:
        eve, room = other.person("Eve"), other.room("yard")
        await eve.asks("share Herons stand still for hours.", room)
        assert "stand still for hours" in await eve.sends("search", room, query="herons")
        found = await other.agent.find("herons stand still")
        assert not [each for each in found.passages if "Herons" in each.text]


async def test_a_clock_that_jumps_weeks_ahead_changes_no_answer(circle: Circle) -> None:
    await circle.ben.asks("share Herons stand still for hours.", circle.hall)
    await circle.clock.advance(timedelta(weeks=6).total_seconds())
    assert "stand still for hours" in await circle.ann.sends("search", circle.hall, query="herons")


async def test_a_button_in_the_direct_talk_speaks_of_the_room_that_was_asked_in(
    data: Path,
) -> None:
    can = replace(EVERYTHING, private_replies=Level.FALLBACK)
    async with Circle(data, platform=FakePlatform(capabilities=can)) as circle:
        ben, den = circle.ben, circle.den
        await ben.asks("share Herons stand still for hours.", den)
        direct = await circle.platform.direct_room(ben.account.ref)
        await ben.sends("search", den, query="how do herons stand")
        assert "Herons stand still" in circle.transcript(ben, direct)
        assert "1. " not in circle.transcript(circle.ann, den)
        assert "I am posting it in den" in await ben.presses("Show the room")
        assert "1. " in circle.transcript(circle.ann, den)
        assert "Herons stand still" not in circle.transcript(circle.chloe)

        circle.platform.network.set_members(den, [circle.ann.account.ref])
        assert "out of date" in await ben.presses("Show the room")

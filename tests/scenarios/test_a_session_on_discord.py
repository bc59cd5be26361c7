"""Sessions by what Discord has of its own: forms, buttons, polls, the calendar, private threads, forums."""

from datetime import timedelta
from pathlib import Path

import pytest

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.sessions.state import Session
from learncomm_agent.sessions.walking import stage_at
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Gathering
from learncomm_agent.testing.platform import FakePlatform
from tests.scenarios.stages import DiscordStage

CASE = "Kim has run the shop for nine years and is tired. Two newcomers would like to help."
FOUND = {
    "Ben": "Kim should hand over the keys in two steps.",
    "Chloé": "We agreed that somebody thanks Kim first.",
    "Dan": "We need a list of what Kim does all day.",
    "Emil": "The newcomers could begin with the Saturday shift.",
}
TAKES_PART = {"mode": ["take_part"]}


async def session_of(stage: DiscordStage) -> Session:
    """The only session there is."""
    sessions = stage.agent.house.sessions
    return (await stage.agent.house.database.read(lambda conn: sessions.get(conn, 1)))[1]


async def comes_to(stage: DiscordStage, name: str) -> None:
    """Let time pass until a stage of the session has begun."""
    for _ in range(30):
        session = await session_of(stage)
        assert session.standing is not None, f"it ended before {name!r}"
        if stage_at(session).name == name and session.standing.entered_at is not None:
            return
        assert session.wake_at is not None, f"it waits for ever before {name!r}"
        await stage.passes(session.wake_at - stage.world.now())
    raise AssertionError(f"it never came to {name!r}")


async def begins(stage: DiscordStage, playbook: str, /, **answers: object) -> None:
    """Ada opens the form of a playbook, reads the plan that nobody else sees, and lets it begin."""
    await stage.calls("Ada", "playbooks", playbook)
    plan = await stage.fills_in_by("Ada", "Start it here", **answers)
    assert "Only you see this" in plan
    assert "is planned" not in str(await stage.shown("Ben"))
    assert "has begun" in await stage.presses("Ada", "Begin")


async def joins(stage: DiscordStage, *names: str) -> None:
    for who in names:
        assert "You take part" in await stage.fills_in_by(who, "Join", **TAKES_PART)


def calendar(stage: DiscordStage) -> dict[str, str]:
    """What stands in the server's calendar: when, by title."""
    there = stage.world.env.backend.guilds[stage.world.guild.id].scheduled_events.values()
    return {each.name: each.scheduled_start_time[:16] for each in there}


def poll(stage: DiscordStage) -> MessageRef:
    polls = [each for each in stage.world.raw(stage.room) if each.poll is not None]
    return MessageRef(stage.room, str(polls[-1].id))


async def pinned(stage: DiscordStage) -> list[str]:
    seen = await stage.world.seen_by(stage.member("Ben"), stage.room)
    return [each.text for each in seen if each.is_pinned]


async def test_a_book_club_is_voted_for_planned_and_put_into_the_calendar(tmp_path: Path) -> None:
    """The bot starts anew again and again; the buttons that it posted before go on working."""
    async with DiscordStage(tmp_path, is_open=True) as stage:
        await begins(stage, "book-club", weeks="2")
        await joins(stage, "Ben", "Chloé")
        await comes_to(stage, "books")
        await stage.restarts()
        for who, book in (("Ben", "The Old Mill"), ("Chloé", "Lantern Walks")):
            assert "on the list" in await stage.fills_in_by(who, "Suggest something", text=book)

        await comes_to(stage, "choice")
        ballot, shown = poll(stage), stage.world.raw(stage.room)
        assert shown[-1].poll is not None
        assert "Lantern Walks (Chloé)" in shown[-2].content, "what was suggested stands above it"
        mill, walks = Choice("", "The Old Mill"), Choice("", "Lantern Walks")
        await stage.world.votes(stage.member("Ben"), mill, ballot)
        for who in ("Ada", "Chloé"):
            await stage.world.votes(stage.member(who), walks, ballot)
        await stage.restarts()
        await stage.world.votes(stage.member("Ben"), mill, ballot, is_added=False)
        await stage.world.votes(stage.member("Ben"), walks, ballot)
        await comes_to(stage, "length")
        said = str(await stage.shown("Chloé"))
        assert "You have chosen Lantern Walks. 3 people voted." in said
        assert "The Old Mill (0 votes)" in said

        hall, stage.room = stage.room, await stage.world.platform.direct_room(stage.member("Ada"))
        assert "I have it" in await stage.fills_in_by("Ada", "Answer", text="120 pages")
        stage.room = hall
        await stage.settle()
        assert "pages 1 to 60" in (await pinned(stage))[-1]
        assert calendar(stage) == {
            "Book club, meeting 1": "2026-12-14T18:00",
            "Book club, meeting 2": "2026-12-21T18:00",
        }
        await stage.restarts()
        await interested(stage)

        await stage.calls("Ada", "session", "move-meeting 2026-12-15 19:00")
        assert calendar(stage)["Book club, meeting 1"] == "2026-12-15T19:00"
        await stage.calls("Ada", "session", "end")
        await stage.presses("Ada", "Yes, end it now")
        assert calendar(stage) == {}
        assert await stage.agent.house.database.read(dead_letters) == []


async def interested(stage: DiscordStage) -> None:
    """Dan, new on the server, says in the calendar that he will come; Emil presses the first of all buttons."""
    await stage.welcomes("Dan", "Emil")
    first, *_ = sorted(await stage.world.calendar(stage.member("Dan"), stage.room))
    await stage.world.takes_interest(stage.member("Dan"), first)
    await stage.settle()
    assert "You take part." in await stage.calls("Dan", "session", "status")
    await joins(stage, "Emil")
    await stage.world.takes_interest(stage.member("Dan"), first, is_added=False)
    await stage.settle()
    assert "You take part." in await stage.calls("Dan", "session", "status"), "he misses one of two"


async def test_small_groups_talk_in_private_threads_and_all_read_what_they_found(
    tmp_path: Path,
) -> None:
    """Each thread is read by its group alone, whoever comes late is brought in, and the bot starts anew."""
    async with DiscordStage(tmp_path, is_open=True) as stage:
        await stage.welcomes("Dan", "Emil", "Finn")
        when = "2026-11-26 18:00"
        await begins(stage, "case-study", topic="the keys", case=CASE, size="2", when=when)
        await joins(stage, "Ben", "Chloé", "Dan", "Emil")
        await comes_to(stage, "groups")
        hall, groups = stage.room, await inside(stage)
        assert sorted(map(len, groups.values())) == [2, 2]
        assert len(frozenset[str]().union(*groups.values())) == 4
        await joins(stage, "Finn")
        late = next(room for room, who in (await inside(stage)).items() if "Finn" in who)
        assert await inside(stage) == {**groups, late: groups[late] | {"Finn"}}

        await stage.restarts()
        for stage.room, members in groups.items():
            for who in members:
                await stage.writes(who, FOUND[who])
        stage.room = hall
        before = str(await stage.shown("Finn"))
        await comes_to(stage, "comparing")
        said = str(await stage.shown("Finn"))
        for who, found in FOUND.items():
            assert found not in before, f"what {who} wrote stayed in the group"
            assert found in said
        first, second = (said.index(f"What group {n} found") for n in (1, 2))
        of_first = {who for who, found in FOUND.items() if first < said.index(found) < second}
        assert of_first in groups.values()
        assert await stage.agent.house.database.read(dead_letters) == []


async def inside(stage: DiscordStage) -> dict[RoomRef, frozenset[str]]:
    """Who reads which thread of this room."""
    people = ("Ben", "Chloé", "Dan", "Emil", "Finn")
    found = {}
    for thread in stage.world.channel(stage.room).threads:
        room = RoomRef(stage.world.space, str(thread.id))
        seen = [who for who in people if await stage.world.seen_by(stage.member(who), room)]
        found[room] = frozenset(seen)
    return found


async def test_in_a_forum_a_session_lives_in_a_post(tmp_path: Path) -> None:
    """All of it stands there; as a post has no threads, the groups talk right in it."""
    async with DiscordStage(tmp_path, is_open=True) as stage:
        await stage.welcomes("Dan", "Emil")
        forum = await stage.world.forum("workshop")
        hall, ada = stage.room, stage.member("Ada")
        stage.room = await stage.world.opens_thread(ada, forum, is_private=False)
        await stage.calls("Ada", "read", "on")
        before = await stage.world.seen_by(ada, hall)
        when = "2026-11-26 18:00"
        await begins(stage, "case-study", topic="the keys", case=CASE, size="2", when=when)
        await joins(stage, *FOUND)
        assert "invites us to work on a case" in (await pinned(stage))[-1]
        await comes_to(stage, "groups")
        assert "talk right in this room" in str(await stage.shown("Ben"))
        for who, found in FOUND.items():
            await stage.writes(who, found)
        await comes_to(stage, "comparing")
        assert FOUND["Ben"] in str(await stage.shown("Dan")).partition("What group 1 found")[2]
        assert await stage.world.seen_by(ada, hall) == before
        assert len(stage.world.channel(forum).threads) == 1
        assert await stage.agent.house.database.read(dead_letters) == []


PLAIN = Capabilities(direct_messages=Level.FULL)


@pytest.mark.parametrize("can", [PLAIN, Capabilities()], ids=["direct talks", "text alone"])
async def test_without_buttons_and_threads_the_same_session_goes_by_words(
    tmp_path: Path, can: Capabilities
) -> None:
    clock = ManualClock()
    platform = FakePlatform("plain", capabilities=can, clock=clock)
    async with Gathering(tmp_path, platform=platform, clock=clock) as chat:
        ada, hall = chat.person("Ada", is_leader=True), chat.room("hall")
        people = {name: chat.person(name) for name in FOUND}
        for what in ("start case-study", "set topic the keys", f"set case {CASE}", "set size 2"):
            await ada.asks(f"session {what}", hall)
        await ada.asks("session set when 2026-01-08 18:00", hall)
        await ada.asks("session go", hall)
        assert "“session join”" in ada.seen_in(hall)[-1].text
        for who in people.values():
            await who.asks("session join", hall)
        await clock.advance(timedelta(days=3, hours=9).total_seconds())
        await chat.settle()
        await people["Ben"].asks("session add Nobody has thanked Kim.", hall)
        await ada.asks("session next", hall)
        assert "talk right in this room" in ada.seen_in(hall)[-1].text
        for name, found in FOUND.items():
            await people[name].says(found, hall)
        await ada.asks("session next", hall)
        said = chat.transcript(people["Dan"], hall).partition("What group 1 found")[2]
        assert all(found in said for found in FOUND.values())
        assert await chat.agent.house.database.read(dead_letters) == []

"""Sessions by what Matrix has of its own: signs and reactions, forms in a talk, polls, and rooms for small groups."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.roots import Roots
from learncomm_agent.sessions.state import Ending, Session
from learncomm_agent.sessions.walking import stage_at
from learncomm_agent.storage.due import dead_letters
from tests.adapters.matrix.synapse import Synapse
from tests.scenarios.matrix_stage import MatrixStage, choice

pytestmark = pytest.mark.slow

CASE = "Kim has run the shop for nine years and is tired. Two newcomers would like to help."
FOUND = {
    "Ben": "Kim should hand over the keys in two steps.",
    "Chloé": "We agreed that somebody thanks Kim first.",
    "Dan": "We need a list of what Kim does all day.",
    "Emil": "The newcomers could begin with the Saturday shift.",
}
TAKES_PART = {"mode": ["take_part"]}
WHEN = "2026-11-26 18:00"
NAMES = tuple(sorted(path.stem for path in Roots().shipped("playbooks").glob("*.md")))
ANSWERS: Mapping[str, Mapping[str, str]] = {
    "ask-for-feedback": {
        "topic": "my talk",
        "work": "A talk about bridges.",
        "wish": "Is it too long?",
    },
    "book-club": {"weeks": "1", "book": "The Old Mill", "contents": "120 pages"},
    "case-study": {"topic": "the keys", "case": CASE, "size": "2", "when": WHEN},
    "common-ground": {"topic": "How do we use the garden?"},
    "group-discussion": {"topic": "the garden", "goal": "decide", "when": WHEN},
    "group-project": {"topic": "a map", "goal": "a map of 40 benches", "weeks": "2"},
    "guest-speaker": {"topic": "bees", "guest": "Kim", "when": "2026-12-09 18:00"},
    "knowledge-sharing": {"weeks": "1"},
    "learning-path": {"topic": "knots", "steps": "Tie a bowline.\nTie a sheet bend."},
    "mentorship-round": {"how": "buddies", "lasts": "2 weeks"},
    "one-two-four-all": {"topic": "What would make our evenings better?", "when": WHEN},
    "recognition": {"topic": "our spring"},
    "reflection": {"topic": "our spring"},
    "small-experiment": {
        "topic": "no screens",
        "change": "We meet without a screen.",
        "belief": "more people speak",
        "seen_by": "who speaks, counted",
        "back": "2026-12-10 18:00",
    },
    "study-club": {"topic": "a paper", "material": "Pages 1 to 9.", "when": WHEN},
    "welcome": {"place": "the notice board"},
    "what-i-got-wrong": {"story": "I thought that nobody reads notes."},
    "workshop": {"topic": "a kind refusal", "exercise": "Refuse a wish, kindly.", "when": WHEN},
}
"""What Ada says to each playbook that has to be said, and what makes it short."""


async def session_of(stage: MatrixStage) -> Session:
    """The only session there is."""
    sessions = stage.agent.house.sessions
    return (await stage.agent.house.database.read(lambda conn: sessions.get(conn, 1)))[1]


async def begins(stage: MatrixStage, playbook: str, /, **answers: object) -> None:
    """Ada answers what a playbook asks, reads the plan that nobody else sees, and lets it begin."""
    await stage.calls("Ada", "playbooks", playbook)
    plan = await stage.fills_in_by("Ada", "Start it here", **answers)
    assert "Only you see this" in plan, plan
    assert "is planned" not in str(await stage.shown("Ben"))
    assert "has begun" in await stage.presses("Ada", "Begin")


async def joins(stage: MatrixStage, *names: str) -> None:
    for who in names:
        assert "You take part" in await stage.fills_in_by(who, "Join", **TAKES_PART)


async def comes_to(stage: MatrixStage, name: str) -> None:
    """Let time pass until a stage of the session has begun."""
    for _ in range(30):
        session = await session_of(stage)
        assert session.standing is not None, f"it ended before {name!r}"
        if stage_at(session).name == name and session.standing.entered_at is not None:
            return
        assert session.wake_at is not None, f"it waits for ever before {name!r}"
        await stage.passes(session.wake_at - stage.world.now())
    raise AssertionError(f"it never came to {name!r}")


async def pinned(stage: MatrixStage) -> list[str]:
    seen = await stage.world.seen_by(stage.member("Ben"), stage.room)
    return [each.text for each in seen if each.is_pinned]


async def inside(stage: MatrixStage, *names: str) -> dict[RoomRef, frozenset[str]]:
    """Who is in which room that the agent made for some of them."""
    session = stage.world.platform.session
    assert session is not None
    ids = {stage.member(who).id: who for who in names}
    found = {}
    for room_id, state in session.places.states.items():
        if state.mark[1]:
            there = await stage.world.bot.members(room_id)
            members = {id for id, how in there.items() if how in ("join", "invite")}
            assert members - {stage.world.bot.id} <= set(ids), "a stranger"
            found[RoomRef(stage.world.space, room_id)] = frozenset(
                ids[id] for id in members if id in ids
            )
    return found


async def test_a_book_is_voted_for_and_the_signs_of_before_a_restart_go_on_working(
    tmp_path: Path, synapse: Synapse
) -> None:
    async with MatrixStage(tmp_path, synapse, is_open=True) as stage:
        await begins(stage, "book-club", weeks="2")
        await joins(stage, "Ben")
        await stage.restarts()
        await joins(stage, "Chloé")
        await comes_to(stage, "books")
        for who, book in (("Ben", "The Old Mill"), ("Chloé", "Lantern Walks")):
            assert "on the list" in await stage.fills_in_by(who, "Suggest something", text=book)
        await comes_to(stage, "choice")
        ballot = await stage.newest("Ben", "Tick every book")
        mill, walks = choice("The Old Mill"), choice("Lantern Walks")
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
        assert "I have it" in await stage.fills_in_by("Ada", "Answer", text="120 pages")
        assert "pages 1 to 60" in (await pinned(stage))[-1]
        await stage.calls("Ada", "session", "end")
        await stage.presses("Ada", "Yes, end it now")
        assert await stage.agent.house.database.read(dead_letters) == []


async def test_small_groups_talk_in_rooms_of_their_own_and_all_read_what_they_found(
    tmp_path: Path, synapse: Synapse
) -> None:
    async with MatrixStage(tmp_path, synapse, is_open=True) as stage:
        people = ("Ben", "Chloé", "Dan", "Emil", "Finn")
        await stage.welcomes("Dan", "Emil", "Finn")
        await begins(stage, "case-study", topic="the keys", case=CASE, size="2", when=WHEN)
        await joins(stage, "Ben", "Chloé", "Dan", "Emil")
        await comes_to(stage, "groups")
        hall, groups = stage.room, await inside(stage, *people)
        assert sorted(map(len, groups.values())) == [2, 2]
        assert len(frozenset[str]().union(*groups.values())) == 4
        await joins(stage, "Finn")
        now = await inside(stage, *people)
        late = next(room for room, who in now.items() if "Finn" in who)
        assert now == {**groups, late: groups[late] | {"Finn"}}
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
        assert await stage.agent.house.database.read(dead_letters) == []


@pytest.mark.parametrize("playbook", NAMES)
async def test_a_playbook_goes_from_its_plan_to_its_end(
    playbook: str, tmp_path: Path, synapse: Synapse
) -> None:
    """Ada and two members do what each step asks of them; what goes on by itself goes on by the clock."""
    async with MatrixStage(tmp_path, synapse, is_open=True) as stage:
        await played(stage, playbook)
        session = await session_of(stage)
        assert session.ending is Ending.DONE, session.ending
        said = str(await stage.shown("Ben"))
        assert "{{" not in said and "None" not in said
        assert await stage.agent.house.database.read(dead_letters) == []


async def played(stage: MatrixStage, playbook: str) -> None:
    await begins(stage, playbook, **ANSWERS[playbook])
    await stage.does("session", {who: "join" for who in ("Ben", "Chloé")})
    done: set[Any] = set()
    for _ in range(60):
        session = await session_of(stage)
        if session.ended_at is not None:
            return
        assert session.standing is not None
        step = stage_at(session)
        visit = session.visit
        if session.standing.entered_at is not None and visit not in done:
            done.add(visit)
            await plays_its_part(stage, step.kind, step.name)
            continue
        assert session.wake_at is not None, f"it waits for ever at {step.name!r}"
        await stage.passes(session.wake_at - stage.world.now())
    raise AssertionError(f"it does not end: {await session_of(stage)}")


async def plays_its_part(stage: MatrixStage, kind: str, name: str) -> None:
    """Do what people do at a step of a kind; `session add` is what all playbooks understand."""
    if kind in ("collect", "queue"):
        what = "4" if name.startswith("pulse") else f"Something about {name}"
        await stage.does("session", {who: f"add {what}" for who in ("Ben", "Chloé", "Ada")})
    elif kind == "discuss":
        await stage.writes("Ben", f"We agreed that Ben looks into {name}. What do you think?")
        await stage.writes("Chloé", "I will write the list by Friday.")
    elif kind == "vote":
        await votes(stage)
    elif kind == "summarise" and "Publish" in str(await stage.shown("Ada")):
        await stage.presses("Ada", "Publish")


async def votes(stage: MatrixStage) -> None:
    """Ben and Chloé vote for the first thing, in the poll where there is one."""
    polls = [each for each in await stage.person("Ben").seen(stage.room.id) if each.options]
    if not polls or polls[-1].is_ended:
        await stage.does("session", {who: "vote 1" for who in ("Ben", "Chloé")})
        return
    first = choice(next(iter(polls[-1].options.values())))
    for who in ("Ben", "Chloé"):
        await stage.world.votes(stage.member(who), first, MessageRef(stage.room, polls[-1].id))

"""What sessions have written: questions source by source, drafts of summaries, groups side by side."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import ModelUnavailableError
from learncomm_agent.sessions.effects import Write
from learncomm_agent.sessions.events import Begun, Decided, Entered, Event, Joined
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.state import Plan
from learncomm_agent.storage import drafts
from learncomm_agent.storage import rooms as room_rows
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.storage.schema import resources
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.lying import LyingModel
from learncomm_agent.testing.models import ScriptedModel, SlowModel
from learncomm_agent.words import Words
from tests.sessions.running.conftest import HEARS, does, happens, heard, ids, script, state, texts

NOTES = (
    "A meeting without a written agenda rewards whoever speaks first. "
    "Silence at the beginning of a meeting helps people to think before they argue. "
    "Teams that write down their decisions argue less about them later."
)
TALK = (
    ("ann", "Who brings what next week? We should decide on the format first."),
    ("ben", "We have decided to begin every evening with ten minutes of silent reading."),
    ("chloe", "I will bring printed copies of chapter four by Friday."),
    ("ben", "Somebody should also write to the author about a visit."),
    ("ann", "The main point for me is that reading aloud slows everybody down in a good way."),
)
BANK = {Words().phrase(f"session.write.general.{n}", language="en") for n in range(1, 13)}


@does
def asks_to_write(scene: Scene) -> None:
    """Have written what the plan says, about what each stage before has left."""
    for task, args in scene.session.plan.answers["writes"]:
        scene.awaited(Write(scene.number(), task, args))


def decided(scene: Scene, event: Event) -> None:
    if isinstance(event, Decided):
        scene.data["decided"] = event.is_published


HEARS["asks_to_write"] = decided


@does
def brings(scene: Scene) -> None:
    """Put in what the plan says, as members do, and go on."""
    for what, text, by, fields in scene.session.plan.answers["brings"]:
        scene.put(what, text, by=by, fields=fields)
    if (left := scene.session.plan.answers.get("left")) is not None:
        scene.remember("groups", left)
    scene.leave()


async def begun(
    circle: Circle, *stages: Stage, lead: str = "Ann", is_settled: bool = True, **answers: Any
) -> int:
    """Begin a session in the hall that somebody leads."""
    house, community, leads = circle.agent.house, circle.agent.community.id, await ids(circle)

    def write(conn: Connection) -> int:
        room = house.directory.room(conn, circle.platform.network.rooms[circle.hall]).id
        plan = Plan("test", "Book club", stages, answers, seed=7)
        id = house.sessions.plan(conn, community, room, plan, leads[lead])
        house.sessions.apply(conn, id, Begun())
        return id

    id = await house.database.write(write)
    if is_settled:
        await circle.settle()
    return id


async def passes(circle: Circle, span: timedelta) -> None:
    """Let time pass, hour by hour."""
    for _ in range(int(span / timedelta(hours=1))):
        await circle.clock.advance(3600)
        await circle.settle()


async def member(circle: Circle, person: Person) -> int:
    """Return a person's number."""
    house, community = circle.agent.house, circle.agent.community.id
    found = await house.database.write(
        lambda conn: house.directory.account(conn, community, person.account)
    )
    return int(found.member)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(60_000):
        if is_so():
            return
        await SystemClock().sleep(0.001)
    raise TimeoutError


async def written(
    circle: Circle, *writes: tuple[str, Mapping[str, Any]], **answers: Any
) -> tuple[int, list[Any]]:
    """Begin a session that has something written; return its number, and what came of it."""
    stages = (script("brings"), script("asks_to_write"))
    lead = answers.pop("lead", "Ann")
    answers = {"brings": [], **answers, "writes": [list(each) for each in writes]}
    id = await begun(circle, *stages, lead=lead, **answers)
    return id, [each[1:] for each in await heard(circle, id, "done")]


async def questions(circle: Circle, **args: Any) -> list[Mapping[str, Any]]:
    wanted: dict[str, Any] = {
        "resource": None,
        "topic": "",
        "notes": "",
        "count": 5,
        "entries": [],
        "known": [],
    }
    brings = args.pop("brings", [])
    _, [(result, _)] = await written(circle, ("questions", {**wanted, **args}), brings=brings)
    return list(result.get("lines", []))


async def newest(circle: Circle) -> int:
    """Return the resource that came last into the library."""

    def read(conn: Connection) -> int:
        return int(conn.execute(sa.select(sa.func.max(resources.c.id))).scalar_one())

    return await circle.agent.house.database.read(read)


async def test_questions_come_source_by_source_each_with_what_it_rests_on(circle: Circle) -> None:
    me = await ids(circle)
    await circle.ben.asks(f"share {NOTES}", circle.hall)
    mark = "Whoever writes the agenda decides what can be talked about, because time is short."
    lines = await questions(
        circle,
        brings=[("highlight", mark, me["Chloé"], {})],
        entries=[1],
        notes="Rules that a group made together are kept because nobody has to enforce them.",
        resource=await newest(circle),
        sources=["notes", "library", "patterns"],
        count=12,
    )
    sources = [each["source"] for each in lines]
    assert sources == sorted(sources, key=["members", "notes", "library", "patterns"].index)
    assert {*sources} == {"members", "notes", "library", "patterns"}
    by = {each["source"]: each for each in lines}
    assert by["members"]["entries"] == [1]
    assert by["library"]["resources"] == [await newest(circle)]
    assert by["patterns"]["label"] == "general"
    assert by["patterns"]["text"] in BANK
    assert not any(each["label"] for each in lines if each["source"] != "patterns")


async def test_a_meeting_opens_with_members_marks_first_then_notes_then_general_ones(
    circle: Circle,
) -> None:
    me = await ids(circle)
    stages = (
        Stage("announce", "first", {"joins": True, "for": "1 hours"}, {"say": "Come in."}),
        Stage("collect", "marks", {"what": "highlight", "for": "1 days"}),
        Stage(
            "ask",
            "questions",
            {"from": "marks", "notes": "$notes", "count": 4, "review": "2 hours", "all": True},
        ),
        Stage("wait", "then", {"for": "2 days"}),
    )
    id = await begun(circle, *stages, notes=NOTES)
    for each in ("Ben", "Chloé"):
        await happens(circle, id, Joined(me[each]))
    await passes(circle, timedelta(hours=1))
    mark = "Whoever writes the agenda decides what can be talked about."
    await happens(circle, id, Entered(me["Ben"], mark))
    await passes(circle, timedelta(hours=24))
    review = circle.ann.answers()[-1].text
    assert mark in review
    before = len(texts(circle.chloe, circle.hall))
    await passes(circle, timedelta(hours=2))
    asked = texts(circle.chloe, circle.hall)[before:]
    assert len(asked) == 1
    first, *others = [line for line in asked[0].splitlines() if line[:1].isdigit()]
    assert mark in first
    assert len(others) == 3
    assert not any("general question" in each for each in others), "the notes carry enough"
    assert any("meeting" in each or "decisions" in each for each in others)


async def test_only_what_all_in_the_room_may_read_is_asked_about(circle: Circle) -> None:
    secret = "The redundancies in the Leipzig branch should be told to nobody before October."
    await circle.ben.asks(f"share {secret}", circle.den)
    lines = await questions(circle, topic="redundancies in the Leipzig branch", sources=["library"])
    assert not any("Leipzig" in each["text"] for each in lines)
    asked = await circle.ben.asks("questions Leipzig branch", circle.den)
    assert "Leipzig" in asked, "who reads the den may be asked"


async def test_nothing_is_asked_twice_in_a_community(circle: Circle) -> None:
    args = {"notes": NOTES, "sources": ["notes", "patterns"], "count": 8}
    first = [each["text"] for each in await questions(circle, **args)]
    asked = [("question", each, None, {"asked": True}) for each in first]
    again = [each["text"] for each in await questions(circle, brings=asked, **args)]
    third = [each["text"] for each in await questions(circle, **args)]
    assert len(first) == 8
    assert not {*first} & {*again}
    assert not {*first} & {*third}


@pytest.mark.parametrize("is_allowed", [True, False])
async def test_a_model_asks_from_memory_only_where_it_may_and_is_labelled(
    data: Path, *, is_allowed: bool
) -> None:
    said = [
        "What did you notice about yourself while reading Dune?",
        "Why does Paul leave in chapter 12?",
        "Is power always bad?",
        "What would you do on https://evil.example?",
        "Not a question.",
    ]
    model = ScriptedModel(lambda request: {"questions": said})
    async with Circle(data, model=model) as circle:
        sources = ["library", "model"] if is_allowed else ["library"]
        lines = await questions(circle, topic="Dune", sources=sources)
    found = [(each["text"], each["label"], each["source"]) for each in lines]
    assert found == ([(said[0], "memory", "model")] if is_allowed else [])
    assert any(each.purpose == "recalled" for each in model.requests) is is_allowed


async def test_a_lying_models_questions_and_summaries_hold_no_lie(data: Path) -> None:
    model = LyingModel(seed=3, people=("Chloé",))
    async with Circle(data, model=model) as circle:
        await talks(circle, circle.hall)
        lines = await questions(circle, notes=NOTES, sources=["notes"])
        await written(circle, ("summary", {"since": START}))
        me = await ids(circle)
        args = {"group": 1, "since": START, "members": [me["Ben"], me["Chloé"]]}
        left = {"numbers": [1], "release": True}
        _, [(result, _)] = await written(circle, ("group_summary", args), left=left)
        lines += result["lines"]
        shown = circle.transcript(circle.ann)
    lies = {each["text"] for each in model.lies} - {each["text"] for each in model.honest}
    assert model.lies
    assert not lies & {each["text"] for each in lines}
    assert "4711" not in shown
    assert "evil.example" not in shown


# Summaries

MEMORY = "What did you notice about yourself while reading Dune?"
START = "2020-01-01T00:00:00+00:00"


async def talks(circle: Circle, room: RoomRef) -> None:
    for who, text in TALK:
        await getattr(circle, who).says(text, room)


@pytest.mark.parametrize("does_publish", [True, False])
async def test_a_summary_waits_for_its_lead_and_the_session_hears_what_becomes_of_it(
    circle: Circle, *, does_publish: bool
) -> None:
    await talks(circle, circle.hall)
    id, [(result, is_failed)] = await written(circle, ("summary", {"since": START}))
    assert not is_failed
    house = circle.agent.house
    kept = await house.database.read(lambda conn: drafts.get(conn, result["writing"]))
    assert kept is not None
    assert await house.database.read(lambda conn: stored.writer_of(conn, result["writing"]))
    shown = circle.ann.answers()[-1].text
    assert "Chloé" in shown
    assert "silent reading" in shown
    assert texts(circle.ben, circle.hall) == []
    if does_publish:
        await circle.ann.presses("Publish")
    else:
        await circle.ann.presses("Drop the draft")
        await circle.ann.presses("Yes, drop it")
    standing = (await state(circle, id)).standing
    assert standing is not None
    assert standing.data["decided"] is does_publish
    assert len(texts(circle.ben, circle.hall)) == does_publish


async def test_a_draft_goes_to_the_leaders_room_if_all_there_read_the_sessions(
    circle: Circle,
) -> None:
    desk = circle.room("desk", circle.ann)
    await circle.ann.sends("setup", circle.hall, desk=desk.id)
    await talks(circle, circle.hall)
    await written(circle, ("summary", {"since": START}))
    assert "silent reading" in circle.ann.seen_in(desk)[-1].text
    assert not any("silent reading" in each.text for each in circle.ben.answers())


async def test_a_draft_of_a_lead_who_may_not_publish_goes_to_a_leader(circle: Circle) -> None:
    await talks(circle, circle.hall)
    await written(circle, ("summary", {"since": START}), lead="Ben")
    assert any("silent reading" in each.text for each in circle.ann.answers())
    assert not any("silent reading" in each.text for each in circle.ben.answers())


async def test_a_draft_goes_to_a_leader_who_reads_the_sessions_room(circle: Circle) -> None:
    zoe = circle.person("Zoe", is_leader=True)
    await circle.ann.says("Hello.", circle.hall)  # she is met first, so asked first
    await zoe.says("Hello.", circle.hall)
    await talks(circle, circle.hall)
    await circle.platform.leaves(circle.ann.account, circle.hall)
    await written(circle, ("summary", {"since": START}), lead="Ben")
    assert any("silent reading" in each.text for each in zoe.answers())
    assert not any("silent reading" in each.text for each in circle.ann.answers())


async def test_there_is_nothing_to_sum_up_where_nothing_was_said(circle: Circle) -> None:
    _, [(result, is_failed)] = await written(circle, ("summary", {"since": START}))
    assert (result, is_failed) == ({}, True)
    assert circle.ann.answers() == []


async def test_what_nobody_writes_fails_at_once(circle: Circle) -> None:
    _, [(_, is_failed)] = await written(circle, ("poem", {}))
    assert is_failed


async def test_a_restart_while_it_is_written_writes_it_once(data: Path) -> None:
    clock = ManualClock()
    model = SlowModel(lambda request: {"questions": [MEMORY]}, clock, 60.0)
    stages = (script("brings"), script("asks_to_write"))
    args = {"topic": "Dune", "count": 3, "sources": ["model"], "entries": [], "known": []}
    answers: dict[str, Any] = {"brings": [], "writes": [["questions", args]]}
    circle = Circle(data, model=model, clock=clock)
    async with circle:
        id = await begun(circle, *stages, is_settled=False, **answers)
        await until(lambda: model.writing == 1)
        platform = circle.platform
    assert model.writing == 0
    async with Circle(
        data, model=ScriptedModel([{"questions": [MEMORY]}]), platform=platform
    ) as circle:
        ((_, result, is_failed),) = await heard(circle, id, "done")
        assert ([each["text"] for each in result["lines"]], is_failed) == ([MEMORY], False)
        assert await circle.agent.house.database.read(dead_letters) == []


async def test_a_model_that_fails_holds_nothing_up(data: Path) -> None:
    model = ScriptedModel(lambda request: ModelUnavailableError("down"))
    async with Circle(data, model=model) as circle:
        lines = await questions(circle, notes=NOTES, topic="Dune", sources=["notes", "model"])
    assert {each["source"] for each in lines} == {"notes"}


# Groups

TALKS = {
    1: (
        "We think every newcomer needs a buddy in the first week.",
        "Long forms at the beginning scare newcomers away from the community.",
        "Newcomers should never be asked to introduce themselves in public.",
    ),
    2: (
        "Every newcomer needs a buddy during the first week, we agreed on that.",
        "Newcomers should be asked to introduce themselves in public.",
        "The welcome message could be much shorter than today.",
    ),
}
ASKED = ("What helps newcomers in the first week?", "How do we pay for translations?")


async def report(circle: Circle, *, is_released: bool = True, is_private: bool = True) -> str:
    """Let four people talk in two groups for a day; return what all in the room read of it."""
    dora = circle.person("Dora")
    people = (circle.ben, circle.chloe, dora, circle.person("Emil"))
    params = {"size": 2, "release": is_released, "private": is_private, "for": "1 days"}
    stages = (
        script("brings"),
        Stage("announce", "first", {"joins": True, "for": "1 hours"}, {"say": "Come in."}),
        Stage("group", "groups", params),
        Stage("report", "told", {"from": "groups"}),
        Stage("wait", "then", {"for": "9 days"}),
    )
    brings = [("question", each, None, {"asked": True}) for each in ASKED]
    id = await begun(circle, *stages, brings=brings)
    known = {each.name: await member(circle, each) for each in people}
    for each in people:
        await happens(circle, id, Joined(known[each.name]))
    await passes(circle, timedelta(hours=1))
    session = await state(circle, id)
    by_member = {id: group.number for group in session.groups for id in group.members}
    house = circle.agent.house
    rooms = await house.database.read(lambda conn: stored.threads(conn, id))
    refs = await house.database.read(
        lambda conn: {n: room_rows.get(conn, room).ref for n, room in rooms.items()}
    )
    groups = sorted(refs)
    for said, number in zip(TALKS.values(), groups, strict=True):
        mine = [each for each in people if by_member[known[each.name]] == number]
        for place, text in enumerate(said):
            await mine[place % len(mine)].says(text, refs[number])
    await passes(circle, timedelta(days=1))
    return "\n".join(texts(circle.ann, circle.hall))


async def test_groups_are_told_of_and_laid_side_by_side_in_their_own_words(circle: Circle) -> None:
    told = await report(circle)
    assert "Long forms at the beginning" in told
    assert "(groups 1 and 2)" in told
    agreed = next(line for line in told.splitlines() if "(groups 1 and 2)" in line)
    assert "buddy" in agreed
    differs = next(line for line in told.splitlines() if "/ Group 2:" in line)
    assert "Group 1: Newcomers should never be asked" in differs
    assert "Group 2: Newcomers should be asked" in differs
    assert "How do we pay for translations?" in told
    assert "What helps newcomers in the first week?" not in told
    assert await circle.agent.house.database.read(dead_letters) == []


async def test_without_a_release_nothing_leaves_a_group(circle: Circle) -> None:
    told = await report(circle, is_released=False)
    assert not any(text in told for said in TALKS.values() for text in said)
    me = await ids(circle)
    left = {"numbers": [1], "release": False, "spoke": [1]}
    args = {"group": 1, "since": START, "members": [me["Ben"]]}
    await circle.ben.says(TALKS[1][0], circle.hall)
    _, [(_, is_failed)] = await written(circle, ("group_summary", args), left=left)
    assert is_failed


async def test_of_a_group_in_the_room_only_its_members_are_summed_up(circle: Circle) -> None:
    me = await ids(circle)
    await circle.ben.says(TALKS[1][0], circle.hall)
    await circle.chloe.says(TALKS[2][2], circle.hall)
    left = {"numbers": [1], "release": True, "spoke": [1]}
    args = {"group": 1, "since": START, "members": [me["Ben"]]}
    _, [(result, is_failed)] = await written(circle, ("group_summary", args), left=left)
    assert not is_failed
    (line,) = result["lines"]
    assert "buddy" in line["text"]
    assert line["evidence"][0]["quote"] in TALKS[1][0]


@pytest.mark.parametrize(
    ("said", "agreed"),
    [
        ({"agree": [[3, 1]], "differ": [], "missed": [2]}, "A buddy is what newcomers lack."),
        ({"agree": [[1, 2], [7]], "differ": [[1, 99]], "missed": [1]}, None),
        ("no JSON at all", None),
    ],
    ids=["true", "lies", "prose"],
)
async def test_a_model_puts_lines_of_groups_together_and_writes_none(
    data: Path, said: Any, agreed: str | None
) -> None:
    lines = (
        (4, "Every newcomer needs a buddy."),
        (4, "Flowers on every table."),
        (5, "A buddy is what newcomers lack."),
    )
    brings = [("summary", text, None, {"group": group}) for group, text in lines]
    brings += [("question", each, None, {"asked": True}) for each in ASKED]
    left = {"numbers": [4, 5], "release": True, "spoke": [4, 5]}
    args = {"groups": [4, 5], "entries": [1, 2, 3]}
    async with Circle(data, model=ScriptedModel(lambda request: said)) as circle:
        _, [(result, _)] = await written(circle, ("synthesis", args), left=left, brings=brings)
    told = [(each["text"], each["entries"]) for each in result["agree"]]
    if agreed is None:  # by their words alone
        assert told == [("Every newcomer needs a buddy. (groups 1 and 2)", [1, 3])]
    else:
        assert told == [(f"{agreed} (groups 1 and 2)", [3, 1])]
    assert [each["text"] for each in result["missed"]] == [ASKED[1]]

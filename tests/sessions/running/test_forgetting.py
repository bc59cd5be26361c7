"""What is forgotten elsewhere is gone from sessions in the same moment, and from what they posted."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.people import AccountId, MemberId
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.sessions.effects import Saying
from learncomm_agent.sessions.events import Act, Done, Joined, Mode, Steered
from learncomm_agent.sessions.running.sessions import token_of
from learncomm_agent.sessions.scene import ROOM, Scene
from learncomm_agent.storage import members
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.storage.schema import items, messages, resources, work, writings
from learncomm_agent.storage.schema_sessions import (
    session_log,
    session_tokens,
    sessions,
)
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.models import SlowModel
from tests.sessions.running.conftest import begin, does, happens, heard, ids, script, state, texts
from tests.sessions.running.test_writing import begun, until

SECRET = "quetzalcoatlus"
TABLES = (sessions, session_log, session_tokens, work, items, writings)


BROUGHT: list[tuple[str, str, int | None, int | None, Any]] = []
"""What members bring; it stands nowhere else in a session than in its entries."""


@does
def highlighted(scene: Scene) -> None:
    for what, text, by, message, fields in BROUGHT:
        scene.put(what, text, by=by, message=message, fields=fields)
    scene.leave()


@does
def listed(scene: Scene) -> None:
    """Put in what members bring, list it, and say something of the first."""
    for what, text, by, message, fields in BROUGHT:
        scene.put(what, text, by=by, message=message, fields=fields)
    entries = scene.entries()
    says = [scene.phrase("session.write.agree", text={"entry": e.id}, groups=[1]) for e in entries]
    scene.post(ROOM, *says[:1])
    scene.post(ROOM, Saying(text="Here they are:"), shows=entries)


@does
def tells_a_case(scene: Scene) -> None:
    scene.post(ROOM, Saying(text="The case: {{ case }}", values=scene.values()))
    scene.leave()


@does
def rests(scene: Scene) -> None:
    """Stay as it is."""


async def everything(circle: Circle) -> str:
    """All that is kept by sessions, by what they wrote, and by what is due."""

    def read(conn: Connection) -> str:
        return "\n".join(
            repr(tuple(row)) for table in TABLES for row in conn.execute(sa.select(table))
        )

    return await circle.agent.house.database.read(read)


async def row_of(circle: Circle, text: str) -> int:
    def read(conn: Connection) -> int:
        found = sa.select(messages.c.id).where(messages.c.text == text)
        return int(conn.execute(found).scalar_one())

    return await circle.agent.house.database.read(read)


async def forgets(circle: Circle, person: Person, how: str) -> None:
    """Forget somebody, or let them opt out."""
    house, community = circle.agent.house, circle.agent.community.id

    def write(conn: Connection) -> None:
        found = members.find_account(conn, community, person.account.ref)
        assert found is not None
        does = house.forgetting.member if how == "forget" else house.forgetting.opt_out
        does(conn, community, found[1], found[0])

    await house.database.write(write)
    await circle.settle()


async def brought(circle: Circle, *entries: tuple[str, str, int | None, int | None, Any]) -> int:
    BROUGHT[:] = entries
    return await begin(circle, script("listed"))


@pytest.mark.parametrize("how", ["forget", "opt out"])
@pytest.mark.parametrize("is_over", [False, True])
async def test_nothing_of_a_member_is_left(circle: Circle, how: str, *, is_over: bool) -> None:
    me = await ids(circle)
    ben, chloe = me["Ben"], me["Chloé"]
    await circle.ben.says(f"I read {SECRET} by night.", circle.hall)
    row = await row_of(circle, f"I read {SECRET} by night.")
    id = await brought(
        circle,
        ("nomination", f"A book on {SECRET}", ben, None, {}),
        ("nomination", f"I read {SECRET} by night.", ben, row, {}),
        ("question", f"What does {SECRET} mean to us?", None, None, {"entries": [1]}),
        ("question", "Who brings tea?", chloe, None, {}),
    )
    await happens(circle, id, Joined(ben, wish=f"to draw {SECRET}"))
    await happens(circle, id, Joined(chloe, Mode.LISTEN))
    house, now = circle.agent.house, circle.clock.now()

    def write(conn: Connection) -> str:
        found = stored.get(conn, id)
        assert found is not None
        stored.note(conn, id, {"move": "invite", "member": ben}, now)
        stored.enter(conn, id, token_of(found, ben))
        for number, effect in enumerate((_private(ben, 901), _note(ben, 902))):
            args = {"session": id, "effect": effect}
            house.work.add(conn, "session_effect", args, due=now + timedelta(days=number + 1))
        return token_of(found, ben)

    token = await house.database.write(write)
    if is_over:
        await happens(circle, id, Steered(me["Ann"], Act.END))
    assert SECRET in "".join(texts(circle.ann, circle.hall))
    await forgets(circle, circle.ben, how)
    left = await everything(circle)
    assert SECRET not in left
    assert token not in left
    assert f"'member': {ben}" not in left
    session = await state(circle, id)
    assert [each.text for each in session.entries.values()] == ["Who brings tea?"]
    assert ben not in session.people
    assert SECRET not in "".join(texts(circle.ann, circle.hall))
    assert "Who brings tea?" in texts(circle.ann, circle.hall)[-1 - is_over]
    assert await house.database.read(dead_letters) == []


def _private(member: int, number: int) -> dict[str, Any]:
    to = {"whom": "member", "which": member}
    return {"kind": "post", "id": number, "to": to, "says": [{"text": f"On {SECRET}"}]}


def _note(member: int, number: int) -> dict[str, Any]:
    return {"kind": "note", "id": number, "content": {"member": member}}


async def test_with_a_message_goes_what_rests_on_it(circle: Circle) -> None:
    said = await circle.ben.says(f"I read {SECRET} by night.", circle.hall)
    row = await row_of(circle, f"I read {SECRET} by night.")
    id = await brought(
        circle,
        ("summary", "They read at night.", None, None, {"messages": [99, row]}),
        ("summary", "They sleep by day.", None, None, {}),
    )
    assert "They read at night." in texts(circle.ann, circle.hall)[-1]
    await circle.ben.deletes(said)
    assert [each.text for each in (await state(circle, id)).entries.values()] == [
        "They sleep by day."
    ]
    told = texts(circle.ann, circle.hall)
    assert not any("They read at night." in each for each in told)
    assert "They sleep by day." in told[-1]


async def test_an_edit_takes_out_only_what_it_took_back(circle: Circle) -> None:
    first = await circle.ben.says(f"I read {SECRET} by night.", circle.hall)
    second = await circle.ben.says("I read Moby Dick by night.", circle.hall)
    rows = [await row_of(circle, f"I read {each} by night.") for each in (SECRET, "Moby Dick")]
    quotes = [[rows[1], "Moby Dick by night"]]
    id = await brought(
        circle,
        ("idea", f"I read {SECRET} by night.", None, rows[0], {}),
        ("question", "What is it about Moby Dick?", None, rows[1], {"quotes": quotes}),
    )
    await circle.ben.edits(second, "Well, I read Moby Dick by night.")
    await circle.ben.edits(first, "I read by night.")
    left = [each.text for each in (await state(circle, id)).entries.values()]
    assert left == ["What is it about Moby Dick?"]
    assert SECRET not in await everything(circle)
    assert SECRET not in "".join(texts(circle.ann, circle.hall))


async def test_with_a_resource_goes_the_question_about_it(circle: Circle) -> None:
    await circle.ben.asks(
        f"share On {SECRET}: it flies far because its bones are light.", circle.hall
    )
    house, community = circle.agent.house, circle.agent.community.id

    def read(conn: Connection) -> int:
        return int(conn.execute(sa.select(sa.func.max(resources.c.id))).scalar_one())

    book = await house.database.read(read)
    text = f"Why does {SECRET} fly far?"
    id = await brought(circle, ("question", text, None, None, {"resources": [book]}))
    await house.database.write(
        lambda conn: house.forgetting.resource(conn, community, ResourceId(book))
    )
    await circle.settle()
    assert not (await state(circle, id)).entries
    assert SECRET not in "".join(texts(circle.ann, circle.hall))


async def test_of_a_leader_no_words_stay_and_the_session_goes_on(circle: Circle) -> None:
    me = await ids(circle)
    answers: dict[str, Any] = {
        "case": f"Our {SECRET} has left us.",
        "meets": "Mondays 18:00",
        "goal": "decide",
    }
    id = await begun(circle, script("tells_a_case"), script("rests"), lead="Ben", **answers)
    assert SECRET in texts(circle.ann, circle.hall)[-1]
    await forgets(circle, circle.ben, "forget")
    assert SECRET not in await everything(circle)
    assert SECRET not in "".join(texts(circle.ann, circle.hall))
    session = await state(circle, id)
    assert session.plan.answers == {**answers, "case": ""}
    assert session.lead == 0
    await happens(circle, id, Steered(me["Ann"], Act.END))
    assert (await state(circle, id)).is_over


async def test_a_room_that_is_forgotten_takes_its_sessions_along(circle: Circle) -> None:
    me = await ids(circle)
    id = await brought(circle, ("idea", f"On {SECRET}", me["Ben"], None, {}))
    house, community = circle.agent.house, circle.agent.community.id

    def write(conn: Connection) -> None:
        row = stored.get(conn, id)
        assert row is not None
        house.forgetting.room(conn, community, row.room, None)

    await house.database.write(write)
    await circle.settle()
    assert await house.database.read(lambda conn: stored.get(conn, id)) is None
    assert await house.database.read(dead_letters) == []


@pytest.mark.parametrize("is_forgotten", [True, False])
async def test_what_goes_while_it_is_written_from_is_not_posted(
    data: Path, *, is_forgotten: bool
) -> None:
    clock = ManualClock()
    said = f"A meeting about {SECRET} without an agenda rewards whoever speaks first."
    quote = f"A meeting about {SECRET} without an agenda"
    asked = {
        "line": 1,
        "quote": quote,
        "level": "respond",
        "text": f"What does “{quote}” ask of us?",
    }
    model = SlowModel(lambda request: {"questions": [asked]}, clock, 60.0)
    async with Circle(data, model=model, clock=clock) as circle:
        me, house = await ids(circle), circle.agent.house
        args = {"entries": [1], "sources": [], "known": [], "count": 3, "notes": "", "topic": ""}
        BROUGHT[:] = [("highlight", said, me["Ben"], None, {})]
        stages = (script("highlighted"), script("asks_to_write"))
        id = await begun(circle, *stages, is_settled=False, writes=[["questions", args]])
        await until(lambda: model.writing == 1)
        if is_forgotten:
            community, ben = circle.agent.community.id, MemberId(me["Ben"])
            await house.database.write(
                lambda conn: house.forgetting.member(conn, community, ben, AccountId(1))
            )
        for _ in range(
            20
        ):  # in steps: whoever writes for long keeps the work by a write now and then
            await clock.advance(10)
            await house.database.write(lambda conn: None)
        await circle.settle()
        ((_, result, is_failed),) = await heard(circle, id, "done")
        assert (SECRET in await everything(circle)) is not is_forgotten
        assert (result, is_failed) == ({}, True) or not is_forgotten
        assert bool((await state(circle, id)).entries) is not is_forgotten


async def test_what_waits_for_the_end_of_a_pause_goes_as_well(circle: Circle) -> None:
    me = await ids(circle)
    id = await brought(circle, ("idea", "Tea", me["Chloé"], None, {}))
    await happens(circle, id, Steered(me["Ann"], Act.PAUSE))
    house = circle.agent.house

    def write(conn: Connection) -> None:
        _, session = house.sessions.get(conn, id)
        entry = next(iter(session.entries))
        lines = [{"text": f"On {SECRET}", "entries": [entry]}, {"text": "On tea"}]
        house.sessions.apply(conn, id, Joined(me["Ben"], wish=SECRET))
        house.sessions.apply(conn, id, Done(77, {"lines": lines}))

    await house.database.write(write)
    assert (await everything(circle)).count(SECRET) >= 2
    await forgets(circle, circle.chloe, "forget")
    await forgets(circle, circle.ben, "opt out")
    left = await everything(circle)
    assert SECRET not in left
    assert "On tea" in left


async def test_many_messages_are_looked_for_at_once(circle: Circle) -> None:
    texts_ = [f"{SECRET} number {n}" for n in range(25)]
    for text in texts_:
        await circle.ben.says(text, circle.hall)
    rows = [await row_of(circle, text) for text in texts_]
    entries: list[Any] = [
        ("idea", text, None, row, {}) for text, row in zip(texts_, rows, strict=True)
    ]
    id = await brought(circle, *entries[-3:], ("idea", "Tea", None, None, {}))
    await forgets(circle, circle.ben, "forget")
    assert [each.text for each in (await state(circle, id)).entries.values()] == ["Tea"]

"""What follows from forgetting reaches only what it concerns, and all of that: words of leaders, polls, meetings."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.people import Consent
from learncomm_agent.sessions.events import Act, Begun, Joined, Left, Steered
from learncomm_agent.sessions.planning.plans import with_words
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.running.sessions import Sessions
from learncomm_agent.sessions.scene import ROOM, Scene
from learncomm_agent.sessions.stages.meeting_entries import entry_of
from learncomm_agent.sessions.state import Plan
from learncomm_agent.storage import members
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, trial
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.storage.schema import audit
from learncomm_agent.storage.schema_sessions import sessions
from learncomm_agent.testing.community import Circle
from tests.sessions.running.conftest import (
    begin,
    does,
    happens,
    ids,
    script,
    state,
    texts,
)
from tests.sessions.running.test_forgetting import SECRET, brought, everything, forgets, row_of


@does
def waits(scene: Scene) -> None:
    """Stay as it is."""


@does
def told_all(scene: Scene) -> None:
    scene.post(ROOM, scene.say("say"))


@does
def told_by_meeting(scene: Scene) -> None:
    """Say something, and put a meeting into the calendar."""
    at = (scene.now + timedelta(days=1)).isoformat()
    scene.remember("meetings", [{"id": "1", "at": at, "minutes": 60, "sequence": 0}])
    scene.do(entry_of(scene, scene.session.results["meetings"][0], 1))
    scene.post(ROOM, scene.say("say"))


async def revisions(circle: Circle) -> dict[int, int]:
    known = sa.select(sessions.c.id, sessions.c.revision)
    found = await circle.agent.house.database.read(lambda conn: conn.execute(known).all())
    return {row.id: row.revision for row in found}


# Whom it concerns


async def test_only_sessions_that_know_a_member_are_touched_and_only_once_asked_for_good(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = await ids(circle)
    stage = Stage("wait", "rest", {"for": 86400.0})
    knows = await begin(circle, stage)
    others = [await begin(circle, stage) for _ in range(2)]
    left = await begin(circle, stage)
    for event in (Joined(me["Ben"]), Left(me["Ben"])):
        await happens(circle, left, event)
    await happens(circle, knows, Joined(me["Ben"]))
    for id in others:
        await happens(circle, id, Joined(me["Chloé"]))
    before = await revisions(circle)
    asked: list[int] = []
    real = Sessions.get

    def get(self: Sessions, conn: Connection, id: int, community: Any = None) -> Any:
        asked.append(id)
        return real(self, conn, id, community)

    monkeypatch.setattr(Sessions, "get", get)
    house, community = circle.agent.house, circle.agent.community.id

    def tries(conn: Connection) -> None:
        found = members.find_account(conn, community, circle.ben.account.ref)
        assert found is not None
        with trial(conn):
            house.forgetting.member(conn, community, found[1], found[0])
            seen = dict(conn.execute(sa.select(sessions.c.id, sessions.c.revision)).all())
            assert seen == before

    await house.database.write(tries)
    await forgets(circle, circle.ben, "forget")
    assert sorted(asked) == sorted([knows, left] * 2)
    after = await revisions(circle)
    # One that kept nothing of him is not written anew.
    assert {id for id in after if after[id] != before[id]} == {knows}


# Words of a leader


async def test_what_a_leader_typed_into_a_plan_goes_with_them(circle: Circle) -> None:
    me = await ids(circle)
    house, community = circle.agent.house, circle.agent.community.id
    stages = (
        script("told_by_meeting", say="Our own words for {{ title }}."),
        script("waits", safe="Later: {{ title }}"),
    )
    title = f"What I got wrong: my {SECRET}"
    plan = Plan("test", title, stages, {"topic": f"my {SECRET}"}, own_title="What I got wrong")
    plan = with_words(plan, "told_by_meeting", "say", f"I broke down by {SECRET}: {{{{ title }}}}.")
    plan = with_words(plan, "told_by_meeting", "say", f"I fell by {SECRET}: {{{{ title }}}}.")
    plan = with_words(plan, "told_by_meeting", "here", f"Here is {SECRET}.")
    plan = with_words(plan, "waits", "safe", "")

    def write(conn: Connection) -> int:
        room = house.directory.room(conn, circle.platform.network.rooms[circle.hall]).id
        return house.sessions.plan(conn, community, room, plan, me["Ann"])

    id = await house.database.write(write)
    await happens(circle, id, Begun())
    assert texts(circle.ben, circle.hall) == [f"I fell by {SECRET}: {title}."]
    ((_, entry),) = circle.platform.network.calendar.values()
    assert SECRET in entry.title
    await forgets(circle, circle.ann, "forget")
    assert texts(circle.ben, circle.hall) == ["Our own words for What I got wrong."]
    assert SECRET not in await everything(circle)
    row = await house.database.read(lambda conn: stored.get(conn, id))
    assert row is not None
    assert row.title == "What I got wrong"
    ((_, entry),) = circle.platform.network.calendar.values()
    assert SECRET not in entry.title
    first, second = (await state(circle, id)).plan.stages
    assert first.words == {"say": "Our own words for {{ title }}."}
    assert second.words == {"safe": ""}  # that it says nothing is no word of theirs
    assert await house.database.read(dead_letters) == []


# Polls and calendars

BOOKS = ("Middlemarch", f"A book on {SECRET}", "Moby Dick")


@does
def gathered(scene: Scene) -> None:
    for text, by in zip(BOOKS, scene.session.plan.answers["by"], strict=True):
        scene.put("nomination", text, by=by)
    scene.leave([each.id for each in scene.entries()])


def vote(**params: Any) -> Stage:
    return Stage("vote", "choice", {"from": "gathered", "for": 2 * 86400.0, **params})


async def polls(circle: Circle, **params: Any) -> int:
    me = await ids(circle)
    by = [me["Chloé"], me["Ben"], me["Ann"]]
    id = await begin(
        circle, script("gathered"), vote(**params), script("waits"), answers={"by": by}
    )
    return id


def poll_of(circle: Circle) -> Any:
    (post,) = [each for each in circle.platform.network.posts.values() if each.poll is not None]
    return post


async def audited(circle: Circle) -> list[dict[str, int]]:
    known = sa.select(audit.c.detail).where(audit.c.action == "take down")
    found = await circle.agent.house.database.read(lambda conn: conn.execute(known).scalars().all())
    return [dict(each) for each in found]


@pytest.mark.parametrize("can_delete", [True, False])
async def test_a_poll_that_shows_what_is_forgotten_goes_and_the_vote_goes_on_in_a_list(
    circle: Circle, can_delete: bool
) -> None:
    me = await ids(circle)
    id = await polls(circle)
    post = poll_of(circle)
    first = post.poll.options[0].id
    await circle.platform.votes_for(circle.chloe.account, first, post.ref)
    if not can_delete:
        circle.platform.can = replace(circle.platform.can, deletes=Level.FALLBACK)
    await forgets(circle, circle.ben, "forget")
    post = poll_of(circle)
    assert post.is_deleted is can_delete
    assert post.poll.closes_at <= circle.clock.now()
    assert await audited(circle) == [{"posts": 1, "unreached": int(not can_delete)}]
    shown = circle.ann.seen_in(circle.hall)[-1].text
    assert "Middlemarch" in shown
    assert "Moby Dick" in shown
    assert SECRET not in shown
    standing = (await state(circle, id)).standing
    assert standing is not None
    assert standing.data["ballots"] == {
        str(me["Chloé"]): [int(first)]
    }  # her vote in the poll counts
    await circle.clock.advance(2 * 86400 + 5)
    await circle.settle()
    assert (await state(circle, id)).results["choice"]["chosen"] == [int(first)]


async def test_a_poll_that_is_over_goes_as_well(circle: Circle) -> None:
    id = await polls(circle)
    post = poll_of(circle)
    await circle.platform.votes_for(circle.chloe.account, post.poll.options[0].id, post.ref)
    await circle.clock.advance(2 * 86400 + 5)
    await circle.settle()
    assert "choice" in (await state(circle, id)).results
    assert not poll_of(circle).is_deleted
    await forgets(circle, circle.ben, "forget")
    assert poll_of(circle).is_deleted


async def test_with_a_room_its_polls_and_meetings_go(circle: Circle) -> None:
    await polls(circle)
    await begin(circle, script("told_by_meeting", say="We meet."))
    assert circle.platform.network.calendar
    house, community = circle.agent.house, circle.agent.community.id

    def write(conn: Connection) -> None:
        row = stored.get(conn, 1)
        assert row is not None
        house.forgetting.room(conn, community, row.room, None)

    await house.database.write(write)
    await circle.settle()
    assert poll_of(circle).is_deleted
    assert circle.platform.network.calendar == {}
    assert await house.database.read(dead_letters) == []


@pytest.mark.parametrize("how", ["end", "end meanwhile", "forget meanwhile"])
async def test_a_poll_that_nobody_awaits_any_more_does_not_stay_open(
    circle: Circle, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    me = await ids(circle)
    house = circle.agent.house
    handlers, opening = house.work._handlers, house.work._handlers["session_poll"]

    async def goes_on() -> None:
        if "end" in how:
            end = Steered(me["Ann"], Act.END)
            await house.database.write(lambda conn: house.sessions.apply(conn, 1, end))
        else:
            community = circle.agent.community.id

            def write(conn: Connection) -> None:
                found = members.find_account(conn, community, circle.ben.account.ref)
                assert found is not None
                house.forgetting.member(conn, community, found[1], found[0])

            await house.database.write(write)

    async def opened(job: Any) -> Any:
        if how == "end":
            await goes_on()
        commit = await opening(job)
        if how != "end":
            await goes_on()
        return commit

    monkeypatch.setitem(handlers, "session_poll", opened)
    id = await polls(circle)
    there = [each for each in circle.platform.network.posts.values() if each.poll is not None]
    assert all(each.is_deleted for each in there)
    assert len(there) == (how != "end")
    if how == "forget meanwhile":
        assert "Moby Dick" in circle.ann.seen_in(circle.hall)[-1].text
    assert (await state(circle, id)).is_over is ("end" in how)


# Consent


async def test_who_is_for_summaries_only_is_not_quoted_from_what_they_say(circle: Circle) -> None:
    me = await ids(circle)
    stage = Stage("collect", "questions", {"what": "question", "hears": True, "for": 86400.0})
    id = await begin(circle, stage)
    asked = f"Who else was treated for {SECRET}, and how did it go?"
    await circle.ben.sends("me", circle.hall, consent="summaries_only")
    await circle.ben.says(asked, circle.hall)
    await circle.chloe.says("How do we begin?", circle.hall)
    session = await state(circle, id)
    assert [each.text for each in session.entries.values()] == ["How do we begin?"]
    assert me["Chloé"] in session.people


async def test_who_withdraws_is_quoted_no_longer_and_summaries_stay(circle: Circle) -> None:
    me = await ids(circle)
    said = f"I read {SECRET} by night."
    await circle.ben.says(said, circle.hall)
    row = await row_of(circle, said)
    await brought(
        circle,
        ("idea", said, me["Ben"], row, {}),
        ("summary", "They read at night.", None, None, {"messages": [row]}),
        ("idea", "A form's own words", me["Ben"], None, {}),
    )
    await circle.ben.sends("me", circle.hall, consent=Consent.SUMMARIES_ONLY)
    left = [each.text for each in (await state(circle, 1)).entries.values()]
    assert left == ["They read at night.", "A form's own words"]
    assert not any(said in each for each in texts(circle.ann, circle.hall))


# What is read of many


async def test_of_many_sessions_only_those_asked_for_are_read(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = await ids(circle)
    stage = Stage("wait", "rest", {"for": 86400.0})
    here = [await begin(circle, stage) for _ in range(4)]
    there = await begin(circle, stage, room=circle.den)
    await happens(circle, here[1], Joined(me["Chloé"]))
    made: list[int] = []
    real = stored._row

    def counted(row: Any) -> stored.Row:
        made.append(row.id)
        return real(row)

    monkeypatch.setattr(stored, "_row", counted)
    house, community = circle.agent.house, circle.agent.community.id

    def read(conn: Connection) -> list[list[int]]:
        row = stored.get(conn, here[0])
        assert row is not None
        made.clear()
        found = [
            stored.of_community(conn, community, rooms=[row.room], limit=2),
            stored.of_community(conn, community, member=me["Chloé"]),
            stored.of_community(conn, community, rooms=[]),
        ]
        return [[each.id for each in rows] for rows in found]

    assert await house.database.read(read) == [here[2:], [here[1]], []]
    assert sorted(made) == sorted([*here[2:], here[1]])
    made.clear()
    await circle.platform.closes(circle.lounge)  # nothing is held there
    await circle.settle()
    assert there not in made

"""How long things are kept is for leaders to choose: tried first, held to every day, told and noted."""

import sqlalchemy as sa

from learncomm_agent.storage.due import dead_letters
from learncomm_agent.storage.retention_rules import KINDS
from learncomm_agent.storage.schema import audit, metadata
from learncomm_agent.storage.schema_growing import retention
from learncomm_agent.testing.community import Circle
from tests.community.conftest import kept

DAY_S = 24 * 3600


async def rules(circle: Circle) -> dict[str, int]:
    chosen = sa.select(retention.c.kind, retention.c.days)
    rows = await circle.agent.house.database.read(lambda conn: conn.execute(chosen).all())
    return {row.kind: row.days for row in rows}


async def aged(circle: Circle) -> None:
    await circle.ben.says("We decided that the heron stays. It came in March.", circle.hall)
    await circle.ben.says("I will feed the ducks by Friday.", circle.den)
    await circle.ann.publishes("summary", circle.hall)
    await circle.ben.sends("search", circle.hall, query="heron")
    await circle.clock.advance(100 * DAY_S)
    await circle.settle()
    await circle.ben.says("The stork came in June.", circle.hall)


async def test_a_bound_is_tried_then_held_to_and_told(circle: Circle) -> None:
    await aged(circle)
    shown = await circle.ann.sends("retention", circle.hall)
    assert shown.count("without a limit") == len(KINDS)
    tried = await circle.ann.sends(
        "retention", circle.hall, messages="90", answers="30", summaries="none"
    )
    assert "messages: 90 days" in tried
    assert "Today that would take away: messages (" in tried
    assert "answers, searches and what else I write for one alone (1)" in tried
    assert await rules(circle) == {}, "a trial changes nothing"
    before = await kept(circle)
    assert "We decided that the heron stays. It came in March." in before.values()
    assert "From today on" in await circle.ann.presses("Yes, from today on")
    await circle.settle()
    assert await rules(circle) == {"messages": 90, "answers": 30}
    left = set((await kept(circle)).values())
    assert "The stork came in June." in left
    assert not left & {
        "We decided that the heron stays. It came in March.",
        "I will feed the ducks by Friday.",
    }
    summary = next(post for post in circle.ann.seen_in(circle.hall) if "What was" in post.text)
    assert "heron" not in summary.text
    acts = sa.select(audit.c.subject, audit.c.detail).where(audit.c.action == "retention")
    noted = await circle.agent.house.database.read(lambda conn: conn.execute(acts).first())
    assert noted is not None
    assert tuple(noted) == ("messages", {"days": 90})

    await circle.clock.advance(91 * DAY_S)
    await circle.settle()
    assert "The stork came in June." not in (await kept(circle)).values(), "every day, by itself"
    await circle.ann.sends("retention", circle.hall, messages="none")
    await circle.ann.presses("Yes, from today on")
    assert "messages" not in await rules(circle)


async def test_who_changed_it_is_not_told_that_a_leader_did(circle: Circle) -> None:
    dora = circle.person("Dora", is_leader=True)
    for leader in (circle.ann, dora):
        await leader.says("Good morning.", circle.hall)
    await circle.ann.sends("retention", circle.hall, thanks="90")
    await circle.ann.presses("Yes, from today on")
    await circle.clock.advance(DAY_S)
    await circle.settle()
    assert "A leader changed how long" in circle.transcript(dora)
    assert "A leader changed how long" not in circle.transcript(circle.ann)


async def test_no_number_and_no_leader_change_nothing(circle: Circle) -> None:
    await aged(circle)
    for wrong in ("0", "-3", "soon", "99999", "9" * 20, "½"):
        said = await circle.ann.sends("retention", circle.hall, messages=wrong)
        assert said.startswith("Please say messages as a number of days"), wrong
    await circle.ann.sends("retention", circle.hall, messages="1")
    post = circle.ann.answers()[-1].ref
    for choice in ("retain:0=1", "retain:0=0", "retain:99=1", "retain:", "retain:0=1,x"):
        said = await circle.ben.chooses(choice, post)
        assert "leaders" in said
        if choice != "retain:0=1":
            assert "out of date" in await circle.ann.chooses(choice, post)
    assert "leaders" in await circle.ben.sends("retention", circle.hall)
    assert await rules(circle) == {}


async def test_all_kinds_go_together(circle: Circle) -> None:
    await circle.person("Dora", is_leader=True).says("Good morning.", circle.hall)
    await aged(circle)
    await circle.ben.sends("thank", circle.hall, who="Ann", why="for the heron")
    await circle.ann.sends("retention", circle.hall, **dict.fromkeys(KINDS, "1"))
    assert "From today on" in await circle.ann.presses("Yes, from today on")
    await circle.clock.advance(3 * DAY_S)
    await circle.settle()
    assert await rules(circle) == dict.fromkeys(KINDS, 1)
    assert await circle.agent.house.database.read(dead_letters) == []
    assert await ids(circle, "thanks") == set()
    sent = await ids(circle, "nudged")
    assert sent, "of the last week it counts still against what somebody wants to be told"
    await circle.clock.advance(8 * DAY_S)
    await circle.settle()
    assert not sent & await ids(circle, "nudged")


async def ids(circle: Circle, table: str) -> set[int]:
    all_of = sa.select(metadata.tables[table].c.id)
    return await circle.agent.house.database.read(lambda conn: set(conn.execute(all_of).scalars()))

"""What a session hears of what is written where it listens, and of who goes."""

from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.events import GapEnded
from learncomm_agent.sessions.events import Joined
from learncomm_agent.sessions.scene import ROOM, Scene
from learncomm_agent.storage.schema import work
from learncomm_agent.testing.community import Circle
from tests.sessions.running.conftest import begin, does, happens, heard, ids, script, state


@does
def asked(scene: Scene) -> None:
    scene.data["post"] = scene.post(ROOM, scene.say("say"))


async def test_what_is_said_comes_with_what_it_answers(circle: Circle) -> None:
    people = await ids(circle)
    id = await begin(circle, script("asked", say="What do you think?"))
    (post,) = circle.ben.seen_in(circle.hall)
    first = await circle.ben.says("Because it rained.", circle.hall, reply_to=post.ref)
    await circle.ann.says("Did it, Ben?", circle.hall, reply_to=first)
    await circle.ben.asks("help", circle.hall)  # which speaks to the agent
    await circle.ben.says("Not here.", circle.den)
    one, other = await heard(circle, id, "said")
    session = await state(circle, id)
    assert session.standing is not None
    assert one[:2] == [people["Ben"], "Because it rained."]
    assert one[2] == {"to": None, "post": session.standing.data["post"], "group": None}
    assert one[3]["has_evidence"]
    assert not one[3].get("is_host")
    assert other[0] == people["Ann"]
    assert other[2]["to"] == int(one[3]["message"])
    assert other[3]["is_host"]
    assert other[3]["replies_to"] == people["Ben"]


async def test_what_is_told_twice_or_taken_back_is_not_heard_again(circle: Circle) -> None:
    id = await begin(circle, script("asked", say="What do you think?"))
    circle.platform.repeat_events()
    await circle.ben.says("Once.", circle.hall)
    circle.platform.hold_events()
    message = await circle.platform.says(circle.ben.account, circle.hall, "Never.")
    await circle.platform.deletes(circle.ben.account, message)
    await circle.platform.release_events()  # the deletion comes first
    await circle.settle()
    assert [each[1] for each in await heard(circle, id, "said")] == ["Once."]


async def test_no_words_wait_as_rows(circle: Circle) -> None:
    id = await begin(circle, script("asked", say="What do you think?"))
    rows: list[Any] = []
    house = circle.agent.house
    listening = house.work._handlers["session_said"]

    async def looked(job: Any) -> Any:
        rows.append(dict(job.args))
        return await listening(job)

    house.work._handlers["session_said"] = looked
    await circle.ben.says("Quetzalcoatlus", circle.hall)
    (args,) = rows
    assert set(args) == {"session", "room", "message"}
    assert "Quetzalcoatlus" not in str(args)
    waiting = await house.database.read(lambda c: c.execute(sa.select(work.c.args)).scalars().all())
    assert "Quetzalcoatlus" not in str(waiting)
    assert [each[1] for each in await heard(circle, id, "said")] == ["Quetzalcoatlus"]


async def test_what_is_said_while_the_platform_is_away_is_heard_afterwards(circle: Circle) -> None:
    id = await begin(circle, script("asked", say="What do you think?"))
    await circle.ben.says("Here.", circle.hall)
    circle.platform.disconnect()
    await circle.ben.says("Away.", circle.hall)
    circle.platform.reconnect()
    await circle.agent.handle(GapEnded(circle.platform.name))
    await circle.clock.advance(60)
    await circle.settle()
    assert [each[1] for each in await heard(circle, id, "said")] == ["Here.", "Away."]


async def test_whoever_leaves_the_space_leaves_its_sessions(circle: Circle) -> None:
    people = await ids(circle)
    id = await begin(circle, script("asked", say="What do you think?"))
    await happens(circle, id, Joined(people["Ben"]))
    await happens(circle, id, Joined(people["Chloé"]))
    await circle.platform.leaves_space(circle.ben.account)
    await circle.settle()
    assert set((await state(circle, id)).people) == {people["Chloé"]}

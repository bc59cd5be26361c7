"""What somebody who comes late is told of a session, and what they are not."""

from datetime import timedelta

import pytest

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.sessions.events import Joined
from learncomm_agent.sessions.running.recaps import Recap, recap
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.storage.database import Connection
from learncomm_agent.testing.community import Circle
from learncomm_agent.writing.items import ItemKind
from tests.sessions.running.conftest import does, happens, ids, script
from tests.sessions.running.test_writing import START, begun, talks


@does
def goes_on(scene: Scene) -> None:
    """Leave what stages leave, then stay for a day."""
    chosen = scene.put("nomination", "Middlemarch")
    scene.remember("goes_on", {"chosen": [chosen.id, 999]})
    scene.put("question", "What stays with you?", fields={"asked": True})
    scene.put("question", "What will be asked tomorrow?")
    scene.put("answer", "I told the leader alone.", by=2)
    scene.put("summary", "Buddies help.", fields={"group": 1})
    at = [scene.now + timedelta(days=each) for each in (-7, 7)]
    scene.remember("meetings", [{"id": "m", "at": each.isoformat()} for each in at])
    scene.end_at(scene.now + timedelta(days=1))


async def recapped(circle: Circle, id: int, member: int, *, is_open: bool = True) -> Recap:
    house, now = circle.agent.house, circle.clock.now()

    def read(conn: Connection) -> Recap:
        row, session = house.sessions.get(conn, id)
        readable = Readable(frozenset({row.room} if is_open else {RoomId(99)}))
        return recap(conn, row, session, member, readable, now)

    return await house.database.read(read)


@pytest.fixture
async def id(circle: Circle) -> int:
    await talks(circle, circle.hall)
    return await begun(circle, script("asks_to_write"), writes=[["summary", {"since": START}]])


async def test_a_draft_is_told_once_it_is_published(circle: Circle, id: int) -> None:
    me = await ids(circle)
    assert not (await recapped(circle, id, me["Ben"])).lines[ItemKind.DECISION]
    await circle.ann.presses("Publish")
    told = (await recapped(circle, id, me["Ben"])).lines
    assert "silent reading" in told[ItemKind.DECISION][0].content["text"]
    assert any("printed copies" in each.content["text"] for each in told[ItemKind.ACTION])
    closed = await recapped(circle, id, me["Ben"], is_open=False)
    assert not closed
    assert (closed.meetings, closed.stage, closed.ends_at) == ((), "", None)


async def test_what_came_of_it_and_what_is_expected(circle: Circle) -> None:
    me = await ids(circle)
    id = await begun(circle, script("goes_on"))
    before = await recapped(circle, id, me["Ben"])
    assert before.is_listening
    await happens(circle, id, Joined(me["Ben"]))
    told = await recapped(circle, id, me["Ben"])
    assert [each.text for each in told.chosen] == ["Middlemarch"]
    assert [each.text for each in told.questions] == ["What stays with you?"]
    assert [each.text for each in told.found] == ["Buddies help."]
    assert told.meetings == (circle.clock.now() + timedelta(days=7),)
    assert (told.stage, told.ends_at) == ("script", circle.clock.now() + timedelta(days=1))
    assert not told.is_listening
    assert "leader alone" not in repr(told)

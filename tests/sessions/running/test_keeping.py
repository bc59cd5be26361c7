"""What members bring to a session comes into the library, shared by them with its room."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.sessions.effects import Keep
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.storage import members
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.storage.schema import resources, rooms, shares
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.web import FakeWeb, html
from tests.sessions.running.conftest import begin, does, heard, ids, script
from tests.sessions.running.test_forgetting import BROUGHT, forgets


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as web:
        yield web


@pytest.fixture
async def circle(data: Path, web: FakeWeb) -> AsyncIterator[Circle]:
    async with Circle(data, web=web) as circle:
        yield circle


@does
def keeps(scene: Scene) -> None:
    for what, text, by, message, fields in BROUGHT:
        scene.put(what, text, by=by, message=message, fields=fields)
    ids = tuple(each.id for each in scene.entries())
    scene.awaited(Keep(scene.number(), "library", (*ids, 999)))
    scene.do(Keep(scene.number(), "library", ids))


async def kept(circle: Circle) -> list[tuple[str, str, int | None]]:
    """What the library holds beside what it began with: title, room and member of each share."""

    def read(conn: Connection) -> list[Any]:
        held = (
            sa.select(resources.c.title, rooms.c.name, shares.c.member_id)
            .join_from(resources, shares)
            .join(rooms, rooms.c.id == shares.c.room_id)
            .order_by(resources.c.title)
        )
        return [tuple(row) for row in conn.execute(held)]

    return await circle.agent.house.database.read(read)


async def test_links_and_notes_are_kept_once_by_whoever_brought_them(
    circle: Circle, web: FakeWeb
) -> None:
    web.put("/owls", html("Owls hear a mouse under snow.", title="Owls"))
    me = await ids(circle)
    house = circle.agent.house
    await house.database.write(
        lambda conn: members.set_consent(conn, MemberId(me["Chloé"]), Consent.OUT)
    )
    BROUGHT[:] = [
        ("link", f"{web.address('/owls')} on how they hunt", me["Ben"], None, {}),
        ("idea", "Read aloud, and slowly.", me["Ben"], None, {}),
        ("idea", "Let us plant a hedge.", None, None, {}),
        ("idea", "This is not to be kept.", me["Chloé"], None, {}),
    ]
    id = await begin(circle, script("keeps"))
    found = await kept(circle)
    assert found == [
        ("Let us plant a hedge.", "hall", None),
        ("Owls", "hall", me["Ben"]),
        ("Read aloud, and slowly.", "hall", me["Ben"]),
    ]
    assert [each[1:] for each in await heard(circle, id, "done")] == [[{"kept": 3}, False]]
    assert "under snow" in await circle.ann.asks("search owls mouse", circle.hall)
    assert await house.database.read(dead_letters) == []
    await forgets(circle, circle.ben, "forget")
    assert [each[0] for each in await kept(circle)] == ["Let us plant a hedge."]


async def test_what_cant_be_fetched_holds_nothing_up(circle: Circle, web: FakeWeb) -> None:
    me = await ids(circle)
    BROUGHT[:] = [
        ("link", web.address("/missing"), me["Ben"], None, {}),
        ("link", "http://169.254.169.254/latest", me["Ben"], None, {}),
        ("idea", "\u200b", me["Ben"], None, {}),
    ]
    id = await begin(circle, script("keeps"))
    assert await kept(circle) == []
    assert len(await heard(circle, id, "done")) == 1
    assert await circle.agent.house.database.read(dead_letters) == []

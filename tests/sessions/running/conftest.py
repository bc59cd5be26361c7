"""A circle of people around an agent that runs sessions, and a stage kind that does what a test says."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.sessions import kinds
from learncomm_agent.sessions.events import Begun, Done, Event, Joined, Said
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.kind import Kind, Param, ParamKind
from learncomm_agent.sessions.state import Plan, Session
from learncomm_agent.storage.database import Connection
from learncomm_agent.testing.community import Circle, Person

DOES: dict[str, Callable[[Scene], None]] = {}
"""What a stage of the kind `script` does as it begins, by the name that its parameter `do` gives."""
HEARS: dict[str, Callable[[Scene, Event], None]] = {}
"""What it does when it hears something."""


def does(do: Callable[[Scene], None]) -> Callable[[Scene], None]:
    """Let scripts do this by its name."""
    DOES[do.__name__] = do
    return do


class Script(Kind):
    """Does what a test says, keeps what it hears, and stays."""

    name = "script"
    params = (Param("do", ParamKind.TEXT),)
    sayings: ClassVar[Mapping[str, str]] = {
        "say": "",
        "safe": "session.resumed_all",
        "title": "",
        "here": "",
    }
    is_active = False

    def enter(self, scene: Scene) -> None:
        DOES[str(scene.param("do"))](scene)

    def hear(self, scene: Scene, event: Event) -> bool:
        match event:
            case Done():
                heard: Any = ["done", event.effect, dict(event.result), event.is_failed]
            case Said():
                answered = {"to": event.reply_to, "post": event.post, "group": event.group}
                heard = ["said", event.member, event.text, answered, dict(event.remark)]
            case Joined():
                heard = ["joined", event.member]
            case _:
                heard = [event.kind]
        scene.data["heard"] = [*scene.data.get("heard", []), heard]
        if (also := HEARS.get(str(scene.param("do")))) is not None:
            also(scene, event)
        return True


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_OURS", (*kinds._OURS, Script()))


@pytest.fixture
async def circle(data: Path) -> AsyncIterator[Circle]:
    async with Circle(data) as circle:
        yield circle


def script(do: str, **words: str) -> Stage:
    return Stage("script", do, {"do": do}, words)


async def ids(circle: Circle) -> dict[str, int]:
    """The members of the circle by their names, made known."""
    house, community = circle.agent.house, circle.agent.community.id

    def write(conn: Connection) -> dict[str, int]:
        people = (circle.ann, circle.ben, circle.chloe)
        return {
            each.name: house.directory.account(conn, community, each.account).member
            for each in people
        }

    return await house.database.write(write)


async def begin(circle: Circle, *stages: Stage, room: RoomRef | None = None, **plan: Any) -> int:
    """Begin a session of these stages, led by Ann, and return its number."""
    house, community = circle.agent.house, circle.agent.community.id
    lead = (await ids(circle))["Ann"]
    where = circle.platform.network.rooms[room or circle.hall]

    def write(conn: Connection) -> int:
        known = house.directory.room(conn, where)
        made = Plan("test", plan.pop("title", "Book club"), stages, seed=7, **plan)
        id = house.sessions.plan(conn, community, known.id, made, lead)
        house.sessions.apply(conn, id, Begun())
        return id

    id = await house.database.write(write)
    await circle.settle()
    return id


async def happens(circle: Circle, id: int, event: Event) -> None:
    """Let something happen to a session."""
    house = circle.agent.house
    await house.database.write(lambda conn: house.sessions.apply(conn, id, event))
    await circle.settle()


async def state(circle: Circle, id: int) -> Session:
    house = circle.agent.house
    return (await house.database.read(lambda conn: house.sessions.get(conn, id)))[1]


async def heard(circle: Circle, id: int, what: str) -> list[Any]:
    """What the script that runs heard of a kind."""
    standing = (await state(circle, id)).standing
    assert standing is not None
    return [each[1:] for each in standing.data.get("heard", []) if each[0] == what]


def texts(person: Person, room: RoomRef) -> list[str]:
    return [post.text for post in person.seen_in(room)]

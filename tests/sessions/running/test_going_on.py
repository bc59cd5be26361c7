"""Nothing that is slow, gone or put off holds a session up, or is said when nobody needs it any more."""

import asyncio
from typing import Any

import pytest

from learncomm_agent.chat.events import GapEnded
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.errors import StorageError
from learncomm_agent.sessions.effects import OpenGroup, Write
from learncomm_agent.sessions.events import Act, Entered, Event, Joined, Left, Mode, Steered
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.running.threads import Threads
from learncomm_agent.sessions.running.writing import Writing
from learncomm_agent.sessions.scene import ROOM, Scene, group, member
from learncomm_agent.sessions.state import Group
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.testing.community import Circle
from tests.sessions.running.conftest import (
    HEARS,
    begin,
    does,
    happens,
    heard,
    ids,
    script,
    state,
    texts,
)
from tests.sessions.running.test_writing import until

# Groups without a thread


@does
def in_one_group(scene: Scene) -> None:
    scene.set_groups((Group(1, (1,)),))
    title = scene.phrase("session.group.title", number=1)
    scene.awaited(OpenGroup(scene.number(), 1, title, (), True))


def to_both(scene: Scene, event: Event) -> None:
    if isinstance(event, Entered):
        scene.post(group(1), scene.say("say"))
        scene.post(ROOM, scene.say("here"))


HEARS["in_one_group"] = to_both


@pytest.mark.parametrize("how", ["deleted", "given up"])
async def test_a_group_without_a_thread_holds_nothing_up(
    circle: Circle, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async def fails(*args: Any) -> Any:
        raise StorageError("nothing that passes")

    if how == "given up":
        monkeypatch.setattr(Threads, "carry", fails)
    me = await ids(circle)
    id = await begin(circle, script("in_one_group", say="For the group.", here="For the room."))
    for _ in range(12 if how == "given up" else 0):
        await circle.clock.advance(600)
        await circle.settle()
    if how == "deleted":
        (thread,) = [
            room.ref
            for room in circle.platform.network.rooms.values()
            if room.kind is RoomKind.THREAD
        ]
        await circle.platform.closes(thread)
        await circle.settle()
    else:
        assert await heard(circle, id, "done") == [[1, {"group": 1}, True]]
    await happens(circle, id, Entered(me["Ben"], "x"))
    assert texts(circle.ben, circle.hall)[-1] == "For the room."
    assert len(await circle.agent.house.database.read(dead_letters)) == (how == "given up")


# What takes long


@does
def writes_long(scene: Scene) -> None:
    scene.awaited(Write(scene.number(), "summary", {}))


async def test_what_is_written_for_long_holds_no_post_up(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, began = asyncio.Event(), asyncio.Event()

    async def slow(*args: Any) -> None:
        began.set()
        await gate.wait()

    monkeypatch.setattr(Writing, "carry", slow)
    me, house = await ids(circle), circle.agent.house
    beginning = asyncio.create_task(begin(circle, script("writes_long")))
    await began.wait()
    pause = Steered(me["Ann"], Act.PAUSE)
    await house.database.write(lambda conn: house.sessions.apply(conn, 1, pause))
    await until(lambda: bool(texts(circle.ben, circle.hall)))
    assert not gate.is_set()
    gate.set()
    await beginning


# What waits for the morning


@does
def at_night(scene: Scene) -> None:
    """Wait for the night."""


def by_night(scene: Scene, event: Event) -> None:
    if isinstance(event, Entered) and event.member is not None:
        scene.post(member(event.member), scene.say("say"), is_humane=True)
        scene.post(ROOM, scene.say("here"), is_humane=True)
        scene.post(ROOM, scene.say("safe"))


HEARS["at_night"] = by_night


@pytest.mark.parametrize(
    ("meanwhile", "is_told", "is_said"),
    [
        (None, True, True),
        (Steered(0, Act.END), False, False),
        (Steered(0, Act.NEXT), False, False),
        (Left(0), False, True),
        (Joined(0, Mode.LISTEN), False, True),
        (Joined(0, Mode.QUIET), False, True),
    ],
)
async def test_what_is_put_off_until_the_morning_is_looked_at_again(
    circle: Circle, meanwhile: Any, *, is_told: bool, is_said: bool
) -> None:
    me = await ids(circle)
    words = {"say": "For Ben.", "here": "For all, by day.", "safe": "At once."}
    stages = (script("at_night", **words), script("resting"))
    id = await begin(circle, *stages, zone="UTC")
    await happens(circle, id, Joined(me["Ben"]))
    await circle.clock.advance(14 * 3600)  # eleven in the evening
    await happens(circle, id, Entered(me["Ben"], "x"))
    # What follows does not wait for it.
    assert texts(circle.chloe, circle.hall) == ["At once."]
    if meanwhile is not None:
        who = me["Ann"] if isinstance(meanwhile, Steered) else me["Ben"]
        kind = type(meanwhile)
        rest = meanwhile.act if isinstance(meanwhile, Steered) else getattr(meanwhile, "mode", None)
        await happens(circle, id, kind(who) if rest is None else kind(who, rest))
    await circle.clock.advance(10.5 * 3600)  # half past nine
    await circle.settle()
    assert ("For Ben." in [each.text for each in circle.ben.answers()]) is is_told
    assert ("For all, by day." in texts(circle.chloe, circle.hall)) is is_said
    assert await circle.agent.house.database.read(dead_letters) == []


@does
def resting(scene: Scene) -> None:
    """Stay as it is."""


# What was said before


@pytest.mark.parametrize("since", ["session", "stage"])
async def test_what_was_said_before_and_missed_does_not_count(circle: Circle, since: str) -> None:
    me = await ids(circle)
    links = Stage("collect", "links", {"what": "link", "hears": True, "for": 86400.0})
    stages = [script("resting")] if since == "session" else [script("resting"), links]
    await circle.ben.says("Hello.", circle.hall)
    id = 0
    if since == "stage":
        id = await begin(circle, *stages)
    circle.platform.disconnect()
    await circle.ben.says("Before: https://example.org/before", circle.hall)
    await circle.clock.advance(3600)
    circle.platform.reconnect()
    if since == "stage":
        await happens(circle, id, Steered(me["Ann"], Act.NEXT))
    else:
        id = await begin(circle, *stages)
    await circle.agent.handle(GapEnded(circle.platform.name))
    await circle.clock.advance(60)
    await circle.settle()
    await circle.ben.says("Now: https://example.org/now", circle.hall)
    now = ["Now: https://example.org/now"]
    if since == "session":
        assert [each[1] for each in await heard(circle, id, "said")] == now
    else:
        assert [each.text for each in (await state(circle, id)).entries.values()] == now

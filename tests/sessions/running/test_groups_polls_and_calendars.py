"""What sessions do with a platform's own threads, polls and calendar, and where there are none."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from learncomm_agent import house_sessions
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.messages import MessageRef, RoomKind, RoomRef
from learncomm_agent.errors import DisconnectedError, UsageError
from learncomm_agent.sessions.effects import BringIn, Calendar, CountPoll, OpenGroup, OpenPoll
from learncomm_agent.sessions.events import Done, Event, Joined, Left
from learncomm_agent.sessions.running import polls
from learncomm_agent.sessions.running.carrying import Carrier, Carrying
from learncomm_agent.sessions.running.sessions import Sessions
from learncomm_agent.sessions.scene import ROOM, Scene, group
from learncomm_agent.sessions.state import Group, Session
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Database
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.storage.sessions import Row
from learncomm_agent.testing.community import Circle, Gathering
from learncomm_agent.work import Commit, Work
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


@does
def grouped(scene: Scene) -> None:
    """Put Ben into a group once he has joined; bring in whoever joins later."""


def open_group(scene: Scene, event: Event) -> None:
    if isinstance(event, Done) and event.is_failed:
        scene.post(ROOM, scene.say("here"))
    if not isinstance(event, Joined):
        return
    if scene.session.groups:
        (one,) = scene.session.groups
        scene.set_groups((replace(one, members=(*one.members, event.member)),))
        scene.do(BringIn(scene.number(), 1, (event.member,)))
        return
    scene.set_groups((Group(1, (event.member,)),))
    is_private = scene.param("is_private", "yes") == "yes"
    title = scene.say("title")
    scene.awaited(OpenGroup(scene.number(), 1, title, (event.member,), is_private))
    scene.post(group(1), scene.say("say"))


HEARS["grouped"] = open_group


def grouped_script(is_private: str = "yes") -> Any:
    made = script(
        "grouped", title="Group 1: **deep**", say="This is your task.", here="Here, then."
    )
    return replace(made, params={**made.params, "is_private": is_private})


def threads(circle: Circle) -> list[RoomRef]:
    rooms = circle.platform.network.rooms.values()
    return [room.ref for room in rooms if room.kind is RoomKind.THREAD]


async def test_a_private_thread_has_its_members_alone_and_is_read(circle: Circle) -> None:
    people = await ids(circle)
    id = await begin(circle, grouped_script())
    await happens(circle, id, Joined(people["Ben"]))
    (thread,) = threads(circle)
    network = circle.platform.network
    assert network.rooms[thread].name == "Group 1: deep"
    assert network.members(thread) == frozenset({circle.ben.account.ref})
    (done,) = await heard(circle, id, "done")
    assert (done[1]["group"], done[2]) == (1, False)
    assert (await state(circle, id)).groups[0].is_open
    assert "This is your task." in texts(circle.ben, thread)
    assert any("I read this room" in text for text in texts(circle.ben, thread))
    assert texts(circle.ben, circle.hall) == []
    await happens(circle, id, Joined(people["Chloé"]))
    assert network.members(thread) == frozenset({circle.ben.account.ref, circle.chloe.account.ref})
    await circle.ben.says("I would begin with the end.", thread)
    await circle.clock.advance(60)
    await circle.settle()
    (said,) = await heard(circle, id, "said")
    assert said[:2] == [people["Ben"], "I would begin with the end."]
    assert said[2]["group"] == 1


async def test_a_public_thread_is_read_as_its_room_is(circle: Circle) -> None:
    people = await ids(circle)
    await circle.ann.asks("read on", circle.lounge)
    id = await begin(circle, grouped_script("no"), room=circle.lounge)
    await happens(circle, id, Joined(people["Ben"]))
    (thread,) = threads(circle)
    assert circle.platform.network.rooms[thread].parent == circle.lounge
    assert texts(circle.chloe, thread) == ["This is your task."]
    await circle.chloe.says("May I listen?", thread)
    ((who, _, answered, _),) = await heard(circle, id, "said")
    assert (who, answered["group"]) == (people["Chloé"], 1)


async def test_of_a_group_whoever_cant_be_brought_in_is_left_out(circle: Circle) -> None:
    people = await ids(circle)
    id = await begin(circle, grouped_script(), room=circle.den)
    await happens(circle, id, Joined(people["Chloé"]))  # who does not read the den
    (thread,) = threads(circle)
    assert circle.platform.network.members(thread) == frozenset()
    assert (await state(circle, id)).groups[0].is_open


@pytest.mark.parametrize("is_private", ["yes", "no"])
async def test_without_threads_a_session_is_told_so(circle: Circle, is_private: str) -> None:
    away = "private_threads" if is_private == "yes" else "threads"
    circle.platform.can = replace(circle.platform.can, **{away: Level.FALLBACK})
    people = await ids(circle)
    id = await begin(circle, grouped_script(is_private))
    await happens(circle, id, Joined(people["Ben"]))
    assert threads(circle) == []
    (done,) = await heard(circle, id, "done")
    assert done[1:] == [{"group": 1}, True]
    # What is for a group alone is not said to all, and is in nobody's way.
    assert [post.text for post in circle.platform.posts] == ["Here, then."]
    assert await circle.agent.house.database.read(dead_letters) == []


BOOKS = ["Middlemarch", "Moby Dick"]


@does
def polled(scene: Scene) -> None:
    for text in BOOKS:
        scene.put("nomination", text)
    options = tuple(each.id for each in scene.entries())
    closes_at = scene.now + timedelta(days=2)
    poll = OpenPoll(scene.number(), scene.say("say"), options, closes_at, True)
    scene.data["poll"] = scene.awaited(poll).id


def count(scene: Scene, event: Event) -> None:
    if isinstance(event, Joined):
        options = tuple(each.id for each in scene.entries())
        scene.awaited(CountPoll(scene.number(), scene.data["poll"], options))


HEARS["polled"] = count


async def test_a_poll_is_opened_and_counted_by_members(circle: Circle) -> None:
    people = await ids(circle)
    id = await begin(circle, script("polled", say="Which *one*, {{ lead }}?"))
    (post,) = circle.platform.posts
    assert post.poll is not None
    assert post.poll.question == "Which one, Ann?"
    one, other = (each.id for each in post.poll.options)
    stranger = circle.platform.add_account("Noor")
    await circle.platform.votes_for(circle.ben.account, one, post.ref)
    await circle.platform.votes_for(circle.ben.account, other, post.ref)
    await circle.platform.votes_for(circle.chloe.account, other, post.ref)
    await circle.platform.votes_for(stranger, other, post.ref)
    await circle.chloe.sends("me", circle.hall, consent="out")
    await happens(circle, id, Joined(people["Ben"]))
    opened, counted = await heard(circle, id, "done")
    assert opened[1:] == [{}, False]
    votes = counted[1]["votes"]
    assert votes.pop(str(people["Ben"])) == [int(one), int(other)]
    assert str(people["Chloé"]) not in votes  # nothing of hers is to be kept
    assert list(votes.values()) == [[int(other)]]
    marked = lambda conn: stored.marked(conn, id, "poll:3")  # noqa: E731
    assert await circle.agent.house.database.read(marked) is None


async def test_a_poll_that_is_given_up_lets_the_session_go_on_without(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*args: Any, **kwargs: Any) -> MessageRef:
        raise UsageError("nothing that a platform says")

    monkeypatch.setattr(circle.platform, "open_poll", refuses)
    id = await begin(circle, script("polled", say="Which one?"))
    assert [each[1:] for each in await heard(circle, id, "done")] == [[{}, True]]


async def test_what_is_too_long_for_a_poll_is_cut_and_told_apart(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "A walk through the fields and the hills of the far north, volume"
    monkeypatch.setattr(sys.modules[__name__], "BOOKS", [f"{long} one", "Short", f"{long} two"])
    await begin(circle, script("polled", say="Which one?"))
    (post,) = circle.platform.posts
    assert post.poll is not None
    labels = [each.label for each in post.poll.options]
    cut = "A walk through the fields and the hills of the …"
    assert labels == [f"1. {cut}", "2. Short", f"3. {cut}"]
    assert max(map(len, labels)) <= polls.OPTION_CHARS


@pytest.mark.parametrize("way", ["none", "too many"])
async def test_without_polls_a_session_is_told_so(circle: Circle, way: str) -> None:
    lacks: dict[str, Any] = {"polls": Level.FALLBACK} if way == "none" else {"max_poll_options": 1}
    circle.platform.can = replace(circle.platform.can, **lacks)
    people = await ids(circle)
    id = await begin(circle, script("polled", say="Which one?"))
    await happens(circle, id, Joined(people["Ben"]))
    assert [each[1:] for each in await heard(circle, id, "done")] == [[{}, True]] * 2
    assert circle.platform.posts == []


@does
def meeting(scene: Scene) -> None:
    _meet(scene, days=1, sequence=0)


def moved(scene: Scene, event: Event) -> None:
    _meet(scene, days=2, sequence=1, is_cancelled=isinstance(event, Left))


def _meet(scene: Scene, *, days: int, sequence: int, is_cancelled: bool = False) -> None:
    at = scene.now + timedelta(days=days)
    title = scene.phrase("session.meeting_title", number=1, count=2)
    end = at + timedelta(hours=1)
    scene.do(Calendar(scene.number(), "1", title, at, end, sequence, is_cancelled))


HEARS["meeting"] = moved


@pytest.mark.parametrize("is_taken_out", [False, True])
async def test_a_meeting_stands_in_the_calendar_moves_and_goes(
    circle: Circle, is_taken_out: bool
) -> None:
    people, calendar = await ids(circle), circle.platform.network.calendar
    id = await begin(circle, script("meeting"))
    ((_, event),) = calendar.values()
    assert event.title == "Book club, meeting 1"
    assert event.where == "hall"
    if is_taken_out:
        calendar.clear()
    await happens(circle, id, Joined(people["Ben"]))
    ((_, event),) = calendar.values()
    assert event.begins_at == circle.clock.now() + timedelta(days=2)
    await happens(circle, id, Left(people["Ben"]))
    assert calendar == {}


async def test_nothing_of_a_room_that_not_all_may_read_stands_in_the_calendar_of_all(
    circle: Circle,
) -> None:
    await begin(circle, script("meeting"), room=circle.den)
    assert circle.platform.network.calendar == {}


async def test_without_a_calendar_nothing_is_amiss(circle: Circle) -> None:
    circle.platform.can = replace(circle.platform.can, scheduled_events=Level.FALLBACK)
    await begin(circle, script("meeting"))
    assert circle.platform.network.calendar == {}
    assert await circle.agent.house.database.read(dead_letters) == []


@does
def everything(scene: Scene) -> None:
    scene.post(ROOM, scene.say("say"), pins=True)
    polled(scene)
    meeting(scene)
    ann = scene.session.lead
    scene.set_groups((Group(1, (ann,)),))
    scene.awaited(OpenGroup(scene.number(), 1, scene.say("say"), (ann,), True))
    scene.post(group(1), scene.say("say"))
    scene.post(ROOM, scene.say("say"))


class Crashing(Mapping[str, Carrier]):
    """Carriers that do each thing, and are gone before that is kept; the second time it stays."""

    done: ClassVar[set[int]] = set()

    def __init__(self, carriers: Mapping[str, Carrier]) -> None:
        self._carriers = carriers

    def __getitem__(self, kind: str) -> Carrier:
        inner, done = self._carriers[kind], self.done

        class Once:
            async def carry(self, row: Row, session: Session, effect: Any) -> Commit | None:
                commit = await inner.carry(row, session, effect)
                if effect.id not in done:
                    done.add(effect.id)
                    raise DisconnectedError("gone")
                return commit

        return Once()

    def __iter__(self) -> Iterator[str]:
        return iter(self._carriers)

    def __len__(self) -> int:
        return len(self._carriers)


async def test_across_restarts_nothing_is_done_twice(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each effect is carried out and lost, each post is sent and reported lost; then the agent starts anew."""

    def crashing(
        database: Database, work: Work, sessions: Sessions, carriers: Mapping[str, Carrier]
    ) -> Carrying:
        return Carrying(database, work, sessions, Crashing(carriers))

    monkeypatch.setattr(house_sessions, "Carrying", crashing)
    Crashing.done.clear()
    async with Circle(data) as circle:
        platform, clock = circle.platform, circle.clock
        platform.lose_connection(after_delivery=True)
        id = await begin(circle, script("everything", say="Once."))
    for _ in range(9):
        platform.lose_connection(after_delivery=True)
        async with Gathering(data, platform=platform, clock=clock):
            pass
    platform._faults.clear()
    async with Gathering(data, platform=platform, clock=clock) as again:
        for _ in range(9):
            await clock.advance(60)
            await again.settle()
        house = again.agent.house
        assert await house.database.read(dead_letters) == []
        _, session = await house.database.read(lambda conn: house.sessions.get(conn, id))
    found = [
        (platform.network.rooms[post.ref.room].name, "poll" if post.poll else post.text[:8])
        for post in platform.posts
    ]
    assert sorted(found) == [
        ("Once.", "From now"),
        ("Once.", "Once."),
        *[("hall", "Once.")] * 2,
        ("hall", "poll"),
    ]
    assert len(platform.network.calendar) == 1
    opened = [each for each in platform.network.rooms.values() if each.kind is RoomKind.THREAD]
    assert len(opened) == 1
    assert len(Crashing.done) == 6  # three posts, a poll, a meeting and a thread
    assert session.awaits == {}

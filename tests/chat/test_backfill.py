"""What stood in a room before, or was missed, is read from where reading had come to: all of it, and once."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.events import Event, GapEnded, MessagePosted, RoomChanged
from learncomm_agent.chat.messages import MessageRef, RoomKind, RoomRef
from learncomm_agent.chat.rereading import RECENT, SLOT
from learncomm_agent.errors import DisconnectedError, RateLimitedError, RoomGoneError
from learncomm_agent.storage import cursors
from learncomm_agent.storage.cursors import Cursor
from learncomm_agent.storage.schema import messages
from learncomm_agent.storage.schema import rooms as room_rows
from learncomm_agent.testing.community import Circle, Person

DAY = 86_400
Change = Callable[[list[Event]], Iterable[Event]]


@pytest.fixture
async def circle(tmp_path: Path) -> AsyncIterator[Circle]:
    async with Circle(tmp_path / "data") as circle:
        yield circle


def old_hand(circle: Circle) -> Person:
    """Somebody who was there long before, and has seen every notice."""
    since = circle.clock.now() - timedelta(days=365)
    return Person(circle, circle.platform.add_account("Olga", since=since))


async def past(circle: Circle, who: Person, room: RoomRef, count: int) -> list[str]:
    """Let somebody write a lot in a room, a second apart, and return the ids."""
    network, clock = circle.platform.network, circle.clock
    begun = clock.now()
    ids = []
    for n in range(count):
        at = begun + timedelta(seconds=n)
        ids.append(network.add_post(room, who.account.ref, f"Said {n}.", at).ref.id)
    await clock.advance(count)
    return ids


async def kept(circle: Circle, room: RoomRef) -> list[str]:
    """The ids of what is kept of a room, in the order in which they came in."""
    found = (
        sa.select(messages.c.platform_id)
        .join(room_rows)
        .where(room_rows.c.platform_id == room.id, messages.c.state == "kept")
    )
    read = circle.agent.house.database.read
    return await read(lambda conn: list(conn.execute(found.order_by(messages.c.id)).scalars()))


async def cursor(circle: Circle, room: RoomRef) -> Cursor:
    def read(conn: sa.Connection) -> Cursor | None:
        id = conn.execute(sa.select(room_rows.c.id).where(room_rows.c.platform_id == room.id))
        return cursors.get(conn, id.scalar_one())

    found = await circle.agent.house.database.read(read)
    assert found is not None
    return found


def count_calls(circle: Circle, change: Change = lambda events: events) -> list[Any]:
    """Note from where each history is read from now on, and let it be told otherwise."""
    calls: list[Any] = []
    history = circle.platform.history

    async def told(room: RoomRef, after: Any) -> AsyncIterator[Event]:
        calls.append(after)
        events = [event async for event in history(room, after)]
        for event in change(events):
            yield event

    circle.platform.history = told  # type: ignore[method-assign]
    return calls


async def ends_gap(circle: Circle) -> None:
    circle.platform.reconnect()
    await circle.agent.handle(GapEnded(circle.platform.name))
    await circle.settle()


@pytest.mark.parametrize(
    ("since", "count"), [("now", 0), ("month", 3), ("all", 6), ("2026-01-04", 3)]
)
async def test_a_room_is_read_from_when_the_leader_says(
    circle: Circle, since: str, count: int
) -> None:
    olga = old_hand(circle)
    long_ago = await past(circle, olga, circle.lounge, 3)
    await circle.clock.advance(60 * DAY)
    recent = await past(circle, olga, circle.lounge, 3)
    await circle.clock.advance(DAY)
    if since.startswith("2026"):
        since = f"{circle.clock.now() - timedelta(days=2):%Y-%m-%d}"
    await circle.ann.sends("read", circle.lounge, switch="on", since=since)
    expected = [*long_ago, *recent][6 - count :]
    assert await kept(circle, circle.lounge) == expected
    notice = circle.platform.seen_by(olga.account, circle.lounge)[-1].text
    assert ("I also keep" in notice) == bool(count)
    # Nothing comes of it later either.
    await circle.clock.advance(SLOT.total_seconds())
    await ends_gap(circle)
    assert await kept(circle, circle.lounge) == expected


async def test_what_others_wrote_who_were_not_told_is_left_out(circle: Circle) -> None:
    olga = old_hand(circle)
    await past(circle, circle.ben, circle.lounge, 2)  # since when he is here, nobody knows
    told = await past(circle, olga, circle.lounge, 2)
    await circle.ann.sends("read", circle.lounge, switch="on", since="all")
    assert await kept(circle, circle.lounge) == told
    assert not any("I read" in post.text and post.private_to for post in circle.ben.answers())


async def test_threads_are_read_as_far_back_as_their_room(circle: Circle) -> None:
    olga, network = old_hand(circle), circle.platform.network
    branch = network.add_room("branch", None, kind=RoomKind.THREAD, parent=circle.lounge)
    await circle.agent.handle(RoomChanged(branch))
    ids = await past(circle, olga, branch.ref, 2)
    await circle.ann.sends("read", circle.lounge, switch="on", since="all")
    assert await kept(circle, branch.ref) == ids
    # One that was opened meanwhile is found by its name alone.
    circle.platform.disconnect()
    late = network.add_room("late", None, kind=RoomKind.THREAD, parent=circle.lounge)
    ids = await past(circle, olga, late.ref, 2)
    circle.platform.reconnect()
    await circle.agent.handle(RoomChanged(late))
    await circle.settle()
    assert await kept(circle, late.ref) == ids


async def test_after_a_gap_only_rooms_with_something_new_are_asked_for_it(circle: Circle) -> None:
    await circle.ben.says("In the hall.", circle.hall)
    await circle.ben.says("In the den.", circle.den)
    await circle.clock.advance(RECENT.total_seconds() + SLOT.total_seconds())
    await ends_gap(circle)
    await circle.clock.advance(SLOT.total_seconds())
    circle.platform.disconnect()
    missed = await past(circle, circle.ben, circle.hall, 1)
    calls = count_calls(circle)
    await ends_gap(circle)
    # Both are compared, but one alone had to be caught up with.
    assert [isinstance(each, MessageRef) for each in calls] == [True, False, False]
    assert missed[0] in await kept(circle, circle.hall)
    assert (await cursor(circle, circle.hall)).is_whole


async def test_a_newest_message_that_is_gone_is_looked_for_once(circle: Circle) -> None:
    await circle.ben.says("Stays.", circle.hall)
    await circle.clock.advance(RECENT.total_seconds() + SLOT.total_seconds())
    circle.platform.disconnect()
    (id,) = await past(circle, circle.ben, circle.hall, 1)
    await circle.platform.deletes(circle.ben.account, MessageRef(circle.hall, id))
    calls = count_calls(circle)
    for _ in range(3):
        await ends_gap(circle)
        await circle.clock.advance(SLOT.total_seconds())
    assert sum(isinstance(each, MessageRef) for each in calls) == 1
    assert (await cursor(circle, circle.hall)).read_to == id


async def test_what_came_after_the_gap_does_not_hide_what_was_missed_in_it(circle: Circle) -> None:
    await circle.ben.says("Before.", circle.hall)
    circle.platform.disconnect()
    missed = await past(circle, circle.ben, circle.hall, 3)
    await circle.clock.advance(20 * DAY)
    circle.platform.reconnect()
    await circle.ben.says("Back, and nobody knows of the gap yet.", circle.hall)
    await ends_gap(circle)
    assert set(missed) <= set(await kept(circle, circle.hall))


@pytest.mark.slow
async def test_ten_thousand_messages_come_in_once_each_and_in_order(circle: Circle) -> None:
    ids = await past(circle, old_hand(circle), circle.lounge, 10_000)
    await circle.ann.sends("read", circle.lounge, switch="on", since="all")
    assert await kept(circle, circle.lounge) == ids


@pytest.mark.parametrize(
    "error",
    [RateLimitedError("too quick", retry_after_s=60), DisconnectedError("cut")],
)
async def test_a_reading_that_is_broken_off_goes_on_where_it_was(
    circle: Circle, error: RateLimitedError | DisconnectedError
) -> None:
    ids = await past(circle, old_hand(circle), circle.lounge, 250)
    circle.platform.fail_history(error, after=230)
    await circle.ann.sends("read", circle.lounge, switch="on", since="all")
    assert len(await kept(circle, circle.lounge)) == 200
    calls = count_calls(circle)
    for _ in range(7):  # a leap over the lease of work that runs would have it run twice
        await circle.clock.advance(10)
        await circle.settle()
    assert await kept(circle, circle.lounge) == ids
    assert set(calls) == {MessageRef(circle.lounge, ids[199])}


async def test_a_room_that_goes_in_the_middle_leaves_what_was_read(circle: Circle) -> None:
    ids = await past(circle, old_hand(circle), circle.lounge, 250)
    circle.platform.fail_history(RoomGoneError("closed"), after=150)
    await circle.ann.sends("read", circle.lounge, switch="on", since="all")
    assert await kept(circle, circle.lounge) == ids[:100]
    assert not (await cursor(circle, circle.lounge)).is_whole


async def test_another_choice_in_the_middle_ends_the_first_reading(circle: Circle) -> None:
    ids = await past(circle, old_hand(circle), circle.lounge, 250)
    circle.platform.fail_history(RateLimitedError("too quick", retry_after_s=60), after=120)
    await circle.ann.sends("read", circle.lounge, switch="on", since="all")
    await circle.ann.sends("read", circle.lounge, switch="off")
    await circle.clock.advance(61)
    await circle.settle()
    assert await kept(circle, circle.lounge) == ids[:100]


def backwards(events: list[Event]) -> Iterable[Event]:
    return reversed(events)


def shuffled(events: list[Event]) -> Iterable[Event]:
    return (*events[1::2], *events[0::2])


def twice(events: list[Event]) -> Iterable[Event]:
    return (each for event in events for each in (event, event))


def nameless(events: list[Event]) -> Iterable[Event]:
    for event in events:
        assert isinstance(event, MessagePosted)
        yield replace(event, author=replace(event.author, name=""))


@pytest.mark.parametrize("change", [backwards, shuffled, twice, nameless])
async def test_a_strange_history_is_kept_whole_all_the_same(circle: Circle, change: Change) -> None:
    ids = await past(circle, old_hand(circle), circle.lounge, 250)
    count_calls(circle, change)
    await circle.ann.sends("read", circle.lounge, switch="on", since="all")
    assert sorted(await kept(circle, circle.lounge)) == sorted(ids)
    found = await cursor(circle, circle.lounge)
    assert found.is_whole
    assert found.read_to == ids[-1]


@pytest.mark.parametrize("change", [backwards, shuffled])
async def test_a_strange_history_that_breaks_off_loses_nothing(
    circle: Circle, change: Change
) -> None:
    ids = await past(circle, old_hand(circle), circle.lounge, 250)
    broken = [True]

    def cut(events: list[Event]) -> Iterable[Event]:
        for n, event in enumerate(change(events)):
            if n == 210 and broken:
                broken.clear()
                raise DisconnectedError("cut")
            yield event

    count_calls(circle, cut)
    await circle.ann.sends("read", circle.lounge, switch="on", since="all")
    await circle.clock.advance(61)
    await circle.settle()
    assert sorted(await kept(circle, circle.lounge)) == sorted(ids)


async def test_what_a_history_tells_of_before_is_not_kept(circle: Circle) -> None:
    olga = old_hand(circle)
    await past(circle, olga, circle.lounge, 2)
    await circle.clock.advance(60 * DAY)
    recent = await past(circle, olga, circle.lounge, 2)
    history = circle.platform.history
    circle.platform.history = lambda room, after: history(room, None)  # type: ignore[method-assign]
    await circle.ann.sends("read", circle.lounge, switch="on", since="month")
    assert await kept(circle, circle.lounge) == recent


async def test_a_live_stream_costs_no_cursor(circle: Circle) -> None:
    await circle.ben.says("One.", circle.hall)
    await ends_gap(circle)
    before = await cursor(circle, circle.hall)
    for n in range(3):
        await circle.ben.says(f"More, {n}.", circle.hall)
    assert await cursor(circle, circle.hall) == before


async def test_who_opted_out_stays_out_of_a_reading_back(circle: Circle) -> None:
    olga = old_hand(circle)
    await past(circle, olga, circle.lounge, 2)
    await olga.sends("me", circle.hall, consent="out")
    await circle.ann.sends("read", circle.lounge, switch="on", since="all")
    assert await kept(circle, circle.lounge) == []


async def test_a_room_that_is_closed_for_a_while_is_caught_up_with_later(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    await circle.ben.says("Before.", circle.hall)
    await circle.clock.advance(RECENT.total_seconds())
    circle.platform.disconnect()
    missed = await past(circle, circle.ben, circle.hall, 2)

    async def unseen(room: RoomRef) -> str | None:
        return None

    with monkeypatch.context() as closed:
        closed.setattr(circle.platform, "newest", unseen)
        for _ in range(2):
            circle.platform.fail_history(RoomGoneError("closed"))
        await ends_gap(circle)
    await circle.clock.advance(20 * DAY)
    await circle.ben.says("Open again.", circle.hall)
    await circle.clock.advance(RECENT.total_seconds())
    assert not set(missed) & set(await kept(circle, circle.hall))
    await ends_gap(circle)
    assert set(missed) <= set(await kept(circle, circle.hall))


async def test_a_thread_that_no_event_told_of_is_read_after_a_gap(circle: Circle) -> None:
    hall, olga = circle.platform.add_room("hall two"), old_hand(circle)
    await circle.ann.sends("read", hall, switch="on")
    circle.platform.disconnect()
    thread = circle.platform.add_room("aside", parent=hall)
    ids = await past(circle, olga, thread, 3)
    circle.platform.reconnect()
    await circle.agent.handle(GapEnded(circle.platform.name))
    await circle.settle()
    assert await kept(circle, thread) == ids

"""After a gap: what was missed is kept, what has gone is forgotten, and nothing is answered twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.events import Event, GapEnded
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.rereading import SLOT, SPAN
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RateLimitedError,
    RoomGoneError,
)
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.storage.schema import messages, resources, work
from learncomm_agent.storage.schema_sources import windows
from learncomm_agent.testing.community import Circle

ASKS = "Where do we meet for the kestrel walk on Sunday, and at what time?"
ANSWERS = "We meet at the old mill by the river, at nine o'clock sharp."
HOUR = 3600


@pytest.fixture
async def circle(data: Path) -> AsyncIterator[Circle]:
    async with Circle(data) as circle:
        yield circle


async def ends_gap(circle: Circle) -> None:
    """Let the platform come back, and everything be read that is to be read now."""
    circle.platform.reconnect()
    await circle.agent.handle(GapEnded(circle.platform.name))
    await circle.settle()


async def states(circle: Circle) -> dict[str, str]:
    """What is kept of each message: its text, or its state where that is another one than kept."""
    found = sa.select(messages.c.platform_id, messages.c.state, messages.c.text)
    rows = await circle.agent.house.database.read(
        lambda conn: conn.execute(found.order_by(messages.c.id)).all()
    )
    return {row[0]: row[2] if row[1] == "kept" else f"({row[1]})" for row in rows}


async def windows_of(circle: Circle) -> list[str]:
    held = sa.select(resources.c.text).join(windows, windows.c.resource_id == resources.c.id)
    return await circle.agent.house.database.read(lambda conn: list(conn.execute(held).scalars()))


async def test_what_was_written_edited_and_deleted_meanwhile_is_followed(circle: Circle) -> None:
    asked = await circle.ben.says(ASKS, circle.hall)
    wrong = await circle.chloe.says("At the station, I think, but who knows.", circle.hall)
    old = await circle.ann.says("This one stays as it is.", circle.hall)
    await circle.clock.advance(30)
    circle.platform.disconnect()
    await circle.chloe.deletes(wrong)
    await circle.ben.edits(asked, "Where do we meet on Sunday?")
    missed = await circle.chloe.says(ANSWERS, circle.hall, reply_to=asked)
    assert (await states(circle))[wrong.id] != "(deleted)"
    await ends_gap(circle)
    assert await states(circle) == {
        asked.id: "Where do we meet on Sunday?",
        wrong.id: "(deleted)",
        old.id: "This one stays as it is.",
        missed.id: ANSWERS,
    }
    # A deletion takes its traces along, here as ever.
    assert await windows_of(circle) == []
    await circle.clock.advance(30)
    await circle.settle()
    (window,) = await windows_of(circle)
    assert ANSWERS in window
    assert "station" not in window


@pytest.mark.parametrize("late_s", [0.0, 0.9])
async def test_near_to_where_reading_began_what_has_gone_is_noticed_and_nothing_else_goes(
    circle: Circle, monkeypatch: pytest.MonkeyPatch, late_s: float
) -> None:
    """Also on a platform that tells its history from whole seconds on."""
    tells = circle.platform.history

    def rounded(room: RoomRef, after: MessageRef | datetime | None) -> AsyncIterator[Event]:
        if isinstance(after, datetime):
            after = after.replace(microsecond=0) + timedelta(seconds=1)
        return tells(room, after)

    monkeypatch.setattr(circle.platform, "history", rounded)
    await circle.clock.advance(0.3)
    before = await circle.platform.says(circle.ben.account, circle.lounge, "Nobody told me.")
    await circle.ann.asks("read on", circle.lounge)
    await circle.clock.advance(late_s)
    says = circle.platform.says
    stays = await says(circle.ben.account, circle.lounge, "We meet at the mill.")
    goes = await says(circle.ben.account, circle.lounge, "No, at the station.")
    await circle.settle()
    circle.platform.disconnect()
    await circle.platform.deletes(circle.ben.account, goes)
    await ends_gap(circle)
    found = await states(circle)
    assert (found[stays.id], found[goes.id]) == ("We meet at the mill.", "(deleted)")
    assert before.id not in found


async def test_reading_again_changes_nothing_where_nothing_has_changed(circle: Circle) -> None:
    first = await circle.ben.says(ASKS, circle.hall)
    await circle.ben.edits(first, ASKS + " Please.")
    await circle.clock.advance(30)
    await circle.settle()
    before = await states(circle), await windows_of(circle)
    for _ in range(3):
        await circle.clock.advance(SLOT.total_seconds())
        await ends_gap(circle)
        waiting = await circle.agent.house.database.read(
            lambda conn: conn.execute(sa.select(work.c.name).where(work.c.name == "windows")).all()
        )
        assert waiting == []
        assert (await states(circle), await windows_of(circle)) == before


@pytest.mark.parametrize(
    ("error", "after"),
    [
        (DisconnectedError("cut"), 0),
        (DisconnectedError("cut"), 2),
        (RateLimitedError("too quick", retry_after_s=60), 1),
        (PlatformError("a mistake of the server"), 1),
        (RoomGoneError("closed"), 1),
        (NotPermittedError("not yours"), 0),
    ],
)
async def test_whatever_breaks_reading_off_nothing_counts_as_deleted(
    circle: Circle, error: PlatformError, after: int
) -> None:
    said = [await circle.ben.says(f"{ASKS} {n}", circle.hall) for n in range(3)]
    circle.platform.disconnect()
    await circle.ben.deletes(said[1])
    circle.platform.fail_history(error, after=after)
    if isinstance(error, RoomGoneError | NotPermittedError):  # so it is for whoever asks again
        circle.platform.fail_history(error, after=after)
    await ends_gap(circle)
    assert "(deleted)" not in (await states(circle)).values()
    assert await circle.agent.house.database.read(dead_letters) == []
    # Then it is tried again, where that may help; else with the next gap.
    await circle.clock.advance(SLOT.total_seconds() * 2)
    await ends_gap(circle)
    await circle.clock.advance(SLOT.total_seconds())
    await circle.settle()
    found = await states(circle)
    assert [found[each.id] == "(deleted)" for each in said] == [False, True, False]


async def test_a_room_that_is_closed_is_left_as_it_was(circle: Circle) -> None:
    said = await circle.ben.says(ASKS, circle.hall)
    circle.platform.disconnect()
    await circle.platform.closes(circle.hall)
    await ends_gap(circle)
    assert await states(circle) == {said.id: ASKS}


async def test_a_room_of_which_nothing_is_left_is_empty_here_too(circle: Circle) -> None:
    said = [await circle.ben.says(f"{ASKS} {n}", circle.hall) for n in range(2)]
    circle.platform.disconnect()
    for each in said:
        await circle.ben.deletes(each)
    await ends_gap(circle)
    assert set((await states(circle)).values()) == {"(deleted)"}


async def test_only_the_last_seven_days_are_compared(circle: Circle) -> None:
    ancient = await circle.ben.says(
        "From long ago, and nobody knows whether it stands.", circle.hall
    )
    await circle.clock.advance(SPAN.total_seconds())
    recent = await circle.ben.says(ASKS, circle.hall)
    circle.platform.disconnect()
    await circle.ben.deletes(ancient)
    await circle.ben.deletes(recent)
    await ends_gap(circle)
    found = await states(circle)
    assert found[recent.id] == "(deleted)"
    assert found[ancient.id].startswith("From long ago")


async def test_what_was_asked_in_the_gap_is_answered_once_and_only_if_it_is_fresh(
    circle: Circle,
) -> None:
    await circle.ann.says("So.", circle.hall)
    circle.platform.disconnect()
    await circle.ben.says("@learncomm search open questions", circle.hall)
    await circle.clock.advance(2 * HOUR)
    fresh = await circle.chloe.says("@learncomm search open questions", circle.hall)
    assert circle.ann.answers() == []
    for _ in range(3):
        await ends_gap(circle)
        await circle.clock.advance(SLOT.total_seconds())
        await circle.settle()
    (answer,) = circle.ann.answers()
    assert answer.message.reply_to == fresh


async def test_nobody_is_answered_twice_whose_message_came_before_the_gap(circle: Circle) -> None:
    await circle.chloe.asks("search open questions", circle.hall)
    assert len(circle.ann.answers()) == 1
    await ends_gap(circle)
    assert len(circle.ann.answers()) == 1


@pytest.mark.parametrize("is_back", [False, True])
async def test_who_opted_out_stays_counted(circle: Circle, is_back: bool) -> None:
    await circle.chloe.says("Something.", circle.hall)
    await circle.chloe.sends("me", circle.hall, consent="out")
    await circle.chloe.presses("Yes, forget it")
    circle.platform.disconnect()
    out = await circle.chloe.says("Nobody is to keep this.", circle.hall)
    circle.platform.reconnect()
    if is_back:
        await circle.chloe.sends("me", circle.hall, consent="in")
    await ends_gap(circle)
    assert (await states(circle))[out.id] == "(counted)"
    assert "Nobody is to keep this." not in str(await windows_of(circle))


async def test_what_was_written_before_a_room_was_read_is_not_fetched(circle: Circle) -> None:
    before = await circle.ben.says("Nobody told me that this is read.", circle.lounge)
    await circle.ann.asks("read on", circle.lounge)
    after = await circle.ben.says("Now I know.", circle.lounge)
    await circle.ann.asks("read off", circle.lounge)
    between = await circle.ben.says("And now it is off again.", circle.lounge)
    await ends_gap(circle)
    assert not {before.id, between.id} & set(await states(circle))
    await circle.ann.asks("read on", circle.lounge)
    await circle.clock.advance(SLOT.total_seconds())
    await ends_gap(circle)
    found = await states(circle)
    assert not {before.id, between.id} & set(found)
    assert found[after.id] == "Now I know."


async def test_a_storm_of_gaps_reads_a_room_once_a_while_and_misses_none(circle: Circle) -> None:
    read: list[RoomRef] = []
    history = circle.platform.history

    async def counted(room: RoomRef, after: object) -> AsyncIterator[object]:
        read.append(room)
        async for event in history(room, after):  # type: ignore[arg-type]
            yield event

    await circle.ben.says(ASKS, circle.hall)
    circle.platform.history = counted  # type: ignore[method-assign, assignment]
    assert isinstance(circle.platform, Platform)
    missed: list[MessageRef] = []
    for n in range(20):
        circle.platform.disconnect()
        missed.append(await circle.ben.says(f"Missed, number {n}.", circle.hall))
        await ends_gap(circle)
    assert len(read) <= 3
    await circle.clock.advance(SLOT.total_seconds())
    await circle.settle()
    assert len(read) <= 4
    assert {each.id for each in missed} <= set(await states(circle))


async def test_the_agents_own_absence_is_a_gap(data: Path) -> None:
    circle = Circle(data)
    async with circle:
        kept = await circle.ben.says(ASKS, circle.hall)
        gone = await circle.chloe.says("Soon to be gone.", circle.hall)
    await circle.platform.deletes(circle.chloe.account, gone)
    missed = await circle.platform.says(circle.chloe.account, circle.hall, ANSWERS)
    await circle.clock.advance(SLOT.total_seconds())
    again = type(circle.agent)(circle.agent.settings, [circle.platform], clock=circle.clock)
    circle.agent = again
    async with again:
        await circle.settle()
        assert await states(circle) == {kept.id: ASKS, gone.id: "(deleted)", missed.id: ANSWERS}


async def test_a_process_killed_while_it_reads_again_does_it_once_more(data: Path) -> None:
    circle = Circle(data)
    reached = asyncio.Event()
    async with circle:
        said = [await circle.ben.says(f"{ASKS} {n}", circle.hall) for n in range(3)]
        await circle.platform.stop()
        await circle.ben.deletes(said[0])
        history = circle.platform.history

        async def stuck(room: RoomRef, after: object) -> AsyncIterator[object]:
            async for event in history(room, after):  # type: ignore[arg-type]
                yield event
                reached.set()
                await asyncio.Event().wait()

        await circle.platform.start(circle.agent.handle)
        circle.platform.history = stuck  # type: ignore[method-assign, assignment]
        await circle.clock.advance(timedelta(minutes=6).total_seconds())
        await circle.agent.handle(GapEnded(circle.platform.name))
        await reached.wait()
    circle.platform.history = history  # type: ignore[method-assign]
    circle.agent = type(circle.agent)(circle.agent.settings, [circle.platform], clock=circle.clock)
    async with circle.agent:
        await circle.settle()
        found = await states(circle)
        assert [found[each.id] == "(deleted)" for each in said] == [True, False, False]

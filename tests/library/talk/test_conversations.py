"""Chat as knowledge: windows follow the messages of a room, and nothing that is written rests on them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import Account
from learncomm_agent.library.talk import conversations
from learncomm_agent.library.talk import windows as shape
from learncomm_agent.storage import windows as kept
from learncomm_agent.storage.due import waiting
from learncomm_agent.storage.schema import (
    chunks,
    items,
    messages,
    resources,
    rests_on,
    shares,
    state,
    work,
)
from learncomm_agent.storage.schema_sources import window_messages, windows
from learncomm_agent.storage.windows import Day
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.embedder import HashingEmbedder

ASKS = "Where do we meet for the kestrel walk on Sunday, and at what time?"
ANSWERS = "For the kestrel walk we meet at the old mill by the river, at nine o'clock sharp."
WAIT_S = conversations.WAIT.total_seconds() + 1


@pytest.fixture
async def circle(data: Path) -> AsyncIterator[Circle]:
    async with Circle(data, embedder=HashingEmbedder) as circle:
        yield circle


async def later(circle: Circle, seconds: float = WAIT_S) -> None:
    await circle.clock.advance(seconds)
    await circle.settle()


async def read(circle: Circle, statement: sa.Select[Any]) -> list[Any]:
    return await circle.agent.house.database.read(lambda conn: list(conn.execute(statement)))


async def texts(circle: Circle) -> list[str]:
    """What the windows of all rooms say, in order."""
    held = sa.select(resources.c.text).join(windows, windows.c.resource_id == resources.c.id)
    return [row.text for row in await read(circle, held.order_by(resources.c.id))]


async def whole(circle: Circle) -> None:
    """See that nothing is left of windows that are gone, in no table, and vectors are those of chunks."""
    talk = sa.select(resources.c.id).where(resources.c.kind == "conversation")
    ids = {row.id for row in await read(circle, talk)}
    for column in (windows.c.resource_id, window_messages.c.resource_id):
        assert {row[0] for row in await read(circle, sa.select(column))} == ids
    parts = await read(circle, sa.select(chunks.c.id, chunks.c.resource_id, chunks.c.generation))
    assert ids <= {row.resource_id for row in parts}
    assert all(row.generation for row in parts)
    house = circle.agent.house
    model = house.meaning.model
    assert model is not None
    held = await house.meaning.store(model).count(circle.agent.community.id, 1)
    assert held == len(parts)


async def test_a_day_of_a_room_that_has_gone_meanwhile_is_no_fault(circle: Circle) -> None:
    house = circle.agent.house
    args = {"room": 999, "day": "2026-01-05"}
    await house.database.write(lambda conn: house.work.add(conn, "windows", args))
    await circle.settle()
    assert await read(circle, sa.select(work).where(work.c.name == "windows")) == []


async def test_what_is_said_in_a_room_that_is_read_is_found_with_who_said_it(
    circle: Circle,
) -> None:
    await circle.ben.says(ASKS, circle.hall)
    await circle.chloe.says(ANSWERS, circle.hall)
    await circle.chloe.says("They walk to the kestrel's nest, too.", circle.lounge)
    await later(circle)
    assert await texts(circle) == [f"Ben: {ASKS}\nChloé: {ANSWERS}"]
    (resource,) = await read(circle, sa.select(resources).where(resources.c.kind == "conversation"))
    assert resource.title == "#hall, 2026-01-05 09:00"
    assert resource.source.startswith("conversation:")
    (share,) = await read(circle, sa.select(shares).where(shares.c.resource_id == resource.id))
    (last,) = await read(circle, sa.select(sa.func.max(messages.c.posted_at)))
    assert (share.member_id, share.message_id, share.shared_at) == (None, None, last[0])
    found = await circle.ann.sends("search", circle.hall, query="kestrel walk old mill")
    assert f"Chloé: {ANSWERS}"[:60] in found
    assert "#hall" not in await circle.ann.sends("resources", circle.hall)
    await whole(circle)


async def test_nothing_that_is_written_rests_on_a_window(circle: Circle) -> None:
    await circle.ben.says(ASKS, circle.hall)
    said = await circle.chloe.says(ANSWERS, circle.hall)
    await later(circle)
    answer = await circle.ben.asks("kestrel walk old mill river", circle.hall)
    assert "by the river" in answer
    await circle.ben.asks("search kestrel walk old mill river", circle.hall)
    held = sa.select(
        rests_on.c.message_id, rests_on.c.resource_id, rests_on.c.quote, items.c.content
    )
    lines = await read(circle, held.join(items).where(rests_on.c.message_id.is_not(None)))
    assert lines
    known = {row.id: row.text for row in await read(circle, sa.select(messages))}
    assert all(line.quote in known[line.message_id] for line in lines)
    talk = {row[0] for row in await read(circle, sa.select(windows.c.resource_id))}
    assert talk.isdisjoint(row[0] for row in await read(circle, sa.select(rests_on.c.resource_id)))
    # Windows come and go, lines stay; they go with the words that they rest on.
    await circle.ann.says("And what shall we bring along, dear all of you who come?", circle.hall)
    await later(circle)
    assert circle.transcript(circle.ann).count("by the river") == 3
    await circle.chloe.edits(said, "For the kestrel walk we meet at the station.")
    assert "by the river" not in circle.transcript(circle.ann)


async def test_an_edit_or_deletion_is_followed_at_once_and_the_rest_comes_back(
    circle: Circle,
) -> None:
    asked = await circle.ben.says(ASKS, circle.hall)
    answered = await circle.chloe.says(ANSWERS, circle.hall)
    await circle.ann.says("I will bring tea and a pair of field glasses.", circle.hall)
    await later(circle)
    await circle.chloe.edits(answered, "Sorry, at the station, not at the mill.")
    assert await texts(circle) == []
    await later(circle)
    assert "station" in (await texts(circle))[0]
    await circle.ben.deletes(asked)
    assert await texts(circle) == []
    await later(circle, 60)
    (left,) = await texts(circle)
    assert left.startswith("Chloé: Sorry")
    await whole(circle)


async def test_an_answer_of_another_day_quotes_its_question_and_goes_with_it(
    circle: Circle,
) -> None:
    asked = await circle.ben.says(ASKS, circle.hall)
    await later(circle, 86_400)
    await circle.chloe.says(ANSWERS, circle.hall, reply_to=asked)
    await later(circle)
    assert f"Ben: {ASKS}\nChloé: {ANSWERS}" in await texts(circle)
    await circle.ben.deletes(asked)
    assert await texts(circle) == []
    await later(circle)
    assert await texts(circle) == [f"Chloé: {ANSWERS}"]


@pytest.mark.parametrize("consent", ["out", "summaries_only"])
async def test_who_leaves_is_in_no_window_and_comes_back_with_new_words_alone(
    circle: Circle, consent: str
) -> None:
    await circle.ben.says(ASKS, circle.hall)
    await circle.chloe.says(ANSWERS, circle.hall)
    await later(circle)
    await circle.chloe.sends("me", circle.hall, consent=consent)
    if consent == "out":
        await circle.chloe.presses("Yes, forget it")
    assert await texts(circle) == []
    await circle.chloe.says("Between us: the mill was sold to somebody last summer.", circle.hall)
    await circle.ben.says("So nobody knows the time of the walk any more?", circle.hall)
    await later(circle)
    (left,) = await texts(circle)
    assert "Chloé" not in left
    assert ASKS in left
    await circle.chloe.sends("me", circle.hall, consent="in")
    await circle.chloe.says("I am back, and it is half past nine now.", circle.hall)
    await later(circle)
    (now,) = await texts(circle)
    assert "half past nine" in now
    assert "sold" not in now
    assert ANSWERS not in now
    await whole(circle)


async def test_bots_questions_to_the_agent_and_direct_talks_are_left_out(circle: Circle) -> None:
    platform = circle.platform
    bot: Account = platform.network.add_account("feed", is_bot=True)
    await platform.says(bot, circle.hall, "A new article on kestrels is out: read it now.")
    await circle.ben.asks("search where the kestrel nests are in this town", circle.hall)
    direct = await platform.direct_room(circle.ben.account.ref)
    await circle.ben.says("Between you and me, I have seen the kestrel's nest myself.", direct)
    await circle.ben.says("", circle.hall)
    await later(circle)
    assert await texts(circle) == []
    assert not (await read(circle, sa.select(windows)))


async def test_after_read_off_nothing_new_comes_and_what_is_there_can_still_be_deleted(
    circle: Circle,
) -> None:
    asked = await circle.ben.says(ASKS, circle.hall)
    await circle.chloe.says(ANSWERS, circle.hall)
    await later(circle)
    await circle.ann.asks("read off", circle.hall)
    await circle.ben.says("Psst, this is not for the library any more, is it?", circle.hall)
    await later(circle)
    (kept,) = await texts(circle)
    assert "Psst" not in kept
    await circle.ben.deletes(asked)
    await later(circle)
    assert await texts(circle) == [f"Chloé: {ANSWERS}"]


async def test_windows_that_stay_the_same_keep_their_vectors(circle: Circle) -> None:
    await circle.ben.says(ASKS, circle.hall)
    await circle.chloe.says(ANSWERS, circle.hall)
    await later(circle, 3 * 3600)
    before = await read(circle, sa.select(windows.c.resource_id, windows.c.fingerprint))
    await circle.ann.says("Something else: who has read the chapter about the bees?", circle.hall)
    await circle.ben.says("I have, and I liked the part about their dances a lot.", circle.hall)
    await later(circle)
    now = await read(circle, sa.select(windows.c.resource_id, windows.c.fingerprint))
    assert set(before) < set(now)
    assert len(now) == 2


async def test_one_row_waits_for_a_room_however_much_is_said(circle: Circle) -> None:
    house = circle.agent.house
    for n in range(5):
        await circle.platform.says(circle.ben.account, circle.hall, f"{ASKS} {n}")
    counts = await house.database.read(waiting)
    assert counts["windows"] == 1

    # A transaction that is taken back leaves no trace, also not in memory.
    def failing(conn: sa.Connection) -> None:
        house.conversations.said(conn, [Day(RoomId(1), "2026-02-01")])
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await house.database.write(failing)
    assert (await house.database.read(waiting))["windows"] == 1
    await later(circle)
    assert len(await texts(circle)) == 1
    await circle.platform.says(circle.ben.account, circle.hall, "And one more thing to say.")
    assert (await house.database.read(waiting))["windows"] == 1


async def test_a_message_that_changes_while_its_day_is_cut_is_not_kept_as_it_was(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await circle.ben.says(ASKS, circle.hall)
    await circle.chloe.says(ANSWERS, circle.hall)
    house, cut = circle.agent.house, shape.windows
    rows = sa.update(messages).where(messages.c.platform_id == asked.id)

    def meanwhile(*args: Any) -> Any:
        made = cut(*args)
        house.database.leave(lambda conn: conn.execute(rows.values(revision=5)))
        monkeypatch.setattr(conversations, "windows", cut)
        return made

    monkeypatch.setattr(conversations, "windows", meanwhile)
    await later(circle)
    assert await texts(circle) == []
    await later(circle)
    assert await texts(circle) == [f"Ben: {ASKS}\nChloé: {ANSWERS}"]


async def test_what_was_said_before_there_were_windows_comes_in_once(circle: Circle) -> None:
    await circle.ben.says(ASKS, circle.hall)
    await later(circle, 2 * 86_400)
    await circle.chloe.says(ANSWERS, circle.hall)
    await later(circle)
    before = await texts(circle)
    house = circle.agent.house

    def as_of_old(conn: sa.Connection) -> None:
        kept.remove(conn, [row[0] for row in conn.execute(sa.select(windows.c.resource_id))])
        conn.execute(sa.delete(state).where(state.c.key == "windows"))

    await house.database.write(as_of_old)
    assert await texts(circle) == []
    for _ in range(2):
        await house.database.write(house.conversations.open)
    assert (await house.database.read(waiting))["windows"] == 2
    await later(circle)
    assert await texts(circle) == before


async def test_a_day_half_done_by_a_killed_process_is_finished_by_the_next(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "BATCH", 1)
    step, steps = conversations.Conversations._step, iter([True])

    def dies(self: Any, conn: Any, **values: Any) -> None:
        next(steps)  # the second one never comes to its end
        step(self, conn, **values)

    async with Circle(data, embedder=HashingEmbedder) as circle:
        monkeypatch.setattr(conversations.Conversations, "_step", dies)
        for n in range(8):
            who = (circle.ben, circle.chloe)[n % 2]
            await circle.platform.says(who.account, circle.hall, f"Part {n}. {ANSWERS * 6}")
        await later(circle)
        assert len(await texts(circle)) == 1
        monkeypatch.setattr(conversations.Conversations, "_step", step)
    async with Circle(data, embedder=HashingEmbedder) as again:
        await later(again)
        held = await texts(again)
        assert len(held) == len(set(held)) == 4
        assert await read(again, sa.select(work.c.id).where(work.c.name == "windows")) == []
        await whole(again)

"""The past of a room on a real homeserver."""

from datetime import timedelta

import pytest

from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.errors import PlatformError, RoomGoneError
from tests.adapters.matrix.hearing_room import SPACE, hearing
from tests.adapters.matrix.people import people
from tests.adapters.matrix.synapse import Synapse


@pytest.mark.parametrize("page", [3, 100])
async def test_history_is_whole_and_as_it_reads_now(synapse: Synapse, page: int) -> None:
    async with (
        people(synapse, "guide", "ann", "ben") as (bot, ann, ben),
        hearing(synapse.url, bot, ann, ben, page=page) as one,
    ):
        room = one.room_id
        assert await one.history.newest(one.ref()) is None
        sent = [await ann.say(room, f"line {n}") for n in range(8)]
        await ann.edit(room, sent[3], "line three?")
        await ann.edit(room, sent[3], "line three")
        await ben.edit(room, sent[4], "not mine")
        await ann.redact(room, sent[2])
        inside = [await ben.say_in_thread(room, sent[0], f"in {n}") for n in range(3)]
        await bot.say(room, "ours")
        past = await one.past()
        texts = [each.text for each in past]
        assert texts == ["line 0", "line 1", "line three", *(f"line {n}" for n in range(4, 8))]
        assert [each.edited_at is not None for each in past] == [False, False, True, *[False] * 4]
        told = [each.message for each in await one.hear() if hasattr(each, "message")]
        mine = [each for each in told if each.ref.room == one.ref()]
        assert [each.ref.id for each in past] == [e.ref.id for e in mine if e.ref.id != sent[2]]
        for after in (sent[0], sent[2], sent[6], sent[7]):
            begin = max(0, sent.index(after) + 1)
            expected = [id for id in sent[begin:] if id != sent[2]]
            assert [each.ref.id for each in await one.past(one.message(after))] == expected
        for each in past:
            since = [other.ref.id for other in past if other.posted_at >= each.posted_at]
            assert [other.ref.id for other in await one.past(each.posted_at)] == since
        assert await one.past(past[-1].posted_at + timedelta(days=1)) == []
        assert len(await one.past(past[0].posted_at - timedelta(days=365))) == len(past)
        unknown = one.message("$nothing-of-that-kind")
        assert [each.text for each in await one.past(unknown)] == texts
        # The thread, which begins with a message of the room.
        thread = sent[0]
        assert [each.text for each in await one.past(None, thread)] == ["in 0", "in 1", "in 2"]
        await ben.redact(room, inside[1])
        await ben.edit(room, inside[2], "in two")
        for after_id, expected in ((inside[0], ["in two"]), (inside[1], ["in two"])):
            after_ref = MessageRef(one.ref(thread), after_id)
            assert [each.text for each in await one.past(after_ref, thread)] == expected
        assert await one.history.newest(one.ref(thread)) == inside[2]
        branches = await one.history.branches(one.ref(), past[0].posted_at)
        assert [each.ref for each in branches] == [one.ref(thread)]
        late = past[-1].posted_at + timedelta(days=1)
        assert await one.history.branches(one.ref(), late) == []


async def test_a_history_that_can_not_be_told_is_an_error(own_synapse: Synapse) -> None:
    async with (
        people(own_synapse, "guide", "ann") as (bot, ann),
        hearing(own_synapse.url, bot, ann, page=2) as one,
    ):
        sent = [await ann.say(one.room_id, f"line {n}") for n in range(4)]
        reading = one.history.read(one.ref(), None)
        assert (await anext(reading)).message.text == "line 0"
        own_synapse.stop(kill=True)
        with pytest.raises(PlatformError):
            [each async for each in reading]
        for after in (None, one.message(sent[0])):
            with pytest.raises(PlatformError):
                await one.past(after)
        with pytest.raises(RoomGoneError):
            await anext(one.history.read(RoomRef(SPACE, "no such room"), None))

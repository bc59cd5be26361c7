"""Polls, pins, threads and what a room can do, on a real homeserver."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.polls import Poll
from learncomm_agent.errors import NotPermittedError, PlatformError, RoomGoneError
from learncomm_agent.testing.world import paragraph
from learncomm_matrix.posting.abilities import capabilities
from tests.adapters.matrix.people import people
from tests.adapters.matrix.posting_desk import desk, shared_room
from tests.adapters.matrix.synapse import Synapse

YES, NO = Choice("yes", "Yes"), Choice("no", "No")


async def test_a_poll_counts_the_last_vote_before_its_end(synapse: Synapse, tmp_path: Path) -> None:
    async with (
        people(synapse, "bot", "ada", "ben") as (bot, ada, ben),
        desk(synapse.url, bot, tmp_path) as one,
    ):
        room = await one.serve(room_id := await shared_room(bot, ada, ben))
        poll = Poll("Shall we?", (YES, NO), one.clock.now() + timedelta(days=1))
        message = await one.polls.open(room, poll, "p")
        assert message == await one.polls.open(room, poll, "p")
        assert message != await one.polls.open(room, poll, "q")
        (shown, _) = await ada.seen(room_id)
        assert (shown.text, [*shown.options.values()]) == ("Shall we?", ["Yes", "No"])
        yes, no = shown.options
        await ada.vote(room_id, message.id, yes)
        await ada.vote(room_id, message.id, no, yes)  # one alone counts
        await ben.vote(room_id, message.id, yes)
        await ben.vote(room_id, message.id)
        votes = await one.polls.votes(message, poll)
        assert votes.by_option == {"yes": frozenset(), "no": {AccountRef("matrix", ada.id)}}
        assert not votes.is_closed
        known = one.polls.known(message.id)
        assert known is not None and (known.options[no], known.most) == ("no", 1)
        for _ in range(2):
            await one.polls.close(message)
        await ben.vote(room_id, message.id, yes)
        votes = await one.polls.votes(message, poll)
        assert (votes.is_closed, votes.by_option["yes"]) == (True, frozenset())
        late = replace(poll, closes_at=one.clock.now() - timedelta(hours=1))
        assert (await one.polls.votes(message, late)).by_option["no"] == frozenset()
        many = tuple(Choice(f"o{n}", "x") for n in range(21))
        for bad in (late, replace(poll, options=many), replace(poll, question=" ")):
            with pytest.raises(PlatformError):
                await one.polls.open(room, bad, "r")
        with pytest.raises(RoomGoneError):
            await one.polls.votes(MessageRef(room, await ada.say(room_id, "x")), poll)


async def test_a_message_is_pinned_once_where_that_is_allowed(
    synapse: Synapse, tmp_path: Path
) -> None:
    async with people(synapse, "bot", "ada") as (bot, ada), desk(synapse.url, bot, tmp_path) as one:
        room_id = await shared_room(bot, ada)
        room = await one.serve(room_id)
        message = (await one.outbound.send(Outgoing(room, paragraph("Read me"), "k"))).parts[0]
        with pytest.raises(NotPermittedError):
            await one.pins.pin(message)
        await ada.set_power(room_id, {bot.id: 50})
        await one.serve(room_id)
        for _ in range(2):
            await one.pins.pin(message)
        assert [each.id for each in await ada.seen(room_id) if each.is_pinned] == [message.id]
        for _ in range(2):
            await one.pins.unpin(message)
        assert not any(each.is_pinned for each in await ada.seen(room_id))
        nothing = replace(message, id="0")
        await one.pins.unpin(nothing)
        with pytest.raises(RoomGoneError):
            await one.pins.pin(nothing)


async def test_threads_are_opened_once_and_for_readers_alone(
    synapse: Synapse, tmp_path: Path
) -> None:
    async with people(synapse, "bot", "ada", "ben", "eve") as (bot, ada, ben, eve):
        room_id = await shared_room(bot, ada, ben)
        hers, his, evil = (AccountRef("matrix", each.id) for each in (ada, ben, eve))
        async with desk(synapse.url, bot, tmp_path) as one:
            room = await one.serve(room_id)
            public = await one.threads.open(room, "Two", "a", [hers], is_private=False)
            assert public == await one.threads.open(room, "Two", "a", [hers], is_private=False)
            assert public.id.startswith(f"{room_id}/$")
            for is_private in (False, True):
                with pytest.raises(NotPermittedError):
                    await one.threads.open(room, "E", "e", [evil], is_private=is_private)
            opened = await one.threads.open(room, "Psst", "b", [hers], is_private=True)
            with pytest.raises(NotPermittedError):
                await one.threads.open(public, "Deeper", "c", [], is_private=False)
        tmp_path.joinpath("receipts.jsonl").unlink()
        async with desk(synapse.url, bot, tmp_path) as again:
            await again.serve(room_id)
            await again.receipts.begin("thread:b", room_id)
            same = await again.threads.open(room, "Psst", "b", [hers], is_private=True)
            assert same == opened
            with pytest.raises(NotPermittedError):
                await again.threads.add(opened, [evil, his])
        for each in (ada, ben):
            await each.join(opened.id)
        assert eve.id not in await ada.members(opened.id)


async def test_a_room_says_what_the_agent_may(synapse: Synapse, tmp_path: Path) -> None:
    async with people(synapse, "bot", "ada") as (bot, ada), desk(synapse.url, bot, tmp_path) as one:
        room_id = await shared_room(bot, ada)
        await one.serve(room_id)
        can = capabilities(one.rooms.states[room_id], bot.id, max_file_bytes=20)
        assert (can.polls, can.threads, can.edits, can.pins) == (2, 2, 2, Level.FALLBACK)
        assert (can.max_file_bytes, can.files) == (20, Level.FULL)
        await ada.set_power(room_id, {bot.id: 50}, events_default=60)
        await one.serve(room_id)
        can = capabilities(one.rooms.states[room_id], bot.id, max_file_bytes=20, interval_s=10)
        assert (can.polls, can.edits, can.threads, can.pins) == (0, 0, 0, Level.FULL)

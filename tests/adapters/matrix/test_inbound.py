"""What people do on a real homeserver, as the agent is told of it."""

from typing import Any

from learncomm_agent.chat.events import (
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Reacted,
    Voted,
)
from learncomm_matrix.hearing.polls import OpenPoll
from tests.adapters.matrix.hearing_room import Hearing, hearing
from tests.adapters.matrix.people import people
from tests.adapters.matrix.synapse import Synapse


def _texts(told: list[Any]) -> list[str]:
    return [each.message.text for each in told if isinstance(each, MessagePosted)]


def _kinds(told: list[Any]) -> list[str]:
    return [type(each).__name__ for each in told]


async def test_what_happens_to_messages_is_told_in_order(synapse: Synapse) -> None:
    async with (
        people(synapse, "guide", "ann", "ben") as (bot, ann, ben),
        hearing(synapse.url, bot, ann, ben) as one,
    ):
        room = one.room_id
        first = await ann.say(room, "Chapter two?")
        answer = await ben.reply(room, first, "Yes", fallback=f"<{ann.id}> Chapter two?")
        await bot.say(room, "I hear myself")
        await bot.notice(room, "Machine")
        await ann.edit(room, first, "Chapter three?")
        await ben.edit(room, first, "Not mine")
        await ben.react(room, first, "👍")
        await ann.say(room, "Guide: find books", mentions=[bot.id])
        told = await one.hear()
        await ben.redact(room, answer)
        gone = await one.hear()
    kinds = ["MessagePosted", "MessagePosted", "MessageEdited", "Reacted", "MessagePosted"]
    assert _kinds(told) == kinds
    assert _texts(told) == ["Chapter two?", "Yes", "find books"]
    assert told[1].message.reply_to == one.message(first)
    assert isinstance(told[2], MessageEdited) and told[2].text == "Chapter three?"
    assert isinstance(told[3], Reacted) and (told[3].reaction, told[3].account.name) == (
        "👍",
        "Ben",
    )
    assert (told[4].message.text, told[4].message.is_addressed) == ("find books", True)
    assert gone == [MessageDeleted(one.message(answer))]


async def test_what_is_done_to_a_message_in_a_thread_is_told_there(synapse: Synapse) -> None:
    async with (
        people(synapse, "guide", "ann") as (bot, ann),
        hearing(synapse.url, bot, ann) as one,
    ):
        root = await ann.say(one.room_id, "Group one")
        inside = await ann.say_in_thread(one.room_id, root, "In here")
        await ann.say_in_thread(one.room_id, root, "Me too")
        told = await one.hear()
        assert [each.room.ref for each in told] == [one.ref(), one.ref(root), one.ref(root)]
        assert told[1].message.reply_to is None
        # What one that has just begun knows of it, it has to ask for.
        one.inbound._targets._known.clear()
        await ann.edit(one.room_id, inside, "In there")
        await ann.react(one.room_id, inside, "🎉")
        changed, reacted = await one.hear()
        assert (changed.ref, changed.text) == (one.message(inside, root), "In there")
        assert reacted.ref == one.message(inside, root)
        one.inbound._targets._known.clear()
        await ann.redact(one.room_id, inside)
        gone = await one.hear()
    # Nothing says any more where it stood, so it is taken out wherever it may have.
    assert gone == [MessageDeleted(one.message(inside)), MessageDeleted(one.message(inside, root))]


async def test_taking_back_a_reaction_or_an_edit_is_told(synapse: Synapse) -> None:
    async with (
        people(synapse, "guide", "ann") as (bot, ann),
        hearing(synapse.url, bot, ann) as one,
    ):
        first = await ann.say(one.room_id, "One")
        await ann.react(one.room_id, first, "👍")
        edit = await ann.edit(one.room_id, first, "Two")
        await one.hear()
        await ann.unreact(one.room_id, first, "👍")
        await ann.redact(one.room_id, edit)
        away, back = await one.hear()
    assert (away.reaction, away.is_added) == ("👍", False)
    assert (back.ref, back.text) == (one.message(first), "One")


async def test_a_repeated_sync_tells_the_same(synapse: Synapse) -> None:
    async with (
        people(synapse, "guide", "ann") as (bot, ann),
        hearing(synapse.url, bot, ann) as one,
    ):
        first = await ann.say(one.room_id, "One")
        await ann.edit(one.room_id, first, "Two")
        since, told = one.since, await one.hear()
        one.since = since
        assert await one.hear() == told and len(told) == 2


async def test_votes_in_our_polls_are_told_as_they_change(synapse: Synapse) -> None:
    async with (
        people(synapse, "guide", "ann", "ben") as (bot, ann, ben),
        hearing(synapse.url, bot, ann, ben) as one,
    ):
        theirs = await ann.open_poll(one.room_id, "Tea?", ["yes", "no"])
        poll = await bot.open_poll(one.room_id, "Which?", ["one", "two", "three"], most=2)
        one.polls[poll] = OpenPoll({"a0": "x", "a1": "y", "a2": "z"}, 2)
        await ann.vote(one.room_id, poll, "a0")
        await one.hear()
        _forget(one)
        await ann.vote(one.room_id, theirs, "a0")
        await ann.vote(one.room_id, poll, "a1", "a2", "a0", "nothing")
        await ben.vote(one.room_id, poll, "a1", prefix="m.poll")
        await bot.end_poll(one.room_id, poll)
        await ben.vote(one.room_id, poll, "a2")
        told = await one.hear()
    votes = [(v.account.name, v.option, v.is_added) for v in told if isinstance(v, Voted)]
    assert votes == [
        ("Ann", "x", False),
        ("Ann", "y", True),
        ("Ann", "z", True),
        ("Ben", "y", True),
    ]


def _forget(one: Hearing) -> None:
    one.inbound._votes._given.clear()

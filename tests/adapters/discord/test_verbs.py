"""Threads, forums, pins, polls and scheduled events on Discord, beyond what the contract says."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import discord
import pytest

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.events import Event, Voted
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Block, Choices, Menu, Outgoing
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.chat.polls import Poll
from learncomm_agent.chat.rendering import plan
from learncomm_agent.chat.scheduled_events import ScheduledEvent
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RoomGoneError,
)
from learncomm_agent.testing.world import paragraph
from learncomm_agent.words import Words
from learncomm_discord.posting import markup
from learncomm_discord.posting.abilities import EVERYTHING
from learncomm_discord.posting.content import content
from tests.adapters.discord.discord_world import DiscordWorld

YES, NO = Choice("poll:yes", "Yes"), Choice("poll:no", "No")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Make = Callable[[DiscordWorld, RoomRef, AccountRef], Awaitable[object]]


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def sink(told: list[Event]) -> Sink:
    async def kept(event: Event) -> None:
        told.append(event)

    return kept


@pytest.fixture
async def world(tmp_path: Path, words: Words, sink: Sink) -> AsyncIterator[DiscordWorld]:
    world = DiscordWorld(tmp_path, words)
    await world.open()
    await world.start(sink)
    yield world
    await world.close()


@pytest.fixture
async def ann(world: DiscordWorld) -> AccountRef:
    return await world.member("Ann")


@pytest.fixture
async def room(world: DiscordWorld, ann: AccountRef) -> RoomRef:
    return await world.room(ann)


def poll(world: DiscordWorld, lasts: timedelta = DAY, **changes: Any) -> Poll:
    return replace(Poll("Shall we?", (YES, NO), world.now() + lasts), **changes)


def event(world: DiscordWorld, **changes: Any) -> ScheduledEvent:
    begin = world.now() + DAY
    return replace(ScheduledEvent("Chapter two", begin, begin + HOUR), **changes)


# Once per key, also after a kill


async def in_room(world: DiscordWorld, room: RoomRef, ann: AccountRef) -> object:
    return await world.platform.open_thread(room, "Group", key="k")


async def in_private(world: DiscordWorld, room: RoomRef, ann: AccountRef) -> object:
    return await world.platform.open_thread(room, "Group", key="k", members=[ann], is_private=True)


async def as_poll(world: DiscordWorld, room: RoomRef, ann: AccountRef) -> object:
    return await world.platform.open_poll(room, poll(world), key="k")


async def as_event(world: DiscordWorld, room: RoomRef, ann: AccountRef) -> object:
    begin = discord.utils.parse_time("2026-12-01T18:00:00+00:00")
    entry = ScheduledEvent("Chapter two", begin, begin + HOUR)
    return await world.platform.schedule(room, entry, key="k")


@pytest.mark.parametrize(
    ("make", "key", "path"),
    [
        (in_room, "thread:k", "/threads"),
        (in_private, "thread:k", "/threads"),
        (as_poll, "poll:k", "/messages"),
        (as_event, "event:k", "/scheduled-events"),
    ],
)
async def test_what_a_kill_cut_off_is_found_and_not_made_again(
    world: DiscordWorld,
    room: RoomRef,
    ann: AccountRef,
    sink: Sink,
    make: Make,
    key: str,
    path: str,
) -> None:
    first = await make(world, room, ann)
    world.crashes_before_done(key)
    await world.restart(sink)
    assert await make(world, room, ann) == first
    await world.restart(sink)
    assert await make(world, room, ann) == first
    assert len(world.requests("POST", path)) == 1


@pytest.mark.parametrize(("status", "error"), [(403, NotPermittedError), (500, DisconnectedError)])
async def test_what_failed_is_made_by_the_next_attempt(
    world: DiscordWorld, room: RoomRef, ann: AccountRef, status: int, error: type[PlatformError]
) -> None:
    world.fails("POST", "/channels/*/messages", status=status)
    with pytest.raises(error):
        await as_poll(world, room, ann)
    await as_poll(world, room, ann)
    assert len(await world.seen_by(ann, room)) == 1


# Polls


async def test_votes_are_told_by_our_ids_also_after_a_restart(
    world: DiscordWorld, told: list[Event], sink: Sink, room: RoomRef, ann: AccountRef
) -> None:
    message = await world.platform.open_poll(room, poll(world), key="k")
    world.crashes_before_done("poll:k")
    await world.restart(sink)
    await world.platform.open_poll(room, poll(world), key="k")
    await world.restart(sink)
    await world.votes(ann, NO, message)
    votes = [each for each in told if isinstance(each, Voted)]
    assert [(each.ref, each.option) for each in votes] == [(message, NO.id)]


@pytest.mark.parametrize(
    "changes",
    [
        {"question": "x" * 301},
        {"question": " "},
        {"options": ()},
        {"options": tuple(Choice(str(n), f"Option {n}") for n in range(11))},
        {"options": (YES, Choice("n", "x" * 56))},
        {"options": (YES, Choice("n", ""))},
        {"lasts": timedelta(days=33)},
        {"lasts": timedelta(0)},
    ],
)
async def test_a_poll_that_discord_would_refuse_is_not_even_sent(
    world: DiscordWorld, room: RoomRef, changes: dict[str, Any]
) -> None:
    with pytest.raises(PlatformError):
        await world.platform.open_poll(room, poll(world, **changes), key="k")
    assert world.requests("POST", "/messages") == []


async def test_a_poll_closes_at_the_full_hour_and_carries_its_key(
    world: DiscordWorld, room: RoomRef
) -> None:
    await world.platform.open_poll(room, poll(world, 90 * HOUR / 60), key="k" * 40)
    (sent,) = world.requests("POST", "/messages")
    assert sent["poll"]["duration"] == 2
    assert sent["enforce_nonce"]
    assert len(sent["nonce"]) <= 25
    assert sent["poll"]["allow_multiselect"] is False


@pytest.mark.parametrize("count", [100, 230])
async def test_all_votes_are_counted(world: DiscordWorld, room: RoomRef, count: int) -> None:
    message = await world.platform.open_poll(room, poll(world), key="k")
    voters = world.crowd_votes(message, count)
    votes = await world.platform.votes(message, poll(world))
    assert {each.id for each in votes.by_option[YES.id]} == voters


async def test_a_message_without_a_poll_has_no_votes(world: DiscordWorld, room: RoomRef) -> None:
    (message,) = (await world.platform.send(Outgoing(room, paragraph("Hi"), "k"))).parts
    with pytest.raises(RoomGoneError):
        await world.platform.votes(message, poll(world))
    await world.platform.close_poll(message)


# The calendar


async def test_an_entry_says_where_it_is_and_names_no_hidden_room(
    world: DiscordWorld, room: RoomRef
) -> None:
    await world.platform.schedule(room, event(world), key="a")
    await world.platform.schedule(room, event(world, where="Library"), key="b")
    hidden, named = world.requests("POST", "/scheduled-events")
    assert hidden["entity_metadata"] == {"location": "Readers"}, (
        "the server, as the room is private"
    )
    assert named["entity_metadata"] == {"location": "Library"}
    assert (named["entity_type"], named["privacy_level"]) == (3, 2)


async def test_an_entry_can_move_to_a_voice_channel_and_back(
    world: DiscordWorld, room: RoomRef
) -> None:
    voice = await world.voice()
    made = await world.platform.schedule(room, event(world, place=voice), key="k")
    (sent,) = world.requests("POST", "/scheduled-events")
    assert (sent["entity_type"], sent["channel_id"]) == (2, int(voice.id))
    await world.platform.reschedule(room, made, event(world, where="Library"))
    moved = world.requests("PATCH", f"/scheduled-events/{made}")[-1]
    assert (moved["entity_type"], moved["channel_id"]) == (3, None)
    await world.platform.reschedule(room, made, event(world, place=voice))
    back = world.requests("PATCH", f"/scheduled-events/{made}")[-1]
    assert (back["entity_type"], back["channel_id"]) == (2, int(voice.id))


@pytest.mark.parametrize(
    "changes",
    [{"title": "x" * 101}, {"title": " "}, {"description": "x" * 1001}, {"where": "x" * 101}],
)
async def test_an_entry_that_discord_would_refuse_is_not_even_sent(
    world: DiscordWorld, room: RoomRef, changes: dict[str, Any]
) -> None:
    with pytest.raises(PlatformError):
        await world.platform.schedule(room, event(world, **changes), key="k")
    assert world.requests("POST", "/scheduled-events") == []


async def test_strange_entries_are_gone(world: DiscordWorld, room: RoomRef) -> None:
    for id in ("", "x", "1"):
        with pytest.raises(RoomGoneError):
            await world.platform.reschedule(room, id, event(world))
        await world.platform.cancel(room, id)


# Threads and forums


async def test_a_private_thread_lets_nobody_else_bring_people_in(
    world: DiscordWorld, room: RoomRef, ann: AccountRef
) -> None:
    await in_private(world, room, ann)
    (sent,) = world.requests("POST", "/threads")
    assert (sent["type"], sent["invitable"]) == (12, False)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("x" * 99 + " more", "x" * 99),
        ("\x00Duck\n\ud83e  \u202epond ", "Duck \ufffd pond"),
        ("\x00", "…"),
        ("ab" * 5000, "ab" * 50),
    ],
)
async def test_a_thread_is_named_as_discord_takes_it(
    world: DiscordWorld, room: RoomRef, title: str, name: str
) -> None:
    await world.platform.open_thread(room, title, key="k")
    (sent,) = world.requests("POST", "/threads")
    assert sent["name"] == name


async def test_a_folded_thread_is_opened_for_whoever_is_brought_in(
    world: DiscordWorld, room: RoomRef, ann: AccountRef
) -> None:
    thread = await world.platform.open_thread(room, "Group", key="k")
    channel = world.bot.get_channel(int(thread.id))
    assert isinstance(channel, discord.Thread)
    await channel.edit(archived=True)
    await world.platform.add_to_thread(thread, [ann])
    assert world.requests("PATCH", f"/channels/{thread.id}")[-1] == {"archived": False}


async def test_where_others_follow_there_are_no_private_threads(world: DiscordWorld) -> None:
    news = await world.news()
    can = await world.platform.capabilities(news)
    assert (can.threads, can.private_threads) == (Level.FULL, Level.FALLBACK)
    with pytest.raises(NotPermittedError):
        await world.platform.open_thread(news, "Aside", key="k", is_private=True)


async def test_in_a_forum_a_thread_is_a_post(world: DiscordWorld, ann: AccountRef) -> None:
    forum = await world.forum()
    can = await world.platform.capabilities(forum)
    assert (can.threads, can.private_threads) == (Level.FULL, Level.FALLBACK)
    assert (can.buttons, can.polls, can.pins) == (Level.FALLBACK,) * 3
    post = await world.platform.open_thread(forum, "Which *edition*?", key="k", members=[ann])
    assert await world.platform.open_thread(forum, "Which *edition*?", key="k") == post
    assert [each.text for each in await world.seen_by(ann, post)] == ["Which *edition*?"]
    await world.platform.send(Outgoing(post, paragraph("The second"), "k.0"))
    assert len(await world.seen_by(ann, post)) == 2
    with pytest.raises(NotPermittedError):
        await world.platform.open_thread(forum, "Aside", key="p", is_private=True)
    with pytest.raises(PlatformError):
        await world.platform.send(Outgoing(forum, paragraph("Hello"), "k.1"))
    with pytest.raises(NotPermittedError):
        await world.platform.open_thread(post, "Branch", key="b")


async def test_a_forum_whose_tags_are_all_for_moderators_takes_no_post(
    world: DiscordWorld, ann: AccountRef
) -> None:
    forum = await world.forum()
    assert world.bot.user is not None
    await world.permits(forum, world.bot.user.id, is_member=True, manage_threads=False)
    channel = world.bot.get_channel(int(forum.id))
    assert isinstance(channel, discord.ForumChannel)
    tag = discord.ForumTag(name="Answered", moderated=True)
    channel._flags, channel._available_tags = 1 << 4, {tag.id: tag}
    assert (await world.platform.capabilities(forum)).threads is Level.FALLBACK
    with pytest.raises(NotPermittedError):
        await world.platform.open_thread(forum, "Which?", key="k")
    tag.moderated = False
    assert (await world.platform.capabilities(forum)).threads is Level.FULL


async def test_the_direct_talk_has_none_of_them(
    world: DiscordWorld, room: RoomRef, ann: AccountRef
) -> None:
    direct = await world.platform.direct_room(ann)
    (message,) = (await world.platform.send(Outgoing(direct, paragraph("Hi"), "k"))).parts
    for doing in (
        in_room(world, direct, ann),
        as_poll(world, direct, ann),
        as_event(world, direct, ann),
        world.platform.pin(message),
        world.platform.add_to_thread(direct, [ann]),
    ):
        with pytest.raises(NotPermittedError):
            await doing


async def test_what_the_planner_lets_on_a_message_has_room_there() -> None:
    button, menu = Choice("b", "B"), Menu("m", (YES, NO))
    for menus in range(6):
        most = EVERYTHING.max_choices - menus * EVERYTHING.choices_per_menu
        for buttons in range(most + 1):
            lists = tuple(replace(menu, id=f"m{number}") for number in range(menus))
            some = Choices(tuple(replace(button, id=f"b{number}") for number in range(buttons)))
            orders: tuple[tuple[Block, ...], ...] = ((*lists, some), (some, *lists))
            for blocks in orders:
                assert len(plan_of(blocks)) == 1
                view = content(blocks).view
                assert len(view.children if view else ()) == menus + buttons


def plan_of(blocks: tuple[Block, ...]) -> tuple[Outgoing, ...]:
    nowhere = RoomRef(SpaceRef("discord", "1"), "2")
    planned = plan(Outgoing(nowhere, (*paragraph("x"), *blocks), "k"), EVERYTHING, markup.length)
    assert planned.downgrades == ()
    return planned.parts


# Pins


@pytest.mark.parametrize(("status", "code"), [(400, 30003), (403, 50013)])
async def test_a_pin_that_is_refused_says_that_it_may_not_be(
    world: DiscordWorld, room: RoomRef, status: int, code: int
) -> None:
    (message,) = (await world.platform.send(Outgoing(room, paragraph("Hi"), "k"))).parts
    world.fails("PUT", "/channels/*/messages/pins/*", status=status, code=code)
    with pytest.raises(NotPermittedError):
        await world.platform.pin(message)


async def test_strange_messages_are_not_pinned(world: DiscordWorld, room: RoomRef) -> None:
    with pytest.raises(RoomGoneError):
        await world.platform.pin(MessageRef(room, "x"))
    await world.platform.unpin(MessageRef(room, "x"))


# Edits after a restart


async def test_a_private_answer_can_be_changed_after_a_restart_while_its_handle_lives(
    world: DiscordWorld, sink: Sink, room: RoomRef, ann: AccountRef
) -> None:
    bob = await world.member("Bob")
    reply = await world.handle(ann, room)
    wait = Outgoing(room, paragraph("Wait"), "k.0", private_to=ann, reply=reply)
    (message,) = (await world.platform.send(wait)).parts
    await world.restart(sink)
    done = replace(wait, blocks=paragraph("Done"))
    await world.platform.edit(message, done)
    assert "Done" in [each.text for each in await world.seen_by(ann, room)]
    for wrong in (replace(done, private_to=bob), replace(done, private_to=bob, reply=None)):
        with pytest.raises(PlatformError):
            await world.platform.edit(message, wrong)
    with pytest.raises(RoomGoneError):
        await world.platform.edit(message, replace(done, reply=None))


async def test_a_handle_does_not_keep_other_messages_from_being_changed(
    world: DiscordWorld, room: RoomRef, ann: AccountRef
) -> None:
    (message,) = (await world.platform.send(Outgoing(room, paragraph("Old"), "a.0"))).parts
    reply = await world.handle(ann, room)
    await world.platform.edit(message, Outgoing(room, paragraph("New"), "b.0", reply=reply))
    assert "New" in [each.text for each in await world.seen_by(ann, room)]
    with pytest.raises(NotPermittedError):
        await world.platform.edit(
            message, Outgoing(room, paragraph("psst"), "c.0", private_to=ann, reply=reply)
        )

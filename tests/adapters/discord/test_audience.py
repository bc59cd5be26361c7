"""Who may read what in a simulated Discord, and that nothing of it is out of date."""

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
from simcord.enums import ChannelType

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.events import Event
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.errors import DisconnectedError, NotPermittedError
from learncomm_agent.words import Words
from learncomm_discord.options import Options
from tests.adapters.discord.discord_world import DiscordWorld

MODERATOR = discord.Permissions(manage_threads=True)
ADMINISTRATOR = discord.Permissions(administrator=True)


async def unheard(event: Event) -> None: ...


@pytest.fixture
async def world(tmp_path: Path, words: Words) -> AsyncIterator[DiscordWorld]:
    world = DiscordWorld(tmp_path, words, options=Options(members_intent=True))
    await world.open()
    await world.start(unheard)
    yield world
    await world.close()


@pytest.fixture
async def ann(world: DiscordWorld) -> AccountRef:
    return await world.member("Ann")


@pytest.fixture
async def bob(world: DiscordWorld) -> AccountRef:
    return await world.member("Bob")


@pytest.fixture
async def room(world: DiscordWorld, ann: AccountRef, bob: AccountRef) -> RoomRef:
    return await world.room(ann, bob)


async def made(world: DiscordWorld, kind: int, name: str = "place", **fields: object) -> RoomRef:
    """Return a channel that all members can read."""
    channel = await world.happens("create_channel", world.guild.id, name, type=kind, **fields)
    return RoomRef(world.space, str(channel.id))


async def shown_in(world: DiscordWorld, room: RoomRef) -> frozenset[RoomRef]:
    return await world.platform.readable(Audience.of_room(room))


async def read_by(world: DiscordWorld, account: AccountRef) -> frozenset[RoomRef]:
    return await world.platform.readable(Audience.of_account(account))


async def test_what_is_open_to_all_is_shown_everywhere_and_what_is_not_is_not(
    world: DiscordWorld, ann: AccountRef, room: RoomRef
) -> None:
    hall, anns = await made(world, ChannelType.TEXT), await world.room(ann)
    assert await shown_in(world, hall) & {hall, room, anns} == {hall}
    assert await shown_in(world, room) & {hall, room, anns} == {hall, room}
    assert await shown_in(world, anns) & {hall, room, anns} == {hall, room, anns}


async def test_it_tells_of_a_room_whether_everyone_may_read_it(
    world: DiscordWorld, ann: AccountRef, room: RoomRef
) -> None:
    hall = await made(world, ChannelType.TEXT)
    public = await world.opens_thread(ann, hall, is_private=False)
    aside = await world.opens_thread(ann, hall, is_private=True)
    direct = await world.platform.direct_room(ann)
    found = {each: await world.platform.is_for_all(each) for each in (hall, public)}
    assert found == {hall: True, public: True}
    for closed in (room, aside, direct):
        assert not await world.platform.is_for_all(closed)


async def test_private_threads_are_read_as_the_table_says(
    world: DiscordWorld, ann: AccountRef, bob: AccountRef
) -> None:
    mia = await world.member("Mia", permissions=MODERATOR)
    ada = await world.member("Ada", permissions=ADMINISTRATOR)
    cleo = await world.member("Cleo")
    room, hall = await world.room(ann, bob, mia), await made(world, ChannelType.TEXT)
    aside = await world.opens_thread(ann, room, is_private=True)
    other = await world.opens_thread(bob, room, is_private=True)
    public = await world.opens_thread(ann, room, is_private=False)
    await world.happens("add_thread_member", int(aside.id), int(cleo.id))
    everything = {room, hall, aside, other, public}
    table = {
        ann: {room, hall, public, aside},  # who is in it reads it
        bob: {room, hall, public, other},  # who reads its channel alone does not
        mia: everything,  # who manages threads does
        ada: everything,
        cleo: {hall},  # who is in it, but can't see its channel, does not
    }
    assert {who: await read_by(world, who) & everything for who in table} == table
    rooms = {
        hall: {hall},
        room: {room, hall, public},  # a private thread is shown nowhere else
        public: {room, hall, public},
        aside: {room, hall, public, aside},  # and shows what its channel does
        other: {room, hall, public, other},
    }
    assert {where: await shown_in(world, where) & everything for where in rooms} == rooms


async def test_whoever_leaves_a_private_thread_reads_it_no_more(
    world: DiscordWorld, ann: AccountRef, bob: AccountRef, room: RoomRef
) -> None:
    aside = await world.opens_thread(ann, room, is_private=True)
    assert aside not in await read_by(world, bob)
    await world.happens("add_thread_member", int(aside.id), int(bob.id))
    assert aside in await read_by(world, bob)
    await world.happens("remove_thread_member", int(aside.id), int(bob.id))
    assert aside not in await read_by(world, bob)


async def test_who_is_in_a_private_thread_is_asked_once_a_minute(
    world: DiscordWorld, bob: AccountRef, ann: AccountRef, room: RoomRef
) -> None:
    aside = await world.opens_thread(ann, room, is_private=True)
    path = f"/channels/{aside.id}/thread-members/{bob.id}"
    world.fails("GET", path, status=503)
    with pytest.raises(DisconnectedError):  # it is not known that Bob does not read it
        await read_by(world, bob)
    for _ in range(3):
        assert aside not in await read_by(world, bob)
    await world.waits(61)
    assert aside not in await read_by(world, bob)
    assert len(world.requests("GET", path)) == 3


async def test_threads_that_are_folded_away_are_known_by_their_channel(
    world: DiscordWorld, ann: AccountRef, room: RoomRef
) -> None:
    thread = await world.opens_thread(ann, room, is_private=False)
    assert thread in await shown_in(world, room)
    await world.happens("edit_channel", int(thread.id), {}, thread_metadata={"archived": True})
    assert thread not in await shown_in(world, room)
    assert await shown_in(world, thread) == await shown_in(world, room) | {thread}


async def test_a_thread_whose_channel_is_not_known_is_closed(
    world: DiscordWorld, ann: AccountRef, room: RoomRef
) -> None:
    thread = await world.opens_thread(ann, room, is_private=False)
    world.bot.guilds[0]._channels.pop(int(room.id))
    assert await shown_in(world, thread) == {thread}
    assert thread not in await read_by(world, ann)
    assert (await world.platform.capabilities(thread)).replies < Level.PARTIAL
    with pytest.raises(NotPermittedError):
        await anext(world.platform.history(thread, None))


async def test_posts_of_a_forum_are_read_by_its_rule(
    world: DiscordWorld, ann: AccountRef, bob: AccountRef
) -> None:
    forum = await made(world, ChannelType.FORUM)
    post = await world.platform.open_thread(forum, "How to begin", key="t")
    assert {forum, post} <= await read_by(world, ann)
    assert {forum, post} <= await shown_in(world, post)
    await world.permits(forum, int(bob.id), is_member=True, read_message_history=False)
    assert not {forum, post} & await read_by(world, bob)
    hall = await made(world, ChannelType.TEXT)
    assert not {forum, post} & await shown_in(world, hall)


async def test_what_is_written_where_people_talk_is_for_those_who_may_join(
    world: DiscordWorld, ann: AccountRef
) -> None:
    hall = await made(world, ChannelType.TEXT)
    for kind in (ChannelType.VOICE, ChannelType.STAGE_VOICE):
        voice = await made(world, kind)
        assert voice in await shown_in(world, hall)
        await world.permits(voice, world.guild.id, connect=False)
        assert voice not in await shown_in(world, hall)
        assert voice not in await read_by(world, ann)
        assert hall in await shown_in(world, voice)


async def test_an_answer_is_never_older_than_what_was_told(
    world: DiscordWorld, room: RoomRef
) -> None:
    guild, view = world.guild.id, discord.Permissions(view_channel=True).value
    hall = await made(world, ChannelType.TEXT)
    role = await world.happens("create_role", guild, "Guests", permissions=0)

    async def is_shown() -> bool:
        return hall in await shown_in(world, room)

    assert await is_shown()
    await world.permits(hall, role.id, view_channel=False)
    assert not await is_shown()
    await world.happens("edit_role", guild, role.id, {"permissions": view})
    assert not await is_shown()
    await world.permits(room, role.id, view_channel=False)
    assert not await is_shown()  # who is named there reads it all the same
    await world.happens("delete_role", guild, role.id)
    assert await is_shown()
    everyone = world.env.backend.guilds[guild].roles[guild].permissions
    await world.happens("edit_role", guild, guild, {"permissions": everyone & ~view})
    assert not await is_shown()
    await world.happens("edit_role", guild, guild, {"permissions": everyone})
    assert await is_shown()
    later = await made(world, ChannelType.TEXT)
    assert later in await shown_in(world, room)
    await world.happens("delete_channel", int(later.id))
    assert later not in await shown_in(world, room)

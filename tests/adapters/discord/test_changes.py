"""What changes around the messages in a simulated Discord, and what is told of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import discord
import pytest
from simcord.enums import ChannelType

from learncomm_agent.chat.events import (
    Event,
    GapEnded,
    MemberChanged,
    MessagePosted,
    RoomChanged,
    SpaceChanged,
    Voted,
)
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import Room, RoomKind, RoomRef
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.chat.platform import Inspects, Newest, Spaces
from learncomm_agent.chat.polls import Poll
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    RoomGoneError,
    StorageError,
)
from learncomm_agent.testing.world import paragraph
from learncomm_agent.words import Words
from learncomm_discord.checking import ASKED, RIGHTS, invitation
from learncomm_discord.options import Options
from tests.adapters.discord.discord_world import DiscordWorld


class Told(list[Event]):
    """A sink that keeps what it was told, but of what it can't."""

    async def __call__(self, event: Event) -> None:
        if isinstance(event, SpaceChanged) and event.name == "Unlucky":
            raise StorageError("the disk is full")
        self.append(event)

    def rooms(self) -> list[tuple[str, bool]]:
        """Return the rooms that were told of since the last time, and whether they are there."""
        found = [
            (each.room.name, each.is_present) for each in self if isinstance(each, RoomChanged)
        ]
        self.clear()
        return found


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def options() -> Options:
    return Options(members_intent=True)


@pytest.fixture
async def world(
    tmp_path: Path, words: Words, told: Told, options: Options
) -> AsyncIterator[DiscordWorld]:
    world = DiscordWorld(tmp_path, words, options=options)
    await world.open()
    await world.start(told)
    yield world
    await world.close()


@pytest.fixture
async def ann(world: DiscordWorld) -> AccountRef:
    return await world.member("Ann")


@pytest.fixture
async def room(world: DiscordWorld, ann: AccountRef, told: Told) -> RoomRef:
    room = await world.room(ann)
    assert told.rooms() == [("room", True)]
    return room


async def made(world: DiscordWorld, kind: int, name: str) -> RoomRef:
    channel = await world.happens("create_channel", world.guild.id, name, type=kind)
    return RoomRef(world.space, str(channel.id))


# Rooms


async def test_a_room_that_comes_changes_or_goes_is_told(
    world: DiscordWorld, told: Told, room: RoomRef, ann: AccountRef
) -> None:
    id = int(room.id)
    await world.happens("edit_channel", id, {"name": "den"})
    assert told.rooms() == [("den", True)]
    await world.permits(room, int(ann.id), is_member=True, view_channel=False)
    assert told.rooms() == [("den", True)]
    await world.permits(room, int(ann.id), is_member=True, view_channel=False, add_reactions=True)
    await world.happens("edit_channel", id, {"topic": "Books"})
    assert told.rooms() == []  # neither has to do with who reads it
    await world.happens("delete_channel", id)
    assert told.rooms() == [("den", False)]


@pytest.mark.parametrize(
    ("kind", "is_room"),
    [
        (ChannelType.VOICE, True),
        (ChannelType.STAGE_VOICE, True),
        (ChannelType.FORUM, True),
        (ChannelType.NEWS, True),
        (ChannelType.CATEGORY, False),
    ],
)
async def test_all_places_in_which_people_write_are_rooms(
    world: DiscordWorld, told: Told, kind: int, is_room: bool
) -> None:
    await made(world, kind, "place")
    assert told.rooms() == ([("place", True)] if is_room else [])


async def test_not_even_the_name_is_told_of_what_the_bot_can_not_see(
    world: DiscordWorld, told: Told, ann: AccountRef
) -> None:
    hidden, me = await world.room(ann), world.bot.user
    assert me is not None
    await world.permits(hidden, me.id, is_member=True, view_channel=False)
    told.clear()
    await world.happens("edit_channel", int(hidden.id), {"name": "secret"})
    assert told.rooms() == []
    await world.permits(hidden, me.id, is_member=True, view_channel=True)
    assert told.rooms() == [("secret", True)]


async def test_threads_are_told_with_the_room_by_whose_rule_they_are_read(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    forum = await made(world, ChannelType.FORUM, "forum")
    told.clear()
    post = await world.platform.open_thread(forum, "Begin", key="p")
    open_one = await world.opens_thread(ann, room, is_private=False)
    private = await world.opens_thread(ann, room, is_private=True)
    rooms = [each.room for each in told if isinstance(each, RoomChanged)]
    assert rooms == [
        Room(post, "Begin", RoomKind.THREAD, parent=forum),
        Room(open_one, "Aside", RoomKind.THREAD, parent=room),
        Room(private, "Aside", RoomKind.THREAD),
    ]
    told.clear()
    await world.happens("edit_channel", int(open_one.id), {"name": "Group"})
    assert told.rooms() == [("Group", True)]
    await world.happens("edit_channel", int(open_one.id), {}, thread_metadata={"archived": True})
    assert told.rooms() == []
    for thread, parent in ((open_one, room), (private, None)):
        await world.happens("edit_channel", int(thread.id), {}, thread_metadata={"archived": True})
        told.clear()
        await world.happens("delete_channel", int(thread.id))
        (gone,) = told
        left = Room(thread, thread.id, RoomKind.THREAD, parent=parent)
        assert gone == RoomChanged(left, is_present=False)


async def test_a_role_that_lets_others_read_is_told_in_the_rooms_that_it_opens(
    world: DiscordWorld, told: Told, room: RoomRef
) -> None:
    guild, hall = world.guild.id, await made(world, ChannelType.TEXT, "hall")
    role = await world.happens("create_role", guild, "Guests", permissions=0)
    await world.permits(hall, role.id, view_channel=True)
    told.clear()
    await world.happens("edit_role", guild, role.id, {"name": "Visitors"})
    assert told.rooms() == []
    everything = sorted(each.name for each in world.bot.guilds[0].text_channels)
    permissions = discord.Permissions(administrator=True).value
    await world.happens("edit_role", guild, role.id, {"permissions": permissions})
    assert sorted(name for name, _ in told.rooms()) == everything
    for given, named in ((0, ["hall"]), (permissions, everything)):
        await world.happens("edit_role", guild, role.id, {"permissions": given})
        told.clear()
        await world.happens("delete_role", guild, role.id)
        assert sorted(name for name, _ in told.rooms()) == named
        role = await world.happens("create_role", guild, "Guests", permissions=0)
        await world.permits(hall, role.id, view_channel=True)


async def test_what_the_bot_sees_by_a_role_of_its_own_is_told_as_it_gets_and_loses_it(
    world: DiscordWorld, told: Told, room: RoomRef
) -> None:
    guild, hall = world.guild.id, await made(world, ChannelType.TEXT, "hall")
    role = await world.happens("create_role", guild, "Team", permissions=0)
    assert world.bot.user is not None
    await world.permits(hall, role.id, view_channel=True)
    await world.permits(hall, guild, view_channel=False)
    told.clear()
    await world.happens("edit_channel", int(hall.id), {"name": "office"})
    assert told.rooms() == []
    for change in ("add_member_role", "remove_member_role"):
        await world.happens(change, guild, world.bot.user.id, role.id)
        assert {("office", True), ("room", True)} <= set(told.rooms())
    await world.happens("edit_member", guild, world.bot.user.id, {"nick": "Clerk"})
    assert told.rooms() == []


async def test_the_newest_message_of_a_room_is_known(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    newest = world.platform
    assert isinstance(newest, Newest)
    assert await newest.newest(room) is None
    thread = await world.opens_thread(ann, room, is_private=False)
    for where in (room, thread):
        world.writes_quietly(ann, where, "one")
        world.writes_quietly(ann, where, "two")
        await world.env.settle()
        last = [each for each in told if isinstance(each, MessagePosted)][-1]
        assert await newest.newest(where) == last.message.ref.id
    await world.happens("edit_channel", int(thread.id), {}, thread_metadata={"archived": True})
    assert await newest.newest(thread) == last.message.ref.id
    assert await newest.newest(RoomRef(room.space, "1")) is None
    with pytest.raises(DisconnectedError):
        await newest.newest(await world.platform.direct_room(ann))


async def test_a_thread_that_is_folded_away_keeps_its_history(
    world: DiscordWorld, ann: AccountRef, room: RoomRef
) -> None:
    thread = await world.opens_thread(ann, room, is_private=False)
    world.writes_quietly(ann, thread, "said there")
    await world.happens("edit_channel", int(thread.id), {}, thread_metadata={"archived": True})
    past = [event async for event in world.platform.history(thread, None)]
    (event,) = past
    assert isinstance(event, MessagePosted)
    assert (event.message.text, event.room.parent) == ("said there", room)


async def test_a_forum_has_no_history_but_its_posts_have(
    world: DiscordWorld, ann: AccountRef
) -> None:
    forum = await made(world, ChannelType.FORUM, "forum")
    post = await world.platform.open_thread(forum, "Begin", key="p")
    world.writes_quietly(ann, post, "an answer")
    assert [event async for event in world.platform.history(forum, None)] == []
    past = [event async for event in world.platform.history(post, None)]
    assert [each.message.text for each in past if isinstance(each, MessagePosted)] == ["an answer"]


# Members


async def test_members_who_come_change_or_go_are_told_with_their_roles(
    world: DiscordWorld, told: Told
) -> None:
    bob = await world.member("Bob")
    guild, id = world.guild.id, int(bob.id)
    role = await world.happens("create_role", guild, "Guests", permissions=0)
    await world.happens("add_member_role", guild, id, role.id)
    await world.happens("edit_member", guild, id, {"nick": "Bobby"})
    await world.happens("edit_member", guild, id, {"timed_out_until": "2026-12-01T00:00:00+00:00"})
    await world.happens("remove_member", guild, id)
    changes = [each for each in told if isinstance(each, MemberChanged)]
    assert {(each.account.ref, each.room, each.space) for each in changes} == {
        (bob, None, world.space)
    }
    assert [(each.account.name, len(each.account.roles), each.is_present) for each in changes] == [
        ("Bob", 0, True),
        ("Bob", 1, True),
        ("Bobby", 1, True),
        ("Bobby", 1, False),
    ]
    assert changes[1].account.roles == {str(role.id)}
    assert changes[0].account.since is not None
    assert changes[0].account.since.tzinfo is not None


class TestWithoutTheListOfMembers:
    @pytest.fixture
    def options(self) -> Options:
        return Options()

    async def test_nobody_is_told_of_and_roles_come_with_what_somebody_writes(
        self, world: DiscordWorld, told: Told
    ) -> None:
        ann = await world.member("Ann", role="Guests")
        room = await world.room(ann)
        await world.happens("edit_member", world.guild.id, int(ann.id), {"nick": "Anna"})
        await world.says(ann, room, "hello")
        assert not [each for each in told if isinstance(each, MemberChanged)]
        event = told[-1]
        assert isinstance(event, MessagePosted)
        assert (event.author.name, len(event.author.roles)) == ("Anna", 1)
        assert event.author.since is not None


# Servers


async def test_servers_that_come_change_or_go_are_told(
    world: DiscordWorld, told: Told, ann: AccountRef
) -> None:
    platform = world.platform
    assert isinstance(platform, Spaces)
    beside = await world.add_server(ann)
    assert SpaceChanged(beside.space, "Beside") in told
    told.clear()
    world.env.backend.guilds[int(beside.space.id)].name = "Beyond"
    await world.tells_of_server(beside.space)
    assert told == [SpaceChanged(beside.space, "Beyond")]
    await world.is_out()
    assert await platform.spaces() == {world.space, beside.space}
    await world.is_out(is_over=True)
    assert [each for each in told if isinstance(each, SpaceChanged)][1:] == []
    told.clear()
    await world.loses_server(beside.space)
    assert told == [SpaceChanged(beside.space, "Beyond", is_present=False)]
    assert await platform.spaces() == {world.space}
    world.writes_quietly(ann, beside, "still there?")
    await world.env.settle()
    assert len(told) == 1
    with pytest.raises(RoomGoneError):
        await world.platform.send(Outgoing(beside, paragraph("Hello"), "k"))


async def test_what_is_lost_for_one_server_is_told_for_the_others(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    beside = await world.add_server(ann)
    for space, name in ((beside.space, "Unlucky"), (world.space, "Lucky")):
        world.env.backend.guilds[int(space.id)].name = name
    told.clear()
    for space in (beside.space, world.space):
        await world.tells_of_server(space)
    assert told == [SpaceChanged(world.space, "Lucky")]


async def test_one_word_of_a_gap_will_do_when_all_begins_anew(
    world: DiscordWorld, told: Told, ann: AccountRef
) -> None:
    beside = await world.add_server(ann)
    gone = world.bot.get_guild(int(beside.space.id))
    assert gone is not None
    world.bot._connection._remove_guild(gone)
    silent = await world.add_server()
    await world.env.settle()
    told.clear()
    nameless = world.bot.get_guild(int(silent.space.id))
    assert nameless is not None
    nameless.unavailable, nameless.name = True, ""  # as in READY before an outage is over
    for guild in world.bot.guilds:
        world.bot.dispatch("guild_available", guild)
    world.bot.dispatch("ready")
    await world.env.settle()
    left = SpaceChanged(beside.space, "Beside", is_present=False)
    assert sorted(told, key=repr) == [GapEnded("discord"), left]
    told.clear()
    world.bot.dispatch("shard_ready", 0)  # one of several connections began anew
    await world.env.settle()
    assert told == [GapEnded("discord", world.space)]  # of one that is out it is told afterwards
    told.clear()
    world.bot._ready.clear()
    world.bot.dispatch("shard_ready", 0)  # all of them do
    await world.env.settle()
    assert told == []
    world.bot._ready.set()


class TestOnlyOneServer:
    """The operator has named a server, and the second one is not it."""

    @pytest.fixture
    def options(self) -> Options:
        return Options(guilds=("123456789012345678",), members_intent=True)

    async def test_nothing_is_told_of_others_but_that_they_are_gone(
        self, world: DiscordWorld, told: Told
    ) -> None:
        ann = await world.member("Ann")
        room = await world.room(ann)
        await world.permits(room, int(ann.id), is_member=True, view_channel=False)
        await world.happens("edit_member", world.guild.id, int(ann.id), {"nick": "Anna"})
        await world.happens("remove_member", world.guild.id, int(ann.id))
        await world.tells_of_server(world.space)
        beside = await world.add_server()
        assert told == []
        assert await world.platform.spaces() == {world.space, beside.space}
        await world.loses_server(beside.space)
        assert told == [SpaceChanged(beside.space, "Beside", is_present=False)]


# Votes


async def test_votes_in_polls_of_ours_are_told(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    closes = world.surroundings.clock.now() + timedelta(days=1)
    options = (Choice("book:1", "One"), Choice("book:2", "Two"))
    poll = await world.platform.open_poll(room, Poll("Which?", options, closes), key="p")
    others = await world.happens("create_message", int(room.id), int(ann.id), "no poll of ours")
    assert others is not None
    told.clear()
    await world.actor(ann).vote(world.message(poll), answer=2)
    await world.actor(ann).remove_vote(world.message(poll), answer=2)
    votes = [each for each in told if isinstance(each, Voted)]
    assert [(each.ref, each.account.ref, each.option, each.is_added) for each in votes] == [
        (poll, ann, "book:2", True),
        (poll, ann, "book:2", False),
    ]
    assert votes[0].account.name == "Ann"
    payload = {
        "user_id": ann.id,
        "channel_id": room.id,
        "message_id": str(others.id),
        "answer_id": 1,
        "guild_id": room.space.id,
    }
    told.clear()
    await world.happens("emit", "MESSAGE_POLL_VOTE_ADD", payload)
    assert told == []


# Rights


async def test_what_the_bot_lacks_in_a_server_comes_with_the_link_that_mends_it(
    world: DiscordWorld, words: Words, told: Told
) -> None:
    platform, guild = world.platform, world.bot.guilds[0]
    assert isinstance(platform, Inspects)
    found = await platform.inspect(world.space)
    assert [(each.is_ok, each.phrase) for each in found] == [(True, "discord.rights_good")]
    for role in guild.me.roles:
        await world.happens("edit_role", guild.id, role.id, {"permissions": 0})
    found = await platform.inspect(world.space)
    assert [each.phrase for each in found] == [
        *(right.phrase for right in RIGHTS),
        "discord.invite",
    ]
    assert not any(each.is_ok for each in found)
    for language in ("en", "de"):
        said = [words.phrase(each.phrase, language=language, **each.values) for each in found]
        assert all(guild.name in each for each in said)
        assert f"&permissions={ASKED.value}" in said[-1]
        assert f"&guild_id={guild.id}" in said[-1]
    found = await platform.inspect(SpaceRef("discord", "x"))
    assert [(each.is_ok, each.phrase) for each in found] == [(False, "discord.server_hidden")]


async def test_the_link_asks_for_exactly_what_is_documented_and_never_for_everything(
    world: DiscordWorld,
) -> None:
    assert not ASKED.administrator
    assert all(getattr(ASKED, right.name) for right in RIGHTS)
    assert ASKED.value.bit_count() == len(RIGHTS)
    link, guild = invitation(world.bot), world.bot.guilds[0]
    application = world.bot.application_id
    assert link == (
        f"https://discord.com/oauth2/authorize?client_id={application}"
        f"&scope=bot+applications.commands&permissions={ASKED.value}"
    )
    assert invitation(world.bot, guild) == f"{link}&guild_id={guild.id}"


class TestWithoutContent:
    @pytest.fixture
    def options(self) -> Options:
        return Options()

    async def test_what_is_not_told_is_said(self, world: DiscordWorld, words: Words) -> None:
        world.bot._connection._intents.message_content = False
        found = await world.platform.inspect(world.space)
        phrases = {each.phrase: each.is_ok for each in found}
        assert phrases["discord.without_content"] is False
        assert phrases["discord.without_members"] is True
        assert all(words.phrase(each, language="de", server="") for each in phrases)


async def test_nothing_can_be_posted_in_a_forum_itself(
    world: DiscordWorld, told: Told, ann: AccountRef
) -> None:
    forum = await made(world, ChannelType.FORUM, "forum")
    with pytest.raises(NotPermittedError):
        await world.platform._running.rooms.channel(forum)

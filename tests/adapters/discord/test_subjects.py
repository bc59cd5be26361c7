"""What Discord tells beyond ids: whom and what a command names, roles by name, threads folded away."""

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest

from learncomm_agent.chat.events import Event, FormSent, MessagePosted
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.errors import DisconnectedError
from learncomm_agent.words import Words
from tests.adapters.discord.discord_world import DiscordWorld


class Told(list[Event]):
    """A sink that keeps what it was told."""

    async def __call__(self, event: Event) -> None:
        self.append(event)

    def form(self) -> FormSent:
        return next(each for each in reversed(self) if isinstance(each, FormSent))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def world(tmp_path: Path, told: Told) -> AsyncIterator[DiscordWorld]:
    world = DiscordWorld(tmp_path, Words())
    await world.open()
    try:
        await world.start(told)
        yield world
    finally:
        await world.close()


async def test_the_author_of_a_message_comes_along_with_what_is_asked_on_it(
    world: DiscordWorld, told: Told
) -> None:
    ann, ben = await world.member("Ann"), await world.member("Ben")
    room = await world.room(ann, ben)
    message = await world.says(ben, room, "I wrote down what we agreed.")
    await world.asks_on(ann, "Thank for this", message)
    sent = told.form()
    assert sent.values == {"message": message.id}
    assert [(each.ref, each.name) for each in sent.people] == [(ben, "Ben")]


async def test_a_picked_channel_comes_with_its_name_unless_it_is_hidden_from_the_bot(
    world: DiscordWorld, told: Told
) -> None:
    ann = await world.member("Ann")
    room, other = await world.room(ann), await world.room(ann, name="books")
    await world.calls(ann, room, "read", **{"room": world.channel(other)})
    sent = told.form()
    assert sent.values == {"room": other.id}
    assert [(each.ref, each.name) for each in sent.rooms] == [(other, "books")]
    me = world.guild.me
    assert me is not None
    await world.permits(other, me.id, is_member=True, view_channel=False)
    await world.calls(ann, room, "read", **{"room": world.channel(other)})
    assert told.form().rooms == ()


async def test_roles_are_told_by_name_but_for_the_one_that_all_have(world: DiscordWorld) -> None:
    role = world.guild.create_role("Hosts")
    await world.env.settle()
    roles = await world.platform.roles(world.space)
    assert roles[str(role.id)] == "Hosts"
    assert world.space.id not in roles
    with pytest.raises(DisconnectedError):
        await world.platform.roles(SpaceRef("discord", "12"))


async def test_threads_that_were_folded_away_are_told_and_private_ones_are_not(
    world: DiscordWorld,
) -> None:
    ann = await world.member("Ann")
    room = await world.room(ann)
    thread = await world.opens_thread(ann, room, is_private=False)
    folded = await world.opens_thread(ann, room, is_private=False)
    await world.opens_thread(ann, room, is_private=True)
    channel = world.bot.get_channel(int(folded.id))
    assert isinstance(channel, discord.Thread)
    await channel.edit(archived=True)
    await world.env.settle()
    found = await world.platform.branches(room, None)
    assert {each.ref for each in found} == {thread, folded}
    assert {each.parent for each in found} == {room}
    later = await world.platform.branches(room, world.now())
    assert thread in {each.ref for each in later}


async def test_a_history_tells_since_when_its_authors_are_there(world: DiscordWorld) -> None:
    ann = await world.member("Ann")
    room = await world.room(ann)
    await world.says(ann, room, "Good morning.")
    (event,) = [each async for each in world.platform.history(room, None)]
    assert isinstance(event, MessagePosted)
    assert event.author.since == world.now()

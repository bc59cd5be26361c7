"""Where direct talks belong in a simulated Discord, and what is asked to know it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.events import (
    Event,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Reacted,
)
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.errors import DisconnectedError
from learncomm_agent.testing.world import paragraph
from learncomm_agent.words import Words
from learncomm_discord.options import Options
from tests.adapters.discord.discord_world import DiscordWorld

A_DAY_S = 25 * 3600


class Told(list[Event]):
    async def __call__(self, event: Event) -> None:
        self.append(event)

    def last(self) -> MessagePosted:
        found = self[-1]
        assert isinstance(found, MessagePosted)
        return found


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def world(tmp_path: Path, words: Words, told: Told) -> AsyncIterator[DiscordWorld]:
    world = DiscordWorld(tmp_path, words, options=Options())
    await world.open()
    await world.start(told)
    yield world
    await world.close()


@pytest.fixture
async def ann(world: DiscordWorld) -> AccountRef:
    return await world.member("Ann")


@pytest.fixture
async def room(world: DiscordWorld, ann: AccountRef) -> RoomRef:
    return await world.room(ann)


@pytest.fixture
async def beside(world: DiscordWorld) -> RoomRef:
    return await world.add_server()


@pytest.fixture
async def cleo(world: DiscordWorld, beside: RoomRef) -> AccountRef:
    """Somebody who is in the newer server alone."""
    cleo = await world.member("Cleo")
    world.guild.remove_member(world.actor(cleo))
    await world.joins(cleo, beside)
    return cleo


async def test_a_talk_keeps_its_place_whatever_other_servers_say(
    world: DiscordWorld, told: Told, room: RoomRef, beside: RoomRef, cleo: AccountRef
) -> None:
    await world.writes_directly(cleo, "hello")
    assert told.last().room.ref.space == beside.space
    await world.waits(A_DAY_S)
    path = f"/guilds/{world.guild.id}/members/{cleo.id}"
    before = len(world.requests("GET", path))
    world.fails("GET", path, status=503, times=99)
    await world.writes_directly(cleo, "again")
    assert (told.last().message.text, told.last().room.ref.space) == ("again", beside.space)
    assert len(world.requests("GET", path)) == before


async def test_a_talk_moves_where_somebody_is_met_in_an_older_server_or_leaves(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef, beside: RoomRef
) -> None:
    await world.joins(ann, beside)
    await world.writes_directly(ann, "hello")
    assert told.last().room.ref.space == world.space
    world.guild.remove_member(world.actor(ann))
    await world.waits(61)
    await world.writes_directly(ann, "gone there")
    assert told.last().room.ref.space == beside.space


async def test_whoever_acts_in_an_older_server_belongs_there(
    world: DiscordWorld, told: Told, room: RoomRef, beside: RoomRef, cleo: AccountRef
) -> None:
    await world.writes_directly(cleo, "hello")
    world.guild.add_member(world.actor(cleo).user)
    await world.env.settle()
    await world.permits(room, int(cleo.id), is_member=True, view_channel=True)
    await world.says(cleo, room, "here I am")
    await world.writes_directly(cleo, "again")
    assert told.last().room.ref.space == world.space


@pytest.mark.parametrize("failures", [0, 2])
async def test_what_is_done_to_a_direct_message_is_told_after_a_restart(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef, failures: int
) -> None:
    await world.writes_directly(ann, "hello")
    await world.writes_directly(ann, "and this")
    first, second = (each.message.ref for each in told if isinstance(each, MessagePosted))
    told.clear()
    await world.restart(told)
    world.fails("GET", f"/channels/{first.room.id}", status=503, times=failures)
    with world.env._bot_scope():
        backend, talk, who = world.env.backend, int(first.room.id), int(ann.id)
        backend.edit_message(talk, int(first.id), {"content": "hello, you"})
        backend.add_reaction(talk, int(first.id), "👍", who)
        backend.delete_message(talk, int(second.id))
    await world.waits(20)
    kinds: dict[type[Event], MessageRef] = {
        type(each): each.ref
        for each in told
        if isinstance(each, MessageEdited | Reacted | MessageDeleted)
    }
    assert kinds == {MessageEdited: first, Reacted: first, MessageDeleted: second}


async def test_a_talk_is_that_of_the_other_one_whoever_wrote_in_it(
    world: DiscordWorld, told: Told, room: RoomRef, beside: RoomRef, cleo: AccountRef
) -> None:
    await world.writes_directly(cleo, "hello")
    direct = told.last().room.ref
    await world.platform.send(Outgoing(direct, paragraph("Hello"), "k"))
    past = [each async for each in world.platform.history(direct, None)]
    assert [each.message.text for each in past if isinstance(each, MessagePosted)] == ["hello"]
    assert (await world.platform.capabilities(direct)).direct_messages == Level.FULL


async def test_what_is_done_in_a_talk_with_nobody_we_know_is_told_to_nobody(
    world: DiscordWorld,
    told: Told,
    ann: AccountRef,
    room: RoomRef,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await world.writes_directly(ann, "hello")
    ref = told.last().message.ref
    told.clear()
    await world.restart(told)
    world.guild.remove_member(world.actor(ann))
    await world.happens("add_reaction", int(ref.room.id), int(ref.id), "👍", int(ann.id))
    world.fails("GET", f"/channels/{ref.room.id}", status=404)
    await world.happens("delete_message", int(ref.room.id), int(ref.id))
    assert told == []
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []


async def test_what_somebody_reads_in_one_server_is_asked_of_that_alone(
    world: DiscordWorld, ann: AccountRef, room: RoomRef, beside: RoomRef
) -> None:
    await world.joins(ann, beside)
    path = f"/guilds/{beside.space.id}/members/{ann.id}"
    world.fails("GET", path, status=503, times=99)
    here = await world.platform.readable(Audience.of_account(ann, room.space))
    assert room in here
    assert {each.space for each in here} == {room.space}
    assert world.requests("GET", path) == []
    with pytest.raises(DisconnectedError):
        await world.platform.readable(Audience.of_account(ann, beside.space))
    direct = await world.platform.direct_room(ann)
    assert direct in await world.platform.readable(Audience.of_account(ann, room.space))


async def test_in_an_outage_nobody_is_asked_for(
    world: DiscordWorld, ann: AccountRef, room: RoomRef
) -> None:
    await world.is_out()
    before = len(world.requests("GET", f"/members/{ann.id}"))
    with pytest.raises(DisconnectedError):
        await world.platform.readable(Audience.of_account(ann, room.space))
    assert len(world.requests("GET", f"/members/{ann.id}")) == before

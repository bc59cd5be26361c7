"""Who presses "Interested" on an entry in a server's calendar, also on one from before a restart."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from learncomm_agent.chat.events import Event, Interested
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.chat.scheduled_events import ScheduledEvent
from learncomm_agent.words import Words
from learncomm_discord.connection.bot import intents
from learncomm_discord.options import Options
from tests.adapters.discord.discord_world import DiscordWorld

_NAMES = ("GUILD_SCHEDULED_EVENT_USER_ADD", "GUILD_SCHEDULED_EVENT_USER_REMOVE")


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def sink(told: list[Event]) -> Sink:
    async def kept(event: Event) -> None:
        told.append(event)

    return kept


@pytest.fixture(params=[True, False], ids=["members", "no members"])
async def world(
    request: pytest.FixtureRequest, tmp_path: Path, words: Words, sink: Sink
) -> AsyncIterator[DiscordWorld]:
    world = DiscordWorld(tmp_path, words, options=Options(members_intent=request.param))
    await world.open()
    await world.start(sink)
    yield world
    await world.close()


async def entry(world: DiscordWorld, room: RoomRef) -> str:
    begin = world.now() + timedelta(days=1)
    event = ScheduledEvent("Chapter two", begin, begin + timedelta(hours=1), where="Library")
    return await world.platform.schedule(room, event, key="k")


def interest(told: list[Event]) -> list[tuple[AccountRef, str, str, bool]]:
    found = [each for each in told if isinstance(each, Interested)]
    return [(each.account.ref, each.account.name, each.entry, each.is_added) for each in found]


async def test_what_was_made_before_a_restart_is_heard_of_after_it(
    world: DiscordWorld, told: list[Event], sink: Sink
) -> None:
    """Also where discord.py knows neither the entry nor, without the members' intent, who it is."""
    ann = await world.member("Ann")
    made = await entry(world, await world.room(ann))
    await world.restart(sink)
    guild = world.bot.get_guild(world.guild.id)
    assert guild is not None
    guild._scheduled_events.clear()  # it may have been away when the entry came
    for is_added in (True, False):
        await world.takes_interest(ann, made, is_added=is_added)
    assert interest(told) == [(ann, "Ann", made, True), (ann, "Ann", made, False)]


async def test_while_discord_does_not_answer_it_waits_and_keeps_the_order(
    world: DiscordWorld, told: list[Event]
) -> None:
    ann = await world.member("Ann")
    made = await entry(world, await world.room(ann))
    world.fails("GET", "/guilds/*/members/*", status=503)
    for is_added in (True, False):
        await world.takes_interest(ann, made, is_added=is_added)
    await world.waits(10)
    assert interest(told) == [(ann, "Ann", made, True), (ann, "Ann", made, False)]


async def test_strange_interest_disturbs_nothing(world: DiscordWorld, told: list[Event]) -> None:
    """It can't be read, or is of the bot itself, of nobody, or of a server that is none of ours."""
    ann = await world.member("Ann")
    made, me, here = await entry(world, await world.room(ann)), world.bot.user, world.space.id
    assert me is not None
    for guild, event, user in (
        (here, made, str(me.id)),
        (here, made, "77"),
        ("77", made, ann.id),
        (here, "x", ann.id),
    ):
        data = {"guild_id": guild, "guild_scheduled_event_id": event, "user_id": user}
        await world.happens("emit", _NAMES[0], data)
    assert interest(told) == []
    await world.takes_interest(ann, made)
    assert interest(told) == [(ann, "Ann", made, True)]


async def test_it_is_asked_for_and_a_host_gets_its_bot_back_as_it_was(world: DiscordWorld) -> None:
    assert intents(Options()).guild_scheduled_events
    parsers = world.bot._connection.parsers
    mine = [parsers[name] for name in _NAMES]
    await world.platform.stop()
    assert all(parsers[name] is not each for name, each in zip(_NAMES, mine, strict=True))

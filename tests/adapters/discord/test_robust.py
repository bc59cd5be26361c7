"""What goes wrong between Discord and the adapter: entry refused, lines cut, limits, odd events, shards."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import discord
import pytest
from discord.ext import commands

from learncomm_agent.chat.events import Event, GapEnded, MessagePosted, SpaceChanged
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.chat.platform import Connection
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RateLimitedError,
)
from learncomm_agent.testing.world import paragraph
from learncomm_agent.words import Words
from learncomm_discord.adapter import DiscordAdapter
from learncomm_discord.connection import gateway
from learncomm_discord.connection.bot import AnyBot, intents
from learncomm_discord.connection.connections import Connections
from learncomm_discord.options import Options
from tests.adapters.discord.loopback import Loopback
from tests.adapters.discord.loopback_places import Channel, Guild, Person
from tests.adapters.discord.loopback_world import Shown
from tests.adapters.discord.own_bot import QUICK_S, Quick, QuickBot, adapter, at_hand

POSTS = ("POST", "/channels/*/messages")
GAP = GapEnded("discord")


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    at_hand(monkeypatch)
    with Loopback() as double:
        yield double


@pytest.fixture
def guild(double: Loopback) -> Guild:
    return double.add_guild("Readers")


@pytest.fixture
def hall(double: Loopback, guild: Guild) -> Channel:
    return double.add_channel(guild, "hall")


@pytest.fixture
def ann(double: Loopback, guild: Guild) -> Person:
    return double.add_member(guild, "Ann")


class Running:
    """An adapter that runs, and what it told."""

    def __init__(self, own: DiscordAdapter) -> None:
        self.own = own
        self.told: list[Event] = []

    async def sink(self, event: Event) -> None:
        self.told.append(event)

    @property
    def heard(self) -> list[str]:
        return [each.message.text for each in self.told if isinstance(each, MessagePosted)]

    @property
    def report(self) -> list[Connection]:
        return list(self.own.report())

    @property
    def states(self) -> list[str]:
        return [each.state for each in self.report]

    @property
    def client(self) -> AnyBot:
        session = self.own._session
        assert session is not None
        return session.client


@asynccontextmanager
async def running(own: DiscordAdapter) -> AsyncIterator[Running]:
    one = Running(own)
    await own.start(one.sink)
    try:
        yield one
    finally:
        await own.stop()


def room_of(channel: Channel) -> RoomRef:
    assert channel.guild is not None
    return RoomRef(SpaceRef("discord", str(channel.guild.id)), str(channel.id))


def gap_of(channel: Channel) -> GapEnded:
    return GapEnded("discord", room_of(channel).space)


def ref(message: Shown) -> MessageRef:
    return MessageRef(room_of(message.channel), str(message.id))


# What keeps a bot from coming in: one sentence each


@pytest.mark.parametrize(
    ("fault", "phrase"),
    [
        ({"status": 503}, "outage"),
        ({"status": 404}, "wrong_address"),
        ({"status": 200, "is_html": True}, "wrong_address"),
        ({"status": 403, "is_html": True}, "unreachable"),
        ({"status": 429, "retry_after": 1800}, "too_often"),
        ({"status": 429, "is_html": True}, "too_often"),
    ],
)
async def test_a_refused_login_is_one_sentence(
    double: Loopback, tmp_path: Path, fault: dict[str, Any], phrase: str
) -> None:
    own = adapter(double, tmp_path, Quick())
    double.fail("GET", "/users/@me", times=2, **fault)
    with pytest.raises(PlatformError) as raised:
        await own.start(Running(own).sink)
    assert raised.value.advice.phrase == f"discord.{phrase}"
    [found] = await own.check()
    assert (found.is_ok, found.phrase) == (False, f"discord.{phrase}")
    assert len(double.requests("GET", "/users/@me")) == 2, "nobody tried again at once"


async def test_a_way_that_is_not_safe_is_one_sentence(double: Loopback, tmp_path: Path) -> None:
    unsafe = double.api_url.replace("http", "https")
    [found] = await adapter(double, tmp_path, Quick(), api_url=unsafe).check()
    assert (found.is_ok, found.phrase) == (False, "discord.unsafe")


@pytest.mark.parametrize("shards", [None, 2])
@pytest.mark.parametrize(
    ("code", "phrase"), [(4004, "bad_token"), (4011, "needs_shards"), (4014, "no_intent")]
)
async def test_a_refused_connection_is_one_sentence(
    double: Loopback, tmp_path: Path, code: int, phrase: str, shards: int | None
) -> None:
    double.refuse(code)
    own = adapter(double, tmp_path, Quick(), shards=shards)
    with pytest.raises(PlatformError) as raised:
        await own.start(Running(own).sink)
    assert raised.value.advice.phrase == f"discord.{phrase}"
    assert Words().phrase(f"discord.{phrase}", language="de")
    assert own.report() == []


# How it comes back


def test_each_attempt_waits_longer_and_no_two_bots_alike() -> None:
    def waits(seed: int) -> list[float]:
        bot, clock = QuickBot(Options()), SystemClock()
        connections, dice = Connections(bot, clock), random.Random(seed)
        one = gateway.Gateway(bot, "token", connections, clock, dice)
        return [one.wait_s(failures) for failures in range(1, 9)]

    first, other = waits(1), waits(2)
    assert first == waits(1)
    assert all(a != b for a, b in zip(first, other, strict=True))
    for each in (first, other):
        assert all(before < after for before, after in pairwise(each[:5]))
        assert max(each) <= gateway.LONGEST_WAIT_S
        assert each[0] <= gateway.FIRST_WAIT_S
        assert min(each[-3:]) >= gateway.LONGEST_WAIT_S / 2


class Held(Quick):
    """Sleeps until a test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.is_held = True

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        while self.is_held:
            await super().sleep(0)


async def test_it_says_that_it_waits_and_why(
    double: Loopback, hall: Channel, ann: Person, tmp_path: Path
) -> None:
    clock = Held()
    async with running(adapter(double, tmp_path, clock)) as one:
        assert one.states == ["ready"]
        double.refuse(4004)
        double.drop(is_resumable=False)
        await double.until(lambda: one.states == ["waiting"])
        [report] = one.report
        assert report.trouble == "discord.bad_token"
        with pytest.raises(DisconnectedError):
            await one.own.send(Outgoing(room_of(hall), paragraph("Hello"), "k.0"))
        clock.is_held = False
        await double.until(lambda: one.states == ["ready"])
        [report] = one.report
        assert (report.trouble, report.counts["restarts"]) == ("", 1)
        await double.until(lambda: GAP in one.told)
        double.says(ann, hall, "again")
        await double.until(lambda: one.heard)


async def test_a_session_that_goes_on_has_no_gap_and_a_new_one_has(
    double: Loopback, hall: Channel, ann: Person, tmp_path: Path
) -> None:
    async with running(adapter(double, tmp_path, Quick())) as one:
        double.invalidate(is_resumable=True)
        await double.until(lambda: double.resumed == 1)
        double.says(ann, hall, "one")
        await double.until(lambda: one.heard)
        assert GAP not in one.told
        assert one.report[0].counts["resumed"] == 1
        double.invalidate()
        double.says(ann, hall, "lost")
        await double.until(lambda: GAP in one.told)
        await double.until(lambda: one.states == ["ready"])
        double.says(ann, hall, "two")
        await double.until(lambda: one.heard[1:])
        assert (one.heard, double.identified) == (["one", "two"], 2)
        assert one.report[0].counts["restarts"] == 0


async def test_a_line_that_has_gone_silent_is_begun_anew(
    double: Loopback, hall: Channel, ann: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    double.beat(100)
    own = adapter(double, tmp_path, Quick())
    heartbeats = discord.state.ConnectionState
    monkeypatch.setattr(
        heartbeats, "heartbeat_timeout", property(lambda self: 0.4, lambda *_: None), raising=False
    )
    async with running(own) as one:
        await double.until(lambda: one.report[0].delay_ms is not None)
        double.mute()
        await double.until(lambda: double.resumed)
        double.mute(False)
        double.says(ann, hall, "still there")
        await double.until(lambda: one.heard)
        assert GAP not in one.told


async def test_a_look_up_that_fails_keeps_nobody_waiting(
    double: Loopback, hall: Channel, ann: Person, tmp_path: Path
) -> None:
    async with running(adapter(double, tmp_path, Quick())) as one:
        double.fail("GET", "/guilds/*/members/*", status=503, times=1000)
        double.says(ann, double.direct(ann), "for you")
        await double.until(lambda: double.requests("GET", "/guilds/*/members/*"))
        double.says(ann, hall, "for all")
        await double.until(lambda: one.heard == ["for all"])
        double.mend()


# What Discord asks to wait for


@pytest.mark.parametrize("is_global", [False, True])
async def test_it_waits_as_it_is_asked_to(
    double: Loopback, guild: Guild, hall: Channel, tmp_path: Path, is_global: bool
) -> None:
    den = double.add_channel(guild, "den")
    async with running(adapter(double, tmp_path, Quick())) as one:
        double.fail(*POSTS, status=429, times=2, retry_after=0.2, is_global=is_global)
        for channel in (hall, den):
            await one.own.send(Outgoing(room_of(channel), paragraph("Hello"), f"{channel.id}.0"))
        assert [each.status for each in double.requests(*POSTS)] == [429, 429, 200, 200]
        assert [len(double.seen(each)) for each in (hall, den)] == [1, 1]


@pytest.mark.parametrize(
    ("status", "asked", "error"),
    [(429, [429], RateLimitedError), (503, [503], DisconnectedError), (502, [502, 200], None)],
)
async def test_what_is_tried_again_is_discord_pys_to_say(
    double: Loopback,
    hall: Channel,
    tmp_path: Path,
    status: int,
    asked: list[int],
    error: type[PlatformError] | None,
) -> None:
    said = Outgoing(room_of(hall), paragraph("Hello"), "k.0")
    async with running(adapter(double, tmp_path, Quick())) as one:
        double.fail(*POSTS, status=status, retry_after=90)
        if error is None:
            await one.own.send(said)
        else:
            with pytest.raises(error) as raised:
                await one.own.send(said)
            if isinstance(raised.value, RateLimitedError):
                assert raised.value.retry_after_s == 90
        assert [each.status for each in double.requests(*POSTS)] == asked
        await one.own.send(said)
        assert len(double.seen(hall)) == 1


async def test_the_same_words_to_two_people_are_told_apart(
    double: Loopback, hall: Channel, ann: Person, tmp_path: Path
) -> None:
    asked = [double.says(ann, hall, text) for text in ("one?", "two?")]
    said = [
        Outgoing(room_of(hall), paragraph("A moment"), f"{each.id}.0", reply_to=ref(each))
        for each in asked
    ]
    async with running(adapter(double, tmp_path, Quick())) as one:
        for each, is_applied in zip(said, (False, True), strict=True):
            double.cut(*POSTS, is_applied=is_applied)
            with pytest.raises(DisconnectedError):
                await one.own.send(each)
    async with running(adapter(double, tmp_path, Quick())) as one:
        for each in said:
            await one.own.send(each)
    assert sorted(each.reply_to or 0 for each in double.seen(hall)[2:]) == [a.id for a in asked]


async def test_a_long_history_is_read_once_and_in_order(
    double: Loopback, hall: Channel, ann: Person, tmp_path: Path
) -> None:
    texts = [f"message {number}" for number in range(5000)]
    double.says_many(ann, hall, texts)
    async with running(adapter(double, tmp_path, Quick())) as one:
        pages = ("GET", "/channels/*/messages")
        read = []
        async for event in one.own.history(room_of(hall), None):
            assert isinstance(event, MessagePosted)
            read.append(event.message.text)
            if len(read) % 1000 == 0:
                double.fail(*pages, status=429, retry_after=0.01, times=2)
        assert read == texts
        statuses = [each.status for each in double.requests(*pages)]
        assert (statuses.count(429), statuses.count(200)) == (10, 51)


# Events that discord.py can't read


def without(body: dict[str, Any], *keys: str, **more: Any) -> dict[str, Any]:
    return {**{key: value for key, value in body.items() if key not in keys}, **more}


def odd(guild: Guild, hall: Channel, ann: Person) -> dict[str, dict[str, Any]]:
    """Return the events that are known to end a client of discord.py, and some of their kind."""
    in_guild = {"guild_id": str(guild.id)}
    body = {"id": "7", "channel_id": str(hall.id), "author": ann.user(), "content": "secret"}
    member = guild.member(ann)
    vote = {"user_id": str(ann.id), "channel_id": str(hall.id), "message_id": "7"}
    stranger = {**guild.created([]), "id": "77", "roles": [{"name": "secret"}]}
    return {
        "MESSAGE_CREATE": {**body, **in_guild, "member": {"roles": None}, "type": "secret"},
        "MESSAGE_UPDATE": {**body, **in_guild, "member": without(member, "roles", "flags")},
        "CHANNEL_CREATE": without({**hall.body(), "id": "8", "name": "secret"}, "position"),
        "GUILD_MEMBER_UPDATE": without({**member, **in_guild, "nick": "secret"}, "flags", "roles"),
        "MESSAGE_POLL_VOTE_ADD": {**vote, **in_guild},
        "THREAD_CREATE": {**in_guild, "id": "9", "name": "secret", "type": 11, "parent_id": "1"},
        "INTERACTION_CREATE": {"id": "1", "type": 2, "token": "secret", "data": None},
        "GUILD_CREATE": stranger,
        "GUILD_ROLE_UPDATE": {**in_guild, "role": {"name": "secret"}},
        "GUILD_MEMBERS_CHUNK": {**in_guild, "members": [{"nick": "secret"}]},
    }


async def test_an_event_that_cant_be_read_is_lost_alone(
    double: Loopback,
    guild: Guild,
    hall: Channel,
    ann: Person,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = double.add_channel(double.add_guild("Elsewhere"), "elsewhere")
    assert other.guild is not None
    double.join(other.guild, ann)
    events = odd(guild, hall, ann)
    async with running(adapter(double, tmp_path, Quick(), members_intent=True)) as one:
        for number, (event, data) in enumerate(events.items(), 1):
            caplog.clear()
            double.sends(event, data)
            double.says(ann, other, event)
            await double.until(lambda sent=event: sent in one.heard)  # type: ignore[misc]
            assert one.report[0].counts["unreadable"] == number, event
            assert event in caplog.text
            assert "secret" not in caplog.text
            assert (
                str(data.get("guild_id", data["id"] if event == "GUILD_CREATE" else 0))
                in caplog.text
            )
        double.sends("MESSAGE_UPDATE", events["MESSAGE_UPDATE"])
        double.sends("SOMETHING_NEW", {"secret": "secret"})
        double.says(ann, hall, "still there")
        await double.until(lambda: "still there" in one.heard)
        [report] = one.report
        assert report.counts["unreadable"] == len(events) + 1
        assert report.counts["unknown"] == 1
        assert (double.identified, report.counts["restarts"]) == (1, 0)


async def test_what_is_unknown_in_an_event_does_no_harm(
    double: Loopback, hall: Channel, ann: Person, tmp_path: Path
) -> None:
    double.says(ann, hall, "hello")
    async with running(adapter(double, tmp_path, Quick())) as one:
        [shown] = double.seen(hall)
        assert hall.guild is not None
        new = {"type": 99, "brand_new": {"a": [1]}, "id": "1400000000000000000", "flags": 1 << 60}
        more = {"guild_id": str(hall.guild.id), "member": hall.guild.member(ann)}
        double.sends("MESSAGE_CREATE", {**shown.body, **more, **new, "content": "of a new kind"})
        double.sends("MESSAGE_CREATE", {**shown.body, **more, "brand_new": 1, "id": "14"})
        await double.until(lambda: "hello" in one.heard)
        assert one.report[0].counts["unreadable"] == 0


async def test_an_unreadable_beginning_is_begun_anew(
    double: Loopback, hall: Channel, ann: Person, tmp_path: Path
) -> None:
    clock = Quick()
    async with running(adapter(double, tmp_path, clock)) as one:
        double.sends("READY", {"session_id": "x", "resume_gateway_url": double.gateway_url})
        await double.until(lambda: clock.slept)
        await double.until(lambda: one.states == ["ready"])
        double.says(ann, hall, "again")
        await double.until(lambda: one.heard)
        assert one.report[0].counts["restarts"] == 1


# Several connections


def halls(double: Loopback, ann: Person) -> list[Channel]:
    """Return a channel of each of two shards, in guilds that both have her."""
    found: dict[int, Channel] = {}
    while len(found) < 2:
        double.advance(0.001)
        guild = double.add_guild("Half")
        double.join(guild, ann)
        found[(guild.id >> 22) % 2] = double.add_channel(guild, "half")
    return [found[0], found[1]]


@pytest.mark.parametrize("shards", [2, "auto"])
async def test_two_connections_share_the_servers(
    double: Loopback, ann: Person, tmp_path: Path, shards: int | str
) -> None:
    even, uneven = halls(double, ann)
    double.advise(2, "ws://127.0.0.1:9")  # not the proxy that is set, so nobody may go there
    clock = Quick()
    async with running(adapter(double, tmp_path, clock, shards=shards)) as one:
        assert [(each.name, each.state) for each in one.report] == [("0", "ready"), ("1", "ready")]
        assert double.heard_by() == 2
        for channel in (even, uneven):
            double.says(ann, channel, channel.name)
            await one.own.send(Outgoing(room_of(channel), paragraph("Hello"), f"{channel.id}.0"))
        await double.until(lambda: one.heard[1:])

        # One that goes on has missed nothing; one that begins anew has, and the other knows nothing of it.
        double.drop(shard=0)
        await double.until(lambda: one.report[0].counts["resumed"] == 1)
        assert GAP not in one.told
        before = one.report[0]
        double.drop(shard=1, is_resumable=False)
        double.says(ann, uneven, "lost")
        double.says(ann, even, "not lost")
        await double.until(lambda: gap_of(uneven) in one.told)
        await double.until(lambda: one.states == ["ready", "ready"])
        double.says(ann, uneven, "again")
        await double.until(lambda: one.heard[3:])
        assert one.heard[2:] == ["not lost", "again"]
        spaces = [each.space for each in one.told if isinstance(each, GapEnded)]
        assert {each and (int(each.id) >> 22) % 2 for each in spaces} == {1}
        assert (one.report[0].since, double.identified) == (before.since, 3)

        # What can't be read belongs to its shard.
        assert uneven.guild is not None
        double.sends("MESSAGE_POLL_VOTE_ADD", {"guild_id": str(uneven.guild.id)})
        await double.until(lambda: one.report[1].counts["unreadable"] == 1)
        assert one.report[0].counts["unreadable"] == 0

        # What ends the client begins all of it anew.
        one.told.clear()
        double.refuse(4004)
        double.drop(shard=1, is_resumable=False)
        await double.until(lambda: clock.slept)
        await double.until(lambda: double.heard_by() == 2)
        await double.until(lambda: one.states == ["ready", "ready"])
        await double.until(lambda: GAP in one.told)
        for channel in (even, uneven):
            double.says(ann, channel, "at last")
        await double.until(lambda: one.heard == ["at last"] * 2)
        assert [each.counts["restarts"] for each in one.report] == [1, 1]


async def test_a_server_that_was_lost_while_its_connection_was_away_is_left(
    double: Loopback, ann: Person, tmp_path: Path
) -> None:
    even, uneven = halls(double, ann)
    async with running(adapter(double, tmp_path, Quick(), shards=2)) as one:
        assert uneven.guild is not None
        double.drop(shard=1, is_resumable=False)
        double.lose(uneven.guild)
        left = SpaceChanged(room_of(uneven).space, "Half", is_present=False)
        await double.until(lambda: left in one.told)
        assert uneven.guild.id not in {each.id for each in one.client.guilds}
        assert room_of(even).space in await one.own.spaces()
        assert room_of(uneven).space not in await one.own.spaces()


async def test_commands_that_are_refused_keep_nobody_from_coming_in(
    double: Loopback, guild: Guild, hall: Channel, ann: Person, tmp_path: Path
) -> None:
    """What was refused is told later, in all servers and in each."""
    everywhere = ("PUT", "/applications/*/commands")
    double.fail(*everywhere, status=400, code=50035, times=3)
    clock = Quick()
    async with running(adapter(double, tmp_path, clock)) as one:
        double.says(ann, hall, "hello")
        await double.until(lambda: one.heard == ["hello"])
        await double.until(lambda: double.commands() and double.commands(guild))
    assert len(double.requests(*everywhere)) > 3


async def test_in_a_folded_thread_posts_can_be_mended(
    double: Loopback, guild: Guild, hall: Channel, ann: Person, tmp_path: Path
) -> None:
    thread = double.add_thread(ann, hall, "notes")
    async with running(adapter(double, tmp_path, Quick())) as one:
        own, room = one.own, room_of(thread)
        sent = (await own.send(Outgoing(room, paragraph("Of old"), "a.0"))).parts[0]
        double.fold(thread)
        await own.edit(sent, Outgoing(room, paragraph("Mended"), "a.0"))
        assert [each.text for each in double.seen(thread)] == ["Mended"]
        await own.react(sent, "👍")
        assert double.seen(thread)[0].reactions == {"👍": 1}
        assert thread.is_folded
        # What moderators have locked stays as it is.
        double.fold(thread, is_locked=True)
        with pytest.raises(NotPermittedError):
            await own.edit(sent, Outgoing(room, paragraph("Mended twice"), "a.0"))
        assert (thread.is_folded, double.seen(thread)[0].text) == (True, "Mended")


async def test_a_key_is_done_once_though_it_is_asked_for_twice_at_a_time(
    double: Loopback, guild: Guild, hall: Channel, tmp_path: Path
) -> None:
    async with running(adapter(double, tmp_path, Quick())) as one:
        room = room_of(hall)
        opened = await asyncio.gather(*(one.own.open_thread(room, "one", key="k") for _ in "ab"))
        assert len(set(opened)) == 1
    assert len(double.requests("POST", "/channels/*/threads")) == 1


@pytest.mark.parametrize("kind", [commands.Bot, commands.AutoShardedBot])
async def test_somebody_elses_bot_is_only_listened_to(
    double: Loopback, ann: Person, tmp_path: Path, kind: type[AnyBot]
) -> None:
    even, uneven = halls(double, ann)
    own = adapter(double, tmp_path, Quick())  # sets the addresses
    options: Any = {"shard_count": 2} if kind is commands.AutoShardedBot else {}
    host = kind((), intents=intents(Options()), **options)
    host._connection.guild_ready_timeout = QUICK_S
    host.before_identify_hook = no_wait  # type: ignore[method-assign]
    parsers = host._connection.parsers
    own = adapter(double, tmp_path, Quick(), host)
    await adapter(double, tmp_path, Quick()).check()
    one = Running(own)
    async with host:
        await own.start(one.sink)
        assert set(one.states) == {"connecting"}
        starting = host.loop.create_task(host.start(double.token))
        await double.until(lambda: set(one.states) == {"ready"})
        assert len(one.report) == (2 if options else 1)
        for channel in (even, uneven):
            double.says(ann, channel, "hello")
        await double.until(lambda: one.heard[1:])
        assert host._connection.parsers is parsers
        assert "unreadable" not in one.report[0].counts
        double.drop(is_resumable=False, shard=1 if options else None)
        await double.until(lambda: (gap_of(uneven) if options else GAP) in one.told)
        await double.until(lambda: set(one.states) == {"ready"})
        await own.stop()
        assert not host.is_closed()
        assert not [each for each in host.extra_events.values() if each]
        await host.close()
        await starting


async def no_wait(*_: object, **__: object) -> None:
    return


@pytest.mark.parametrize("shards", [0, 501, "some", True, 1.5, [2]])
def test_a_number_of_connections_is_one(shards: object) -> None:
    with pytest.raises(ValueError, match="'auto' or a number from 1 to"):
        Options.model_validate({"shards": shards})


async def test_a_server_that_is_joined_while_discord_fails_gets_its_commands_later(
    double: Loopback, guild: Guild, hall: Channel, ann: Person, tmp_path: Path
) -> None:
    async with running(adapter(double, tmp_path, Quick())):
        await double.until(lambda: double.commands(guild))
        double.fail("PUT", "/applications/*/guilds/*/commands", status=503, times=2)
        late = double.add_guild("Late")
        await double.until(lambda: double.commands(late))


async def test_of_a_server_that_was_left_while_it_was_away_nothing_stays(
    double: Loopback, guild: Guild, hall: Channel, tmp_path: Path
) -> None:
    left = double.add_guild("Left")
    async with running(adapter(double, tmp_path, Quick())):
        await double.until(lambda: double.commands(guild) and double.commands(left))
        await double.until(lambda: list(tmp_path.rglob(f"{left.id}.sha256")) != [])
    double.lose(left)
    async with running(adapter(double, tmp_path, Quick())) as one:
        await double.until(lambda: list(tmp_path.rglob(f"{left.id}.sha256")) == [])
        assert one.client.tree.get_commands(guild=discord.Object(left.id)) == []
        assert one.client.tree.get_commands(guild=discord.Object(guild.id)) != []
    assert len(list(tmp_path.rglob(f"{guild.id}.sha256"))) == 1

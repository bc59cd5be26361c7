"""A plain bot of discord.py finds a Discord here, faults included, and a killed one finds it again."""

import asyncio
import io
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.adapters.discord.loopback import Loopback
from tests.adapters.discord.loopback_bot import SmallBot
from tests.adapters.discord.loopback_gateway import PRIVILEGED
from tests.adapters.discord.loopback_places import Channel, Person
from tests.adapters.discord.loopback_world import GUILD_MEMBERS, MESSAGE_CONTENT, Shown

BOT = Path(__file__).with_name("loopback_bot.py")
POSTS = ("POST", "/channels/*/messages")
ASK = {"name": "ask", "description": "Ask", "type": 1, "options": []}


def aim(world: Loopback, monkeypatch: pytest.MonkeyPatch) -> Loopback:
    monkeypatch.setattr(Route, "BASE", world.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(world.gateway_url))
    return world


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    with Loopback() as world:
        yield aim(world, monkeypatch)


@pytest.fixture
def hall(world: Loopback) -> Channel:
    return world.add_channel(world.add_guild("Class"), "hall")


@pytest.fixture
def ann(world: Loopback, hall: Channel) -> Person:
    assert hall.guild is not None
    return world.add_member(hall.guild, "Ann")


@asynccontextmanager
async def running(world: Loopback, bot: SmallBot) -> AsyncIterator[SmallBot]:
    """Let a bot listen, and end it in order; an end of its own is an error."""

    def is_there() -> bool:
        guilds = [each for each in bot.guilds if not each.unavailable]
        return bot.is_ready() and any(each.chunked or not bot.intents.members for each in guilds)

    async with bot, asyncio.TaskGroup() as group:
        group.create_task(bot.start(world.token))
        await world.until(is_there)
        yield bot
        await bot.close()


@pytest.fixture
async def bot(world: Loopback, ann: Person) -> AsyncIterator[SmallBot]:
    async with running(world, SmallBot()) as bot:
        yield bot


@pytest.fixture
async def raw(world: Loopback) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that knows no limits of its own."""
    head = {"Authorization": f"Bot {world.token}"}
    async with aiohttp.ClientSession(f"{world.api_url}/", headers=head) as session:
        yield session


async def asked(raw: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> Any:
    async with raw.request(method, path, json=body) as response:
        return await response.json() if response.status != 204 else None


def place(bot: SmallBot, channel: Channel) -> discord.TextChannel:
    found = bot.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    return found


def texts(messages: list[Shown]) -> list[str]:
    return [each.text for each in messages]


async def test_a_bot_hears_and_replies(
    world: Loopback, bot: SmallBot, hall: Channel, ann: Person
) -> None:
    said = world.says(ann, hall, "hello", files={"a.txt": b"kite"})
    [reply] = await world.until(lambda: world.seen(hall)[1:])
    assert (reply.author, reply.text, reply.reply_to) == ("Sage", "hello, Ann", said.id)
    assert [each["username"] for each in reply.body["mentions"]] == ["Ann"]
    [heard] = bot.heard
    assert (heard.channel, heard.guild) == (place(bot, hall), bot.guilds[0])
    assert await heard.attachments[0].read() == b"kite"
    world.edits(said, "bye")
    world.deletes(said)
    assert texts(world.seen(hall)) == ["hello, Ann"]


async def test_a_bot_edits_reacts_uploads_and_opens_threads(
    world: Loopback, bot: SmallBot, hall: Channel
) -> None:
    file = discord.File(io.BytesIO(b"kite"), "kite.txt")
    sent = await place(bot, hall).send("one @everyone", file=file)
    thread = await sent.create_thread(name="On kites")
    await thread.send("inside")
    await sent.add_reaction("👍")
    await sent.edit(content="two", allowed_mentions=discord.AllowedMentions.none())
    async with place(bot, hall).typing():
        [shown] = world.seen(hall)
    assert (shown.text, shown.reactions, [*shown.files]) == ("two", {"👍": 1}, ["kite.txt"])
    assert shown.body["edited_timestamp"]
    assert world.requests("POST", "/channels/*/typing")
    found = await bot.fetch_channel(thread.id)
    assert isinstance(found, discord.Thread)
    assert [each.content async for each in found.history()] == ["inside"]
    await sent.delete()
    assert world.seen(hall) == []


async def test_a_direct_talk_is_for_two(world: Loopback, bot: SmallBot, ann: Person) -> None:
    user = await bot.fetch_user(ann.id)
    await user.send("psst")
    talk = world.direct(ann)
    world.says(ann, talk, "hello")
    await world.until(lambda: texts(world.seen(talk)) == ["psst", "hello", "hello, Ann"])
    ann.takes_direct = False
    with pytest.raises(discord.Forbidden, match="50007"):
        await user.send("psst")


async def test_history_is_read_in_pages(
    world: Loopback, bot: SmallBot, hall: Channel, ann: Person
) -> None:
    said = [world.says(ann, hall, f"{number}") for number in range(120)]
    start = discord.Object(said[4].id)
    after = [each.content async for each in place(bot, hall).history(limit=None, after=start)]
    assert after == [f"{number}" for number in range(5, 120)]
    last = [each.content async for each in place(bot, hall).history(limit=2)]
    assert last == ["119", "118"]


async def test_a_command_is_deferred_and_answered_for_one_alone(
    world: Loopback, bot: SmallBot, hall: Channel, ann: Person
) -> None:
    with pytest.raises(AssertionError, match="no command"):
        world.slash(ann, hall, "nothing")
    with pytest.raises(AssertionError, match="question"):
        world.slash(ann, hall, "ask")
    interaction = world.slash(ann, hall, "ask", {"question": "who?", "about": ann})
    await world.until(lambda: world.ephemeral(ann, hall)[1:])
    assert texts(world.ephemeral(ann, hall)) == ["who? Ann", "more"]
    assert world.seen(hall) == []
    await world.until(lambda: bot.cached_messages[1:])
    assert [each.guild for each in bot.cached_messages] == [None, None], "as Discord tells of them"
    answer = world.answer(interaction)
    assert answer is not None
    assert (answer.text, answer.is_thinking) == ("who? Ann", False)


async def test_a_button_is_pressed_after_a_restart_too(
    world: Loopback, hall: Channel, ann: Person
) -> None:
    async with running(world, SmallBot()):
        world.slash(ann, hall, "offer")
        [offer] = await world.until(lambda: world.seen(hall))
    async with running(world, SmallBot()):
        world.presses(ann, offer, offer.buttons["Keep"])
        await world.until(lambda: texts(world.seen(hall)) == ["kept"])
    with pytest.raises(AssertionError, match="nothing to press"):
        world.presses(ann, offer, "keep:7")


async def test_an_interaction_is_answered_in_time_and_once(
    world: Loopback, raw: aiohttp.ClientSession, hall: Channel, ann: Person
) -> None:
    await asked(raw, "PUT", "applications/1/commands", [ASK])
    late, one = world.slash(ann, hall, "ask"), world.slash(ann, hall, "ask")
    answers = []
    for path, body in (
        (f"webhooks/1/{one.token}", {"content": "too early"}),
        (f"interactions/{one.id}/{one.token}/callback", {"type": 5}),
        (f"interactions/{one.id}/{one.token}/callback", {"type": 5}),
        (f"webhooks/1/{one.token}", {"content": "in place of thinking"}),
        (f"interactions/{late.id}/{late.token}/callback", {"type": 5}),
        (f"webhooks/1/{one.token}", {"content": "too late"}),
    ):
        answers.append((await asked(raw, "POST", path, body)).get("code"))
        world.advance(15 * 60 if path.endswith(late.token + "/callback") else 1)
    assert answers == [10015, None, 40060, None, 10062, 10015]
    assert texts(world.seen(hall)) == ["in place of thinking"]


async def test_a_message_with_a_button_is_updated_and_taken_back(
    world: Loopback, raw: aiohttp.ClientSession, hall: Channel, ann: Person
) -> None:
    body = {"content": "Keep it?", "components": button(label="Keep", custom_id="keep")}
    await asked(raw, "POST", f"channels/{hall.id}/messages", body)
    [offer] = world.seen(hall)
    one = world.presses(ann, offer, "keep")
    hook = f"webhooks/1/{one.token}/messages/@original"
    answers = [
        await asked(raw, method, path, body)
        for method, path, body in (
            ("POST", f"interactions/{one.id}/{one.token}/callback", {"type": 6}),
            ("PATCH", hook, {"content": "kept", "components": []}),
            ("GET", hook, None),
            ("DELETE", hook, None),
            ("GET", hook, None),
        )
    ]
    assert answers[2]["content"] == "kept"
    assert answers[2]["id"] == str(offer.id)
    assert [answers[3], answers[4]["code"], world.seen(hall)] == [None, 10008, []]


@pytest.mark.parametrize(
    ("allowed", "named", "is_all"),
    [({}, ["Ann"], True), ({"allowed_mentions": {"parse": []}}, [], False)],
)
async def test_only_those_who_may_be_are_mentioned(
    world: Loopback,
    raw: aiohttp.ClientSession,
    hall: Channel,
    ann: Person,
    allowed: dict[str, Any],
    named: list[str],
    is_all: bool,
) -> None:
    body = {"content": f"@everyone <@{ann.id}>", **allowed}
    await asked(raw, "POST", f"channels/{hall.id}/messages", body)
    [shown] = world.seen(hall)
    assert [each["username"] for each in shown.body["mentions"]] == named
    assert shown.body["mention_everyone"] is is_all


def button(**more: Any) -> list[dict[str, Any]]:
    return [{"type": 1, "components": [{"type": 2, "style": 1, **more}]}]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content": "x" * 2000}, None),
        ({"content": "x" * 2001}, 50035),
        ({"content": ""}, 50006),
        ({"components": button(label="a", custom_id="b")}, 50006),
        ({"content": "a", "components": button(label="a", custom_id="x" * 101)}, 50035),
        ({"content": "a", "components": button(label="x" * 81, custom_id="a")}, 50035),
        ({"content": "a", "nonce": "x" * 26}, 50035),
        ({"content": "a", "message_reference": {"message_id": "1"}}, 50035),
        ({"embeds": [{"description": "x" * 4097}]}, 50035),
        ({"flags": 1 << 15, "components": [{"type": 10, "content": "x" * 4001}]}, 50035),
        ({"flags": 1 << 15, "components": [{"type": 10, "content": "x" * 4000}]}, None),
    ],
)
async def test_limits_are_kept(
    world: Loopback, raw: aiohttp.ClientSession, hall: Channel, body: Any, code: int | None
) -> None:
    answer = await asked(raw, "POST", f"channels/{hall.id}/messages", body)
    assert answer.get("code") == code
    assert len(world.seen(hall)) == (code is None)


async def test_a_nonce_posts_once_for_minutes(
    world: Loopback, bot: SmallBot, hall: Channel
) -> None:
    first = await place(bot, hall).send("one", nonce="k1")
    again = await place(bot, hall).send("one", nonce="k1")
    other = await place(bot, hall).send("two", nonce="k2")
    assert first.id == again.id != other.id
    world.advance(3600)
    assert (await place(bot, hall).send("one", nonce="k1")).id != first.id
    assert texts(world.seen(hall)) == ["one", "two", "one"]


async def test_faults_come_as_asked(world: Loopback, bot: SmallBot, hall: Channel) -> None:
    world.fail(*POSTS, status=429, times=2, retry_after=0.01)
    await place(bot, hall).send("one")
    assert [each.status for each in world.requests(*POSTS)] == [429, 429, 200]
    world.fail(*POSTS, status=503)
    with pytest.raises(discord.DiscordServerError):
        await place(bot, hall).send("lost")
    world.cut(*POSTS, is_applied=False)
    with pytest.raises(aiohttp.ClientError):
        await place(bot, hall).send("lost")
    world.cut(*POSTS)
    with pytest.raises(aiohttp.ClientError):
        await place(bot, hall).send("two", nonce="k2")
    assert texts(world.seen(hall)) == ["one", "two"], "done, and nobody heard"
    await place(bot, hall).send("two", nonce="k2")
    world.delay(*POSTS, 0.05)
    slow = asyncio.create_task(place(bot, hall).send("three"))
    await world.until(lambda: texts(world.seen(hall)) == ["one", "two", "three"])
    assert world.requests(*POSTS)[-1].status == 0
    await slow


async def test_a_dropped_session_goes_on_or_begins_anew(
    world: Loopback, bot: SmallBot, hall: Channel, ann: Person
) -> None:
    world.drop()
    world.says(ann, hall, "hello meanwhile")
    await world.until(lambda: len(world.seen(hall)) == 2)
    assert world.resumed == 1
    world.drop(is_resumable=False)
    world.says(ann, hall, "hello lost")
    await world.until(world.is_heard)
    world.says(ann, hall, "hello again")
    await world.until(lambda: texts(world.seen(hall))[-1] == "hello again, Ann")
    assert [each.content for each in bot.heard] == ["hello meanwhile", "hello again"]
    assert world.resumed == 1


async def test_members_and_rooms_are_known(world: Loopback, hall: Channel, ann: Person) -> None:
    guild = hall.guild
    assert guild is not None
    lead = world.add_role(guild, "Lead", discord.Permissions(manage_guild=True).value)
    ben = world.add_member(guild, "Ben", lead)
    den = world.add_channel(guild, "den", ben, world.bot)
    cellar = world.add_channel(guild, "cellar", ben)
    intents = discord.Intents.all() ^ discord.Intents(presences=True)
    async with running(world, SmallBot(intents, patience=0.5)) as bot:
        assert [each.name async for each in bot.fetch_guilds()] == ["Class"]
        member = bot.guilds[0].get_member(ben.id)
        assert member is not None
        assert member.guild_permissions.manage_guild
        assert place(bot, den).permissions_for(member).view_channel
        other = bot.guilds[0].get_member(ann.id)
        assert other is not None
        assert not place(bot, den).permissions_for(other).view_channel
        world.says(ben, cellar, "hello, out of hearing")
        world.says(ben, den, "hello")
        await world.until(lambda: world.seen(den)[1:])
        assert [each.content for each in bot.heard] == ["hello"]
        with pytest.raises(discord.Forbidden, match="50001"):
            await bot.fetch_channel(cellar.id)
        world.join(guild, ben)
        world.leave(guild, ann)
        await world.until(lambda: bot.guilds[0].get_member(ann.id) is None)
        assert not member.guild_permissions.manage_guild


async def test_intents_are_enforced(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback(intents=PRIVILEGED & ~MESSAGE_CONTENT & ~GUILD_MEMBERS) as world:
        aim(world, monkeypatch)
        hall = world.add_channel(guild := world.add_guild("Class"), "hall")
        ann = world.add_member(guild, "Ann")
        async with SmallBot() as bot:
            with pytest.raises(discord.PrivilegedIntentsRequired):
                await bot.start(world.token)
        async with SmallBot() as bot:
            with pytest.raises(discord.LoginFailure):
                await bot.start("wrong")
        async with running(world, SmallBot(discord.Intents.default())) as bot:
            world.says(ann, hall, "secret")
            world.says(ann, hall, f"<@{world.bot.id}> open")
            await world.until(lambda: bot.heard[1:])
            read = [each.content async for each in place(bot, hall).history(oldest_first=True)]
            assert read == ["", f"<@{world.bot.id}> open"] == [each.content for each in bot.heard]


async def test_what_is_not_served_is_found() -> None:
    with pytest.raises(AssertionError, match=r"no such route: .*stickers"), Loopback() as world:
        head = {"Authorization": f"Bot {world.token}"}
        async with aiohttp.ClientSession(f"{world.api_url}/", headers=head) as raw:
            assert (await asked(raw, "GET", "guilds/1/stickers"))["code"] == 0


def start(world: Loopback) -> "subprocess.Popen[bytes]":
    address = (world.api_url, world.gateway_url, world.token)
    return subprocess.Popen([sys.executable, str(BOT), *address])


def test_a_killed_process_finds_all_again(world: Loopback, hall: Channel, ann: Person) -> None:
    process = start(world)
    world.wait(world.is_heard)
    world.delay(*POSTS, 60)
    first = world.says(ann, hall, "hello")
    world.wait(lambda: world.seen(hall)[1:])  # it is posted, and the bot does not know yet
    process.kill()
    process.wait()
    world.wait(lambda: not world.is_heard())
    world.says(ann, hall, "hello, anyone?")
    process = start(world)
    world.wait(world.is_heard)
    world.says(ann, hall, "hello again")
    world.wait(lambda: len(world.seen(hall)) == 5)
    process.kill()
    process.wait()
    replies = [each for each in world.seen(hall) if each.author == "Sage"]
    assert texts(replies) == ["hello, Ann", "hello again, Ann"]
    assert replies[0].reply_to == first.id

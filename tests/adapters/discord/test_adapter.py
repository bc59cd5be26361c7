"""The adapter in a simulated Discord: what people do there, and what they see."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.events import (
    Chosen,
    Event,
    FormSent,
    GapEnded,
    MemberChanged,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Reacted,
    ReplyHandle,
    RoomChanged,
    SpaceChanged,
)
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomKind, RoomRef
from learncomm_agent.chat.outgoing import Block, Choices, File, Mention, Outgoing, Paragraph, Text
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.chat.rendering import plan
from learncomm_agent.commands import builtin
from learncomm_agent.commands.declaration import Command
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RateLimitedError,
    RoomGoneError,
    StorageError,
)
from learncomm_agent.testing.world import paragraph
from learncomm_agent.words import Words
from learncomm_discord.commands.published import publish
from learncomm_discord.commands.slash import MORE
from learncomm_discord.options import Options
from tests.adapters.discord.discord_world import DiscordWorld, OptionError
from tests.adapters.discord.test_slash import RARE

POSTS = "/channels/*/messages"
CONSENT = Choices((Choice("consent:in", "Yes"), Choice("consent:out", "No")))


class Told(list[Event]):
    """A sink that keeps what people do; what changes around that is for `test_changes.py`."""

    async def __call__(self, event: Event) -> None:
        if not isinstance(event, RoomChanged | MemberChanged | SpaceChanged):
            self.append(event)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def options() -> Options:
    return Options(leader_role="Hosts")


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
async def bob(world: DiscordWorld) -> AccountRef:
    return await world.member("Bob")


@pytest.fixture
async def room(world: DiscordWorld, ann: AccountRef, bob: AccountRef) -> RoomRef:
    return await world.room(ann, bob)


def post(room: RoomRef, text: str, key: str = "k.0") -> Outgoing:
    return Outgoing(room, paragraph(text), key)


async def seen(world: DiscordWorld, member: AccountRef, room: RoomRef) -> list[str]:
    return [each.text for each in await world.seen_by(member, room)]


async def called(
    world: DiscordWorld, told: Told, who: AccountRef, room: RoomRef, name: str, **values: object
) -> FormSent:
    await world.calls(who, room, name, **values)
    sent = told[-1]
    assert isinstance(sent, FormSent)
    return sent


# Slash commands


@pytest.mark.parametrize("command", builtin.catalogue().commands, ids=lambda each: each.name)
async def test_each_command_is_offered_and_acknowledged(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef, command: Command
) -> None:
    values = {each.name: "welcome" for each in command.options if each.is_required}
    path = f"{MORE} {command.name}" if command.name in RARE else command.name
    result = await world.calls(ann, room, path, **values)
    is_private = command.is_private or command.always_private
    assert (result.deferred, result.ephemeral) == (True, is_private)
    (sent,) = told
    assert isinstance(sent, FormSent)
    assert (sent.form, dict(sent.values), sent.account.ref) == (command.name, values, ann)
    assert sent.room.ref == room
    assert sent.reply is not None
    assert (sent.reply.is_private, sent.reply.reaches_one) == (is_private, True)


async def test_options_keep_their_names_and_arrive_as_text(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    sent = await called(world, told, ann, room, "summary", **{"from": "12", "since": "yesterday"})
    assert sent.values == {"from": "12", "since": "yesterday"}
    sent = await called(world, told, ann, room, "search", query="x", limit=7)
    assert sent.values == {"query": "x", "limit": "7"}
    with pytest.raises(OptionError, match="≤ 20"):
        await world.calls(ann, room, "search", query="x", limit=21)


async def test_what_is_acknowledged_is_kept_already(
    world: DiscordWorld, ann: AccountRef, room: RoomRef
) -> None:
    asked: list[int] = []

    async def sink(event: Event) -> None:
        asked.append(len(world.requests("POST", "/callback")))

    await world.restart(sink)
    await world.calls(ann, room, "help")
    assert asked == [0]
    assert len(world.requests("POST", "/callback")) == 1


async def test_a_slow_disk_does_not_hold_up_the_acknowledgement(
    world: DiscordWorld, ann: AccountRef, room: RoomRef
) -> None:
    is_free = asyncio.Event()

    async def sink(event: Event) -> None:
        await world.surroundings.clock.idle(is_free.wait(), "a slow disk")

    await world.restart(sink)
    result = await world.actor(ann).slash(world.channel(room), "learn help")
    assert not result.acknowledged
    await world.waits(2)
    assert result.acknowledged
    is_free.set()


async def test_the_first_part_fills_the_answer_and_others_follow(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    sent = await called(world, told, ann, room, "ask", question="why?")
    text = "".join(f"{number:04} words. " for number in range(400))
    can = await world.platform.capabilities(room)
    whole = Outgoing(room, paragraph(text), "k", private_to=ann, reply=sent.reply)
    parts = plan(whole, can, world.platform.length).parts
    assert len(parts) > 1
    refs = [(await world.platform.send(part)).parts[0] for part in parts]
    shown = await seen(world, ann, room)
    assert "".join(shown).replace(" ", "") == text.replace(" ", "")
    assert all(len(message.content) <= 2000 for message in world.raw(room))
    assert refs == [each.ref for each in await world.seen_by(ann, room)]


async def test_an_error_is_private_though_the_command_is_public(
    world: DiscordWorld, told: Told, ann: AccountRef, bob: AccountRef, room: RoomRef
) -> None:
    sent = await called(world, told, ann, room, "share", what="A note.")
    assert sent.reply is not None
    assert not sent.reply.is_private
    for key, text in (("k.0", "Not for Bob"), ("k.1", "Nor this")):
        private = Outgoing(room, paragraph(text), key, private_to=ann, reply=sent.reply)
        await world.platform.send(private)
    assert await seen(world, ann, room) == ["Not for Bob", "Nor this"]
    assert world.channel(room).history(viewer=world.actor(bob)) == []


async def test_what_could_not_be_kept_is_said_at_once(
    world: DiscordWorld, words: Words, ann: AccountRef, bob: AccountRef, room: RoomRef
) -> None:
    async def full(event: Event) -> None:
        raise StorageError("the disk is full")

    await world.restart(full)
    for command in ("help", "share"):
        await world.calls(ann, room, command)
    said = words.phrase("error.storage", language="en")
    assert await seen(world, ann, room) == [said, said]
    assert await seen(world, bob, room) == []


async def test_nobody_answers_in_anothers_name(
    world: DiscordWorld, told: Told, ann: AccountRef, bob: AccountRef, room: RoomRef
) -> None:
    sent = await called(world, told, ann, room, "help")
    private = Outgoing(room, paragraph("psst"), "k.0", private_to=bob, reply=sent.reply)
    with pytest.raises(NotPermittedError):
        await world.platform.send(private)
    assert await seen(world, bob, room) == []


async def test_a_private_answer_can_be_changed_for_some_minutes(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    sent = await called(world, told, ann, room, "help")
    answer = Outgoing(room, paragraph("Before"), "k.0", private_to=ann, reply=sent.reply)
    (message,) = (await world.platform.send(answer)).parts
    await world.platform.edit(message, replace(answer, blocks=paragraph("After")))
    assert await seen(world, ann, room) == ["After"]
    await world.platform.delete(message)
    assert await seen(world, ann, room) == []


@pytest.mark.parametrize("is_refused_by_discord", [False, True])
async def test_an_expired_answer_goes_to_the_room_or_nowhere(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef, is_refused_by_discord: bool
) -> None:
    sent = await called(world, told, ann, room, "help")
    if is_refused_by_discord:
        world.fails("*", "/webhooks/*", status=404, code=10015, times=2)
    else:
        await world.waits(15 * 60)
    answer = Outgoing(room, paragraph("Late"), "k.0", private_to=ann, reply=sent.reply)
    with pytest.raises(NotPermittedError):
        await world.platform.send(answer)
    assert await seen(world, ann, room) == []
    await world.platform.send(replace(answer, private_to=None, key="l.0"))
    assert await seen(world, ann, room) == ["Late"]


async def test_an_answer_that_somebody_took_away_is_given_all_the_same(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    sent = await called(world, told, ann, room, "share", what="A note.")
    world.fails("PATCH", "/webhooks/*", status=404, code=10008)
    await world.platform.send(replace(post(room, "Thanks"), reply=sent.reply))
    assert await seen(world, ann, room) == ["Thanks"]


async def test_commands_work_in_a_direct_talk(
    world: DiscordWorld, told: Told, ann: AccountRef
) -> None:
    result = await world.calls_directly(ann, "search", query="x")
    assert not result.ephemeral
    sent = told[-1]
    assert isinstance(sent, FormSent)
    assert (sent.room.kind, sent.room.ref.space) == (RoomKind.DIRECT, world.space)
    await world.platform.send(replace(post(sent.room.ref, "Found"), reply=sent.reply))
    assert world.direct_messages(ann)[-1] == "Found"


async def test_descriptions_are_told_in_german_too_and_only_when_they_change(
    world: DiscordWorld, words: Words, tmp_path: Path
) -> None:
    session = world.platform._session
    assert session is not None
    await world.bot.tree.set_translator(session.slash.translator())
    assert await publish(world.bot.tree, tmp_path, world.now())
    assert not await publish(world.bot.tree, tmp_path, world.now())
    group, menu = world.requests("PUT", "/commands")[-1][:2]
    search = next(each for each in group["options"] if each["name"] == "search")
    assert search["description"] == words.phrase("command.search.help", language="en")
    german = {"de": words.phrase("command.search.help", language="de")}
    assert search["description_localizations"] == german
    assert (menu["name"], menu["type"]) == ("Add to library", 3)
    assert menu["name_localizations"] == {
        "de": words.phrase("command.share.on_message", language="de")
    }
    assert len(world.requests("PUT", "/commands")) == 2
    world.bot.tree.remove_command("learn")
    assert await publish(world.bot.tree, tmp_path, world.now())


async def test_a_message_can_be_added_from_its_menu(
    world: DiscordWorld, told: Told, ann: AccountRef, bob: AccountRef, room: RoomRef
) -> None:
    message = await world.says(bob, room, "Worth reading: https://example.org/listening")
    await world.publish()
    told.clear()
    result = await world.actor(ann).context_menu(
        world.channel(room), "Add to library", world.message(message)
    )
    (sent,) = told
    assert isinstance(sent, FormSent)
    assert (sent.form, sent.values) == ("share", {"message": message.id})
    assert result.acknowledged and not result.ephemeral
    await world.platform.send(replace(post(room, "It can be found now."), reply=sent.reply))
    assert "It can be found now." in await seen(world, bob, room)


async def test_a_hosts_own_entry_in_the_menu_of_messages_stays(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    await world.platform.stop()

    @world.bot.tree.context_menu(name="Add to library")
    async def own(interaction: discord.Interaction, message: discord.Message) -> None: ...

    await world.platform.start(told)
    await world.platform.stop()
    assert [each.name for each in world.bot.tree.get_commands()] == ["Add to library"]


async def test_a_host_keeps_its_own_commands_and_buttons(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    class Own(discord.ui.View):
        @discord.ui.button(label="Own", custom_id="consent:in")
        async def own(
            self, interaction: discord.Interaction, button: discord.ui.Button["Own"]
        ) -> None:
            await interaction.response.send_message("pressed")

    @world.bot.tree.command(name="own", description="Own")
    async def own(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("mine", view=Own(timeout=None))

    await world.publish()
    result = await world.actor(ann).slash(world.channel(room), "own")
    await world.actor(ann).click(result.response.message, label="Own")
    assert [message.content for message in world.raw(room)] == ["mine", "pressed"]
    assert told == []
    await world.platform.stop()
    assert [command.name for command in world.bot.tree.get_commands()] == ["own"]


# What is told


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("<@{me}> what did we read?", "what did we read?"),
        ("<@!{me}>, ask <@{bob}>", "ask @Bob"),
        ("<@&{role}> help", "help"),
        ("what would <@{me}> say?", "what would @{name} say?"),
    ],
)
async def test_a_mention_addresses_the_agent(
    world: DiscordWorld,
    told: Told,
    ann: AccountRef,
    bob: AccountRef,
    room: RoomRef,
    written: str,
    text: str,
) -> None:
    me = world.bot.user
    assert me is not None
    guild = world.bot.get_guild(world.guild.id)
    role = guild.self_role if guild is not None else None
    ids = {"me": me.id, "bob": bob.id, "role": role.id if role else me.id, "name": me.display_name}
    if role is None:
        written = written.replace("@&", "@")
    await world.says(ann, room, written.format(**ids))
    event = told[-1]
    assert isinstance(event, MessagePosted)
    assert (event.message.text, event.message.is_addressed) == (text.format(**ids), True)


async def test_other_mentions_are_names_and_address_nobody(
    world: DiscordWorld, told: Told, ann: AccountRef, bob: AccountRef, room: RoomRef
) -> None:
    await world.says(ann, room, f"<@{bob.id}> in <#{room.id}>: <@1> @everyone")
    event = told[-1]
    assert isinstance(event, MessagePosted)
    assert event.message.text == "@Bob in #room: <@1> @everyone"
    assert not event.message.is_addressed


async def test_a_direct_message_addresses_the_agent(
    world: DiscordWorld, told: Told, ann: AccountRef
) -> None:
    await world.writes_directly(ann, "hello")
    event = told[-1]
    assert isinstance(event, MessagePosted)
    assert event.message.is_addressed
    assert (event.room.kind, event.room.ref.space) == (RoomKind.DIRECT, world.space)
    assert event.room.ref == await world.platform.direct_room(ann)


LOOK_UPS = "/guilds/*/members/*"


@pytest.mark.parametrize(
    ("status", "times", "is_kept"),
    [(503, 3, True), (429, 1, True), (503, 5, False), (400, 1, False)],
)
async def test_a_direct_message_waits_until_its_place_is_known(
    world: DiscordWorld,
    told: Told,
    ann: AccountRef,
    caplog: pytest.LogCaptureFixture,
    status: int,
    times: int,
    is_kept: bool,
) -> None:
    world.fails("GET", LOOK_UPS, status=status, times=times)
    await world.writes_directly(ann, "hello")
    assert told == []
    await world.waits(100)
    texts = [event.message.text for event in told if isinstance(event, MessagePosted)]
    assert texts == (["hello"] if is_kept else [])
    assert ("message not kept" in caplog.text) is not is_kept


async def test_a_direct_message_that_still_waits_at_the_end_is_given_up(
    world: DiscordWorld, told: Told, ann: AccountRef, caplog: pytest.LogCaptureFixture
) -> None:
    world.fails("GET", LOOK_UPS, status=503)
    await world.writes_directly(ann, "hello")
    await world.platform.stop()
    await world.waits(100)
    assert told == []
    assert "message not kept" in caplog.text


async def test_a_direct_talk_is_found_after_a_restart(
    world: DiscordWorld, told: Told, ann: AccountRef, bob: AccountRef
) -> None:
    direct = await world.platform.direct_room(ann)
    await world.restart(told)
    await world.platform.send(replace(post(direct, "For you"), private_to=ann))
    assert world.direct_messages(ann) == ["For you"]
    with pytest.raises(NotPermittedError):
        await world.platform.send(replace(post(direct, "For Bob", "l"), private_to=bob))


async def test_bots_and_webhooks_are_told_as_such(
    world: DiscordWorld, told: Told, room: RoomRef
) -> None:
    webhook = world.guild.create_webhook(world.channel(room), "News")
    await webhook.send("It rains")
    event = told[-1]
    assert isinstance(event, MessagePosted)
    assert event.author.is_bot


async def test_leaders_are_those_with_the_role_or_the_right(
    world: DiscordWorld, told: Told
) -> None:
    rights = discord.Permissions(manage_guild=True)
    people = {
        await world.member("Ann", permissions=rights): True,
        await world.member("Bob", role="Hosts"): True,
        await world.member("Cleo", role="Guests"): False,
    }
    room = await world.room(*people)
    for member, leads in people.items():
        await world.says(member, room, "hello")
        await world.writes_directly(member, "hello")
        posted = [event for event in told if isinstance(event, MessagePosted)]
        assert [event.author.is_leader for event in posted] == [leads, leads]
        told.clear()


async def test_a_thread_knows_where_it_branches_from(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    thread = await world.platform.open_thread(room, "Group one", key="t")
    await world.says(ann, thread, "here")
    event = told[-1]
    assert isinstance(event, MessagePosted)
    assert (event.room.ref, event.room.kind) == (thread, RoomKind.THREAD)
    assert (event.room.name, event.room.parent) == ("Group one", room)
    assert thread in await world.platform.readable(Audience.of_account(ann))


@pytest.mark.parametrize("is_private", [False, True])
async def test_a_private_thread_is_not_read_along_with_its_room(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef, is_private: bool
) -> None:
    thread = await world.opens_thread(ann, room, is_private=is_private)
    world.writes_quietly(ann, thread, "aside")
    await world.env.settle()
    event = told[-1]
    assert isinstance(event, MessagePosted)
    assert (event.room.ref, event.room.kind) == (thread, RoomKind.THREAD)
    assert event.room.parent == (None if is_private else room)


async def test_files_come_with_a_message_and_with_a_command(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    await world.says(ann, room, "look", attachments=[("notes.md", b"# Notes")])
    posted = told[-1]
    sent = await called(world, told, ann, room, "share", file=("more.txt", b"More"))
    assert isinstance(posted, MessagePosted)
    for files, name, content in (
        (posted.message.attachments, "notes.md", b"# Notes"),
        (sent.attachments, "more.txt", b"More"),
    ):
        (file,) = files
        assert (file.name, file.size_bytes) == (name, len(content))
        assert await world.platform.read_attachment(file) == content
    with pytest.raises(RoomGoneError):
        await world.platform.read_attachment(replace(file, id=file.id + "gone"))


async def test_what_discord_itself_says_is_not_told(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    await world.says(ann, room, "Important")
    told.clear()
    await world.is_welcomed(ann, room)
    assert told == []
    assert len([event async for event in world.platform.history(room, None)]) == 1


async def test_a_sweep_and_reactions_are_told(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    messages = [await world.says(ann, room, f"line {number}") for number in range(2)]
    told.clear()
    await world.actor(ann).react(world.message(messages[0]), "👍")
    await world.actor(ann).unreact(world.message(messages[0]), "👍")
    added, removed = told
    assert isinstance(added, Reacted)
    assert isinstance(removed, Reacted)
    assert (added.ref, added.account.ref, added.reaction) == (messages[0], ann, "👍")
    assert (added.is_added, removed.is_added) == (True, False)
    told.clear()
    await world.sweeps(messages)
    assert told == [MessageDeleted(message) for message in messages]


async def test_a_change_waits_until_its_message_is_taken(
    world: DiscordWorld, ann: AccountRef, room: RoomRef
) -> None:
    kinds: list[type[Event]] = []
    is_kept = asyncio.Event()

    async def slow(event: Event) -> None:
        if isinstance(event, MessagePosted):
            await world.surroundings.clock.idle(is_kept.wait(), "the disk")
        kinds.append(type(event))

    await world.restart(slow)
    message = await world.says(ann, room, "Before")
    await world.edits(ann, message, "After")
    await world.deletes(ann, message)
    assert kinds == []
    is_kept.set()
    await world.env.settle()
    assert kinds == [MessagePosted, MessageEdited, MessageDeleted]


async def test_long_histories_are_read_whole(
    world: DiscordWorld, ann: AccountRef, room: RoomRef
) -> None:
    for number in range(130):
        world.writes_quietly(ann, room, f"line {number}")
    past = [event async for event in world.platform.history(room, None)]
    texts = [event.message.text for event in past if isinstance(event, MessagePosted)]
    assert texts == [f"line {number}" for number in range(130)]


# Buttons


async def test_a_button_works_after_a_restart(
    world: DiscordWorld, told: Told, ann: AccountRef, bob: AccountRef, room: RoomRef
) -> None:
    ask = Outgoing(room, (*paragraph("May I?"), CONSENT), "k.0")
    (message,) = (await world.platform.send(ask)).parts
    await world.restart(told)
    await world.clicks(ann, "consent:out", message)
    chosen = told[-1]
    assert isinstance(chosen, Chosen)
    assert (chosen.choice, chosen.message, chosen.account.ref) == ("consent:out", message, ann)
    private = Outgoing(room, paragraph("Noted"), "l.0", private_to=ann, reply=chosen.reply)
    await world.platform.send(private)
    await world.platform.send(replace(private, private_to=None, blocks=paragraph("All"), key="m.0"))
    assert await seen(world, ann, room) == ["May I?", "Noted", "All"]
    assert await seen(world, bob, room) == ["May I?", "All"]


async def test_an_edit_takes_buttons_away(
    world: DiscordWorld, ann: AccountRef, room: RoomRef
) -> None:
    ask = Outgoing(room, (*paragraph("May I?"), CONSENT), "k.0")
    (message,) = (await world.platform.send(ask)).parts
    assert world.message(message).components
    await world.platform.edit(message, post(room, "Thanks"))
    assert not world.message(message).components


# Posting


async def test_nobody_is_called_but_whom_the_post_names(
    world: DiscordWorld, ann: AccountRef, bob: AccountRef, room: RoomRef
) -> None:
    await world.platform.send(post(room, f"@everyone @here <@{bob.id}> <@&1>"))
    call = Paragraph((Mention(bob, "Bob"), Text(f" and <@{ann.id}>")))
    await world.platform.send(Outgoing(room, (call,), "l.0"))
    first, second = world.requests("POST", "/messages")
    assert first["allowed_mentions"] == {"parse": [], "users": []}
    assert second["allowed_mentions"] == {"parse": [], "users": [int(bob.id)]}
    assert [user.id for message in world.raw(room) for user in message.mentions] == [int(bob.id)]


async def test_links_show_no_preview_and_a_repeat_carries_its_key(
    world: DiscordWorld, room: RoomRef
) -> None:
    await world.platform.send(post(room, "https://e.org"))
    (sent,) = world.requests("POST", "/messages")
    assert sent["flags"] == discord.MessageFlags(suppress_embeds=True).value
    assert (sent["nonce"], sent["enforce_nonce"]) == ("k.0", True)


async def test_a_key_is_posted_once_across_a_restart(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    first = await world.platform.send(post(room, "Once"))
    thread = await world.platform.open_thread(room, "Group", key="t")
    await world.restart(told)
    assert await world.platform.send(post(room, "Once")) == first
    assert await world.platform.open_thread(room, "Group", key="t") == thread
    assert await seen(world, ann, room) == ["Once"]


@pytest.mark.parametrize("is_delivered", [True, False])
async def test_what_a_crash_cut_off_is_looked_for_before_it_is_repeated(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef, is_delivered: bool
) -> None:
    await world.platform.send(post(room, "Nothing found", "a.0"))  # the same words, another key
    await world.platform.send(post(room, "Nothing found", "b.0"))
    thread = await world.platform.open_thread(room, "Group", key="t")
    world.crashes_before_done("b.0", "thread:t")
    if not is_delivered:
        last = (await world.seen_by(ann, room))[-1]
        await world.platform.delete(last.ref)
    await world.restart(told)
    await world.platform.send(post(room, "Nothing found", "b.0"))
    assert await seen(world, ann, room) == ["Nothing found", "Nothing found"]
    assert await world.platform.open_thread(room, "Group", key="t") == thread


@pytest.mark.parametrize("way", ["a button", "a further part"])
@pytest.mark.parametrize("is_delivered", [True, False])
async def test_a_public_answer_that_a_crash_cut_off_is_given_once(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef, way: str, is_delivered: bool
) -> None:
    if way == "a button":
        ask = Outgoing(room, (*paragraph("May I?"), CONSENT), "a.0")
        await world.clicks(ann, "consent:in", (await world.platform.send(ask)).parts[0])
        before = "May I?"
    else:
        await called(world, told, ann, room, "share", what="A note.")
        before = "Part one"
    acted = told[-1]
    assert isinstance(acted, Chosen | FormSent)
    if way != "a button":
        await world.platform.send(replace(post(room, before), reply=acted.reply))
    answer = replace(post(room, "For all", "k.1"), reply=acted.reply)
    (message,) = (await world.platform.send(answer)).parts
    world.crashes_before_done("k.1")
    if not is_delivered:
        await world.platform.delete(message)
    await world.restart(told)
    receipt = await world.platform.send(answer)
    assert await seen(world, ann, room) == [before, "For all"]
    assert (receipt.parts == (message,)) is is_delivered


async def test_two_who_are_answered_with_the_same_words_keep_an_answer_each(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    """A crash has cut off both; one answers a command, the other a message."""
    asked = await world.says(ann, room, "What is a kite?")
    sent = await called(world, told, ann, room, "share", what="A note.")
    reply = replace(post(room, "I am working on it.", "a.0"), reply_to=asked)
    response = replace(post(room, "I am working on it.", "b.0"), reply=sent.reply)
    (first,) = (await world.platform.send(reply)).parts
    (second,) = (await world.platform.send(response)).parts
    world.crashes_before_done("a.0", "b.0")
    await world.platform.delete(first)  # it had not got there
    await world.restart(told)
    assert (await world.platform.send(reply)).parts != (second,)
    assert (await world.platform.send(response)).parts == (second,)
    assert await seen(world, ann, room) == [
        "What is a kite?",
        "I am working on it.",
        "I am working on it.",
    ]


async def test_what_was_cut_off_is_found_behind_much_that_was_said_since(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    await world.platform.send(post(room, "Once"))
    for number in range(120):
        world.writes_quietly(ann, room, f"line {number}")
    world.crashes_before_done("k.0")
    await world.restart(told)
    await world.platform.send(post(room, "Once"))
    assert (await seen(world, ann, room)).count("Once") == 1


async def test_an_answer_that_a_crash_cut_off_is_filled_once(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    sent = await called(world, told, ann, room, "help")
    answer = Outgoing(room, paragraph("Here"), "k.0", private_to=ann, reply=sent.reply)
    await world.platform.send(answer)
    world.crashes_before_done("k.0")
    await world.restart(told)
    await world.platform.send(answer)
    assert await seen(world, ann, room) == ["Here"]


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, 50035, PlatformError),
        (403, 50013, NotPermittedError),
        (404, 10003, RoomGoneError),
        (429, 0, RateLimitedError),
        (503, 0, DisconnectedError),
    ],
)
async def test_refusals_are_told_apart_and_leave_nothing_behind(
    world: DiscordWorld,
    ann: AccountRef,
    room: RoomRef,
    status: int,
    code: int,
    error: type[PlatformError],
) -> None:
    world.fails("POST", POSTS, status=status, code=code)
    with pytest.raises(PlatformError) as raised:
        await world.platform.send(post(room, "Hello"))
    assert type(raised.value) is error
    await world.platform.send(post(room, "Hello"))
    assert await seen(world, ann, room) == ["Hello"]


async def test_what_can_not_be_noted_is_not_posted(
    world: DiscordWorld, ann: AccountRef, room: RoomRef, tmp_path: Path
) -> None:
    (tmp_path / "receipts.jsonl").unlink(missing_ok=True)
    (tmp_path / "receipts.jsonl").mkdir()
    with pytest.raises(PlatformError):
        await world.platform.send(post(room, "Hello"))
    assert await seen(world, ann, room) == []


@pytest.mark.parametrize(
    ("right", "missing"),
    [
        ("attach_files", ("files", "images")),
        ("add_reactions", ("reactions",)),
        ("create_public_threads", ("threads",)),
        ("create_private_threads", ("private_threads",)),
        ("send_messages_in_threads", ("threads", "private_threads")),
        ("send_polls", ("polls",)),
        ("pin_messages", ("pins",)),
        ("read_message_history", ("replies", "reactions", "polls", "pins")),
    ],
)
async def test_what_the_bot_may_not_do_is_not_claimed(
    world: DiscordWorld, ann: AccountRef, right: str, missing: tuple[str, ...]
) -> None:
    bot_may: dict[str, Any] = {right: False}
    room = await world.room(ann, **bot_may)
    can = await world.platform.capabilities(room)
    lacking = {name for name in dir(can) if getattr(can, name) is Level.FALLBACK}
    assert lacking == set(missing)


async def test_where_the_bot_may_not_write_it_says_so_and_answers_commands(
    world: DiscordWorld, told: Told, ann: AccountRef
) -> None:
    room = await world.room(ann, send_messages=False)
    with pytest.raises(NotPermittedError):
        await world.platform.send(post(room, "Hello"))
    sent = await called(world, told, ann, room, "share", what="A note.")
    await world.platform.send(replace(post(room, "Thanks", "l.0"), reply=sent.reply))
    assert await seen(world, ann, room) == ["Thanks"]


@pytest.mark.parametrize(
    "blocks",
    [
        (Choices((Choice("x" * 95, "X"),)),),
        (Choices(tuple(Choice(str(number), "X") for number in range(26))),),
        tuple(File(f"{number}.txt", "text/plain", b"x") for number in range(11)),
        (Paragraph((Text("x" * 2001),)),),
        (),
    ],
    ids=["long id", "many buttons", "many files", "long text", "nothing"],
)
async def test_what_can_not_be_shown_is_refused_whole(
    world: DiscordWorld, ann: AccountRef, room: RoomRef, blocks: tuple[Block, ...]
) -> None:
    with pytest.raises(PlatformError):
        await world.platform.send(Outgoing(room, blocks, "k.0"))
    assert await seen(world, ann, room) == []


@pytest.mark.parametrize("token", ["", "x", "slash:", "slash:1:2:", "terminal:1", ":::"])
async def test_a_strange_handle_answers_nobody(
    world: DiscordWorld, ann: AccountRef, room: RoomRef, token: str
) -> None:
    until = world.surroundings.clock.now().replace(year=2030)
    handle = ReplyHandle(token, until, is_private=True)
    with pytest.raises(PlatformError):
        await world.platform.send(replace(post(room, "x"), private_to=ann, reply=handle))
    assert await seen(world, ann, room) == []


@pytest.mark.parametrize("id", ["", "x", "1" * 30, "²", "0"])
async def test_strange_ids_are_of_nothing(
    world: DiscordWorld, ann: AccountRef, room: RoomRef, id: str
) -> None:
    await world.platform.delete(MessageRef(room, id))
    for doing in (
        world.platform.capabilities(RoomRef(room.space, id)),
        world.platform.capabilities(RoomRef(SpaceRef("discord", id), room.id)),
        world.platform.edit(MessageRef(room, id), post(room, "x")),
        world.platform.direct_room(AccountRef("discord", id)),
    ):
        with pytest.raises((RoomGoneError, NotPermittedError)):
            await doing


# Who may read


async def test_an_account_reads_what_its_roles_let_it_read_now(
    world: DiscordWorld, ann: AccountRef, bob: AccountRef, room: RoomRef
) -> None:
    hidden = await world.room(bob, name="hidden")
    anns = await world.platform.readable(Audience.of_account(ann))
    assert room in anns
    assert hidden not in anns
    assert await world.platform.direct_room(ann) in anns
    world.guild.remove_member(world.actor(ann))
    await world.env.settle()
    await world.waits(61)
    assert await world.platform.readable(Audience.of_account(ann)) == frozenset()


async def test_in_an_outage_nothing_is_unreadable_or_gone(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    readable = [
        await world.platform.readable(audience)
        for audience in (Audience.of_account(ann), Audience.of_room(room))
    ]
    await world.is_out()
    for audience in (Audience.of_account(ann), Audience.of_room(room)):
        with pytest.raises(DisconnectedError):
            await world.platform.readable(audience)
    for doing in (
        world.platform.send(post(room, "Hello")),
        world.platform.capabilities(room),
        world.platform.direct_room(ann),
        anext(world.platform.history(room, None)),
    ):
        with pytest.raises(DisconnectedError):
            await doing
    await world.writes_directly(ann, "hello")
    assert told == []
    await world.is_out(is_over=True)
    await world.waits(10)
    # What was missed there meanwhile is to be read again.
    assert [type(event) for event in told] == [GapEnded, MessagePosted]
    await world.platform.send(post(room, "Hello"))
    assert await seen(world, ann, room) == ["Hello"]
    for audience, before in zip(
        (Audience.of_account(ann), Audience.of_room(room)), readable, strict=True
    ):
        assert await world.platform.readable(audience) == before


@pytest.mark.parametrize("closes", ["before", "meanwhile"])
async def test_a_history_that_is_closed_to_the_bot_is_not_an_empty_one(
    world: DiscordWorld,
    told: Told,
    ann: AccountRef,
    room: RoomRef,
    monkeypatch: pytest.MonkeyPatch,
    closes: str,
) -> None:
    await world.says(ann, room, "Hello")
    # Discord answers with no messages then, which is no refusal.
    rights = discord.Permissions.all()
    closed = discord.Permissions.all()
    closed.update(read_message_history=False)
    given = iter([closed] if closes == "before" else [rights, closed])
    monkeypatch.setattr(discord.TextChannel, "permissions_for", lambda *_: next(given))
    with pytest.raises(NotPermittedError):
        [event async for event in world.platform.history(room, told[0].message.posted_at)]  # type: ignore[union-attr]


async def test_a_newer_server_that_is_silent_keeps_no_direct_talk_from_its_place(
    world: DiscordWorld, told: Told, ann: AccountRef, bob: AccountRef
) -> None:
    beside = await world.add_server(bob)
    told.clear()
    world.fails("GET", f"/guilds/{beside.space.id}/members/*", status=503, times=9)
    await world.writes_directly(ann, "hello")
    assert [type(event) for event in told] == [MessagePosted]
    with pytest.raises(DisconnectedError):  # whether Ann reads there too is not known
        await world.platform.readable(Audience.of_account(ann))


async def test_a_server_is_asked_once_a_day_for_somebody_who_is_not_there(
    world: DiscordWorld, told: Told, ann: AccountRef, bob: AccountRef, room: RoomRef
) -> None:
    beside = await world.add_server(bob)
    ending = f"/guilds/{beside.space.id}/members/{ann.id}"
    for _ in range(5):
        assert room in await world.platform.readable(Audience.of_account(ann))
        await world.waits(3600)
    assert len(world.requests("GET", ending)) == 1
    assert {room, beside} <= await world.platform.readable(Audience.of_account(bob))
    # Whoever acts there is there.
    await world.joins(ann, beside)
    await world.says(ann, beside, "hello")
    assert {room, beside} <= await world.platform.readable(Audience.of_account(ann))
    await world.waits(25 * 3600)
    assert {room, beside} <= await world.platform.readable(Audience.of_account(ann))


async def test_whoever_comes_without_a_word_is_known_the_day_after(
    world: DiscordWorld, ann: AccountRef, bob: AccountRef
) -> None:
    beside = await world.add_server(bob)
    assert beside not in await world.platform.readable(Audience.of_account(ann))
    await world.joins(ann, beside)
    assert beside not in await world.platform.readable(Audience.of_account(ann))
    await world.waits(24 * 3600)
    assert beside in await world.platform.readable(Audience.of_account(ann))


async def test_a_server_that_tells_the_bot_nothing_is_asked_again(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    world.fails("GET", f"/guilds/{room.space.id}/members/{ann.id}", status=403, code=50001)
    with pytest.raises(DisconnectedError):
        await world.platform.readable(Audience.of_account(ann))
    assert room in await world.platform.readable(Audience.of_account(ann))


class TestWithTheListOfMembers:
    """Discord tells of all members, so nobody is asked for."""

    @pytest.fixture
    def options(self) -> Options:
        return Options(members_intent=True)

    async def test_no_server_is_asked(
        self, world: DiscordWorld, ann: AccountRef, bob: AccountRef, room: RoomRef
    ) -> None:
        beside = await world.add_server(bob)
        readable = await world.platform.readable(Audience.of_account(ann))
        assert room in readable
        assert beside not in readable
        assert not [each for each in world.env.http_requests if "/members/" in each.path]


class TestOnlyOtherServers:
    """The operator has named servers, and this is none of them."""

    @pytest.fixture
    def options(self) -> Options:
        return Options(guilds=("123456789012345678",))

    async def test_nothing_is_told_and_commands_are_refused(
        self, world: DiscordWorld, words: Words, told: Told, ann: AccountRef, room: RoomRef
    ) -> None:
        message = await world.says(ann, room, "hello")
        await world.edits(ann, message, "hi")
        await world.writes_directly(ann, "hello")
        await world.calls(ann, room, "help")
        assert told == []
        sorry = words.phrase("discord.not_served", language="en")
        assert await seen(world, ann, room) == ["hi", sorry]
        with pytest.raises(RoomGoneError):
            await world.platform.send(post(room, "Hello"))
        with pytest.raises(NotPermittedError):
            await world.platform.direct_room(ann)
        assert await world.platform.readable(Audience.of_account(ann)) == frozenset()

"""Commands: how they are declared to Discord, what is offered while one types, and who is shown them."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands

from learncomm_agent.chat.events import Event, FormSent
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.commands import builtin
from learncomm_agent.commands.declaration import Catalogue, Command, Option, OptionKind, Who
from learncomm_agent.errors import (
    Advice,
    DisconnectedError,
    LearncommError,
    PlatformError,
    RoomGoneError,
)
from learncomm_agent.words import Words
from learncomm_discord.commands.localising import is_legal
from learncomm_discord.commands.published import publish
from learncomm_discord.commands.slash import MAX_IN_GROUP, MORE, Slash
from learncomm_discord.commands.suggesting import offered
from tests.adapters.discord.desk import Desk
from tests.adapters.discord.discord_world import DiscordWorld
from tests.adapters.discord.loopback import Loopback
from tests.adapters.discord.loopback_gateway import PRIVILEGED
from tests.adapters.discord.own_bot import Quick, adapter, at_hand

COMMANDS = builtin.catalogue().commands
RARE = {each.name for each in COMMANDS if each.is_rare}
"""For these there is no place beside the others."""
SUBCOMMAND_GROUP = 2


async def _never(*anything: Any) -> Any:
    raise AssertionError("nobody calls")


async def payload(words: Words, command: Command, language: str = "en") -> dict[str, Any]:
    """Return a command as Discord is told of it."""
    client = discord.Client(intents=discord.Intents.none())
    tree = app_commands.CommandTree(client)
    catalogue = Catalogue((*(each for each in COMMANDS if each.name != command.name), command))
    slash = Slash(catalogue, words, language, _never, _never)
    made = next(each for each in slash.commands() if each.name == command.name)
    return await made.get_translated_payload(tree, slash.translator())


def own_words(folder: Path, german: str) -> Words:
    (folder / "phrases").mkdir()
    (folder / "phrases" / "de.toml").write_text(german, encoding="utf-8")
    return Words(folder)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.name)
async def test_each_command_has_a_german_name_and_keeps_its_own(
    words: Words, command: Command
) -> None:
    told = await payload(words, command)
    assert told["name"] == command.name
    assert {each["name"] for each in told["options"]} == {each.name for each in command.options}
    keys = [f"command.{command.name}.name"]
    keys += [f"command.{command.name}.{each.name}_name" for each in command.options]
    names = [words.phrase(key, language="de") for key in keys]
    assert all(map(is_legal, names))
    found = [told.get("name_localizations", {}), *(_of(told, each) for each in command.options)]
    declared = [command.name, *(each.name for each in command.options)]
    expected = [
        {} if name == own else {"de": name} for name, own in zip(names, declared, strict=True)
    ]
    assert found == expected
    assert not any(re.fullmatch(r"(?:.*_)?name", each.name) for each in command.options)


def _of(told: dict[str, Any], option: Option) -> dict[str, str]:
    found = next(each for each in told["options"] if each["name"] == option.name)
    names: dict[str, str] = found.get("name_localizations", {})
    return names


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (OptionKind.TEXT, 3),
        (OptionKind.MOMENT, 3),
        (OptionKind.MESSAGE, 3),
        (OptionKind.RESOURCE, 3),
        (OptionKind.NUMBER, 4),
        (OptionKind.MEMBER, 6),
        (OptionKind.ROOM, 7),
        (OptionKind.ROLE, 8),
        (OptionKind.FILE, 11),
    ],
)
async def test_each_kind_of_option_is_one_of_discords(
    words: Words, kind: OptionKind, number: int
) -> None:
    command = Command("try", _never, (Option("it", kind, max_chars=50_000),))
    (told,) = (await payload(words, command))["options"]
    assert told["type"] == number
    assert told.get("autocomplete", False) is (kind is OptionKind.RESOURCE)
    assert told.get("max_length", 6000) == 6000
    if kind is OptionKind.ROOM:
        kinds = {discord.ChannelType(each) for each in told["channel_types"]}
        assert {each.name for each in kinds} == {
            "text", "news", "voice", "stage_voice", "forum", "media",
            "news_thread", "public_thread", "private_thread",
        }  # fmt: skip


async def test_descriptions_and_choices_stand_in_other_languages(words: Words) -> None:
    me = next(each for each in COMMANDS if each.name == "me")
    told = await payload(words, me, "de")
    assert told["description"] == words.phrase("command.me.help", language="de")
    english = words.phrase("command.me.help", language="en")
    assert told["description_localizations"] == {"en-US": english, "en-GB": english}
    consent = next(each for each in told["options"] if each["name"] == "consent")
    assert {each["value"]: each["name"] for each in consent["choices"]} == {
        "in": "Zusammenfassen und teilen",
        "summaries_only": "Nur zusammenfassen",
        "out": "Nichts aufbewahren",
    }
    assert consent["choices"][0]["name_localizations"]["en-US"] == "Sum up and share"


async def test_a_command_without_words_is_offered_all_the_same(words: Words) -> None:
    command = Command("try", _never, (Option("what", OptionKind.CHOICE, choices=("a_b",)),))
    told = await payload(words, command)
    assert (told["description"], told["name_localizations"]) == ("try", {})
    assert told["options"][0]["choices"] == [{"name": "a b", "value": "a_b"}]


@pytest.mark.parametrize("name", ["Suche", "große suche", "x" * 33, "hilfe", "ask", ""])
async def test_a_name_that_discord_refuses_is_not_told(tmp_path: Path, name: str) -> None:
    words = own_words(tmp_path, f'[command.search]\nname = "{name}"\n')
    search = next(each for each in COMMANDS if each.name == "search")
    told = await payload(words, search)
    assert told["name_localizations"] == {}


# While one types


@pytest.mark.parametrize(
    ("choices", "shown"),
    [
        ([("#1", "Letters")], [("Letters", "#1")]),
        ([("#1", "**Bold** <@1>\n\u202eevil\u200f\u2066")], [("**Bold** <@1> evil", "#1")]),
        ([("#1", "   "), ("", "Nothing"), ("x" * 101, "Long")], [("…", "#1")]),
        ([("#1", "x" * 101)], [("x" * 99 + "…", "#1")]),
        ([("#1", "Same"), ("#2", "Same")], [("Same", "#1"), ("Same · #2", "#2")]),
        (
            [("#1", "x" * 200), ("#2", "x" * 200)],
            [("x" * 99 + "…", "#1"), ("x" * 94 + "… · #2", "#2")],
        ),
        ([("#1", "Same"), ("#1", "Same"), ("#1", "Same")], [("Same", "#1"), ("Same · #1", "#1")]),
        ([("#1", "Duck \ud83e"), ("#2", "Duck")], [("Duck \ufffd", "#1"), ("Duck", "#2")]),
    ],
)
def test_what_is_offered_fits_and_can_be_told_apart(
    choices: list[tuple[str, str]], shown: list[tuple[str, str]]
) -> None:
    found = offered([Choice(id, label) for id, label in choices])
    assert [(each.name, each.value) for each in found] == shown


def test_of_many_with_one_title_the_first_are_offered() -> None:
    found = offered([Choice(f"#{number}", "Same") for number in range(60)])
    assert len({each.name for each in found}) == len(found) == 25


class Told(list[Event]):
    """A sink that keeps what it was told."""

    async def __call__(self, event: Event) -> None:
        self.append(event)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def group() -> str | None:
    return None


@pytest.fixture
def catalogue() -> Catalogue:
    return builtin.catalogue()


@pytest.fixture
async def world(
    tmp_path: Path,
    words: Words,
    told: Told,
    desk: Desk,
    group: str | None,
    catalogue: Catalogue,
) -> AsyncIterator[DiscordWorld]:
    world = DiscordWorld(tmp_path, words, group=group, desk=desk, catalogue=catalogue)
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


async def test_the_desk_is_asked_by_declared_names(
    world: DiscordWorld, desk: Desk, ann: AccountRef, room: RoomRef
) -> None:
    desk.choices = [Choice("#7", "On listening")]
    found = await world.types(ann, room, "questions", "about", "list", count=3)
    assert [(each["name"], each["value"]) for each in found] == [("On listening", "#7")]
    assert desk.asked[-1] == (room, ann, "questions", "about", "list", {"count": "3"})


def _raises(error: Exception) -> Callable[[], Any]:
    async def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [LearncommError("no"), ValueError("a mistake"), TimeoutError()])
async def test_a_desk_that_fails_offers_nothing(
    world: DiscordWorld, desk: Desk, ann: AccountRef, room: RoomRef, error: Exception
) -> None:
    desk.before = _raises(error)
    assert await world.types(ann, room, "about", "source", "x" * 6000) == []
    assert len(world.requests("POST", "/callback")) == 1


async def test_a_desk_that_hangs_is_waited_for_two_seconds(
    world: DiscordWorld, desk: Desk, ann: AccountRef, room: RoomRef
) -> None:
    never = asyncio.Event()
    desk.before = lambda: world.surroundings.clock.idle(never.wait(), "a desk that hangs")
    assert await world.types(ann, room, "about", "source", "x") == []
    assert world.requests("POST", "/callback") == []
    await world.waits(2)
    (answer,) = world.requests("POST", "/callback")
    assert answer["data"] == {"choices": []}


# Who is shown what


LEADERS = {each.name for each in COMMANDS if each.who is Who.LEADERS}


async def _leader(world: DiscordWorld) -> AccountRef:
    return await world.member(
        "Lea", role="Lead", permissions=discord.Permissions(manage_guild=True)
    )


async def test_leaders_commands_are_shown_to_those_who_may_manage_the_server(
    world: DiscordWorld, told: Told, ann: AccountRef
) -> None:
    lea = await _leader(world)
    room = await world.room(ann, lea)
    assert LEADERS
    assert world.sees_commands(lea, room) - world.sees_commands(ann, room) == LEADERS
    await world.calls(lea, room, "read")
    assert isinstance(told[-1], FormSent) and told[-1].form == "read"


async def test_leaders_chosen_by_roles_are_shown_them_at_once(
    world: DiscordWorld, ann: AccountRef, room: RoomRef
) -> None:
    await world.platform.leaders_chosen(world.space, frozenset({"1"}))
    assert world.sees_commands(ann, room) >= LEADERS
    await world.platform.leaders_chosen(world.space, frozenset())
    assert not LEADERS & world.sees_commands(ann, room)
    with pytest.raises(RoomGoneError):
        await world.platform.leaders_chosen(SpaceRef("discord", "7"), frozenset())
    world.fails("PUT", "/applications/*", status=503)
    with pytest.raises(DisconnectedError):
        await world.platform.leaders_chosen(world.space, frozenset({"1"}))


async def test_what_a_server_chose_holds_after_a_restart_and_is_told_once(
    world: DiscordWorld, told: Told, desk: Desk, ann: AccountRef, room: RoomRef
) -> None:
    desk.roles[world.space.id] = frozenset({"1"})
    await world.restart(told)
    assert world.sees_commands(ann, room) >= LEADERS
    before = len(_told_of_servers(world))
    await world.restart(told)
    assert len(_told_of_servers(world)) == before


def _told_of_servers(world: DiscordWorld) -> list[str]:
    return [
        each.path
        for each in world.env.http_requests
        if each.method == "PUT" and "/guilds/" in each.path and each.path.endswith("/commands")
    ]


async def test_a_server_that_fails_is_in_nobodys_way(
    world: DiscordWorld, told: Told, desk: Desk, ann: AccountRef
) -> None:
    before = set(_told_of_servers(world))
    world.fails("PUT", "/applications/*/guilds/*", status=403, code=50001)
    await world.add_server(ann)
    beside = await world.add_server(ann)
    await world.env.settle()
    assert not LEADERS & world.sees_commands(ann, beside)
    assert any(beside.space.id in path for path in set(_told_of_servers(world)) - before)


async def test_an_outage_of_a_server_changes_nothing_and_asks_nobody(
    world: DiscordWorld, desk: Desk, ann: AccountRef, room: RoomRef
) -> None:
    shown, asked = world.sees_commands(ann, room), len(desk.asked)
    await world.is_out()
    await world.is_out(is_over=True)
    assert (world.sees_commands(ann, room), len(desk.asked)) == (shown, asked)


@pytest.mark.parametrize("error", [PlatformError("no"), ValueError("a mistake")])
async def test_a_desk_that_fails_leaves_them_to_those_who_may_manage(
    world: DiscordWorld, told: Told, desk: Desk, ann: AccountRef, room: RoomRef, error: Exception
) -> None:
    desk.roles[world.space.id] = frozenset({"1"})
    desk.before = _raises(error)
    await world.restart(told)
    assert not LEADERS & world.sees_commands(ann, room)
    assert world.sees_commands(ann, room)


async def test_nothing_is_left_of_them_in_the_tree(world: DiscordWorld) -> None:
    await world.platform.stop()
    tree = world.bot.tree
    assert (tree.get_commands(), tree.get_commands(guild=world.bot.guilds[0])) == ([], [])
    assert tree.translator is None


@pytest.mark.parametrize("group", ["lernen"])
async def test_a_group_holds_all_of_them_and_is_its_hosts_to_publish(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    assert _in_group(world, ann, room) == {each.name for each in COMMANDS} - RARE
    assert _in_group(world, ann, room, MORE) == RARE
    await world.platform.leaders_chosen(world.space, frozenset({"1"}))
    assert _told_of_servers(world) == []
    lead = world.bot.tree.get_command("Summarise from here", type=discord.AppCommandType.message)
    assert lead is not None and lead.default_permissions == discord.Permissions(manage_guild=True)
    assert world.platform.command_sign == "/lernen "
    await world.calls(ann, room, "read")
    assert isinstance(told[-1], FormSent) and told[-1].form == "read"
    await world.calls(ann, room, f"{MORE} link", code="ABCDE-FGHIJ")
    assert isinstance(told[-1], FormSent) and told[-1].form == "link"


def _in_group(world: DiscordWorld, member: AccountRef, room: RoomRef, within: str = "") -> set[str]:
    """Return the commands that stand in the group itself, or in a group within it."""
    paths = [each.split()[1:] for each in world.sees_commands(member, room)]
    return {path[-1] for path in paths if path[:-1] == within.split()}


@pytest.mark.parametrize(
    ("extra", "within", "left_out"),
    [
        (("shelf",), RARE | {"shelf"}, 0),
        (("more",), RARE | {"more"}, 0),
        (("shelf", "rack", "crate"), RARE | {"shelf", "rack", "crate"}, 0),
        (tuple(f"own{number}" for number in range(30)), {"own24"}, 20),
    ],
)
async def test_however_many_there_are_what_is_needed_daily_is_at_hand(
    words: Words,
    extra: tuple[str, ...],
    within: set[str],
    left_out: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    catalogue = Catalogue((*COMMANDS, *(Command(name, _never) for name in extra)))
    group = Slash(catalogue, words, "en", _never, _never).group("lernen")
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    told = await group.get_translated_payload(
        tree, Slash(catalogue, words, "en", _never).translator()
    )
    assert len(told["options"]) == MAX_IN_GROUP
    (more,) = (each for each in told["options"] if each["type"] == SUBCOMMAND_GROUP)
    assert more["name_localizations"] == {"de": "mehr"}
    shown = {each["name"] for each in told["options"] if each is not more}
    found = {each["name"] for each in more["options"]}
    everyday = {each.name for each in COMMANDS if not each.is_rare}
    assert everyday <= shown and within <= found and not shown & found
    assert len(shown) + len(found) == len(catalogue.commands) - left_out
    assert ("no room in the group" in caplog.text) == bool(left_out)


@pytest.mark.parametrize("group", ["lernen"])
async def test_a_host_without_room_for_one_more_command_is_told_so(
    world: DiscordWorld, told: Told
) -> None:
    """Else it would run, and nobody could ask it anything."""
    await world.platform.stop()

    async def own(interaction: discord.Interaction) -> None: ...

    for number in range(100):
        made: app_commands.Command[Any, ..., None] = app_commands.Command(
            name=f"own{number}", description="Own", callback=own
        )
        world.bot.tree.add_command(made)
    with pytest.raises(PlatformError) as raised:
        await world.platform.start(told)
    assert raised.value.advice == Advice("discord.group_full", {"group": "lernen"})
    assert len(world.bot.tree.get_commands()) == 100


@pytest.mark.parametrize("group", ["lernen"])
async def test_a_group_says_what_it_is_for(world: DiscordWorld) -> None:
    tree = world.bot.tree
    group, translator = tree.get_command("lernen"), tree.translator
    assert group is not None and translator is not None
    told = await group.get_translated_payload(tree, translator)
    assert told["description"].startswith("Ask what")
    assert told["description_localizations"]["de"].startswith("Frag")


@pytest.mark.parametrize("group", ["lernen"])
async def test_a_host_with_a_command_of_that_name_is_told_so(
    world: DiscordWorld, told: Told
) -> None:
    await world.platform.stop()

    @world.bot.tree.command(name="lernen", description="Own")
    async def own(interaction: discord.Interaction) -> None: ...

    with pytest.raises(PlatformError) as raised:
        await world.platform.start(told)
    assert raised.value.advice.phrase == "discord.group_taken"
    assert world.bot.tree.get_commands() == [own]


async def test_commands_are_told_once_and_again_when_others(
    world: DiscordWorld, tmp_path: Path
) -> None:
    tree, guild = world.bot.tree, world.bot.guilds[0]
    now, week = world.now(), timedelta(days=7)
    assert [await publish(tree, tmp_path, now) for _ in range(2)] == [True, False]
    assert not await publish(tree, tmp_path, now, guild)
    tree.clear_commands(guild=guild)
    assert [await publish(tree, tmp_path, now, guild) for _ in range(2)] == [True, False]
    # Somebody else may have taken them away there meanwhile.
    assert [await publish(tree, tmp_path, now + week) for _ in range(2)] == [True, False]


async def test_our_own_bot_publishes_both_before_and_after_it_is_connected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_hand(monkeypatch)
    with Loopback(intents=PRIVILEGED) as double:
        first, second = double.add_guild("First"), double.add_guild("Second")
        desk = Desk()
        desk.roles[str(second.id)] = frozenset({"1"})
        for _ in range(2):
            own = adapter(double, tmp_path, Quick())
            own.consult(desk)
            await own.start(Told())
            await double.until(lambda: len(desk.asked) % 2 == 0 and double.commands(second))
            await own.stop()
        assert {each["name"] for each in double.commands()} & LEADERS == set()
        shown = {
            guild.id: {each["default_member_permissions"] for each in double.commands(guild)}
            for guild in (first, second)
        }
        assert shown == {first.id: {1 << 5}, second.id: {None}}
        assert {each["name"] for each in double.commands(first) if each["type"] == 1} == LEADERS
        assert len(double.requests("PUT", "/applications/*/commands")) == 3


# On a message


def _on_message(name: str, who: Who = Who.EVERYONE) -> Command:
    return Command(
        name, _never, (Option("message", OptionKind.MESSAGE),), who, on_message="message"
    )


MENUS = [replace(_on_message(name)) for name in ("one", "two", "three", "four", "five", "six")]


@pytest.mark.parametrize("catalogue", [Catalogue((*MENUS, _on_message("lead", Who.LEADERS)))])
async def test_a_message_has_five_entries_and_those_of_leaders(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    message = await world.says(ann, room, "A thought")
    told.clear()
    assert (await world.asks_on(ann, "five", message)).acknowledged
    (sent,) = told
    assert isinstance(sent, FormSent)
    assert (sent.form, sent.values) == ("five", {"message": message.id})
    tree, kind = world.bot.tree, discord.AppCommandType.message
    assert len(tree.get_commands(type=kind)) == 5
    (lead,) = tree.get_commands(type=kind, guild=world.bot.guilds[0])
    assert lead.default_permissions == discord.Permissions(manage_guild=True)

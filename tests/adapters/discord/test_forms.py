"""Forms: opened at once, also after a restart, and told with what was filled in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from learncomm_agent.chat.events import Event, FormSent
from learncomm_agent.chat.forms import Choice, Field, FieldKind, Form
from learncomm_agent.chat.messages import MessageRef, RoomKind, RoomRef
from learncomm_agent.chat.outgoing import Choices, Outgoing
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.commands.declaration import Catalogue, Command, Option
from learncomm_agent.errors import NotAllowedError, PlatformError
from learncomm_agent.testing.world import paragraph
from learncomm_agent.words import Words
from learncomm_discord.commands.modals import answers, modal
from tests.adapters.discord.desk import Desk
from tests.adapters.discord.discord_world import DiscordWorld, said

SUBMIT = discord.InteractionType.modal_submit
ABC = tuple(Choice(each, each.upper()) for each in "abc")
WHY = Field("why", "Why?", is_long=True, max_chars=300, values=("Because",), hint="In your words")
FORM = Form(
    "arrange",
    "Arrange it",
    (
        WHY,
        Field("which", "Which?", FieldKind.CHOICE, choices=ABC, at_most=2, values=("b", "a")),
        Field("rooms", "Rooms", FieldKind.ROOM, is_required=False, at_most=5),
        Field("roles", "Roles", FieldKind.ROLE, is_required=False, at_most=5),
        Field("who", "Who?", FieldKind.MEMBER, is_required=False),
    ),
)
BUTTON = Choices((Choice("arrange:7", "Arrange", opens_form=True),))


async def _never(*anything: Any) -> Any:
    raise AssertionError("nobody calls")


ARRANGE = Command("arrange", _never, (Option("why"),), opens_form=True, always_private=True)
PUBLIC = Command("public", _never, (Option("why"),), opens_form=True)


# What they look like


def _control(field: Field, guild: discord.Guild | None = None) -> dict[str, Any]:
    (label,) = modal(Form("f", "Form", (field,)), "f", guild).to_dict()["components"]
    control: dict[str, Any] = label["component"]
    return control


async def test_a_text_stands_in_a_field_of_its_size() -> None:
    shown = modal(Form("f", "T" * 50, (WHY,)), "id", None).to_dict()
    assert (shown["title"], shown["custom_id"]) == ("T" * 44 + "…", "id")
    (label,) = shown["components"]
    assert (label["label"], label["description"]) == ("Why?", "In your words")
    control = label["component"]
    assert (control["type"], control["style"], control["max_length"]) == (4, 2, 300)
    assert (control["value"], control["required"], control["custom_id"]) == ("Because", True, "why")
    short = _control(Field("a", "A", max_chars=9000, values=("x" * 9000,), is_required=False))
    assert (short["style"], short["max_length"], len(short["value"])) == (1, 4000, 4000)
    assert not short["required"]


async def test_choices_are_a_list_with_what_is_chosen() -> None:
    control = _control(FORM.fields[1])
    assert (control["type"], control["min_values"], control["max_values"]) == (3, 1, 2)
    assert [each["value"] for each in control["options"] if each["default"]] == ["a", "b"]
    free = _control(replace(FORM.fields[1], is_required=False, at_most=9, values=()))
    assert (free["required"], free["min_values"], free["max_values"]) == (False, 0, 3)


@pytest.mark.parametrize("kind", [FieldKind.ROOM, FieldKind.ROLE, FieldKind.MEMBER])
async def test_where_there_is_nothing_to_pick_from_it_is_asked_in_words(kind: FieldKind) -> None:
    control = _control(Field("x", "X", kind, at_most=3, values=("1", "2")))
    assert (control["type"], control["style"], control["value"]) == (4, 2, "1\n2")
    assert _control(Field("x", "X", FieldKind.CHOICE))["type"] == 4


@pytest.mark.parametrize(
    "fields",
    [
        (),
        (WHY,) * 6,
        (Field("x", "X", FieldKind.CHOICE, choices=(Choice("a", "A"),) * 26),),
    ],
)
async def test_what_discord_has_no_form_for_is_refused(fields: tuple[Field, ...]) -> None:
    with pytest.raises(PlatformError):
        modal(Form("f", "Form", fields), "f", None)


@pytest.mark.parametrize(
    ("data", "filled"),
    [
        ({}, {}),
        ({"components": None}, {}),
        ({"components": ["x", None, {}, {"component": None}, {"components": "x"}]}, {}),
        ({"components": [{"component": {"custom_id": "a", "value": None}}]}, {"a": ""}),
        ({"components": [{"component": {"custom_id": "a", "values": []}}]}, {"a": ""}),
        ({"components": [{"component": {"custom_id": "a", "values": ["1", 2]}}]}, {"a": "1\n2"}),
        ({"components": [{"components": [{"custom_id": "a", "value": "x"}]}]}, {"a": "x"}),
        ({"components": [{"component": {"custom_id": 7, "value": "x"}}]}, {}),
    ],
)
def test_what_was_filled_in_is_read_however_it_stands(
    data: dict[str, Any], filled: dict[str, str]
) -> None:
    assert answers(data) == filled


# In a room


class Told(list[Event]):
    """A sink that keeps what it was told."""

    async def __call__(self, event: Event) -> None:
        self.append(event)

    def sent(self) -> list[FormSent]:
        return [each for each in self if isinstance(each, FormSent)]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.forms = {"arrange": FORM, "arrange:7": replace(FORM, id="arrange:7")}
    return desk


@pytest.fixture
async def world(
    tmp_path: Path, words: Words, told: Told, desk: Desk
) -> AsyncIterator[DiscordWorld]:
    catalogue = Catalogue((ARRANGE, PUBLIC))
    world = DiscordWorld(tmp_path, words, desk=desk, catalogue=catalogue)
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


async def _posted(world: DiscordWorld, room: RoomRef) -> MessageRef:
    receipt = await world.platform.send(Outgoing(room, (*paragraph("?"), BUTTON), "k.0"))
    return receipt.parts[0]


async def test_a_command_without_options_opens_its_form(
    world: DiscordWorld, told: Told, desk: Desk, ann: AccountRef, room: RoomRef
) -> None:
    role = world.guild.create_role("Hosts")
    shown = await world.calls(ann, room, "arrange")
    assert shown.modal is not None and shown.modal["title"] == "Arrange it"
    assert desk.asked[-1] == (room, ann, "arrange")
    assert told.sent() == []
    await world.restart(told)
    picked = {"rooms": [world.channel(room)], "roles": [role], "who": [world.actor(ann)]}
    result = await world.fills_in(ann, shown, why="So", which=["c"], **picked)
    (sent,) = told.sent()
    assert (sent.form, sent.account.ref, sent.room.ref) == ("arrange", ann, room)
    assert sent.values == {
        "why": "So",
        "which": "c",
        "rooms": room.id,
        "roles": str(role.id),
        "who": ann.id,
    }
    assert (result.deferred, result.ephemeral) == (True, True)
    assert sent.reply is not None and sent.reply.is_private
    answer = Outgoing(room, paragraph("Done"), "a.0", private_to=ann, reply=sent.reply)
    await world.platform.send(answer)
    assert [each.text for each in await world.seen_by(ann, room)] == ["Done"]


async def test_a_command_with_options_opens_none(
    world: DiscordWorld, told: Told, desk: Desk, ann: AccountRef, room: RoomRef
) -> None:
    await world.calls(ann, room, "arrange", why="x" * 2000)
    assert [each.values for each in told.sent()] == [{"why": "x" * 2000}]
    assert desk.asked == []


async def test_a_command_whose_form_is_not_there_is_a_command(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    result = await world.calls(ann, room, "public")
    assert (result.modal, result.deferred, result.ephemeral) == (None, True, False)
    assert [(each.form, each.values) for each in told.sent()] == [("public", {})]


async def test_the_form_of_a_public_command_is_answered_for_all(
    world: DiscordWorld, told: Told, desk: Desk, ann: AccountRef, room: RoomRef
) -> None:
    desk.forms["public"] = Form("public", "Public", (WHY,))
    result = await world.fills_in(ann, await world.calls(ann, room, "public"), why="So")
    assert (result.deferred, result.ephemeral) == (True, False)


async def test_a_button_opens_a_form_after_a_restart(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    message = await _posted(world, room)
    await world.restart(told)
    shown = await world.clicks(ann, "arrange:7", message)
    assert shown.modal is not None
    await world.fills_in(ann, shown, why="So", which=["a", "b"])
    (sent,) = told.sent()
    assert (sent.form, sent.values["which"], sent.values["rooms"]) == ("arrange:7", "a\nb", "")
    assert sent.reply is not None and not sent.reply.is_private and sent.reply.reaches_one
    answer = Outgoing(room, paragraph("Done"), "a.0", private_to=ann, reply=sent.reply)
    await world.platform.send(answer)
    assert [each.text for each in await world.seen_by(ann, room)] == ["?", "Done"]


async def test_what_is_preset_and_gone_is_left_out(
    world: DiscordWorld, desk: Desk, ann: AccountRef, room: RoomRef
) -> None:
    role = world.guild.create_role("Hosts")
    folded = await world.opens_thread(ann, room, is_private=False)
    thread = world.bot.get_channel(int(folded.id))
    assert isinstance(thread, discord.Thread)
    await thread.edit(archived=True)
    await world.env.settle()
    assert world.bot.get_channel(thread.id) is None
    fields = (
        Field("rooms", "R", FieldKind.ROOM, at_most=3, values=(room.id, folded.id, "7", "hall")),
        Field("roles", "R", FieldKind.ROLE, at_most=3, values=("7", str(role.id), "<@&1>")),
    )
    desk.forms["arrange"] = Form("arrange", "Arrange", fields)
    shown = (await world.calls(ann, room, "arrange")).modal
    assert shown is not None
    preset = [part["component"]["default_values"] for part in shown["components"]]
    assert preset == [
        [{"id": int(each.id), "type": "channel"} for each in (room, folded)],
        [{"id": role.id, "type": "role"}],
    ]


async def test_in_a_direct_talk_it_is_asked_in_words(
    world: DiscordWorld, told: Told, ann: AccountRef
) -> None:
    shown = await world.calls_directly(ann, "arrange")
    assert shown.modal is not None
    kinds = [part["component"]["type"] for part in shown.modal["components"]]
    assert kinds == [4, 3, 4, 4, 4]
    await world.actor(ann).user.submit_modal(shown, {"why": "So", "which": ["a"], "rooms": "hall"})
    (sent,) = told.sent()
    assert (sent.room.kind, sent.values["rooms"]) == (RoomKind.DIRECT, "hall")
    assert sent.reply is not None and not sent.reply.is_private


def _raises(error: Exception) -> Callable[[], Any]:
    async def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "phrase"),
    [
        (NotAllowedError("no", phrase="control.not_yours"), "control.not_yours"),
        (ValueError("a mistake"), "error.unexpected"),
    ],
)
@pytest.mark.parametrize("way", ["a command", "a button"])
async def test_whoever_may_not_have_a_form_is_told_why_alone(
    world: DiscordWorld,
    told: Told,
    desk: Desk,
    ann: AccountRef,
    room: RoomRef,
    words: Words,
    error: Exception,
    phrase: str,
    way: str,
) -> None:
    desk.before = _raises(error)
    if way == "a command":
        result = await world.calls(ann, room, "arrange")
    else:
        result = await world.clicks(ann, "arrange:7", await _posted(world, room))
    assert (result.ephemeral, result.deferred, result.modal) == (True, False, None)
    assert said(result) == words.phrase(phrase, language="en")
    assert told.sent() == []


@pytest.mark.parametrize("form", [None, Form("arrange:7", "None", ()), Form("x" * 99, "x", (WHY,))])
async def test_a_form_that_is_not_there_or_can_not_be_shown_is_said_so(
    world: DiscordWorld, desk: Desk, ann: AccountRef, room: RoomRef, form: Form | None
) -> None:
    desk.forms = {} if form is None else {"arrange:7": form}
    result = await world.clicks(ann, "arrange:7", await _posted(world, room))
    assert result.ephemeral and result.modal is None
    assert ("out of date" in said(result)) is (form is None)


async def test_a_desk_that_hangs_is_waited_for_two_seconds(
    world: DiscordWorld, desk: Desk, ann: AccountRef, room: RoomRef, words: Words
) -> None:
    never = asyncio.Event()
    desk.before = lambda: world.surroundings.clock.idle(never.wait(), "a desk that hangs")
    result = await world.actor(ann).slash(world.channel(room), "learn arrange")
    assert not result.acknowledged
    await world.waits(2)
    assert result.ephemeral
    assert said(result) == words.phrase("discord.too_slow", language="en")


async def test_a_form_that_discord_does_not_take_is_said_so(
    world: DiscordWorld, ann: AccountRef, room: RoomRef, words: Words
) -> None:
    world.fails("POST", "/interactions/*", status=400, code=50035)
    result = await world.calls(ann, room, "arrange")
    assert result.ephemeral
    assert said(result) == words.phrase(PlatformError.phrase, language="en")


async def test_a_form_that_discord_refuses_ends_nothing(
    world: DiscordWorld, desk: Desk, ann: AccountRef, room: RoomRef
) -> None:
    world.fails("POST", "/interactions/*", status=404, code=10062)
    result = await world.actor(ann).slash(world.channel(room), "learn arrange")
    assert not result.acknowledged
    assert (await world.calls(ann, room, "arrange")).modal is not None


async def test_a_form_that_is_sent_twice_is_two_forms_with_ids_of_their_own(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    shown = (await world.calls(ann, room, "arrange")).modal
    assert shown is not None
    part = {"type": 18, "component": {"type": 4, "custom_id": "why", "value": "*x* \u202e <@1>"}}
    data = {"custom_id": shown["custom_id"], "components": [part]}
    for _ in range(2):
        assert (await world.interacts(ann, room, SUBMIT, data)).acknowledged
    first, second = told.sent()
    assert first.id != second.id
    assert first.values == second.values == {"why": "*x* \u202e <@1>"}

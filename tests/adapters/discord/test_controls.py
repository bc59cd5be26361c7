"""Buttons and lists: signed, without state, and answered kindly where they are out of date."""

import asyncio
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord
import pytest

from learncomm_agent.chat.events import Chosen, Event
from learncomm_agent.chat.forms import Choice, Field, FieldKind, Form
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Block, Choices, Menu, Outgoing, Receipt
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.errors import PlatformError, StorageError
from learncomm_agent.testing.world import paragraph
from learncomm_agent.words import Words
from learncomm_discord.commands.modals import modal
from learncomm_discord.commands.signing import MAX_ID, Control, Kind, Signing
from learncomm_discord.posting.content import content
from learncomm_discord.posting.handles import Handle, parse
from tests.adapters.discord.desk import Desk
from tests.adapters.discord.discord_world import DiscordWorld, said

COMPONENT = discord.InteractionType.component
CONSENT = Choices((Choice("consent:in", "Yes"), Choice("consent:out", "No")))
MENU = Menu("topics:3", tuple(Choice(each, each.title()) for each in "abcd"), "Which?", 1, 3)


@pytest.fixture
async def signing(tmp_path: Path) -> Signing:
    signing = Signing(tmp_path)
    await signing.load()
    return signing


# Custom ids


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("id", ["consent:in", "a:b:c:", "", "ä ☂", "x" * MAX_ID])
def test_a_custom_id_says_what_it_is_of(signing: Signing, kind: Kind, id: str) -> None:
    custom_id = signing.sign(kind, id)
    assert len(custom_id) <= 100
    assert signing.read(custom_id) == Control(kind, id)


def _forged(custom_id: str) -> list[str]:
    kind, rest = custom_id.removeprefix("learncomm:").split(":", 1)
    id, signature = rest.rsplit(":", 1)
    return [
        "",
        "learncomm:",
        "learncomm:::",
        id,
        f"learncomm:{id}",
        f"learncomm:{kind}:{id}",
        f"learncomm:{kind}:{id}:",
        f"learncomm:{kind}:{id}:{signature[::-1]}",
        f"learncomm:{kind}:{id}:ä☂\ud800",
        f"learncomm:{kind}:{id}x:{signature}",
        f"learncomm:o:{id}:{signature}",
        f"learncomm:?:{id}:{signature}",
        f"Learncomm:{kind}:{id}:{signature}",
        f"{custom_id} ",
    ]


def test_none_that_was_made_up_is_taken_for_ours(signing: Signing) -> None:
    made = signing.sign(Kind.BUTTON, "forget_me:7")
    assert [each for each in _forged(made) if signing.read(each) is not None] == []


@pytest.mark.parametrize("left", [None, b"", b"short", b"x" * 33])
async def test_a_secret_that_was_lost_is_made_anew(tmp_path: Path, left: bytes | None) -> None:
    first, second, third = Signing(tmp_path), Signing(tmp_path), Signing(tmp_path)
    await first.load()
    path = tmp_path / "controls.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    made = first.sign(Kind.BUTTON, "consent:in")
    await second.load()
    assert second.read(made) is not None
    path.unlink() if left is None else path.write_bytes(left)
    await third.load()
    assert third.read(made) is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_secret_that_can_not_be_read_stays_for_the_next_time(tmp_path: Path) -> None:
    first, second, third = Signing(tmp_path), Signing(tmp_path), Signing(tmp_path)
    await first.load()
    made = first.sign(Kind.BUTTON, "consent:in")
    path, aside = tmp_path / "controls.key", tmp_path / "aside"
    path.rename(aside)
    path.symlink_to(path)  # so that reading fails though it is there
    await second.load()
    assert second.read(made) is None
    assert second.read(second.sign(Kind.MENU, "x")) == Control(Kind.MENU, "x")
    assert path.is_symlink()
    aside.rename(path)
    await third.load()
    assert third.read(made) is not None


async def test_a_secret_that_can_not_be_kept_serves_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    signing = Signing(tmp_path / "file")
    await signing.load()
    assert signing.read(signing.sign(Kind.MENU, "x")) == Control(Kind.MENU, "x")


def test_an_id_that_is_too_long_is_refused(signing: Signing) -> None:
    with pytest.raises(PlatformError):
        signing.sign(Kind.BUTTON, "x" * (MAX_ID + 1))


# What they look like


async def shown(signing: Signing, *blocks: Block) -> list[dict[str, Any]]:
    outgoing = Outgoing(RoomRef.__new__(RoomRef), blocks, "k")
    view = content(signing.signed(outgoing).blocks).view
    assert view is not None
    rows: list[dict[str, Any]] = view.to_components()
    return [part for row in rows for part in row["components"]]


async def test_a_form_is_a_button_that_opens_it(signing: Signing) -> None:
    (button,) = await shown(signing, Form("setup", "Set up", ()))
    assert (button["label"], button["custom_id"]) == (
        "Set up",
        signing.sign(Kind.OPENS_FORM, "setup"),
    )
    (button,) = await shown(signing, Choices((Choice("x", "X" * 90, opens_form=True),)))
    assert (button["label"], button["custom_id"]) == (
        "X" * 79 + "…",
        signing.sign(Kind.OPENS_FORM, "x"),
    )


@pytest.mark.parametrize(
    ("at_least", "at_most", "bounds"),
    [(1, 1, (1, 1)), (0, 2, (0, 2)), (1, 99, (1, 4)), (9, 2, (2, 2)), (-1, 0, (0, 1))],
)
async def test_a_menu_is_a_list(
    signing: Signing, at_least: int, at_most: int, bounds: tuple[int, int]
) -> None:
    menu = Menu("m", MENU.options, "", at_least, at_most)
    (made,) = await shown(signing, menu)
    assert (made["min_values"], made["max_values"]) == bounds
    assert [each["value"] for each in made["options"]] == list("abcd")


@pytest.mark.parametrize(
    "blocks",
    [
        (Menu("m", tuple(Choice(str(each), "x") for each in range(26))),),
        (Menu("m", (Choice("x" * 101, "x"),)),),
        tuple(Menu(str(each), (Choice("x", "x"),)) for each in range(6)),
        (Choices(tuple(Choice(str(each), "x") for each in range(21))), MENU),
    ],
)
async def test_what_discord_has_no_room_for_is_refused(
    signing: Signing, blocks: tuple[Block, ...]
) -> None:
    with pytest.raises(PlatformError):
        await shown(signing, *blocks)


# In a room


class Told(list[Event]):
    """A sink that keeps what it was told."""

    async def __call__(self, event: Event) -> None:
        self.append(event)

    def chosen(self) -> list[Chosen]:
        return [each for each in self if isinstance(each, Chosen)]


@pytest.mark.parametrize("ids", [("",), ("a", "a"), ("x" * 101,)])
async def test_a_form_whose_options_discord_would_refuse_is_not_sent(ids: tuple[str, ...]) -> None:
    choices = tuple(Choice(id, "One") for id in ids)
    form = Form("f", "Form", (Field("which", "Which", FieldKind.CHOICE, choices=choices),))
    with pytest.raises(PlatformError):
        modal(form, "id", None)


def test_the_way_to_answer_is_in_no_log() -> None:
    """Whoever has it can speak in our name for some minutes."""
    handle = Handle(1, "the-token", "2", is_slash=True)
    reply = handle.reply(datetime.now(UTC), is_private=True)
    assert parse(reply) == handle
    assert "the-token" not in f"{handle!r} {reply!r}"


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def world(tmp_path: Path, words: Words, told: Told) -> AsyncIterator[DiscordWorld]:
    world = DiscordWorld(tmp_path, words, desk=Desk())
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


async def _posted(world: DiscordWorld, room: RoomRef, *blocks: Block) -> MessageRef:
    receipt: Receipt = await world.platform.send(Outgoing(room, (*paragraph("?"), *blocks), "k.0"))
    return receipt.parts[0]


async def test_what_was_picked_is_told_in_the_lists_order_after_a_restart(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    message = await _posted(world, room, CONSENT, MENU)
    await world.restart(told)
    result = await world.picks(ann, "topics:3", message, "c", "a")
    assert result.acknowledged
    (chosen,) = told.chosen()
    assert (chosen.choice, chosen.values, chosen.message) == ("topics:3", ("a", "c"), message)
    assert chosen.reply is not None and not chosen.reply.is_private


async def test_what_does_not_stand_in_the_list_was_not_picked(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    message = await _posted(world, room, MENU)
    (row,) = world.message(message).components
    assert isinstance(row, discord.ActionRow)
    custom_id = row.children[0].custom_id
    data = {"custom_id": custom_id, "component_type": 3, "values": ["z", "b", 7, "b"]}
    await world.interacts(ann, room, COMPONENT, data, message)
    assert [each.values for each in told.chosen()] == [("b",)]


async def test_a_control_of_another_secret_is_out_of_date(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef, words: Words
) -> None:
    message = await _posted(world, room, CONSENT)
    (world.surroundings.folder / "controls.key").unlink()
    await world.restart(told)
    result = await world.clicks(ann, "consent:in", message)
    assert (result.ephemeral, result.deferred) == (True, False)
    assert said(result) == words.phrase("control.gone", language="en")
    assert told.chosen() == []


@pytest.mark.parametrize("kind", [COMPONENT, discord.InteractionType.modal_submit])
async def test_what_was_made_up_is_answered_and_not_told(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef, kind: discord.InteractionType
) -> None:
    data = {"custom_id": "learncomm:b:consent:in:AAAAAAAAAAAA", "component_type": 2}
    result = await world.interacts(ann, room, kind, {**data, "components": []})
    assert result.ephemeral and "out of date" in said(result)
    session = world.platform._session
    assert session is not None
    wrong = session.signing.sign(
        Kind.FORM if kind is COMPONENT else Kind.BUTTON, "consent:in"
    )  # genuine, but of something else
    result = await world.interacts(
        ann, room, kind, {"custom_id": wrong, "component_type": 2, "components": []}
    )
    assert result.ephemeral and "out of date" in said(result)
    assert told.chosen() == []


@pytest.mark.parametrize("custom_id", ["", "consent:in", "learncomm", "Learncomm:b:x:y", "x" * 100])
@pytest.mark.parametrize("kind", [COMPONENT, discord.InteractionType.modal_submit])
async def test_what_is_a_hosts_own_is_never_touched(
    world: DiscordWorld,
    told: Told,
    ann: AccountRef,
    room: RoomRef,
    kind: discord.InteractionType,
    custom_id: str,
) -> None:
    data = {"custom_id": custom_id, "component_type": 2, "components": []}
    result = await world.interacts(ann, room, kind, data)
    assert not result.acknowledged
    assert told.chosen() == []


# Acknowledging


@pytest.mark.parametrize("way", ["the disk", "who it is"])
async def test_nothing_delays_the_acknowledgement_by_a_second(
    world: DiscordWorld,
    told: Told,
    ann: AccountRef,
    room: RoomRef,
    way: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = await _posted(world, room, CONSENT)
    is_free, clock = asyncio.Event(), world.surroundings.clock

    async def slow(*anything: Any) -> Any:
        await clock.idle(is_free.wait(), "slowness")

    await world.restart(slow if way == "the disk" else told)
    session = world.platform._session
    assert session is not None
    if way == "who it is":
        monkeypatch.setattr(session.accounts, "home", slow)
        user = world.actor(ann).user
        result = await user.slash("learn help")
    else:
        result = await world.interacts(ann, room, COMPONENT, _pressed(world, message), message)
    assert not result.acknowledged
    await world.waits(0.5)
    assert result.acknowledged
    is_free.set()
    await world.env.settle()


def _pressed(world: DiscordWorld, message: MessageRef) -> dict[str, Any]:
    (row,) = world.message(message).components
    assert isinstance(row, discord.ActionRow)
    return {"custom_id": row.children[0].custom_id, "component_type": 2}


@pytest.mark.parametrize("error", [StorageError("full"), ValueError("a mistake")])
async def test_what_was_not_kept_is_said_to_whoever_did_it_alone(
    world: DiscordWorld, ann: AccountRef, room: RoomRef, error: Exception
) -> None:
    message = await _posted(world, room, CONSENT)

    async def sink(event: Event) -> None:
        raise error

    await world.restart(sink)
    result = await world.clicks(ann, "consent:in", message)
    (answer,) = result.followups
    assert answer.ephemeral


async def test_a_channel_that_is_gone_or_a_thread_that_is_not_known_is_told_all_the_same(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef
) -> None:
    message = await _posted(world, room, CONSENT)
    pressed = _pressed(world, message)
    thread = await world.opens_thread(ann, room, is_private=False)
    world.bot.guilds[0]._threads.clear()
    await world.interacts(ann, thread, COMPONENT, pressed)
    world.bot.guilds[0]._channels.pop(int(room.id))
    await world.interacts(ann, room, COMPONENT, pressed)
    first, second = told.chosen()
    assert (first.room.ref, first.room.parent) == (thread, room)
    assert (second.room.ref, second.message) == (room, None)


async def test_a_channel_of_an_unknown_kind_is_said_so(
    world: DiscordWorld, told: Told, ann: AccountRef, room: RoomRef, words: Words
) -> None:
    message = await _posted(world, room, CONSENT)
    world.bot.guilds[0]._channels.pop(int(room.id))
    result = await world.interacts(
        ann, room, COMPONENT, _pressed(world, message), channel={"id": room.id, "type": 99}
    )
    (answer,) = result.followups
    assert answer.content == words.phrase("discord.nowhere", language="en")
    assert told.chosen() == []

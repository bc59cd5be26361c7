"""What goes wrong between a homeserver and the adapter: gaps, outages, limits, expulsions, odd events."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks import matrix_kills
from learncomm_agent.agent import Agent
from learncomm_agent.chat.events import (
    Chosen,
    Event,
    FormSent,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Reacted,
    RoomChanged,
    SpaceChanged,
)
from learncomm_agent.chat.forms import Choice, Field, Form
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.outgoing import Choices, Outgoing, Receipt
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.rendering import plan
from learncomm_agent.errors import NotPermittedError, PlatformError, RoomGoneError
from learncomm_agent.settings import EmbeddingSettings, Settings
from learncomm_agent.testing.world import OneForm, paragraph
from learncomm_agent.words import Words
from tests.adapters.matrix import matrix_world
from tests.adapters.matrix.matrix_world import MatrixWorld
from tests.adapters.matrix.people import RefusedError
from tests.adapters.matrix.synapse import Synapse

pytestmark = pytest.mark.slow
PATIENCE_S = 60.0
AGAIN_S = 0.1
FORM = Form("about:1", "About you", (Field("name", "Your name"), Field("wish", "Your wish")))


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait longer: a homeserver that was just begun, or must take hundreds of events, is slow."""
    monkeypatch.setattr(matrix_world, "PATIENCE_S", PATIENCE_S)


async def nothing(event: Event) -> None:
    pass


@asynccontextmanager
async def opened(
    synapse: Synapse, folder: Path, words: Words, **how: Any
) -> AsyncIterator[MatrixWorld]:
    world = MatrixWorld(synapse, folder, words, **how)
    await world.open()
    try:
        yield world
    finally:
        await world.close()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 # nobody tells
            await asyncio.sleep(0.02)


async def insists(do: Callable[[], Awaitable[Receipt]]) -> Receipt:
    """Post until it is there, as the outbox does."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await do()
            except PlatformError:
                await asyncio.sleep(AGAIN_S)


def settings(folder: Path) -> Settings:
    return Settings(data=folder / "data", embedding=EmbeddingSettings(kind="off"))


# What people do while nobody listens, and how much they say


async def test_after_an_absence_all_reads_as_people_see_it(
    synapse: Synapse, tmp_path: Path, words: Words
) -> None:
    async with opened(synapse, tmp_path, words) as world:
        await world.platform.start(nothing)
        ann, ben = await world.member("Ann"), await world.member("Ben")
        room = await world.room(ann, ben)
        known = [await world.says(ann, room, f"before {n}") for n in range(4)]
        one, other = world.person(ann), world.person(ben)
        await world.platform.stop()

        turns = asyncio.Semaphore(8)

        async def away(n: int) -> None:
            async with turns:
                said = await one.say(room.id, f"away {n}")
                if n % 10 == 1:
                    await one.edit(room.id, said, f"edited {n}")
                elif n % 10 == 2:
                    await one.redact(room.id, said)
                elif n % 10 == 3:
                    await other.react(room.id, said, "👍")

        await asyncio.gather(*map(away, range(250)))
        expected = [each.id for each in await one.seen(room.id)][len(known) :]
        await one.edit(room.id, known[0].id, "before, edited")
        await one.redact(room.id, known[1].id)
        await other.react(room.id, known[2].id, "🎉")
        await world.renew()
        await world.platform.start(nothing)

        heard = world.platform.heard
        posted = [each.message.ref.id for each in heard if isinstance(each, MessagePosted)]
        assert posted == expected and len(expected) == 225
        reads = {known[0].id: "before 0", known[1].id: "", known[2].id: "before 2"}
        reads[known[3].id] = "before 3"
        for each in heard:
            if isinstance(each, MessagePosted):
                reads[each.message.ref.id] = each.message.text
            elif isinstance(each, MessageEdited):
                reads[each.ref.id] = each.text
            elif isinstance(each, MessageDeleted):
                reads.pop(each.ref.id, None)
        assert reads == {each.id: each.text for each in await one.seen(room.id)}
        reacted = [each for each in heard if isinstance(each, Reacted)]
        assert len(reacted) == 26 and reacted[-1].ref == known[2]


async def test_the_longest_messages_go_in_and_out(
    synapse: Synapse, tmp_path: Path, words: Words
) -> None:
    async with opened(synapse, tmp_path, words) as world:
        await world.platform.start(nothing)
        room = await world.room(ann := await world.member("Ann"))
        longest = "A line of a very long letter. " * 2000  # 60 KB; a homeserver takes 64 KiB
        await world.says(ann, room, longest)
        assert [e.message.text for e in world.platform.heard if isinstance(e, MessagePosted)] == [
            longest
        ]
        with pytest.raises(RefusedError):
            await world.person(ann).say(room.id, longest * 2)

        answer = Outgoing(room, paragraph("What was asked for. " * 5000), "long")  # 100 KB
        can = await world.platform.capabilities(room)
        for each in plan(answer, can, world.platform.length).parts:
            await world.platform.send(each)
        seen = (await world.person(ann).seen(room.id))[1:]
        (file,) = (each.file for each in seen if each.file is not None)
        whole = (await world.person(ann).download(file.url)).decode()
        assert whole.count("What was asked for.") == 5000


# Outages


async def test_posts_cut_off_by_outages_and_a_restart_are_there_once_and_in_order(
    own_synapse: Synapse, tmp_path: Path, words: Words
) -> None:
    async with opened(own_synapse, tmp_path, words) as world:
        await world.platform.start(nothing)
        ann = await world.member("Ann")
        rooms = [await world.room(ann, name=f"room {n}") for n in range(2)]
        sent = 0

        async def post(room: RoomRef) -> None:
            nonlocal sent
            for n in range(20):
                outgoing = Outgoing(room, paragraph(f"post {n}"), f"{rooms.index(room)}.{n}")
                await insists(lambda outgoing=outgoing: world.platform.send(outgoing))  # type: ignore[misc]
                sent += 1

        posting = [asyncio.create_task(post(each)) for each in rooms]
        await until(lambda: sent >= 6)
        own_synapse.stop(kill=True)
        await asyncio.to_thread(own_synapse.start)
        await until(lambda: sent >= 16)
        await world.platform.stop()  # another process, in the middle of it
        await world.renew()
        await insists(lambda: world.platform.start(nothing))  # type: ignore[arg-type,return-value]
        await until(lambda: sent >= 26)
        await asyncio.to_thread(own_synapse.stop)
        await asyncio.to_thread(own_synapse.start)
        await asyncio.gather(*posting)
        for room in rooms:
            said = await world.person(ann).texts(room.id, of=world.bot.id)
            assert said == [f"post {n}" for n in range(20)]


async def test_nothing_is_lost_or_doubled_while_both_are_killed(tmp_path: Path) -> None:
    """Real processes, all of them ended by SIGKILL; `benchmarks/matrix_kills.py` does it at length."""
    got = await matrix_kills.run(tmp_path, messages=120, kills=2, restarts=1, people=2, rooms=2)
    assert got.sent == 120 and got.asked
    assert got.is_right, got


async def test_default_limits_delay_an_answer_and_lose_nothing_of_it(
    strict_synapse: Synapse, tmp_path: Path, words: Words
) -> None:
    async with opened(strict_synapse, tmp_path, words) as world:
        await world.platform.start(nothing)
        room = await world.room(ann := await world.member("Ann"))
        send = world.platform.send
        receipts = await asyncio.gather(
            *(send(Outgoing(room, paragraph(f"post {n}"), f"k.{n}")) for n in range(8))
        )
        stream = receipts[4].parts[0]
        edits = [
            world.platform.edit(stream, Outgoing(room, paragraph(f"word {n}"), "k.4"))
            for n in range(40)
        ]
        last = send(Outgoing(room, paragraph("last"), "k.last"))
        await asyncio.gather(*edits, last)
        said = await world.person(ann).texts(room.id, of=world.bot.id)
        assert said == [*(f"post {n}" if n != 4 else "word 39" for n in range(8)), "last"]
        events = await world.person(ann).events(room.id)
        mine = [
            each for each in events if each["sender"] == world.bot.id and "state_key" not in each
        ]
        assert len(mine) <= 12, "edits that nobody would have seen were left out"


# Several people at once


async def test_two_people_press_and_fill_in_at_once(
    synapse: Synapse, tmp_path: Path, words: Words
) -> None:
    async with opened(synapse, tmp_path, words, desk=OneForm(FORM)) as world:
        await world.platform.start(nothing)
        two = [await world.member("Ann"), await world.member("Ben")]
        room = await world.room(*two)
        yes, opens = Choice("yes", "Yes"), Choice(FORM.id, FORM.title, opens_form=True)
        post = Outgoing(room, (*paragraph("Well?"), Choices((yes, opens))), "k")
        message = (await world.platform.send(post)).parts[0]
        await asyncio.gather(*(world.presses(each, yes, message) for each in two))

        names = ("Ann", "Ben")
        answers = {who: {"name": n, "wish": f"Of {n}"} for who, n in zip(two, names, strict=True)}

        async def fill(account: AccountRef) -> None:
            await world.fills(account, opens, message, answers[account])

        await asyncio.gather(*map(fill, two))
        heard = world.platform.heard
        chosen = [each.account.ref for each in heard if isinstance(each, Chosen)]
        assert sorted(each.id for each in chosen) == sorted(each.id for each in two)
        sent = [(each.account.ref, each.values) for each in heard if isinstance(each, FormSent)]
        assert len(sent) == 2 and dict(sent) == answers


# Being thrown out, and let in again


async def test_what_is_taken_away_in_the_middle_is_told_and_comes_back(
    synapse: Synapse, tmp_path: Path, words: Words
) -> None:
    async with opened(synapse, tmp_path, words) as world:
        platform = world.platform
        await platform.start(nothing)
        ann = await world.member("Ann")
        lead, bot = world.person(ann), world.bot.id
        room = await world.room(ann, join_rule="public")
        number = 0

        async def post() -> Receipt:
            nonlocal number
            number += 1
            return await platform.send(Outgoing(room, paragraph(f"post {number}"), f"k.{number}"))

        def last_of(ref: RoomRef) -> bool | None:
            told = [e for e in platform.heard if isinstance(e, RoomChanged) and e.room.ref == ref]
            return told[-1].is_present if told else None

        await lead.set_power(room.id, {bot: 0}, events_default=50)
        await world._until(lambda s: s.places.state(room.id).power(bot) == 0)  # type: ignore[union-attr]
        with pytest.raises(NotPermittedError):
            await post()
        await lead.set_power(room.id, {bot: 50})
        await post()

        for expel in (lead.kick, lead.ban):
            await expel(room.id, bot)
            await until(lambda: last_of(room) is False)
            with pytest.raises(RoomGoneError):
                await post()
            if expel == lead.ban:
                await lead.unban(room.id, bot)
            await lead.invite(room.id, bot)
            await until(lambda: last_of(room) is True)
            await post()
            heard = await world.says(ann, room, f"welcome back {number}")
            assert any(
                isinstance(e, MessagePosted) and e.message.ref == heard for e in platform.heard
            )

        new = RoomRef(world.space, await lead.upgrade(room.id, "10"))
        await world.owner.add_child(world.space_id, new.id)
        await until(lambda: last_of(new) is True)
        await platform.send(Outgoing(new, paragraph("moved"), "k.new"))
        assert "moved" in await lead.texts(new.id)

        await world.owner.kick(world.space_id, bot)
        await until(
            lambda: SpaceChanged(world.space, "Readers", is_present=False) in platform.heard
        )
        with pytest.raises(RoomGoneError):
            await platform.send(Outgoing(new, paragraph("to nobody"), "k.out"))
        await world.owner.invite(world.space_id, bot)
        await until(lambda: last_of(new) is True and platform.heard[-1] is not None)
        await insists(lambda: platform.send(Outgoing(new, paragraph("back"), "k.back")))
        assert "to nobody" not in await lead.texts(new.id)
        assert "back" in await lead.texts(new.id)


# What strangers' clients write


CANARY = "zanzibar"
BIG = f"{CANARY} " * 1200
ODD: tuple[Any, ...] = (None, 7, -1, True, "", CANARY, [], [CANARY], {}, {"a": {"b": CANARY}})


def hostile(there: str) -> list[tuple[str, Any]]:
    """Return raw events of every kind: their types and contents."""
    found: list[tuple[str, Any]] = []
    for odd in ODD:
        found += [
            ("m.room.message", {"msgtype": odd, "body": CANARY}),
            ("m.room.message", {"msgtype": "m.text", "body": odd}),
            ("m.room.message", {"msgtype": "m.text", "body": CANARY, "formatted_body": odd}),
            ("m.room.message", {"msgtype": "m.text", "body": CANARY, "m.mentions": odd}),
            (
                "m.room.message",
                {"msgtype": "m.text", "body": CANARY, "m.mentions": {"user_ids": odd}},
            ),
            ("m.room.message", {"msgtype": "m.text", "body": CANARY, "m.relates_to": odd}),
            ("m.room.message", {"msgtype": "m.file", "body": CANARY, "url": odd, "info": odd}),
            ("m.room.message", {"msgtype": "m.file", "body": odd, "file": odd, "filename": odd}),
            (
                "m.reaction",
                {"m.relates_to": {"rel_type": "m.annotation", "event_id": odd, "key": odd}},
            ),
            ("m.reaction", {"m.relates_to": {"rel_type": odd, "event_id": there, "key": CANARY}}),
            ("m.room.message", _edit(there, odd)),
            ("org.matrix.msc3381.poll.start", {"org.matrix.msc3381.poll.start": odd}),
            ("m.poll.start", {"m.poll": {"question": odd, "answers": odd, "max_selections": odd}}),
            ("m.poll.response", {"m.selections": odd, "m.relates_to": _of("m.reference", there)}),
            ("m.poll.end", {"m.relates_to": _of("m.reference", there), "m.poll.end": odd}),
            ("m.room.encrypted", {"algorithm": odd, "ciphertext": odd, "m.relates_to": odd}),
            ("m.sticker", {"body": odd, "url": odd}),
            (f"org.example.{CANARY}", {"body": odd}),
        ]
    answers = [{"id": f"a{n}", "org.matrix.msc1767.text": CANARY} for n in range(700)]
    poll = {"question": {"org.matrix.msc1767.text": CANARY}, "answers": answers}
    nowhere = f"$nothing{CANARY}"
    return [
        *found,
        ("org.matrix.msc3381.poll.start", {"org.matrix.msc3381.poll.start": poll}),
        ("m.reaction", {"m.relates_to": {**_of("m.annotation", there), "key": BIG}}),
        ("m.room.message", _edit(nowhere, {"msgtype": "m.text", "body": CANARY})),
        (
            "m.room.message",
            {"msgtype": "m.text", "body": CANARY, "m.relates_to": _of("m.thread", nowhere)},
        ),
        (
            "m.room.message",
            {"msgtype": "m.text", "body": f"{CANARY} [x](https://matrix.to/#/@{BIG}:x)"},
        ),
        ("m.room.message", {"msgtype": "m.text", "body": "> " * 9000}),
        ("m.room.message", {"msgtype": "m.location", "body": BIG, "geo_uri": CANARY}),
        ("m.room.message", {"msgtype": "m.text", "body": f"\u202e{CANARY}\0\u2028\ufeff"}),
        ("m.room.message", json.loads('{"a":' * 90 + f'"{CANARY}"' + "}" * 90)),
    ]


def _of(kind: str, event: str) -> dict[str, str]:
    return {"rel_type": kind, "event_id": event}


def _edit(event: str, new: Any) -> dict[str, Any]:
    relation = _of("m.replace", event)
    return {"msgtype": "m.text", "body": CANARY, "m.new_content": new, "m.relates_to": relation}


def _answered(event: Mapping[str, Any]) -> object:
    return event["content"].get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id")


STATES: tuple[tuple[str, str, Any], ...] = (
    ("m.room.name", "", {"name": BIG}),
    ("m.room.topic", "", {"topic": {"a": CANARY}}),
    ("m.room.pinned_events", "", {"pinned": {"a": [CANARY]}}),
    ("m.space.parent", f"!{CANARY}:x", {"via": CANARY, "canonical": []}),
    ("m.space.child", f"!{CANARY}:x", {"via": [7], "order": {}, "suggested": CANARY}),
    ("m.room.join_rules", "", {"join_rule": "restricted", "allow": [7, {"room_id": []}]}),
    ("m.room.history_visibility", "", {"history_visibility": CANARY}),
    ("m.room.guest_access", "", {"guest_access": [CANARY]}),
    ("m.room.server_acl", "", {"allow": [7, "*"], "deny": {"a": CANARY}}),
    ("m.room.tombstone", "", {"body": CANARY, "replacement_room": "!nothing:nowhere"}),
    (f"org.example.{CANARY}", "", {"a": CANARY}),
)


async def test_after_hostile_events_of_every_kind_a_command_is_answered(
    synapse: Synapse, tmp_path: Path, words: Words, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="learncomm_agent")
    async with opened(synapse, tmp_path, words) as world:
        async with Agent(settings(tmp_path), [world.platform]) as agent:
            await agent.ready()
            ann, eve = await world.leader("Ann"), await world.member("Eve")
            room, calm = await world.room(ann, eve), await world.room(ann, eve, name="calm")
            await world.asks(ann, room, "read on")
            post = Outgoing(room, (*paragraph("Well?"), Choices((Choice("y", "Yes"),))), "k")
            there = (await world.platform.send(post)).parts[0].id
            said = await world.says(ann, room, "a plain word")
            stranger, passed, ids = world.person(eve), 0, []
            await stranger.rename(BIG[:250])

            async def put(type: str, content: Any) -> None:
                nonlocal passed
                try:
                    ids.append(await stranger.put(room.id, type, content))
                    passed += 1
                except RefusedError:
                    pass  # what the homeserver lets nobody write

            found = hostile(there)[::2] + hostile(said.id)[1::2]
            for at in range(0, len(found), 8):
                await asyncio.gather(*(put(*each) for each in found[at : at + 8]))
            first = await stranger.say(room.id, CANARY)
            second = await stranger.edit(room.id, first, CANARY)
            for circle in (second, first):
                await put("m.room.message", _edit(circle, {"msgtype": "m.text", "body": CANARY}))
                await put(
                    "m.reaction", {"m.relates_to": {**_of("m.annotation", circle), "key": "1"}}
                )
            for each in (ids[0], second, ids[-1]):
                await stranger.redact(room.id, each, CANARY)
            for type, key, content in STATES:
                try:
                    await world.person(ann).set(room.id, type, content, key)
                except RefusedError:
                    continue
            assert passed > 120
            for place in (room, calm):
                asked = await world.asks(ann, place, "search marzipan")
                await agent.idle()
                replies = [
                    each["content"]["body"]
                    for each in await world.person(ann).events(place.id)
                    if each["sender"] == world.bot.id and _answered(each) == asked.id
                ]
                assert len(replies) == 1 and "nothing" in replies[0]
            assert world.platform.report()[0].state == "ready"
        assert CANARY not in caplog.text.casefold()

"""Posting, changing and taking back, on a real homeserver."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import Block, Choices, File, Image, Outgoing
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.errors import NotPermittedError, PlatformError, RoomGoneError
from learncomm_agent.testing.world import HOSTILE, paragraph
from learncomm_matrix.posting import markup
from learncomm_matrix.posting.abilities import MAX_TEXT, MAX_TEXT_ENCRYPTED
from learncomm_matrix.posting.content import edited, text
from tests.adapters.matrix.people import people
from tests.adapters.matrix.posting_desk import desk, shared_room
from tests.adapters.matrix.synapse import Synapse

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02" + b"\0" * 9
WORST = "👩‍👩‍👧\"'<>&\\\n" * 4000


def longest(limit: int) -> tuple[Block, ...]:
    """Return as much of the worst text as fits."""
    low, high = 1, len(WORST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (middle, high) if markup.length(paragraph(WORST[:middle])) <= limit else (low, middle)
        )
    return paragraph(WORST[:low])


async def test_a_post_is_there_once_also_after_a_restart(synapse: Synapse, tmp_path: Path) -> None:
    async with people(synapse, "bot", "ada") as (bot, ada):
        room_id = await shared_room(bot, ada)
        async with desk(synapse.url, bot, tmp_path) as one:
            room = await one.serve(room_id)
            asked = MessageRef(room, await ada.say(room_id, "When?"))
            post = Outgoing(room, paragraph(HOSTILE), "k.0", reply_to=asked)
            first = await one.outbound.send(post)
            assert await one.outbound.send(post) == first
            await one.receipts.begin("k.1", room_id)  # cut off before anything was sent
            await one.receipts.begin("k.2", room_id)  # and after
            sent = await bot.put(
                room_id,
                "m.room.message",
                {"msgtype": "m.text", "body": "x", "org.learncomm.key": "k.2"},
            )
        async with desk(synapse.url, bot, tmp_path) as again:
            await again.serve(room_id)
            assert await again.outbound.send(post) == first
            await again.outbound.send(Outgoing(room, paragraph("next"), "k.1"))
            found = await again.outbound.send(Outgoing(room, paragraph("x"), "k.2"))
        assert found.parts[0].id == sent
        seen = [each for each in await ada.seen(room_id) if each.sender == bot.id]
        assert [each.text for each in seen] == [HOSTILE, "x", "next"]
        assert seen[0].reply_to == asked.id
        assert seen[0].mentions == frozenset()


async def test_a_thread_is_written_in(synapse: Synapse, tmp_path: Path) -> None:
    async with people(synapse, "bot", "ada") as (bot, ada), desk(synapse.url, bot, tmp_path) as one:
        room_id = await shared_room(bot, ada)
        room = await one.serve(room_id)
        root = await ada.say(room_id, "Root")
        thread = replace(room, id=f"{room_id}/{root}")
        sent = await one.outbound.send(Outgoing(thread, paragraph("Inside"), "k"))
        seen = (await ada.seen(room_id))[-1]
        assert (seen.id, seen.thread, seen.reply_to) == (sent.parts[0].id, root, None)


async def test_edits_that_wait_become_the_newest(synapse: Synapse, tmp_path: Path) -> None:
    async with people(synapse, "bot", "ada") as (bot, ada), desk(synapse.url, bot, tmp_path) as one:
        room_id = await shared_room(bot, ada)
        room = await one.serve(room_id)
        message = (await one.outbound.send(Outgoing(room, paragraph("0"), "k"))).parts[0]
        edits = (Outgoing(room, paragraph(str(n)), "k") for n in range(1, 21))
        await asyncio.gather(*(one.outbound.edit(message, each) for each in edits))
        (seen,) = [each for each in await ada.seen(room_id) if each.sender == bot.id]
        assert (seen.text, seen.is_edited) == ("20", True)
        assert len(await ada.relations(room_id, message.id, "m.replace")) <= 2
        for _ in range(2):
            await one.outbound.delete(message)
        assert await ada.texts(room_id, of=bot.id) == []
        with pytest.raises(RoomGoneError):
            await one.outbound.edit(message, Outgoing(room, paragraph("z"), "k"))
        theirs = MessageRef(room, await ada.say(room_id, "mine"))
        with pytest.raises(NotPermittedError):
            await one.outbound.edit(theirs, Outgoing(room, paragraph("z"), "k"))


async def test_what_is_for_one_goes_into_their_talk_alone(synapse: Synapse, tmp_path: Path) -> None:
    async with people(synapse, "bot", "ada") as (bot, ada), desk(synapse.url, bot, tmp_path) as one:
        room_id, talk_id = await shared_room(bot, ada), await shared_room(bot, ada)
        room, talk = await one.serve(room_id), await one.serve(talk_id)
        one.rooms.direct[talk_id] = ada.id
        hers, other = AccountRef("matrix", ada.id), AccountRef("matrix", "@eve:localhost")
        for where, reader in ((room, hers), (talk, other)):
            private = Outgoing(where, paragraph("psst"), "k", private_to=reader)
            with pytest.raises(NotPermittedError):
                await one.outbound.send(private)
        public = (await one.outbound.send(Outgoing(room, paragraph("all"), "p"))).parts[0]
        with pytest.raises(NotPermittedError):
            await one.outbound.edit(public, Outgoing(room, paragraph("psst"), "p", private_to=hers))
        await one.outbound.send(Outgoing(talk, paragraph("psst"), "k", private_to=hers))
        assert await ada.texts(talk_id, of=bot.id) == ["psst"]
        assert await ada.texts(room_id, of=bot.id) == ["all"]


async def test_files_hang_on_the_post(synapse: Synapse, tmp_path: Path) -> None:
    async with people(synapse, "bot", "ada") as (bot, ada), desk(synapse.url, bot, tmp_path) as one:
        room_id = await shared_room(bot, ada)
        room = await one.serve(room_id)
        note, picture = File("n.md", "text/markdown", b"# N"), Image("p.png", "image/png", PNG, "P")
        post = Outgoing(room, (*paragraph("Here"), note, picture), "k")
        receipt = await one.outbound.send(post)
        assert await one.outbound.send(post) == receipt
        first, second = [each for each in await ada.seen(room_id) if each.sender == bot.id]
        assert [first.id, second.id] == [each.id for each in receipt.parts]
        assert first.file is not None and second.file is not None
        assert (first.text, first.file.name, first.kind) == ("Here", "n.md", "m.file")
        assert await ada.download(first.file.url) == b"# N"
        assert (second.kind, second.body) == ("m.image", "p.png")
        assert second.content["info"]["w"] == 3
        with pytest.raises(PlatformError):
            await one.outbound.send(Outgoing(room, (File("b", "x/y", b"0" * 21_000_000),), "b"))


async def test_choices_are_told_by_the_message(synapse: Synapse, tmp_path: Path) -> None:
    async with people(synapse, "bot", "ada") as (bot, ada), desk(synapse.url, bot, tmp_path) as one:
        room = await one.serve(room_id := await shared_room(bot, ada))
        choices = Choices((Choice("y", "Yes"), Choice("n", "No")))
        post = Outgoing(room, (*paragraph("Well?"), choices), "k")
        message = (await one.outbound.send(post)).parts[0]
        offer = one.offers.get(room.id, message.id)
        assert offer is not None
        picked = offer.picked("2")
        assert picked is not None and picked.id == "n"
        assert "No" in (await ada.texts(room_id))[0]
        await one.outbound.edit(message, Outgoing(room, paragraph("Done"), "k"))
        assert one.offers.get(room.id, message.id) is None


async def test_a_reaction_is_there_once(synapse: Synapse, tmp_path: Path) -> None:
    async with people(synapse, "bot", "ada") as (bot, ada), desk(synapse.url, bot, tmp_path) as one:
        room = await one.serve(room_id := await shared_room(bot, ada))
        message = MessageRef(room, await ada.say(room_id, "Done!"))
        for _ in range(2):
            await one.outbound.react(message, "👍")
        assert (await ada.seen(room_id))[0].reactions == {"👍": (bot.id,)}
        await one.outbound.acknowledge(room)
        await one.outbound.acknowledge(replace(room, id="!nowhere:localhost"))


async def test_the_longest_text_can_be_posted_and_edited(synapse: Synapse, tmp_path: Path) -> None:
    """Also encrypted: there it is JSON of ASCII alone, in base64."""
    async with people(synapse, "bot", "ada") as (bot, ada), desk(synapse.url, bot, tmp_path) as one:
        room = await one.serve(room_id := await shared_room(bot, ada))
        blocks = longest(MAX_TEXT)
        message = (await one.outbound.send(Outgoing(room, blocks, "k"))).parts[0]
        await one.outbound.edit(message, Outgoing(room, blocks, "k"))
        (seen,) = await ada.seen(room_id)
        assert (seen.is_edited, seen.body) == (True, markup.body(blocks))
        for each in (longest(MAX_TEXT_ENCRYPTED), paragraph("a" * (MAX_TEXT_ENCRYPTED // 2 - 10))):
            inner = json.dumps(
                {
                    "room_id": room_id,
                    "type": "m.room.message",
                    "content": edited(text(each), message.id),
                }
            )
            sealed = {
                "algorithm": "m.megolm.v1.aes-sha2",
                "sender_key": "k" * 43,
                "device_id": "d" * 20,
                "session_id": "s" * 43,
                "ciphertext": "A" * ((len(inner) + 200) * 4 // 3),
            }
            assert await bot.put(room_id, "m.room.encrypted", sealed)


@pytest.mark.slow
async def test_under_the_usual_limits_nothing_is_lost_and_the_order_stays(
    strict_synapse: Synapse, tmp_path: Path
) -> None:
    async with people(strict_synapse, "bot", "ada") as (bot, ada):
        async with desk(strict_synapse.url, bot, tmp_path) as one:
            room = await one.serve(room_id := await shared_room(bot, ada))
            posts = (Outgoing(room, paragraph(str(n)), f"k.{n}") for n in range(11))
            sent = await asyncio.gather(*map(one.outbound.send, posts))
            last = sent[-1].parts[0]
            edits = (Outgoing(room, paragraph(f"edit {n}"), "k") for n in range(20))
            await asyncio.gather(*(one.outbound.edit(last, each) for each in edits))
            assert one.limiter.is_tight
        assert await ada.texts(room_id, of=bot.id) == [*map(str, range(10)), "edit 19"]
        assert len(await ada.relations(room_id, last.id, "m.replace")) <= 2

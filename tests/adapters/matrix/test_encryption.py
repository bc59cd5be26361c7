"""Encrypted rooms on a real homeserver, by the adapter as it runs: what is said there, in and out."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.chat.events import Event, MessageEdited, MessagePosted, Reacted
from learncomm_agent.chat.messages import RoomKind, RoomRef
from learncomm_agent.chat.outgoing import File, Outgoing
from learncomm_agent.errors import PlatformError
from learncomm_agent.testing.world import paragraph
from learncomm_agent.words import Words
from learncomm_matrix.connection.wire import CLIENT_V1, path
from learncomm_matrix.posting import markup
from learncomm_matrix.posting.abilities import MAX_TEXT_ENCRYPTED
from tests.adapters.matrix.sealed import SealedPerson, SealedWorld
from tests.adapters.matrix.synapse import Synapse
from tests.adapters.matrix.test_outbound import longest

SEALED = "m.room.encrypted"


class Stage:
    """Ada and the agent in an encrypted room."""

    def __init__(self, world: SealedWorld) -> None:
        self.world = world

    async def open(self) -> None:
        await self.world.open()
        await self.start()
        self.ada = await self.world.member("Ada")
        self.room = await self.world.room(self.ada)

    async def start(self) -> None:
        async def take(event: Event) -> None:
            return

        await self.world.platform.start(take)

    async def restart(self) -> None:
        await self.world.platform.stop()
        await self.world.renew()
        await self.start()

    @property
    def person(self) -> SealedPerson:
        found = self.world.person(self.ada)
        assert isinstance(found, SealedPerson)
        return found

    def heard(self, kind: type[Event]) -> list[Any]:
        return [each for each in self.world.platform.heard if isinstance(each, kind)]

    def texts(self) -> list[str]:
        return [each.message.text for each in self.heard(MessagePosted)]

    async def post(self, text: str, room: RoomRef | None = None, **more: Any) -> str:
        to = room or self.room
        sent = await self.world.platform.send(Outgoing(to, paragraph(text), text[:20], **more))
        return sent.parts[0].id

    def waiting(self) -> set[str]:
        assert self.world.platform.session is not None
        return set(self.world.platform.session.notes.all("sealed"))

    async def until(self, is_so: Callable[[], bool]) -> None:
        for _ in range(2000):
            if is_so():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"still {self.texts()}")


@pytest.fixture
async def stage(tmp_path: Path, words: Words, synapse: Synapse) -> AsyncIterator[Stage]:
    made = Stage(SealedWorld(synapse, tmp_path, words))
    await made.open()
    yield made
    await made.world.close()


async def test_what_is_said_is_read_by_both_and_by_nobody_else(stage: Stage) -> None:
    """Text, reply, thread, edit, reaction and file; of all that, the homeserver has ciphertext."""
    world, ada, room, person = stage.world, stage.ada, stage.room, stage.person
    first = await world.says(ada, room, "secret one")
    await world.says(ada, room, "secret reply", first)
    branch = RoomRef(room.space, f"{room.id}/{first.id}")
    await world.says(ada, branch, "secret in a thread")
    await world.edits(ada, first, "secret changed")
    await world.taken(await person.react(room.id, first.id, "👍"))
    assert stage.texts() == ["secret one", "secret reply", "secret in a thread"]
    assert stage.heard(MessagePosted)[1].message.reply_to == first
    assert stage.heard(MessagePosted)[2].room.kind is RoomKind.THREAD
    assert [each.text for each in stage.heard(MessageEdited)] == ["secret changed"]
    assert [each.reaction for each in stage.heard(Reacted)] == ["👍"]

    answer = await stage.post("secret answer", reply_to=first)
    own = stage.heard(MessagePosted)[0].message.ref
    await world.platform.edit(
        replace(own, id=answer), Outgoing(room, paragraph("secret correction"), "edit")
    )
    await asyncio.gather(*(world.platform.react(own, "🎉") for _ in range(2)))
    file = File("notes.txt", "text/plain", b"secret file")
    sent = await world.platform.send(Outgoing(room, (*paragraph("secret with"), file), "file"))
    told = {each.id: each for each in await person.seen(room.id)}
    assert told[answer].text == "secret correction" and told[answer].reply_to == first.id
    assert set(told[first.id].reactions["🎉"]) == {world.bot.id}
    sealed = told[sent.parts[0].id].content["file"]
    server, _, id = sealed["url"].removeprefix("mxc://").partition("/")
    address = path("media", "download", server, id, base=CLIENT_V1)
    there = await person._wire.download("file", address, 999)
    assert b"secret" not in there and person.keys.unseal(there, sealed) == b"secret file"
    assert "secret" not in json.dumps(await person.raw(room.id))


async def test_a_file_comes_in_clear(stage: Stage) -> None:
    person, room = stage.person, stage.room
    content, keys = person.keys.seal(b"worksheet")
    url = await person.upload(content, "", "application/octet-stream")
    said = {
        "msgtype": "m.file",
        "body": "sheet.txt",
        "info": {"mimetype": "text/plain", "size": 9},
        "file": {**keys, "url": url},
    }
    await stage.world.taken(await person.put(room.id, "m.room.message", said))
    (attachment,) = stage.heard(MessagePosted)[0].message.attachments
    assert (attachment.name, attachment.media_type) == ("sheet.txt", "text/plain")
    assert await stage.world.platform.read_attachment(attachment) == b"worksheet"
    await stage.world.taken(
        await person.put(
            room.id,
            "m.room.message",
            {**said, "file": {**keys, "url": url, "hashes": {"sha256": "A" * 43}}},
        )
    )
    (changed,) = stage.heard(MessagePosted)[1].message.attachments
    with pytest.raises(PlatformError):
        await stage.world.platform.read_attachment(changed)


async def test_the_worst_text_fits_and_its_edit(stage: Stage) -> None:
    assert (await stage.world.platform.capabilities(stage.room)).max_text == MAX_TEXT_ENCRYPTED
    for number, blocks in enumerate(
        (longest(MAX_TEXT_ENCRYPTED), paragraph("a" * (MAX_TEXT_ENCRYPTED // 2 - 10)))
    ):
        post = Outgoing(stage.room, blocks, f"worst {number}")
        sent = (await stage.world.platform.send(post)).parts[0]
        await stage.world.platform.edit(sent, post)
        seen = {each.id: each for each in await stage.person.seen(stage.room.id)}
        assert seen[sent.id].is_edited and seen[sent.id].body == markup.body(blocks)


async def test_a_restart_opens_all_that_was_said_meanwhile(stage: Stage) -> None:
    await stage.post("hello")
    await stage.world.says(stage.ada, stage.room, "before")
    await stage.world.platform.stop()
    for number in range(40):
        await stage.person.say(stage.room.id, f"meanwhile {number}")
    await stage.world.renew()
    await stage.start()
    # What was told just before the end may be told again.
    assert stage.texts()[-40:] == [f"meanwhile {number}" for number in range(40)]
    await stage.post("hello again")
    found = [each async for each in stage.world.platform.history(stage.room, None)]
    assert len([each for each in found if isinstance(each, MessagePosted)]) == 41
    assert "hello again" in await stage.person.texts(stage.room.id)


async def test_talks_and_private_threads_are_sealed_too(stage: Stage) -> None:
    world, ada, person = stage.world, stage.ada, stage.person
    talk = await world.platform.direct_room(ada)
    await person.join(talk.id)
    await stage.post("for you alone", talk, private_to=ada)
    thread = await world.platform.open_thread(
        stage.room, "Quiet", key="quiet", members=[ada], is_private=True
    )
    await person.join(thread.id)
    await stage.post("for us", thread)
    for room, text in ((talk, "for you alone"), (thread, "for us")):
        assert text in await person.texts(room.id)
        assert text not in json.dumps(await person.raw(room.id))


async def test_who_comes_reads_on_and_who_left_does_not(stage: Stage) -> None:
    await stage.post("one")
    ben = await stage.world.member("Ben")
    other = stage.world.person(ben)
    assert isinstance(other, SealedPerson)
    await stage.person.invite(stage.room.id, other.id)
    await stage.world._enter(other, stage.room.id)
    await stage.post("two")
    assert "two" in await other.texts(stage.room.id)
    await other.leave(stage.room.id)
    await stage.world._until(
        lambda session: not stage.world._is_in(session, stage.room.id, other.id)
    )
    await stage.post("three")
    await other.keys.heard({})
    sealed = (await stage.person.raw(stage.room.id))[-1]
    assert (await other.keys.decrypt(stage.room.id, sealed))["type"] == SEALED


async def test_a_key_that_comes_late_brings_its_message(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the agent was started anew in between, which waits by the ids alone."""
    person, room = stage.person, stage.room
    await stage.post("hello")
    letters: list[tuple[str, Any]] = []
    ask = person._wire.change

    async def held(doing: str, method: str, at: str, body: Any = None) -> Any:
        if "/sendToDevice/" not in at:
            return await ask(doing, method, at, body)
        letters.append((at, body))
        return {}

    monkeypatch.setattr(person._wire, "change", held)
    event = await person.say(room.id, "held up")
    await stage.until(lambda: event in stage.waiting())
    assert stage.texts() == []
    await stage.restart()
    assert stage.texts() == []
    for at, body in letters:
        await ask("letters", "PUT", at, body)
    await stage.until(lambda: stage.texts() == ["held up"])
    await stage.until(lambda: not stage.waiting())
    await stage.restart()
    assert stage.texts() == []

"""The process that is killed: an agent on a platform of files, and a script of what happens to it.

`live(FOLDER, FIRST, LAST)` plays the steps FIRST to LAST, prints a line for whatever is acknowledged,
embedded or posted, and waits. With FIRST beyond LAST it finishes what is left, says `done`, and ends.
"""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import chromadb  # noqa: F401 - loaded with the first vector otherwise

from learncomm_agent.agent import Agent
from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.events import Event, MessagePosted
from learncomm_agent.chat.messages import Message, MessageRef, Room, RoomRef
from learncomm_agent.chat.outgoing import Block, Outgoing, Receipt
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.chat.plain import plain
from learncomm_agent.chat.platform import Sink
from learncomm_agent.errors import NotFoundError
from learncomm_agent.library import indexing
from learncomm_agent.library.embedding import Vectors
from learncomm_agent.library.resources import Reading, ResourceKind, Section
from learncomm_agent.settings import CommunitySettings, Settings
from learncomm_agent.testing.embedder import HashingEmbedder

POSTS = "posts.jsonl"
ROOM = Room(RoomRef(SpaceRef("file", "home"), "hall"), "hall", is_read=True)
ANN = Account(AccountRef("file", "ann"), "Ann", is_leader=True)
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def word(step: int) -> str:
    """Return a word that stands in what this step adds, and nowhere else."""
    return "kite" + "".join("bcdfghjklm"[int(digit)] for digit in f"{step:03}")


class FilePlatform:
    """Delivers posts into a file; a repeat of a key is dropped, as every platform does."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        self._path = folder / POSTS
        lines = self._path.read_text().splitlines() if self._path.exists() else ()
        self._keys = {json.loads(line)["key"] for line in lines if line.endswith("}")}

    async def start(self, sink: Sink) -> None:
        return

    async def stop(self) -> None:
        return

    async def capabilities(self, room: RoomRef) -> Capabilities:
        return Capabilities(edits=Level.FULL, replies=Level.FULL)

    def length(self, blocks: Sequence[Block]) -> int:
        return len(plain(blocks))

    async def send(self, outgoing: Outgoing) -> Receipt:
        if outgoing.key not in self._keys:
            answered = None if outgoing.reply_to is None else outgoing.reply_to.id
            self._write(outgoing.key, outgoing, answered)
            self._keys.add(outgoing.key)
            say("posted")
            await asyncio.sleep(0.005)  # delivered, and not yet known to be: a good moment to die
        return Receipt((MessageRef(outgoing.room, outgoing.key),))

    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        self._write(message.id, outgoing, None)
        return Receipt((message,))

    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        nothing: tuple[Event, ...] = ()  # what is said here is months old; no gap is so long
        for event in nothing:
            yield event

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        return frozenset({ROOM.ref})

    def _write(self, key: str, outgoing: Outgoing, answered: str | None) -> None:
        line = {"key": key, "answers": answered, "text": plain(outgoing.blocks)}
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())


class SlowEmbedder(HashingEmbedder):
    """Takes a moment, and tells that it does."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        say("embedding")
        time.sleep(0.01)
        return super().embed(texts)


def say(line: str) -> None:
    print(f"{line}\n", end="", flush=True)  # at once, as several threads have something to say


def readings(step: int) -> list[Reading]:
    """Return what a step adds: a resource of some passages, and a second one beside it."""
    sections = tuple(
        Section(f"{word(step)} flies high over the hill, part {part}. " + "Wind and string. " * 60)
        for part in range(3)
    )
    small = (Section(f"A small note on {word(step)}."),)
    return [
        Reading(f"long{step}", ResourceKind.TEXT, f"Long {step}", sections),
        Reading(f"short{step}", ResourceKind.TEXT, f"Short {step}", small),
    ]


def said(step: int, text: str, *, is_addressed: bool) -> MessagePosted:
    ref = MessageRef(ROOM.ref, f"m{step}")
    message = Message(ref, ANN.ref, text, START, is_addressed=is_addressed)
    return MessagePosted(message, ANN, ROOM)


async def play(agent: Agent, step: int) -> None:
    """Do what happens in a step; may be repeated, as a platform repeats what nobody acknowledged."""
    match step % 4:
        case 0:
            await agent.add(readings(step))
        case 1:
            await agent.handle(said(step, f"I will fly {step} kites.", is_addressed=False))
        case 2:
            await agent.handle(said(step, f"search {word(step - 2)} flies", is_addressed=True))
        case 3 if step % 8 == 7:
            with contextlib.suppress(NotFoundError):  # gone already, and nobody heard of it
                await agent.forget(f"long{step - 7}")
        case _:
            await agent.handle(said(step, "help", is_addressed=True))
    say(f"acknowledged {step}")


async def main(folder: Path, first: int, last: int) -> None:
    settings = Settings(data=folder / "data", community=CommunitySettings(spaces=("file:home",)))
    async with Agent(settings, [FilePlatform(folder)], embedder=SlowEmbedder) as agent:
        for step in range(first, last + 1):
            await play(agent, step)
        if first <= last:
            await asyncio.sleep(10)
        await agent.ready()
        await agent.idle()
        say("done")


def live(folder: str, first: str, last: str) -> None:
    indexing.BATCH = 8  # so that there are many moments between two of them
    asyncio.run(main(Path(folder), int(first), int(last)))

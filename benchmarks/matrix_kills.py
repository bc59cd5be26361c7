"""What is lost or doubled on Matrix while the homeserver and the agent are killed, again and again.

    python -m benchmarks.matrix_kills [--messages 2000] [--kills 5] [--restarts 2]

People write to an agent in a process of its own over a Synapse of their own; both are ended by SIGKILL
in the middle of it and begun again. Their apps send each message until the homeserver has taken it, under
the same transaction id, as all apps do. Every fiftieth asks something. In the end each message is to be
kept once, in the order of its room, and each question answered once. Ends with 1 where that is not so.
"""

import argparse
import asyncio
import itertools
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from benchmarks.matrix_bots import Child
from learncomm_agent.storage.store import DATABASE
from tests.adapters.matrix.people import Person, RefusedError
from tests.adapters.matrix.synapse import Synapse

PEOPLE = 8
ROOMS = 4
ASKED_EVERY = 50
AWAY_S = 0.5
AGAIN_S = 0.1
PATIENCE_S = 120.0
KEPT = "SELECT platform_id, text FROM messages ORDER BY id"
READ = "SELECT count(*) FROM rooms WHERE reading"


@dataclass(frozen=True)
class Outcome:
    """What became of all that was said."""

    sent: int
    lost: int
    doubled: int
    disordered: int
    """Messages that were kept before an earlier one of their room."""
    asked: int
    unanswered: int
    answered_twice: int

    @property
    def is_right(self) -> bool:
        """Whether all is there, once and in order."""
        return not (
            self.lost or self.doubled or self.disordered or self.unanswered or self.answered_twice
        )


def outcome(
    said: Mapping[str, str],
    stands: Sequence[Sequence[str]],
    kept: Sequence[tuple[Any, ...]],
    asked: Sequence[str],
    answered: Sequence[str],
) -> Outcome:
    """Count.

    Args:
        said: The texts that were sent, no two alike, by the ids that the homeserver gave them.
        stands: The ids of each room, in the homeserver's order.
        kept: Ids and texts that the agent kept, in the order in which it did.
        asked: The ids of the questions.
        answered: The ids that the agent's posts reply to.
    """
    place = {id: at for at, (id, _) in enumerate(kept)}
    there = [[place[id] for id in room if id in place and id in said] for room in stands]
    texts = Counter(text for id, text in kept if id in said or text in said.values())
    answers = Counter(answered)
    return Outcome(
        len(said),
        sum(id not in place for id in said),
        sum(count - 1 for count in texts.values()),
        sum(earlier > later for room in there for earlier, later in itertools.pairwise(room)),
        len(asked),
        sum(not answers[id] for id in asked),
        sum(answers[id] > 1 for id in asked),
    )


class Town:
    """People in rooms with an agent, on a homeserver that dies now and then."""

    def __init__(self, folder: Path, people: int, rooms: int) -> None:
        """Name the folder, and how much there will be; nothing runs yet."""
        self._count, self._halls = people, rooms
        self._folder = folder
        self._synapse = Synapse(folder / "synapse")
        self._stack = AsyncExitStack()
        self._said: dict[str, str] = {}
        self._asked: list[str] = []
        self._rooms: list[str] = []
        self._sent = 0

    async def open(self) -> None:
        """Begin the homeserver and the agent, and let it read the rooms."""
        await asyncio.to_thread(self._synapse.start)
        self._stack.callback(lambda: self._synapse.stop(kill=True))
        names = ["bot", *(f"member{number}" for number in range(self._count))]
        people = []
        for name in names:
            user = await asyncio.to_thread(self._synapse.user, name)
            people.append(Person(self._synapse.url, user))
            self._stack.push_async_callback(people[-1].close)
        self._bot, *self._people = people
        own = self._folder / "agent"
        own.mkdir()
        self._agent = Child("ours", self._synapse.url, self._bot.user.token, own)
        self._stack.callback(self._agent.kill)
        for number in range(self._halls):
            owner = self._people[number]
            room = await owner.create_room(f"hall {number}", preset="public_chat")
            for each in people:
                if each is not owner:
                    await each.join(room)
            self._rooms.append(room)
        await self._agent.start()
        for number, room in enumerate(self._rooms):
            await self._people[number].say(room, "!lc read on")
        await self._until(lambda: self._counted(READ)[0][0] == self._halls)

    async def close(self) -> None:
        """End everything."""
        await self._stack.aclose()

    async def live(self, messages: int, kills: int, restarts: int) -> Outcome:
        """Let people write, and everything die meanwhile; return what became of it."""
        each = -(-messages // self._count)
        talking = [self._talk(number, each) for number in range(self._count)]
        dying = [self._die(each * self._count, kills, self._outage)]
        dying.append(self._die(each * self._count, restarts, self._restart, later=0.5))
        await asyncio.gather(*talking, *dying)
        await self._until(lambda: self._said.keys() <= {row[0] for row in self._counted(KEPT)})
        await self._until_answered()
        stands = [[one["event_id"] for one in await self._events(room)] for room in self._rooms]
        kept = await asyncio.to_thread(self._counted, KEPT)
        return outcome(self._said, stands, kept, self._asked, await self._answers())

    async def _talk(self, number: int, count: int) -> None:
        person = self._people[number]
        for said in range(count):
            is_asked = said % ASKED_EVERY == number
            text = f"message {said} of member {number}"
            room = self._rooms[(said + number) % self._halls]
            id = await self._insist(person, room, f"!lc search {text}" if is_asked else text)
            self._said[id] = f"search {text}" if is_asked else text
            self._asked += [id] if is_asked else []
            self._sent += 1

    async def _insist(self, person: Person, room: str, text: str) -> str:
        """Send a message until it is taken, under one transaction id."""
        txn = quote(f"{person.name} {self._sent} {text}", safe="")
        path = f"rooms/{quote(room, safe='')}/send/m.room.message/{txn}"
        while True:
            try:
                told = await person.ask("PUT", path, {"msgtype": "m.text", "body": text})
                return str(told["event_id"])
            except (httpx.HTTPError, RefusedError):
                await asyncio.sleep(AGAIN_S)

    async def _die(
        self, messages: int, times: int, once: Callable[[], Awaitable[None]], later: float = 0.0
    ) -> None:
        """Let something die so many times, spread over the messages."""
        for time_ in range(times):
            at = messages * (time_ + 1 + later) / (times + 1 + later)
            while self._sent < at:  # noqa: ASYNC110 # nobody tells
                await asyncio.sleep(0.01)
            await once()

    async def _outage(self) -> None:
        await asyncio.to_thread(lambda: self._synapse.stop(kill=True))
        await asyncio.sleep(AWAY_S)
        await asyncio.to_thread(self._synapse.start)

    async def _restart(self) -> None:
        await asyncio.to_thread(self._agent.kill)
        await self._agent.start()

    async def _until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; what never comes is counted as lost."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and not await asyncio.to_thread(is_so):  # noqa: ASYNC110
            await asyncio.sleep(AGAIN_S)

    async def _until_answered(self) -> None:
        end = time.monotonic() + PATIENCE_S
        while not set(self._asked) <= set(await self._answers()) and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(AGAIN_S)
        await asyncio.sleep(1)  # in which a second answer would come

    async def _answers(self) -> list[str]:
        return [
            one["content"].get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id", "")
            for room in self._rooms
            for one in await self._events(room)
            if one["sender"] == self._bot.id
        ]

    async def _events(self, room: str) -> list[Mapping[str, Any]]:
        found = await self._people[0].events(room)
        return [one for one in found if one["type"] == "m.room.message"]

    def _counted(self, query: str) -> list[tuple[Any, ...]]:
        store = self._folder / "agent" / "data" / DATABASE
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as conn:
            return list(conn.execute(query))


async def run(
    folder: Path,
    messages: int,
    kills: int,
    restarts: int,
    people: int = PEOPLE,
    rooms: int = ROOMS,
) -> Outcome:
    """Return what became of so many messages."""
    town = Town(folder, people, rooms)
    try:
        await town.open()
        return await town.live(messages, kills, restarts)
    finally:
        await town.close()


def main() -> int:
    """Read the command line and run in a folder of its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--restarts", type=int, default=2)
    chosen = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        got = asyncio.run(run(Path(folder), chosen.messages, chosen.kills, chosen.restarts))
    print(
        f"{got.sent:,} messages, the homeserver killed {chosen.kills} times, the agent "
        f"{chosen.restarts} times: {got.lost} lost, {got.doubled} doubled, {got.disordered} out of "
        f"order; {got.asked} questions: {got.unanswered} not answered, {got.answered_twice} answered "
        f"twice (bar 0 of each; {time.monotonic() - begun:.0f} s)"
    )
    return 0 if got.is_right else 1


if __name__ == "__main__":
    sys.exit(main())

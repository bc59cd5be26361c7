"""Posting against a real homeserver, with the rooms of one test told to it by the homeserver itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from learncomm_agent.adapting.notes import Notes
from learncomm_agent.adapting.once import Once
from learncomm_agent.adapting.receipts import Receipts
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import RoomGoneError
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.connection.limiter import Limiter
from learncomm_matrix.controls.offers import Offers
from learncomm_matrix.directory.state import RoomState
from learncomm_matrix.options import Options
from learncomm_matrix.posting.outbound import Outbound
from learncomm_matrix.posting.pins import Pins
from learncomm_matrix.posting.polls import Polls
from learncomm_matrix.posting.queues import Queues
from learncomm_matrix.posting.threads import Threads
from learncomm_matrix.posting.typing import Typing
from tests.adapters.matrix.people import Person

SPACE = SpaceRef("matrix", "!space:localhost")


@dataclass(frozen=True, slots=True)
class Where:
    room_id: str
    thread: str | None = None


@dataclass(slots=True)
class Rooms:
    """The seams of posting, filled from what the homeserver tells."""

    states: dict[str, RoomState] = field(default_factory=dict)
    direct: dict[str, str] = field(default_factory=dict)
    making: asyncio.Lock = field(default_factory=asyncio.Lock)

    def where(self, ref: RoomRef) -> Where:
        room_id, _, thread = ref.id.partition("/")
        if room_id not in self.states:
            raise RoomGoneError(f"{room_id!r} is not served")
        return Where(room_id, thread or None)

    def state(self, room_id: str) -> RoomState | None:
        return self.states.get(room_id)

    def adopt(self, room_id: str, parent: RoomRef) -> RoomRef:
        self.states.setdefault(room_id, RoomState(room_id))
        return RoomRef(parent.space, room_id)

    def person(self, room_id: str) -> str | None:
        return self.direct.get(room_id)

    def may_read(self, room_id: str, user_id: str) -> bool:
        return room_id in self.states and user_id in self.states[room_id].joined


class Desk:
    """All of posting, as one account."""

    def __init__(self, url: str, bot: Person, folder: Path) -> None:
        token = SecretStr(bot.user.token)
        self.clock = SystemClock()
        self.homeserver = Homeserver(Options(homeserver=url, token=token))
        self.rooms = Rooms()
        self.receipts = Receipts(folder, self.clock)
        self.notes = Notes(folder)
        self.offers = Offers(self.notes, lambda key, /, **values: key)
        self.limiter = Limiter(self.clock)
        self.typing = Typing(self.homeserver, self.limiter, self.clock)
        once, queues = Once(self.receipts), Queues(self.limiter, self.clock)
        self.outbound = Outbound(
            self.homeserver,
            self.rooms,
            self.rooms,
            self.offers,
            once,
            queues,
            self.limiter,
            self.typing,
        )
        self.polls = Polls(
            self.homeserver, self.rooms, self.outbound, queues, self.notes, self.clock
        )
        self.pins = Pins(self.homeserver, self.rooms, queues)
        self.threads = Threads(self.homeserver, self.rooms, self.rooms, self.outbound, queues, once)

    async def serve(self, room_id: str) -> RoomRef:
        """Look at a room anew, and return its reference."""
        state = self.rooms.states[room_id] = RoomState(room_id)
        for event in await self.homeserver.state(room_id):
            state.apply(event)
        return RoomRef(SPACE, room_id)


@asynccontextmanager
async def desk(url: str, bot: Person, folder: Path) -> AsyncIterator[Desk]:
    """Give a desk that is open; another one of the same folder is what a restart makes."""
    made = Desk(url, bot, folder)
    await made.receipts.load()
    await made.notes.load()
    await made.homeserver.open()
    try:
        yield made
    finally:
        await made.typing.close()
        made.receipts.close()
        await made.notes.close()
        await made.homeserver.close()


async def shared_room(bot: Person, *people: Person, power: int | None = None) -> str:
    """Return a new room of the first of these people, with the others and the agent in it."""
    owner, *others = people
    powers = None if power is None else {bot.id: power}
    room = await owner.create_room(
        "Reading", invite=[bot.id, *(p.id for p in others)], power=powers
    )
    for each in (bot, *others):
        await each.join(room)
    return room

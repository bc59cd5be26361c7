"""The hearing of an agent on a real homeserver, with a directory that knows each room by its id alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from learncomm_agent.chat.events import Event
from learncomm_agent.chat.messages import MessageRef, Room, RoomKind, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.errors import RoomGoneError
from learncomm_matrix.connection.answers import Sync
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.controls.controls import Heard
from learncomm_matrix.directory.place import Where
from learncomm_matrix.directory.state import Member, RoomState
from learncomm_matrix.hearing.history import History
from learncomm_matrix.hearing.inbound import Inbound
from learncomm_matrix.hearing.polls import OpenPoll
from learncomm_matrix.hearing.posts import Posts
from learncomm_matrix.options import Options
from tests.adapters.matrix.people import Person

SPACE = SpaceRef("matrix", "!space:localhost")


@dataclass
class Flat:
    """All rooms in one space, and nobody leads."""

    names: dict[str, str] = field(default_factory=dict)
    states: dict[str, RoomState] = field(default_factory=dict)
    direct: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    def room(self, room_id: str, thread: str | None = None) -> Room | None:
        trunk = RoomRef(SPACE, room_id)
        if thread is not None:
            return Room(RoomRef(SPACE, f"{room_id}/{thread}"), "thread", RoomKind.THREAD, trunk)
        return Room(trunk, "room", RoomKind.DIRECT if room_id in self.direct else RoomKind.ROOM)

    def where(self, ref: RoomRef) -> Where:
        room_id, _, thread = ref.id.partition("/")
        if room_id in self.gone or not room_id.startswith("!"):
            raise RoomGoneError("gone")
        return Where(room_id, thread or None)

    def account(self, user_id: str, room_id: str) -> Account:
        return Account(AccountRef("matrix", user_id), self.names.get(user_id, user_id))

    def know(self, room_id: str) -> None:
        """Let everybody be in a room."""
        state = self.states[room_id] = RoomState(room_id)
        state.members = {id: Member("join", name, None) for id, name in self.names.items()}


@dataclass
class Hearing:
    """What an agent hears in one room."""

    me: str
    room_id: str
    homeserver: Homeserver
    directory: Flat
    inbound: Inbound
    history: History
    events: list[Event]
    polls: dict[str, OpenPoll]
    since: str | None = None

    def ref(self, thread: str | None = None) -> RoomRef:
        room = self.directory.room(self.room_id, thread)
        assert room is not None
        return room.ref

    def message(self, id: str, thread: str | None = None) -> MessageRef:
        return MessageRef(self.ref(thread), id)

    async def hear(self, *, is_context: bool = False) -> list[Any]:
        """Take what is new, and return what was told."""
        self.events.clear()
        sync = await self.homeserver.sync(self.since, wait_s=0)
        await self.inbound.take(sync, is_context)
        self.since = sync.next_batch
        return list(self.events)

    async def past(self, after: Any = None, thread: str | None = None) -> list[Any]:
        return [each.message async for each in self.history.read(self.ref(thread), after)]


class NoChanges:
    """Follows no state."""

    async def take(self, sync: Sync, is_context: bool) -> None:
        pass


class NoOffers:
    """Has asked for nothing."""

    async def hear(self, heard: Heard) -> bool:
        return False

    async def reacted(
        self, room: Room, account: Account, event: str, target: str, reaction: str
    ) -> bool:
        return False

    async def edited(self, account: AccountRef, message: str, text: str, event: str) -> bool:
        return False

    async def deleted(self, account: AccountRef, message: str, event: str) -> bool:
        return False


@asynccontextmanager
async def hearing(
    url: str, bot: Person, *people: Person, page: int = 100
) -> AsyncIterator[Hearing]:
    """Let an agent hear a new room that all of them are in."""
    room_id = await people[0].create_room("Books", invite=[bot.id, *(p.id for p in people[1:])])
    await asyncio.gather(*(each.join(room_id) for each in (bot, *people[1:])))
    homeserver = Homeserver(Options(homeserver=url, token=SecretStr(bot.user.token)))
    await homeserver.open()
    names = {each.id: each.id[1:].partition("-")[0].title() for each in (bot, *people)}
    directory, events = Flat(names), list[Event]()
    directory.know(room_id)
    posts, polls = Posts(directory, bot.id), dict[str, OpenPoll]()

    async def sink(event: Event) -> None:
        events.append(event)

    inbound = Inbound(homeserver, directory, posts, sink, NoChanges(), NoOffers(), polls.get)
    history = History(homeserver, directory, posts, page=page)
    one = Hearing(bot.id, room_id, homeserver, directory, inbound, history, events, polls)
    try:
        await one.hear(is_context=True)
        yield one
    finally:
        await homeserver.close()

"""Threads: a public one begins with a message, a private one is a room of its own."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from learncomm_agent.adapting.once import Once
from learncomm_agent.adapting.receipts import Entry
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.outgoing import Paragraph, Style, Text
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.errors import NotPermittedError, PlatformError
from learncomm_agent.log import logger
from learncomm_matrix.connection.answers import mapping
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.directory.place import PLATFORM
from learncomm_matrix.directory.state import MARK
from learncomm_matrix.posting import content
from learncomm_matrix.posting.outbound import MESSAGE, Outbound
from learncomm_matrix.posting.queues import Queues
from learncomm_matrix.posting.seams import Places, Readers

_CHILD = "m.space.child"
_MAX_TITLE = 100
_log = logger(__name__)


class Threads:
    """Opens threads, each key once, and brings people in."""

    def __init__(
        self,
        homeserver: Homeserver,
        places: Places,
        readers: Readers,
        outbound: Outbound,
        queues: Queues,
        once: Once,
    ) -> None:
        """Take what it needs."""
        self._homeserver = homeserver
        self._places = places
        self._readers = readers
        self._outbound = outbound
        self._queues = queues
        self._once = once

    async def open(
        self,
        room: RoomRef,
        title: str,
        key: str,
        members: Sequence[AccountRef],
        *,
        is_private: bool,
    ) -> RoomRef:
        """Open a thread; see `verbs.Threads`."""
        where = self._places.where(room)
        if where.thread is not None or self._readers.person(where.room_id) is not None:
            raise NotPermittedError(f"there is no thread in room {room.id!r}")
        guests, missing = self._guests(where.room_id, members)
        if missing:
            raise NotPermittedError(f"{missing} can't be brought into a thread of {room.id!r}")
        name = " ".join(title.split())[:_MAX_TITLE].rstrip() or "…"
        if is_private:
            return await self._open_private(room, name, f"thread:{key}", guests)

        async def what() -> Mapping[str, Any]:
            said = content.text((Paragraph((Text(name, Style.STRONG),)),))
            return content.posted(said, f"thread:{key}", None, None)

        root = await self._outbound.put(room, where, f"thread:{key}", MESSAGE, what)
        return RoomRef(room.space, f"{where.room_id}/{root}")

    async def add(self, thread: RoomRef, members: Sequence[AccountRef]) -> None:
        """Bring people into a thread; see `verbs.Threads`."""
        where = self._places.where(thread)
        if where.thread is not None:
            _, missing = self._guests(where.room_id, members)
        else:
            parent = await self._parent(where.room_id)
            guests, missing = self._guests(parent, members)
            await self._bring(where.room_id, guests)
        if missing:
            raise NotPermittedError(f"{missing} can't be brought into thread {thread.id!r}")

    async def _open_private(
        self, room: RoomRef, name: str, key: str, guests: Sequence[str]
    ) -> RoomRef:
        parent = self._places.where(room).room_id

        async def look(entry: Entry) -> Entry | None:
            for each in await self._homeserver.joined():
                mark = await self._mark(each)
                if (mark.get("key"), mark.get("parent")) == (key, parent):
                    return replace(entry, message=each)
            return None

        async def make(entry: Entry) -> Entry:
            state = self._places.state(parent)
            marked = {"type": MARK, "state_key": "", "content": {"key": key, "parent": parent}}
            made = await self._homeserver.create_room(
                name=name,
                state=[marked],
                is_encrypted=state is not None and state.is_encrypted,
            )
            return replace(entry, message=made)

        async with self._places.making:
            made = await self._once.do(key, room.id, look, make)
            thread = self._places.adopt(made, room)
        await self._bring(made, guests)
        await self._show_in_space(made, room)
        return thread

    async def _bring(self, room_id: str, guests: Sequence[str]) -> None:
        """Invite all that are not there yet, then tell of those that can't be."""
        if not guests:
            return
        there = {
            each.get("state_key")
            for each in await self._homeserver.members(room_id)
            if mapping(each.get("content")).get("membership") in ("join", "invite")
        }
        refusal: PlatformError | None = None
        for guest in guests:
            if guest in there:
                continue
            try:
                await self._queues.paced(partial(self._homeserver.invite, room_id, guest))
            except NotPermittedError as error:
                _log.warning("not brought in", thread=room_id, account=guest)
                refusal = error
        if refusal is not None:
            raise refusal

    async def _show_in_space(self, room_id: str, parent: RoomRef) -> None:
        """Let those who are in it find it in the space, where we may say so."""
        space, me = self._places.state(parent.space.id), self._homeserver.user_id
        if space is None or not space.is_space or room_id in space.children:
            return
        if space.power(me) >= space.needed(_CHILD, is_state=True):
            via = {"via": [me.partition(":")[2]]}
            with contextlib.suppress(NotPermittedError):
                await self._homeserver.put_state(parent.space.id, _CHILD, room_id, via)

    async def _parent(self, room_id: str) -> str:
        parent = (await self._mark(room_id)).get("parent")
        if not isinstance(parent, str):
            raise NotPermittedError(f"room {room_id!r} is no thread")
        return parent

    async def _mark(self, room_id: str) -> Mapping[str, Any]:
        """Return what we wrote into a room when we made it, empty where we did not."""
        for event in await self._homeserver.state(room_id):
            if event.get("type") == MARK and event.get("sender") == self._homeserver.user_id:
                return mapping(event.get("content"))
        return {}

    def _guests(self, room_id: str, members: Sequence[AccountRef]) -> tuple[list[str], list[str]]:
        """Return who can be brought in, and who can't, as the room is closed to them."""
        guests: list[str] = []
        missing: list[str] = []
        for account in members:
            is_reader = account.platform == PLATFORM and self._readers.may_read(room_id, account.id)
            (guests if is_reader else missing).append(account.id)
        return guests, missing

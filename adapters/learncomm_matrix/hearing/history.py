"""What was written in a room, as it reads now: oldest first, nothing left out, and an error rather than a gap."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from learncomm_agent.chat.events import MessagePosted
from learncomm_agent.chat.messages import MessageRef, Room, RoomKind, RoomRef
from learncomm_agent.errors import RoomGoneError
from learncomm_matrix.connection.answers import RawEvent, mapping
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.hearing.messages import is_message
from learncomm_matrix.hearing.posts import Directory, Posts, last_edit
from learncomm_matrix.hearing.relations import (
    EDIT,
    THREAD,
    bundled,
    id_of,
    moment,
    new_content,
    relation,
)

PAGE = 100
SKEW = timedelta(hours=1)
"""How far the clocks of homeservers may be from each other."""


class History:
    """Reads rooms and threads by asking the homeserver for them."""

    def __init__(
        self, homeserver: Homeserver, directory: Directory, posts: Posts, *, page: int = PAGE
    ) -> None:
        """Take what it needs; `page` is how many events are asked for at once."""
        self._homeserver = homeserver
        self._directory = directory
        self._posts = posts
        self._page = page

    async def read(
        self, ref: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[MessagePosted]:
        """Yield what was written after a message or since a moment, as it reads now, oldest first.

        Where the homeserver knows the message no more, it is all: nothing is left out.

        Raises:
            RoomGoneError: We are not in the room.
            DisconnectedError: It can't be told now; some may have been yielded.
            PlatformError: The homeserver refuses it.
        """
        where = self._directory.where(ref)
        room = self._posts.room(where.room_id, where.thread)
        if room is None:
            raise RoomGoneError(f"room {ref.id!r} is not served")
        if where.thread is None:
            events = self._of_room(where.room_id, after)
        else:
            events = self._of_thread(where.room_id, where.thread, after)
        async for event in events:
            told = await self._told(where.room_id, event)
            if told is None or told.room.ref != room.ref:
                continue
            if not isinstance(after, datetime) or told.message.posted_at >= after:
                yield told
        self._directory.where(ref)  # or the end may be where we were sent out

    async def newest(self, ref: RoomRef) -> str | None:
        """Return the id of the last message in a room, whoever posted it; None where there is none.

        Raises:
            RoomGoneError: We are not in the room.
            DisconnectedError: It can't be told now.
        """
        where = self._directory.where(ref)
        if where.thread is not None:
            thread = await self._homeserver.relations(where.room_id, where.thread, THREAD)
            ids = [id_of(each.get("event_id")) for each in thread if is_message(each)]
            return ids[-1] if ids else None
        start: str | None = None
        is_direct = self._is_direct(where.room_id)
        while True:
            page = await self._homeserver.messages(where.room_id, start, limit=self._page)
            for event in page.events:
                if is_message(event) and (is_direct or relation(event).kind != THREAD):
                    return id_of(event.get("event_id"))
            if page.end is None or page.end == start:
                return None
            start = page.end

    async def branches(self, ref: RoomRef, since: datetime | None) -> Sequence[Room]:
        """Return the threads of a room in which something was written since a moment.

        Raises:
            RoomGoneError: We are not in the room.
            DisconnectedError: They can't be told now.
        """
        where = self._directory.where(ref)
        if where.thread is not None or self._is_direct(where.room_id):
            return []
        found = []
        for root in await self._homeserver.threads(where.room_id):
            last = moment(mapping(bundled(root, THREAD).get("latest_event")))
            is_old = since is not None and last is not None and last < since
            room = self._posts.room(where.room_id, id_of(root.get("event_id")))
            if room is not None and room.ref != ref and not is_old:
                found.append(room)
        return found

    async def _of_room(
        self, room_id: str, after: MessageRef | datetime | None
    ) -> AsyncIterator[RawEvent]:
        """Yield the events of a room, those of its threads among them."""
        if isinstance(after, datetime):
            start = await self._before(room_id, after)
        else:
            start = await self._behind(room_id, after)
        while True:
            page = await self._homeserver.messages(room_id, start, forward=True, limit=self._page)
            for event in page.events:
                yield event
            if page.end is None or page.end == start:
                return
            start = page.end

    async def _of_thread(
        self, room_id: str, root: str, after: MessageRef | datetime | None
    ) -> AsyncIterator[RawEvent]:
        """Yield the messages of a thread; the one with which it begins stands in the room."""
        events = await self._homeserver.relations(room_id, root, THREAD)
        if isinstance(after, MessageRef):
            ids = [each.get("event_id") for each in events]
            if after.id in ids:
                events = events[ids.index(after.id) + 1 :]
            else:
                events = await self._since(room_id, after.id, events)
        for event in events:
            yield event

    async def _since(self, room_id: str, id: str, events: list[RawEvent]) -> list[RawEvent]:
        """Return what was written in a thread since a message that was taken back."""
        try:
            gone = moment(await self._homeserver.event(room_id, id))
        except RoomGoneError:
            return events
        return [each for each in events if gone is None or (moment(each) or gone) >= gone]

    async def _behind(self, room_id: str, after: MessageRef | None) -> str | None:
        """Return where the history behind a message begins."""
        if after is None:
            return None
        try:
            return (await self._homeserver.context(room_id, after.id)).end
        except RoomGoneError:
            return None

    async def _before(self, room_id: str, since: datetime) -> str | None:
        """Return a place before all that was written since a moment.

        The homeserver finds an event by the time that it bears, which is whatever its sender says. So
        the page before that place must hold older events alone; else it goes back until one does.
        """
        found = await self._homeserver.at(room_id, max(since - SKEW, _FIRST))
        if found is None:
            start = None
        else:
            try:
                start = (await self._homeserver.context(room_id, found)).end
            except RoomGoneError:
                start = None
        while True:
            page = await self._homeserver.messages(room_id, start, limit=self._page)
            if page.end is None or page.end == start:
                return None
            start = page.end
            if page.events and all(
                (at := moment(each)) is not None and at < since for each in page.events
            ):
                return start

    async def _told(self, room_id: str, event: RawEvent) -> MessagePosted | None:
        """Return a message as it reads now."""
        edit = last_edit(event)
        if edit is not None and new_content(edit) is None and is_message(event):
            edit = await self._valid_edit(room_id, event)
        return self._posts.posted(event, room_id, edit)

    async def _valid_edit(self, room_id: str, event: RawEvent) -> RawEvent | None:
        """Return the last edit of a message that says something; the very last one does not."""
        id = id_of(event.get("event_id"))
        edits = [] if id is None else await self._homeserver.relations(room_id, id, EDIT)
        sender = event.get("sender")
        fit = (each for each in edits if each.get("sender") == sender and new_content(each))
        return max(
            fit, key=lambda each: (str(moment(each)), str(each.get("event_id"))), default=None
        )

    def _is_direct(self, room_id: str) -> bool:
        room = self._posts.room(room_id, None)
        return room is not None and room.kind is RoomKind.DIRECT


_FIRST = datetime.fromisoformat("1970-01-02T00:00:00+00:00")

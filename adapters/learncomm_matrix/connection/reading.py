"""What is asked of the homeserver, and nothing changed by it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from learncomm_agent.errors import RoomGoneError
from learncomm_matrix.connection.answers import (
    Child,
    Page,
    RawEvent,
    events,
    listing,
    mapping,
    read_direct,
    text,
    texts,
)
from learncomm_matrix.connection.wire import CLIENT_V1, Wire, path
from learncomm_matrix.encryption.seam import Encryption

PAGE = 100
"""How many events are asked for at once."""


class Reading:
    """Reads rooms, events and people."""

    def __init__(self, wire: Wire, encryption: Encryption | None = None) -> None:
        """Take what it needs."""
        self._wire = wire
        self._encryption = encryption
        self._user_id = ""
        self._encrypted: set[str] = set()

    @property
    def user_id(self) -> str:
        """Who we are; empty before it is open."""
        return self._user_id

    def is_encrypted(self, room_id: str) -> bool:
        """Whether a room is encrypted; once it is, it stays so."""
        return room_id in self._encrypted

    async def state(self, room_id: str) -> list[RawEvent]:
        """Return all state of a room.

        Raises:
            RoomGoneError: We are not in it.
            PlatformError: It can't be told.
        """
        told = await self._wire.listing("state", path("rooms", room_id, "state"))
        return self._noted(room_id, events(told))

    async def members(self, room_id: str) -> list[RawEvent]:
        """Return the `m.room.member` events of a room, of all memberships.

        Raises:
            RoomGoneError: We are not in it.
            PlatformError: They can't be told.
        """
        told = await self._wire.get("members", path("rooms", room_id, "members"))
        return list(events(told.get("chunk")))

    async def messages(
        self,
        room_id: str,
        start: str | None,
        *,
        to: str | None = None,
        forward: bool = False,
        limit: int = PAGE,
    ) -> Page:
        """Return a page of a room's events.

        Args:
            room_id: The room.
            start: Where to begin; at the newest where None, or with `forward` at the oldest.
            to: Where to end at the latest.
            forward: From old to new, instead of from new to old.
            limit: How many at most.

        Raises:
            RoomGoneError: We are not in it.
            PlatformError: They can't be told.
        """
        query = {"dir": "f" if forward else "b", "limit": str(limit)}
        query |= {"from": start} if start else {}
        query |= {"to": to} if to else {}
        told = await self._wire.get("messages", path("rooms", room_id, "messages"), query)
        return Page(
            await self._readable(room_id, events(told.get("chunk"))), text(told.get("end")) or None
        )

    async def event(self, room_id: str, event_id: str) -> RawEvent:
        """Return an event as it stands now.

        Raises:
            RoomGoneError: It is not there, or not for us.
            PlatformError: It can't be told.
        """
        told = await self._wire.get("event", path("rooms", room_id, "event", _known(event_id)))
        found = await self._readable(room_id, events([told]))
        if not found:
            raise RoomGoneError(f"event {event_id!r} is none")
        return found[0]

    async def context(self, room_id: str, event_id: str) -> Page:
        """Return an event alone, and where the page behind it begins, for `messages` with `forward`.

        Raises:
            RoomGoneError: It is not there, or not for us.
            PlatformError: It can't be told.
        """
        address = path("rooms", room_id, "context", _known(event_id))
        told = await self._wire.get("context", address, {"limit": "0"})
        found = await self._readable(room_id, events([told.get("event")]))
        return Page(found, text(told.get("end")) or None)

    async def at(self, room_id: str, moment: datetime) -> str | None:
        """Return the id of the first event at a moment or after it; None where there is none.

        Raises:
            PlatformError: It can't be told.
        """
        query = {"ts": str(max(0, int(moment.timestamp() * 1000))), "dir": "f"}
        address = path("rooms", room_id, "timestamp_to_event", base=CLIENT_V1)
        try:
            told = await self._wire.get("moment", address, query)
        except RoomGoneError:
            return None
        return text(told.get("event_id")) or None

    async def relations(
        self, room_id: str, event_id: str, rel_type: str, event_type: str | None = None
    ) -> list[RawEvent]:
        """Return all events that relate to one, oldest first.

        Raises:
            RoomGoneError: It is not there, or not for us.
            PlatformError: They can't be told.
        """
        parts = ["rooms", room_id, "relations", _known(event_id), rel_type]
        # Of an encrypted event, the homeserver does not know the type.
        asked = [event_type] if event_type and not self.is_encrypted(room_id) else []
        address = path(*parts, *asked, base=CLIENT_V1)
        found = await self._pages(address, {"dir": "f"}, "chunk", _events)
        told = await self._readable(room_id, events(found))
        return [each for each in told if event_type in (None, each["type"])]

    async def threads(self, room_id: str) -> list[RawEvent]:
        """Return the events that threads begin with, the thread that was used last first.

        Raises:
            RoomGoneError: We are not in the room.
            PlatformError: They can't be told.
        """
        address = path("rooms", room_id, "threads", base=CLIENT_V1)
        found = await self._pages(address, {"include": "all"}, "chunk", _events)
        return list(await self._readable(room_id, events(found)))

    async def children(self, space_id: str) -> list[Child]:
        """Return the rooms of a space of which we may know.

        Raises:
            RoomGoneError: There is no such space for us.
            PlatformError: They can't be told.
        """
        address = path("rooms", space_id, "hierarchy", base=CLIENT_V1)
        found = [
            mapping(each)
            for each in await self._pages(address, {"max_depth": "1"}, "rooms", listing)
        ]
        via = {
            text(each.get("state_key")): texts(mapping(each.get("content")).get("via"))
            for room in found
            if room.get("room_id") == space_id
            for each in events(room.get("children_state"))
        }
        ids = (text(room.get("room_id")) for room in found)
        return [
            Child(
                room_id,
                text(room.get("name")),
                text(room.get("join_rule")),
                room.get("room_type") == "m.space",
                via.get(room_id, ()),
            )
            for room_id, room in zip(ids, found, strict=True)
            if room_id and room_id != space_id
        ]

    async def joined(self) -> list[str]:
        """Return the ids of all rooms that we are in.

        Raises:
            PlatformError: They can't be told.
        """
        return list(
            texts((await self._wire.get("rooms", path("joined_rooms"))).get("joined_rooms"))
        )

    async def direct(self) -> Mapping[str, tuple[str, ...]]:
        """Return which rooms are direct talks, by user.

        Raises:
            PlatformError: It can't be told.
        """
        address = path("user", self._user_id, "account_data", "m.direct")
        try:
            return read_direct(await self._wire.get("direct talks", address))
        except RoomGoneError:
            return {}

    async def display_name(self, user_id: str) -> str | None:
        """Return what somebody is called; None where they have no name.

        Raises:
            PlatformError: It can't be told.
        """
        try:
            told = await self._wire.get("profile", path("profile", user_id, "displayname"))
        except RoomGoneError:
            return None
        return text(told.get("displayname")) or None

    async def own_keys(self) -> Mapping[str, Any]:
        """Return what the homeserver shows to others of our keys.

        Raises:
            PlatformError: It can't be told.
        """
        asked: Mapping[str, Any] = {"device_keys": {self._user_id: []}}
        return await self._wire.change("own keys", "POST", path("keys", "query"), asked)

    async def versions(self) -> tuple[str, ...]:
        """Return the versions of the specification that the homeserver speaks.

        Raises:
            PlatformError: They can't be told.
        """
        return texts((await self._wire.get("versions", "/_matrix/client/versions")).get("versions"))

    async def _pages(
        self, address: str, query: Mapping[str, str], key: str, read: Callable[[object], list[Any]]
    ) -> list[Any]:
        """Return what stands on all pages of a list."""
        found: list[Any] = []
        seen: set[str] = set()
        token = ""
        while True:
            asked = {**query, "limit": str(PAGE), **({"from": token} if token else {})}
            told = await self._wire.get("pages", address, asked)
            found += read(told.get(key))
            token = text(told.get("next_batch"))
            if not token or token in seen:  # or it might go round for ever
                return found
            seen.add(token)

    async def _readable(self, room_id: str, told: tuple[RawEvent, ...]) -> tuple[RawEvent, ...]:
        """Return events in clear, as far as we have the keys."""
        if self._encryption is None or not any(_is_sealed(each) for each in told):
            return told
        encryption = self._encryption
        return tuple(
            [await encryption.decrypt(room_id, each) if _is_sealed(each) else each for each in told]
        )

    def _noted(self, room_id: str, told: tuple[RawEvent, ...]) -> list[RawEvent]:
        """Note that a room is encrypted."""
        if any(each["type"] == "m.room.encryption" for each in told):
            self._encrypted.add(room_id)
        return list(told)


def _known(event_id: str) -> str:
    """Return an id that may be one: strangers write them, and `..` would lead to another address.

    Raises:
        RoomGoneError: There is no such event.
    """
    if not event_id.startswith("$"):
        raise RoomGoneError(f"event {event_id!r} is none")
    return event_id


def _is_sealed(event: RawEvent) -> bool:
    return bool(event["type"] == "m.room.encrypted")


def _events(value: object) -> list[Any]:
    return list(events(value))

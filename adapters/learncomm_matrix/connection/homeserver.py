"""The homeserver, as the rest of the adapter sees it: calls with types, and errors of ours."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from learncomm_agent.errors import PlatformError
from learncomm_matrix.connection.answers import JoinedRoom, Me, RawEvent, Sync, read_sync, text
from learncomm_matrix.connection.media import Media, no_keys
from learncomm_matrix.connection.wire import PATIENCE_S, Wire, path
from learncomm_matrix.encryption.seam import Encryption
from learncomm_matrix.faults import LostPlaceError, RefusedError, WrongAddressError
from learncomm_matrix.options import Options

TIMELINE = 100
"""How many events of a room one sync brings; the rest is a gap, which is filled."""
SLOW_S = 300.0
"""How long the first sync after a start may take: a homeserver puts it together for all rooms."""
_MOST_SERVERS = 5
"""So many are asked to let us into a room."""
_UNSEALED = frozenset({"m.reaction"})
"""What is sent in clear also into an encrypted room, as all apps do."""


class Homeserver(Media):
    """One account on one homeserver."""

    def __init__(
        self,
        options: Options,
        encryption: Encryption | None = None,
        *,
        timeline: int = TIMELINE,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Take where and as whom to ask; nothing is connected.

        Args:
            options: With address and token.
            encryption: For encrypted rooms; nothing is ever sent into one without it.
            timeline: How many events of a room one sync brings.
            patience_s: How long one answer may take.

        Raises:
            PlatformError: There is no address or no token.
        """
        if options.homeserver is None:
            raise PlatformError("no homeserver", phrase="matrix.no_homeserver")
        if options.token is None:
            raise PlatformError("no token", phrase="matrix.no_token")
        wire = Wire(options.homeserver, options.token.get_secret_value(), patience_s)
        super().__init__(wire, encryption)
        self._filter = json.dumps(_wanted(timeline))

    async def open(self) -> Me:
        """Return whose token it is.

        Raises:
            BadTokenError: Nobody's.
            DisconnectedError: It can't be reached, or is no homeserver.
        """
        told = await self._wire.get("whoami", path("account", "whoami"))
        me = Me(text(told.get("user_id")), text(told.get("device_id")))
        if not me.user_id:
            raise WrongAddressError("whoami: no user")
        self._user_id = me.user_id
        if self._encryption is not None:
            await self._encryption.open(self._wire, me)
            self._encrypted |= self._encryption.rooms()
        return me

    async def close(self) -> None:
        """Let go of everything; harmless where nothing is open."""
        if self._encryption is not None:
            await self._encryption.close()
        await self._wire.close()

    async def sync(
        self, since: str | None, *, full_state: bool = False, wait_s: float = 30
    ) -> Sync:
        """Return what is new, as soon as there is something; what is encrypted in clear where it can be.

        Args:
            since: The last token; all rooms as they are where None.
            full_state: Whether to tell all state, not only what has changed.
            wait_s: How long to wait for something new.

        Raises:
            LostPlaceError: The homeserver does not know the token.
            PlatformError: It can't be told.
        """
        is_slow = full_state or since is None
        query = {"filter": self._filter, "timeout": str(0 if is_slow else round(wait_s * 1000))}
        query |= {"since": since} if since else {}
        query |= {"full_state": "true"} if full_state else {}
        try:
            told = await self._wire.get(
                "sync", path("sync"), query, wait_s=SLOW_S if is_slow else wait_s
            )
        except PlatformError as error:
            if since and isinstance(error, RefusedError):
                raise LostPlaceError("sync: the token is not known") from error
            raise
        sync = read_sync(told)
        if not sync.next_batch:
            raise WrongAddressError("sync: no token")
        for room in sync.joined:
            self._noted(room.room_id, room.state + room.timeline)
        return sync if self._encryption is None else await self._opened(told, sync)

    async def put(self, room_id: str, type: str, content: Mapping[str, Any], txn: str) -> str:
        """Send an event, sealed where the room is encrypted, and return its id.

        Args:
            room_id: Where to.
            type: Such as `m.room.message`.
            content: What it says.
            txn: The same on every attempt: the homeserver makes one event of all.

        Raises:
            RateLimitedError: Later.
            TooLargeError: It does not fit into an event.
            NotPermittedError: We may not.
            RoomGoneError: We are not in the room.
            PlatformError: It was not sent.
        """
        if self.is_encrypted(room_id) and type not in _UNSEALED:
            if self._encryption is None:
                raise no_keys(room_id)
            type, content = await self._encryption.encrypt(room_id, type, content)
        address = path("rooms", room_id, "send", type, txn)
        return await self._event_id("send", "PUT", address, content)

    async def put_state(
        self, room_id: str, type: str, state_key: str, content: Mapping[str, Any]
    ) -> str:
        """Set a piece of state, and return the event's id.

        Raises:
            PlatformError: It was not set; as with `put`.
        """
        address = path("rooms", room_id, "state", type, state_key)
        return await self._event_id("state", "PUT", address, content)

    async def redact(self, room_id: str, event_id: str, txn: str, reason: str = "") -> str:
        """Take an event back, and return the id of the event that does so.

        Raises:
            PlatformError: It stands there still; as with `put`.
        """
        address = path("rooms", room_id, "redact", event_id, txn)
        return await self._event_id("redact", "PUT", address, {"reason": reason} if reason else {})

    async def join(self, room_id: str, via: Iterable[str] = ()) -> None:
        """Join a room that we are invited to, or may join.

        Raises:
            PlatformError: We are not in it.
        """
        servers = urlencode([("via", each) for each in via][:_MOST_SERVERS])
        address = path("join", room_id) + (f"?{servers}" if servers else "")
        await self._wire.change("join", "POST", address)

    async def leave(self, room_id: str) -> None:
        """Leave a room, or refuse an invitation.

        Raises:
            PlatformError: It is as it was.
        """
        await self._wire.change("leave", "POST", path("rooms", room_id, "leave"))

    async def invite(self, room_id: str, user_id: str) -> None:
        """Invite somebody into a room.

        Raises:
            PlatformError: They are not invited.
        """
        address = path("rooms", room_id, "invite")
        await self._wire.change("invite", "POST", address, {"user_id": user_id})

    async def create_room(
        self,
        *,
        name: str = "",
        topic: str = "",
        invite: Iterable[str] = (),
        is_direct: bool = False,
        is_encrypted: bool = False,
        state: Iterable[RawEvent] = (),
        power_levels: Mapping[str, Any] | None = None,
    ) -> str:
        """Make a room that only those who are invited may join, and return its id.

        Args:
            name: What it is called; nothing for a direct talk.
            topic: What it is about.
            invite: Ids of those who are invited.
            is_direct: Whether it is a direct talk.
            is_encrypted: Whether it is encrypted from its beginning.
            state: Further state, each with `type`, `state_key` and `content`.
            power_levels: What is otherwise than usual.

        Raises:
            PlatformError: There is none.
        """
        more = [*state]
        if is_encrypted:
            algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
            more.append({"type": "m.room.encryption", "state_key": "", "content": algorithm})
        body = {
            "preset": "trusted_private_chat" if is_direct else "private_chat",
            "invite": [*invite],
            "is_direct": is_direct,
            "initial_state": more,
            **({"name": name} if name else {}),
            **({"topic": topic} if topic else {}),
            **({"power_level_content_override": power_levels} if power_levels else {}),
        }
        told = await self._wire.change("create room", "POST", path("createRoom"), body)
        room_id = text(told.get("room_id"))
        if not room_id:
            raise WrongAddressError("create room: no room")
        if is_encrypted:
            self._encrypted.add(room_id)
        return room_id

    async def typing(self, room_id: str, seconds: float) -> None:
        """Show for so long that we write; 0 ends it.

        Raises:
            PlatformError: It is not shown.
        """
        lasting = {"typing": True, "timeout": round(seconds * 1000)}
        address = path("rooms", room_id, "typing", self._user_id)
        await self._wire.change("typing", "PUT", address, lasting if seconds else {"typing": False})

    async def read(self, room_id: str, event_id: str) -> None:
        """Show that we have read a room up to an event.

        Raises:
            PlatformError: It is not shown.
        """
        await self._wire.change(
            "read", "POST", path("rooms", room_id, "receipt", "m.read", event_id)
        )

    async def set_direct(self, talks: Mapping[str, Iterable[str]]) -> None:
        """Note which rooms are direct talks, by user; what was noted before goes.

        Raises:
            PlatformError: It is as it was.
        """
        address = path("user", self._user_id, "account_data", "m.direct")
        await self._wire.change(
            "direct talks", "PUT", address, {user: [*rooms] for user, rooms in talks.items()}
        )

    async def kept(self) -> None:
        """Note that the last sync is kept, and with it what was opened late."""
        if self._encryption is not None:
            await self._encryption.told()

    async def _event_id(
        self, doing: str, method: str, address: str, content: Mapping[str, Any]
    ) -> str:
        told = await self._wire.change(doing, method, address, content)
        event_id = text(told.get("event_id"))
        if not event_id:
            raise WrongAddressError(f"{doing}: no event")
        return event_id

    async def _opened(self, told: Mapping[str, Any], sync: Sync) -> Sync:
        """Return a sync in clear, with what could not be read before and now can."""
        assert self._encryption is not None
        await self._encryption.heard(told)
        rooms = {
            each.room_id: replace(each, timeline=await self._readable(each.room_id, each.timeline))
            for each in sync.joined
        }
        for room_id, late in (await self._encryption.recovered()).items():
            room = rooms.get(room_id, JoinedRoom(room_id))
            there = {each.get("event_id") for each in room.timeline}
            fresh = tuple(each for each in late if each.get("event_id") not in there)
            rooms[room_id] = replace(room, timeline=fresh + room.timeline)
        return replace(sync, joined=tuple(rooms.values()))


def _wanted(timeline: int) -> Mapping[str, Any]:
    none: Mapping[str, Any] = {"types": []}
    return {
        "room": {
            "timeline": {"limit": timeline},
            "state": {"lazy_load_members": False},
            "ephemeral": none,
            "account_data": none,
        },
        "presence": none,
        "account_data": {"types": ["m.direct"]},
    }

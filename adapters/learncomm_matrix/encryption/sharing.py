"""Seals what we say, and sees to it that whoever is in the room, and nobody else, gets the key."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from nio.crypto import Olm, OutboundGroupSession

from learncomm_agent.errors import NotPermittedError, PlatformError
from learncomm_agent.log import logger
from learncomm_matrix.connection.answers import RawEvent, events, mapping, text, texts
from learncomm_matrix.connection.wire import Wire, path
from learncomm_matrix.encryption.machine import Machine
from learncomm_matrix.encryption.opening import ALGORITHM, SEALED
from learncomm_matrix.encryption.peers import Peers, send

PER_REQUEST = 50
"""To so many devices a key is sent at once."""
_ATTEMPTS = 5
"""How often a key is made anew, where somebody comes or goes while it is handed round."""
_MEMBER, _SETUP = "m.room.member", ("m.room.encryption", "m.room.history_visibility")
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class _Room:
    """Who gets the key of a room, and how long it lasts."""

    readers: frozenset[str]
    most_messages: int | None
    most_age: timedelta | None


class Sharing:
    """Has one key a room: a new one whenever somebody came or went, or it has served long enough."""

    def __init__(self, machine: Machine, wire: Wire, peers: Peers) -> None:
        """Take what it needs."""
        self._machine = machine
        self._wire = wire
        self._peers = peers
        self._readers: dict[str, frozenset[str] | None] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def seal(
        self, room_id: str, type: str, content: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        """Return type and content of an event as they are sent.

        Raises:
            PlatformError: The members' keys can't be had, or the disk does not let us.
        """
        clear = {"type": type, "content": content, "room_id": room_id}
        plaintext = json.dumps(clear, ensure_ascii=False, separators=(",", ":"))
        async with self._turns[room_id]:
            for _ in range(_ATTEMPTS):
                sealed = await self._machine.do(lambda olm: _sealed(olm, room_id, plaintext))
                if sealed is not None:
                    outside = {key: each for key, each in content.items() if key == "m.relates_to"}
                    return SEALED, {**sealed, **outside}
                await self._share(room_id)
        raise PlatformError(f"{room_id!r} does not come to rest")

    async def heard(self, answer: Mapping[str, Any]) -> None:
        """Drop the keys that a sync made too old: somebody came or went, or has another device."""
        if not self._readers:
            return
        rooms = mapping(answer.get("rooms"))
        gone = set(mapping(rooms.get("leave"))) & set(self._readers)
        for room_id, told in mapping(rooms.get("join")).items():
            if room_id in self._readers:
                readers = self._readers[room_id]
                gone |= (
                    {room_id}
                    if any(_changes(each, readers) for each in room_events(told))
                    else set()
                )
        others = set(texts(mapping(answer.get("device_lists")).get("changed")))
        gone |= {
            room
            for room, readers in self._readers.items()
            if others and (readers is None or readers & others)
        }
        if gone:
            await self._drop(gone)

    async def _drop(self, rooms: Iterable[str]) -> None:
        def forget(olm: Olm) -> None:
            for room_id in rooms:
                olm.outbound_group_sessions.pop(room_id, None)

        for room_id in rooms:
            self._readers.pop(room_id, None)
        await self._machine.do(forget)

    async def _share(self, room_id: str) -> None:
        """Make a key, and hand it to all devices of all who may read what comes now."""
        self._readers[room_id] = None  # from here on, `heard` notices whoever comes and goes
        told = await self._wire.listing("state", path("rooms", room_id, "state"))
        room = _room(events(told), room_id)
        if room_id not in self._readers:
            return
        self._readers[room_id] = room.readers
        readers = sorted(room.readers)
        await self._peers.look_up(readers)
        await self._peers.meet(readers)
        session, letters = await self._machine.do(lambda olm: _handed(olm, room_id, room))
        for messages in letters:
            await send(self._wire, SEALED, messages)
        count = sum(len(each) for messages in letters for each in messages.values())
        _log.info("room key shared", room=room_id, people=len(readers), devices=count)
        # Where it was dropped meanwhile, nothing is sealed with it.
        session.mark_as_shared()


def _room(state: tuple[RawEvent, ...], room_id: str) -> _Room:
    content = {
        each["type"]: mapping(each.get("content")) for each in state if each.get("state_key") == ""
    }
    setup = content.get("m.room.encryption", {})
    if setup.get("algorithm") != ALGORITHM:
        raise NotPermittedError(f"{room_id!r} is encrypted in a way that we don't know")
    visible = content.get("m.room.history_visibility", {}).get("history_visibility")
    counted = {"join"} if visible == "joined" else {"join", "invite"}
    readers = {
        text(each.get("state_key"))
        for each in state
        if each["type"] == _MEMBER and mapping(each.get("content")).get("membership") in counted
    }
    messages, age = setup.get("rotation_period_msgs"), setup.get("rotation_period_ms")
    return _Room(
        frozenset(readers - {""}),
        messages if type(messages) is int and messages > 0 else None,
        timedelta(milliseconds=age) if type(age) is int and 0 < age < 2**40 else None,
    )


def _handed(
    olm: Olm, room_id: str, room: _Room
) -> tuple[OutboundGroupSession, list[dict[str, dict[str, Any]]]]:
    """Make a key, and return it with the letters that bring it round.

    Devices are taken as they are, verified or not: nobody could compare keys with an agent for each.
    The library's own way asks its store three times about the trust in each of them, which in a large
    room takes most of the time.
    """
    olm.create_outbound_group_session(room_id)
    session = olm.outbound_group_sessions[room_id]
    session.max_messages = min(session.max_messages, room.most_messages or session.max_messages)
    session.max_age = min(session.max_age, room.most_age or session.max_age)
    content = {
        "algorithm": ALGORITHM,
        "room_id": room_id,
        "session_id": session.id,
        "session_key": session.session_key,
    }
    ways = [
        (device, way)
        for user in sorted(room.readers)
        for device in olm.device_store.active_user_devices(user)
        if (way := olm.session_store.get(device.curve25519)) is not None
    ]
    letters: list[dict[str, dict[str, Any]]] = []
    for number, (device, way) in enumerate(ways):
        if number % PER_REQUEST == 0:
            letters.append({})
        letter = olm._olm_encrypt(way, device, "m.room_key", content)
        letters[-1].setdefault(device.user_id, {})[device.id] = letter
    return session, letters


def _sealed(olm: Olm, room_id: str, plaintext: str) -> dict[str, str] | None:
    """Return something sealed; None where a new key is needed first."""
    session = olm.outbound_group_sessions.get(room_id)
    if session is None or not session.shared or session.expired:
        return None
    return {
        "algorithm": ALGORITHM,
        "sender_key": olm.account.identity_keys["curve25519"],
        "ciphertext": session.encrypt(plaintext),
        "session_id": session.id,
        "device_id": olm.device_id,
    }


def room_events(room: object) -> Iterable[RawEvent]:
    """Yield what a sync tells of a room, state and timeline."""
    for part in ("state", "timeline"):
        yield from events(mapping(mapping(room).get(part)).get("events"))


def _changes(event: RawEvent, readers: frozenset[str] | None) -> bool:
    """Whether after an event the key of its room may not be for the right people any more."""
    if event["type"] == _MEMBER and readers is not None:
        membership = mapping(event.get("content")).get("membership")
        return (membership in ("join", "invite")) != (event.get("state_key") in readers)
    return event["type"] in (_MEMBER, *_SETUP)

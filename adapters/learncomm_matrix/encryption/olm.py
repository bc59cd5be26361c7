"""Encryption as Matrix has it, put together around one device."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from learncomm_agent.adapting.notes import Note, Notes
from learncomm_agent.errors import (
    NotPermittedError,
    PlatformError,
    RoomGoneError,
    for_log,
)
from learncomm_agent.log import logger
from learncomm_matrix.connection.answers import Me, RawEvent, events, mapping
from learncomm_matrix.connection.wire import Wire, path
from learncomm_matrix.encryption import files
from learncomm_matrix.encryption.device import Device
from learncomm_matrix.encryption.identity import Identity
from learncomm_matrix.encryption.letters import Letters
from learncomm_matrix.encryption.machine import Machine
from learncomm_matrix.encryption.opening import BrokenError, NoKeyError, opened
from learncomm_matrix.encryption.peers import Peers
from learncomm_matrix.encryption.sharing import Sharing, room_events
from learncomm_matrix.encryption.waiting import RoomKey, Waiting

FOLDER = "keys"
"""Below the adapter's own folder."""
_ENCRYPTED = "encrypted"
_log = logger(__name__)


class OlmEncryption:
    """Implements `Encryption`."""

    def __init__(self, folder: Path, notes: Notes) -> None:
        """Take where keys and what waits for keys are kept; nothing is opened.

        Args:
            folder: The adapter's own.
            notes: Loaded by whoever made them.
        """
        self._folder = folder / FOLDER
        self._machine = Machine(self._folder)
        self._notes = notes
        self._waiting = Waiting(notes)
        self._letters = Letters()
        self._came: set[RoomKey] = set()
        self._late: dict[str, list[RawEvent]] = {}
        self.is_signed = False
        """Whether our account stands for our device, so that all apps give it their keys."""

    async def open(self, wire: Wire, me: Me) -> None:
        """Read the keys, or make them, and show them to the homeserver.

        Raises:
            PlatformError: They can't be used; the sentence says what to do.
        """
        if not me.device_id:
            raise PlatformError("the token has no device", phrase="matrix.no_device")
        await self._machine.open(me)
        self._wire = wire
        self._device = Device(self._machine, wire, me)
        self._peers = Peers(self._machine, wire)
        self._sharing = Sharing(self._machine, wire, self._peers)
        told = await self._device.show()
        self.is_signed = await Identity(self._folder, wire, me).sign(told)
        self._came |= await self._here(self._waiting.keys())

    async def close(self) -> None:
        """Let go of the store; harmless where it is not open."""
        await self._machine.close()

    def rooms(self) -> frozenset[str]:
        """Return the rooms that were ever seen encrypted, so that no homeserver can say otherwise later."""
        return frozenset(self._notes.all(_ENCRYPTED))

    async def heard(self, answer: Mapping[str, Any]) -> None:
        """Take from what a sync answered all that is about keys, devices and members.

        Raises:
            PlatformError: The disk does not let us; the same answer may come again.
        """
        new = set(_encrypted(answer)) - self.rooms()
        await self._notes.put(*(Note(_ENCRYPTED, each, 1) for each in sorted(new)))
        told = events(mapping(answer.get("to_device")).get("events"))
        if told:
            arrived = await self._machine.do(lambda olm: self._letters.take(olm, told))
            self._came |= arrived.keys & self._waiting.keys()
            strangers = arrived.strangers
        else:
            strangers = frozenset()
        await self._sharing.heard(answer)
        left = mapping(answer.get("device_one_time_keys_count")).get("signed_curve25519")
        try:
            if strangers:
                await self._peers.look_up(strangers)
            if isinstance(left, int):
                await self._device.restock(left)
            await self._peers.mend()
        except PlatformError as error:  # the next sync brings another chance
            _log.warning("keys not looked after", error=for_log(error))

    async def decrypt(self, room_id: str, event: RawEvent) -> RawEvent:
        """Return an event in clear; as it came where its key is missing, which is then remembered.

        Raises:
            PlatformError: The disk does not let us remember it.
        """
        try:
            return await self._machine.do(lambda olm: opened(olm, room_id, event))
        except BrokenError as error:
            _log.info("event not opened", room=room_id, reason=str(error)[:80])
        except NoKeyError:
            key = await self._waiting.add(room_id, event)
            if key is not None:  # it may have come in this very moment
                self._came |= await self._here(frozenset({key}))
        return event

    async def recovered(self) -> Mapping[str, tuple[RawEvent, ...]]:
        """Return by room the events whose keys have come meanwhile; they are told once more until `told`."""
        while self._came:
            key = self._came.pop()
            try:
                for id in self._waiting.of(key):
                    await self._recover(key[0], id)
            except PlatformError as error:
                self._came.add(key)
                _log.warning("sealed events not asked for", error=for_log(error))
                break
        return {room: tuple(late) for room, late in self._late.items()}

    async def told(self) -> None:
        """Note that what was recovered is kept."""
        late, self._late = self._late, {}
        await self._waiting.forget(
            str(each.get("event_id")) for found in late.values() for each in found
        )

    async def encrypt(
        self, room_id: str, type: str, content: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        """Return type and content of an event as they are sent into an encrypted room.

        Raises:
            PlatformError: The keys of its members can't be had.
        """
        return await self._sharing.seal(room_id, type, content)

    def seal(self, content: bytes) -> tuple[bytes, Mapping[str, Any]]:
        """Return a file as it is uploaded, and what its readers need beside its address."""
        return files.seal(content)

    def unseal(self, content: bytes, file: Mapping[str, Any]) -> bytes:
        """Return a file in clear.

        Raises:
            PlatformError: It is not what was sent.
        """
        return files.unseal(content, file)

    async def _here(self, wanted: frozenset[RoomKey]) -> set[RoomKey]:
        """Return those keys that are here."""
        if not wanted:
            return set()
        return await self._machine.do(
            lambda olm: {(each.room_id, each.id) for each in olm.inbound_group_store} & wanted
        )

    async def _recover(self, room_id: str, id: str) -> None:
        """Ask once more for an event that waited, and open it; where there is nothing, wait no longer."""
        if any(each.get("event_id") == id for each in self._late.get(room_id, ())):
            return
        try:
            told = await self._wire.get("event", path("rooms", room_id, "event", id))
            (event,) = events([told])
            clear = await self._machine.do(lambda olm: opened(olm, room_id, event))
        except NoKeyError:  # it begins later than the event
            return
        except (RoomGoneError, NotPermittedError, BrokenError, ValueError):
            await self._waiting.forget([id])
            return
        self._late.setdefault(room_id, []).append(clear)


def _encrypted(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield the rooms of which a sync tells that they are encrypted."""
    for room_id, told in mapping(mapping(answer.get("rooms")).get("join")).items():
        if any(each["type"] == "m.room.encryption" for each in room_events(told)):
            yield room_id

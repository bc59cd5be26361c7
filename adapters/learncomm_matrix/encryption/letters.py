"""What devices send each other, not into rooms: the keys of rooms. Runs on the thread of the machine."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from nio.crypto import Olm
from nio.events.to_device import OlmEvent, RoomKeyEvent

from learncomm_agent.log import logger
from learncomm_matrix.connection.answers import RawEvent, mapping
from learncomm_matrix.encryption.machine import STORE_FAILED
from learncomm_matrix.encryption.opening import SEALED

REMEMBERED = 2000
"""So many are known by sight: a sync that is asked for twice brings them twice, and they open once."""
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was in them."""

    keys: frozenset[tuple[str, str]]
    """Room and id of each key that has come."""
    strangers: frozenset[str]
    """Who wrote from a device that we don't know."""


class Letters:
    """Opens them; nothing but sealed ones counts, and of these nothing but keys."""

    def __init__(self) -> None:
        """Begin with none."""
        self._seen: dict[str, None] = {}

    def take(self, olm: Olm, told: Iterable[RawEvent]) -> Arrived:
        """Take keys out of letters; what is no letter, or for others, is passed over."""
        keys: set[tuple[str, str]] = set()
        strangers: set[str] = set()
        for each in told:
            digest = _digest(each)
            if each["type"] != SEALED or digest in self._seen:
                continue
            try:
                letter: Any = OlmEvent.from_dict(each)
                if not isinstance(letter, OlmEvent):
                    continue
                found: Any = olm.decrypt_event(letter)
            except STORE_FAILED:
                raise
            except Exception as error:  # the library trusts in too much of what strangers send
                _log.warning("letter not opened", error=type(error).__name__)
                continue
            self._seen[digest] = None
            if isinstance(found, RoomKeyEvent):
                keys.add((found.room_id, found.session_id))
            if olm.device_store.device_from_sender_key(letter.sender, letter.sender_key) is None:
                strangers.add(letter.sender)
        for digest in list(self._seen)[: max(0, len(self._seen) - REMEMBERED)]:
            del self._seen[digest]
        return Arrived(frozenset(keys), frozenset(strangers))


def _digest(event: RawEvent) -> str:
    told = repr(mapping(event.get("content")).get("ciphertext"))
    return blake2b(told.encode("utf-8", "replace"), digest_size=16).hexdigest()

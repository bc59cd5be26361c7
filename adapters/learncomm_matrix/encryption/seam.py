"""What encryption does for the seam, whether it is there or not."""

from collections.abc import Mapping
from typing import Any, Protocol

from learncomm_matrix.connection.answers import Me, RawEvent
from learncomm_matrix.connection.wire import Wire


class Encryption(Protocol):
    """Opens what was sealed for us, and seals what we say."""

    async def open(self, wire: Wire, me: Me) -> None:
        """Read the keys, or make them, and show them to the homeserver.

        Raises:
            PlatformError: They can't be used; the sentence says what to do.
        """
        ...

    async def close(self) -> None:
        """Let go of the store; harmless where it is not open."""
        ...

    def rooms(self) -> frozenset[str]:
        """Return the rooms that were ever seen encrypted, so that no homeserver can say otherwise later."""
        ...

    async def heard(self, answer: Mapping[str, Any]) -> None:
        """Take from what a sync answered all that is about keys, devices and members.

        Raises:
            PlatformError: It could not be taken; the same answer may come again.
        """
        ...

    async def decrypt(self, room_id: str, event: RawEvent) -> RawEvent:
        """Return an event in clear; as it came where its key is missing, which is then remembered."""
        ...

    async def recovered(self) -> Mapping[str, tuple[RawEvent, ...]]:
        """Return by room the events whose keys have come meanwhile; they are told once more until `told`."""
        ...

    async def told(self) -> None:
        """Note that what was recovered is kept."""
        ...

    async def encrypt(
        self, room_id: str, type: str, content: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        """Return type and content of an event as they are sent into an encrypted room.

        Raises:
            PlatformError: The keys of its members can't be had.
        """
        ...

    def seal(self, content: bytes) -> tuple[bytes, Mapping[str, Any]]:
        """Return a file as it is uploaded, and what its readers need beside its address."""
        ...

    def unseal(self, content: bytes, file: Mapping[str, Any]) -> bytes:
        """Return a file in clear.

        Raises:
            PlatformError: It is not what was sent.
        """
        ...

"""What posting asks of the rest of the adapter."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from learncomm_agent.adapting.offering import Offer
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.outgoing import Block
from learncomm_matrix.directory.state import RoomState


class Where(Protocol):
    """A room on the homeserver, and the message with which a thread in it begins."""

    @property
    def room_id(self) -> str:
        """Id of the room."""
        ...

    @property
    def thread(self) -> str | None:
        """Id of the message; None in the room itself."""
        ...


class Places(Protocol):
    """Knows the rooms that are served."""

    @property
    def making(self) -> asyncio.Lock:
        """Held while a room of ours is made, as what it is must be known before it is told."""
        ...

    def where(self, ref: RoomRef) -> Where:
        """Return where a room is.

        Raises:
            RoomGoneError: It is not served.
        """
        ...

    def state(self, room_id: str) -> RoomState | None:
        """Return how a room is set up; None where it is not known."""
        ...

    def adopt(self, room_id: str, parent: RoomRef) -> RoomRef:
        """Return a room that we have just made as a private thread of another, of the same space."""
        ...


class Readers(Protocol):
    """Knows who may read what."""

    def person(self, room_id: str) -> str | None:
        """Return with whom a room is a direct talk, by id; None where it is none."""
        ...

    def may_read(self, room_id: str, user_id: str) -> bool:
        """Whether somebody may read a room; nobody may what is unknown."""
        ...


class Offers(Protocol):
    """Lays out what can be chosen, and knows it again."""

    def made(self, blocks: Sequence[Block]) -> Offer | None:
        """Return a post with a sign for each thing on it; None where there is nothing to choose."""
        ...

    async def keep(self, room: str, post: str, made: Offer) -> None:
        """Keep what can be chosen on a post, by the ids of its room and its event.

        Raises:
            PlatformError: The disk did not take it.
        """
        ...

    async def forget(self, post: str) -> None:
        """Let go of what could be chosen on a post."""
        ...

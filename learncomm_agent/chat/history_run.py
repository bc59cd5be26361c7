"""One reading of a room's history, and how far it has come. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from learncomm_agent.chat.events import MessagePosted
from learncomm_agent.chat.messages import Message, RoomId
from learncomm_agent.storage.cursors import Cursor


@dataclass(slots=True)
class Run:
    """One reading of a room's history."""

    room: RoomId
    since: datetime | None
    """What was posted before was not meant for us."""
    start: Cursor | None = None
    """Where it began; None for one that moves no cursor."""
    cursor: Cursor | None = None
    """Where it has come to."""
    latest: Message | None = None
    is_in_order: bool = True

    def after(self, events: list[MessagePosted]) -> Cursor | None:
        """Return the cursor behind some events.

        Where they are not in order, older ones may still follow: then it goes back to where this run
        began, and stays there.
        """
        if self.start is None:
            return None
        for event in events:
            message = event.message
            if self.latest is None or message.posted_at >= self.latest.posted_at:
                self.latest = message
            elif message.ref != self.latest.ref:
                self.is_in_order = False
        if not self.is_in_order or self.latest is None:
            return self.start
        return replace(self.start, read_to=self.latest.ref.id, read_at=self.latest.posted_at)

    def whole(self, newest: str | None) -> Cursor | None:
        """Return the cursor where all was read, and the platform said before what was its newest."""
        if self.start is None:
            return None
        read_to, read_at = newest or self.start.read_to, self.start.read_at
        if self.latest is not None:
            read_to, read_at = self.latest.ref.id, self.latest.posted_at
        return replace(self.start, read_to=read_to, read_at=read_at, is_whole=True)

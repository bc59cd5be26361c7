"""Edits of one message that wait for their turn become one: the newest."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from learncomm_matrix.connection.limiter import Priority
from learncomm_matrix.posting.queues import Queues

Change = Callable[[], Awaitable[None]]


@dataclass(eq=False, slots=True)
class _Waiting:
    change: Change
    is_done: bool = False


class Edits:
    """Knows the newest edit of each message that is not out yet."""

    def __init__(self, queues: Queues) -> None:
        """Take what it needs."""
        self._queues = queues
        self._newest: dict[tuple[str, str], _Waiting] = {}

    async def put(self, room_id: str, message: str, change: Change) -> None:
        """Change a message; come back once it reads like this, or like something newer.

        Raises:
            PlatformError: It was not changed.
        """
        target = (room_id, message)
        mine = self._newest[target] = _Waiting(change)

        async def newest() -> None:
            # While the homeserver let us wait, something newer may have come.
            if (waiting := self._newest.get(target)) is not None and not waiting.is_done:
                await waiting.change()
                waiting.is_done = True

        try:
            async with self._queues.place(room_id):
                if self._newest.get(target) is mine and not mine.is_done:
                    await self._queues.paced(newest, Priority.EDIT)
        finally:
            if self._newest.get(target) is mine:
                del self._newest[target]

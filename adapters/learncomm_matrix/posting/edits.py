"""Edits of one message that wait for their turn become one: the newest."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from learncomm_agent.errors import PlatformError, RateLimitedError
from learncomm_matrix.connection.limiter import Priority
from learncomm_matrix.posting.queues import Queues

Change = Callable[[], Awaitable[None]]


@dataclass(eq=False, slots=True)
class _Waiting:
    change: Change
    is_over: bool = False
    refusal: PlatformError | None = None


class Edits:
    """Knows the edits of each message that are not out yet, the newest last."""

    def __init__(self, queues: Queues) -> None:
        """Take what it needs."""
        self._queues = queues
        self._waiting: dict[tuple[str, str], list[_Waiting]] = {}

    async def put(self, room_id: str, message: str, change: Change) -> None:
        """Change a message; come back once it reads like this, or like something newer.

        Raises:
            PlatformError: It was not changed.
        """
        target = (room_id, message)
        there, mine = self._waiting.setdefault(target, []), _Waiting(change)
        there.append(mine)
        try:
            async with self._queues.place(room_id):
                while not mine.is_over:
                    await self._queues.paced(lambda: _newest(there), Priority.EDIT)
        finally:
            there.remove(mine)
            if not there:
                del self._waiting[target]
        if mine.refusal is not None:
            raise mine.refusal


async def _newest(there: list[_Waiting]) -> None:
    """Make the newest change, as something newer may have come while the homeserver let us wait.

    Where it is refused, it alone is: those before it may still be shown.
    """
    waiting = [each for each in there if not each.is_over]
    last = waiting[-1]
    try:
        await last.change()
    except RateLimitedError:
        raise
    except PlatformError as error:
        last.refusal, last.is_over = error, True
    else:
        for each in waiting:
            each.is_over = True

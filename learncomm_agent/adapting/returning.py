"""A connection that comes back: it is followed, and made anew where it breaks, later each time that fails."""

import asyncio
from collections.abc import Awaitable, Callable

from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError
from learncomm_agent.log import logger

FIRST_S, MOST_S = 1.0, 60.0
"""How long the first wait is, and the longest one."""
BREAKS = (OSError, EOFError, asyncio.LimitOverrunError, DisconnectedError)
"""What says that the connection is broken or can't be made, or that a line has no end."""
_log = logger(__name__)


async def follow(
    read_on: Callable[[], Awaitable[None]],
    lost: Callable[[], None],
    come_back: Callable[[], Awaitable[None]],
    clock: Clock,
) -> None:
    """Read on and on, until cancelled.

    Args:
        read_on: Takes what comes next; one of `BREAKS` where the connection is broken.
        lost: Called at once when it broke, so that nobody relies on it any more.
        come_back: Makes it anew; one of `BREAKS` where that is not possible now.
        clock: By which it waits before each attempt.
    """
    wait_s = FIRST_S
    while True:
        try:
            await read_on()
            wait_s = FIRST_S
        except BREAKS as error:
            _log.info("connection lost", reason=type(error).__name__)
            lost()
            wait_s = await _again(come_back, lost, clock, wait_s)


async def _again(
    come_back: Callable[[], Awaitable[None]],
    lost: Callable[[], None],
    clock: Clock,
    wait_s: float,
) -> float:
    """Return how long to wait next, if what came back breaks before anything was read."""
    while True:
        await clock.sleep(wait_s)
        wait_s = min(2 * wait_s, MOST_S)
        try:
            await come_back()
            return wait_s
        except BREAKS as error:
            _log.info("no connection", reason=type(error).__name__)
            lost()

"""Follows the homeserver: every event once, in order, over gaps and outages.

How far we are is kept once everything before it is kept. After a crash in between, something comes
again, and whoever takes it knows it by its id; nothing is left out.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Protocol

from learncomm_agent.adapting.notes import Note, Notes
from learncomm_agent.chat.platform import Connection
from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError, LearncommError, RateLimitedError, for_log
from learncomm_agent.log import logger
from learncomm_matrix.connection.answers import Sync
from learncomm_matrix.connection.gaps import Gaps
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.faults import BadTokenError, LostPlaceError

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
_GROWTH = 2.0
_LEAST = 0.5
"""A wait is cut at random, to this share at most, so that not all bots come back at once."""
_KIND = "sync"
_log = logger(__name__)


class Take(Protocol):
    """Takes what is new; once it returns, all of it is kept."""

    async def __call__(self, sync: Sync, is_context: bool) -> None:
        """Take it.

        Args:
            sync: What is new, gaps filled, nothing twice.
            is_context: Whether it only says how things are: nothing of its timelines is news.

        Raises:
            LearncommError: It could not be kept; it comes again.
        """
        ...


class Following:
    """Keeps up with one account."""

    def __init__(
        self,
        homeserver: Homeserver,
        notes: Notes,
        clock: Clock,
        take: Take,
        missed: Callable[[], Awaitable[None]],
        dice: random.Random | None = None,
    ) -> None:
        """Take what it needs; nothing is asked.

        Args:
            homeserver: To follow; opened by whoever made it.
            notes: Keep how far we are; loaded by whoever made them.
            clock: Waits.
            take: Takes what is new.
            missed: Told where something could not be had, and must be looked for: tell `GapEnded`.
            dice: Spread the waits.
        """
        self._homeserver = homeserver
        self._notes = notes
        self._clock = clock
        self._take = take
        self._missed = missed
        self._dice = dice or random.Random()
        self._gaps = Gaps(homeserver, clock)
        self._since: str | None = None
        self._next: tuple[Sync, bool] | None = None
        self._is_missed = False
        self._state, self._state_since, self._trouble = "connecting", clock.now(), ""
        self._failures = self._resumed = self._unreadable = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Catch up, then follow; comes back when all rooms are known.

        Raises:
            PlatformError: The token is wrong, or the homeserver can't be reached.
        """
        self._since = self._notes.get(_KIND, self._homeserver.user_id)
        self._next = await self._asked(is_start=True)
        while not await self._is_kept():
            await self._pause()
            if self._state == "stopped":
                raise DisconnectedError("stopped before it has begun", phrase=self._trouble or None)
        self._task = asyncio.create_task(self._follow(), name="matrix sync")

    async def stop(self) -> None:
        """End; harmless where it was not started."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        self._change("stopped")

    def report(self) -> Connection:
        """Return how it is now."""
        counts = {"filled": self._gaps.filled, "resumed": self._resumed}
        counts["unreadable"] = self._unreadable
        trouble = self._trouble if self._state != "ready" else ""
        return Connection(self._state, self._state_since, counts=counts, trouble=trouble)

    def wait_s(self, failures: int) -> float:
        """Return how long to wait after so many failures in a row."""
        wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * _GROWTH ** min(failures - 1, 10))
        return wait * self._dice.uniform(_LEAST, 1)

    async def _follow(self) -> None:
        while self._state != "stopped":
            try:
                if self._next is None:
                    self._next = await self._fresh()
            except LearncommError as error:
                await self._failed(error)
            except Exception as error:  # of the library: without us, nobody would ask again
                _log.exception("sync failed")
                await self._failed(error)
            else:
                await self._pause() if not await self._is_kept() else None

    async def _fresh(self) -> tuple[Sync, bool]:
        """Ask, but not at once again a homeserver that has nothing new and does not wait either."""
        begun = self._clock.now()
        sync, is_context = await self._asked()
        took = (self._clock.now() - begun).total_seconds()
        if sync.next_batch == self._since and took < FIRST_WAIT_S:
            await self._clock.sleep(FIRST_WAIT_S)
        return sync, is_context

    async def _asked(self, *, is_start: bool = False) -> tuple[Sync, bool]:
        """Return what is new, and whether it is context alone."""
        since = self._since
        if since is not None:
            try:
                sync = await self._homeserver.sync(since, full_state=is_start)
                filled, is_whole = await self._gaps.filled_in(sync, since)
            except LostPlaceError as error:
                _log.warning("place lost", reason=for_log(error))
                self._since = None
            else:
                self._is_missed |= not is_whole
                return filled, False
            self._is_missed = True
        return await self._homeserver.sync(None), True

    async def _is_kept(self) -> bool:
        """Hand over what is new; note how far we are where all of it is kept."""
        assert self._next is not None
        sync, is_context = self._next
        try:
            await self._handed(sync, is_context)
            if self._is_missed:
                await self._missed()
            if sync.next_batch != self._since:
                await self._notes.put(Note(_KIND, self._homeserver.user_id, sync.next_batch))
            await self._homeserver.kept()
        except BadTokenError as error:
            await self._failed(error)
            return False
        except LearncommError as error:
            _log.error("events not kept", reason=for_log(error))
            self._failures += 1
            self._trouble = error.advice.phrase
            return False
        except Exception:
            _log.exception("events not kept")
            self._failures += 1
            return False
        self._gaps.kept(sync)
        self._unreadable += sync.unreadable
        self._since, self._next, self._is_missed = sync.next_batch, None, False
        self._resumed += self._state == "waiting"
        self._failures = 0
        self._change("ready")
        return True

    async def _handed(self, sync: Sync, is_context: bool) -> None:
        """Hand over; where that ends in a mistake of ours, all but the event on which it ends."""
        try:
            await self._take(sync, is_context)
        except LearncommError:
            raise
        except Exception:
            _log.exception("events not taken")
        else:
            return
        for one in _one_by_one(sync):
            try:
                await self._take(one, is_context)
            except LearncommError:
                raise
            except Exception:
                _log.exception("event not taken")
                self._unreadable += 1

    async def _failed(self, error: Exception) -> None:
        self._failures += 1
        if isinstance(error, BadTokenError):
            _log.error("token refused", reason=for_log(error))
            self._trouble = error.advice.phrase
            self._change("stopped")
            return
        self._trouble = error.advice.phrase if isinstance(error, LearncommError) else ""
        least = error.retry_after_s if isinstance(error, RateLimitedError) else 0.0
        if self._failures == 1 or not isinstance(error, DisconnectedError):
            _log.warning("connection lost", reason=for_log(error))
        await self._pause(least)

    async def _pause(self, least_s: float = 0.0) -> None:
        if self._state == "stopped":
            return
        self._change("waiting")
        await self._clock.sleep(max(least_s, self.wait_s(self._failures)))

    def _change(self, state: str) -> None:
        if self._state not in (state, "stopped"):  # which it stays
            self._state, self._state_since = state, self._clock.now()


def _one_by_one(sync: Sync) -> Iterator[Sync]:
    """Yield what is new event by event, what is no event first."""
    yield replace(sync, joined=tuple(replace(room, timeline=()) for room in sync.joined))
    for room in sync.joined:
        for event in room.timeline:
            alone = replace(room, state=(), timeline=(event,))
            yield Sync(sync.next_batch, joined=(alone,))

"""Shows how far a slow answer is: a post that says to wait, changed now and then until the answer takes its place.

It tells of steps, and shows of the answer what has been checked so far, nothing else.
It is a courtesy: whatever goes wrong here, the answer comes all the same, and no later.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.placeholders import Placeholder
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.rendering import plan
from learncomm_agent.clock import Clock
from learncomm_agent.errors import (
    DisconnectedError,
    LearncommError,
    PlatformError,
    RateLimitedError,
    for_log,
)
from learncomm_agent.log import logger
from learncomm_agent.storage import due
from learncomm_agent.storage.database import Database
from learncomm_agent.storage.due import Job

AFTER_S = 3.0
"""What is answered sooner shows no progress."""
LEAST_PAUSE_S = 3.0
LAST_WORDS = timedelta(seconds=60)
"""So long before what one person sees can't be changed any more, it says how the answer will come."""
_Said = tuple[str, Mapping[str, object]]
_MINUTE = timedelta(seconds=60)
_log = logger(__name__)


class Report(Protocol):
    """Tells what is being done."""

    def __call__(self, key: str, /, **values: object) -> None:
        """Take the sentence of a phrase; quick, on any thread, never an error."""
        ...


class Shows(Protocol):
    """Shows what is written so far."""

    def __call__(self, blocks: tuple[Block, ...], /, *, is_private: bool) -> None:
        """Take what was checked; for the asker alone if private. Quick, on any thread, never an error."""
        ...


def unshown(blocks: tuple[Block, ...], /, *, is_private: bool) -> None:
    """Show it to nobody."""


def unheard(key: str, /, **values: object) -> None:
    """Tell nobody."""


def reading(report: Report, key: str) -> Callable[[int, int, int], None]:
    """Return what a writer tells how far it is, as a sentence; see `Brief.progress`."""
    return lambda part, parts, count: report(key, part=part, parts=parts, count=count)


@dataclass(slots=True)
class _Allowance:
    """How often a room's posts may still be changed."""

    open: int = 0
    """Answers that are to take a place there; a change is kept free for each of them."""
    changed: deque[datetime] = field(default_factory=deque)
    """When changes were made in the last minute."""

    def take(self, per_minute: int, now: datetime) -> bool:
        """Take one change, if there is one left."""
        while self.changed and abs(now - self.changed[0]) >= _MINUTE:  # clocks are set back, too
            self.changed.popleft()
        if len(self.changed) >= per_minute - self.open:
            return False
        self.changed.append(now)
        return True


class Progress:
    """Shows the progress of requests."""

    def __init__(self, database: Database, clock: Clock, platforms: Mapping[str, Platform]) -> None:
        """Take what it needs."""
        self._database = database
        self._clock = clock
        self._platforms = platforms
        self._rooms: dict[RoomRef, _Allowance] = {}

    def of(self, job: Job, say: Callable[..., Block]) -> "Showing":
        """Return what shows the progress of a request while it is entered.

        Args:
            job: The request's row, which keeps the placeholder for a repeat.
            say: Turns a phrase and its values into a sentence for its readers.
        """
        return Showing(self, job, say)

    async def keep(self, job: Job, placeholder: Placeholder) -> None:
        """Keep with the request that there may be such a post."""
        record = placeholder.record()
        await self._database.write(lambda conn: due.note(conn, job, placeholder=record))

    def platform(self, name: str) -> Platform:
        """Return a platform that runs."""
        if name not in self._platforms:
            raise DisconnectedError(f"{name!r} is not running")
        return self._platforms[name]

    def allowance(self, room: RoomRef) -> _Allowance:
        """Return what may still be changed in a room."""
        return self._rooms.setdefault(room, _Allowance())

    def end(self, room: RoomRef) -> None:
        """Note that an answer is about to take its place."""
        now, here = self._clock.now(), self._rooms[room]
        here.open -= 1
        here.changed.append(now)
        self._rooms = {
            ref: each
            for ref, each in self._rooms.items()
            if each.open or abs(now - each.changed[-1]) < _MINUTE
        }

    @property
    def clock(self) -> Clock:
        """Tells when it is time."""
        return self._clock


class Showing:
    """What is shown of one request."""

    def __init__(self, progress: Progress, job: Job, say: Callable[..., Block]) -> None:
        """Take what it needs; see `Progress.of`."""
        self._progress = progress
        self._clock = progress.clock
        self._job = job
        self._say = say
        self.waiting: Placeholder | None = None
        """What to post where it takes long; nothing is shown as long as nobody has set it."""
        self.placeholder = Placeholder.of(job.args.get("placeholder"))
        """What has been posted, or may have been, also by an earlier attempt."""
        self._latest: _Said = ("progress.working", {})
        self._written: tuple[Block, ...] = ()
        self._shown: _Said | tuple[Block, ...] | None = None
        self._can = Capabilities()
        self._message: MessageRef | None = None
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def report(self, key: str, /, **values: object) -> None:
        """Tell what is being done; the latest is shown when it is time; see `Report`."""
        self._latest = (key, values)

    def show(self, blocks: tuple[Block, ...], *, is_private: bool) -> None:
        """Show what is written so far, from now on in the place of steps; see `Shows`.

        It is kept in no row, and shown where it fits into one part, and to its readers alone.
        """
        known = self.placeholder or self.waiting
        if known is not None and (not is_private or known.post.private_to is not None):
            self._written = blocks

    async def __aenter__(self) -> "Showing":
        """Begin to count the time."""
        self._task = asyncio.create_task(self._run(), name=f"progress {self._job.id}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it; what is on its way to the platform arrives first, so that it overtakes no answer."""
        assert self._task is not None
        if isinstance(error, asyncio.CancelledError):
            self._task.cancel()
        try:
            await self._writing.acquire()
        finally:
            self._task.cancel()
        (ended,) = await asyncio.gather(self._task, return_exceptions=True)
        if isinstance(ended, Exception):
            _log.error("progress ended", row=self._job.id, error=for_log(ended))
        if self._message is not None:
            self._progress.end(self._message.room)

    async def _run(self) -> None:
        pause = AFTER_S
        try:
            while pause:
                await self._clock.sleep(pause)
                async with self._writing:
                    pause = await self._step()
        except LearncommError as error:
            _log.info("progress not shown", row=self._job.id, error=for_log(error))

    async def _step(self) -> float:
        """Show what is new; return how long to wait, no time where nothing more is to be shown."""
        try:
            if self._message is None:
                return await self._begin()
            return await self._change()
        except RateLimitedError as error:
            return max(LEAST_PAUSE_S, error.retry_after_s)
        except DisconnectedError:
            return LEAST_PAUSE_S

    async def _begin(self) -> float:
        """Post what says to wait; one of an earlier attempt stands there already."""
        known = self.placeholder or self.waiting
        if known is None:
            return LEAST_PAUSE_S
        platform = self._progress.platform(known.post.room.platform)
        self._can = await platform.capabilities(known.post.room)
        if self._can.edits < Level.PARTIAL or self._can.edits_per_minute < 2:
            return 0
        if self.placeholder is None:
            latest = self._latest
            planned = self._planned(known, latest, platform)
            if planned is None:
                return 0
            await self._progress.keep(self._job, planned)
            self.placeholder, self._shown = planned, latest
        try:
            receipt = await platform.send(self.placeholder.post)
        except (DisconnectedError, RateLimitedError):
            raise
        except PlatformError:
            self.placeholder = None
            raise
        self._message = receipt.parts[0]
        self._progress.allowance(self._message.room).open += 1
        return self._pause

    def _planned(
        self, waiting: Placeholder, latest: _Said, platform: Platform
    ) -> Placeholder | None:
        """Return what to post as the one part that it is; None where it can't be shown to its readers here."""
        post = waiting.post.with_blocks((self._sentence(latest),))
        if post.reply is not None and post.reply.expires_at <= self._clock.now():
            post = replace(post, reply=None)
        parts = plan(post, self._can, platform.length).parts
        return replace(waiting, post=parts[0]) if len(parts) == 1 else None

    async def _change(self) -> float:
        """Show the latest, if it is not shown yet and one more change is free."""
        assert self._message is not None and self.placeholder is not None
        if self._is_closing():
            self.report("progress.later")
            self._written = ()
        latest = self._written or self._latest
        free = self._progress.allowance(self._message.room)
        if latest == self._shown or not free.take(self._can.edits_per_minute, self._clock.now()):
            return self._pause
        post = self.placeholder.post
        platform = self._progress.platform(post.room.platform)
        if latest is self._written:
            post = post.with_blocks(self._written)
            if len(plan(post, self._can, platform.length).parts) != 1:
                return self._pause
        else:
            post = post.with_blocks((self._sentence(self._latest),))
        await platform.edit(self._message, post)
        self._shown = latest
        return self._pause

    def _is_closing(self) -> bool:
        """Whether what one person sees can soon not be changed any more."""
        assert self.placeholder is not None
        post = self.placeholder.post
        if post.private_to is None or post.reply is None:
            return False
        return post.reply.expires_at - self._clock.now() <= LAST_WORDS

    def _sentence(self, said: _Said) -> Block:
        key, values = said
        return self._say(key, **values)

    @property
    def _pause(self) -> float:
        return max(LEAST_PAUSE_S, 60 / self._can.edits_per_minute)

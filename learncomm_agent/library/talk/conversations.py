"""Chat as knowledge: what is said in a room that is read stands in the library, window by window.

A day of a room is made anew as a whole, some seconds after something was said there, and compared with
what is kept: windows that are the same stay, with their vectors. Nothing that is written rests on a
window; it rests on the messages in it. So a window may go and come back at any time.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import sha256

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import CommunityId, Consent, MemberId
from learncomm_agent.clock import Clock
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.indexing import Indexing
from learncomm_agent.library.resources import (
    Place,
    Reading,
    ResourceId,
    ResourceKind,
    Section,
    Share,
)
from learncomm_agent.library.talk.windows import Spoken, Window, windows
from learncomm_agent.storage import consents, rooms
from learncomm_agent.storage import state as facts
from learncomm_agent.storage import windows as kept
from learncomm_agent.storage.database import Connection, Database, after_commit
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.storage.windows import Day
from learncomm_agent.work import Work

WAIT = timedelta(seconds=20)
"""How long a room may talk on before what was said there is put into the library."""
_KNOWN = "windows"
"""The fact that all days of a store were cut, or wait to be."""
BATCH = 16
"""Windows that come or go in one transaction."""


class Conversations:
    """Keeps the windows of all rooms in step with their messages."""

    def __init__(
        self,
        database: Database,
        work: Work,
        adding: Adding,
        indexing: Indexing,
        forgetting: Forgetting,
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._work = work
        self._adding = adding
        self._indexing = indexing
        self._clock = clock
        # Days for which a row waits that nobody has begun on. Used on the writer's thread alone.
        self._waiting: set[Day] = set()
        work.handle("windows", self._rebuild, at_once=1)
        forgetting.rebuild_with(self._gone)

    def open(self, conn: Connection) -> None:
        """Take in what was said in a store before it knew of windows; once."""
        if facts.get(conn, _KNOWN) is None:
            facts.put(conn, _KNOWN, {}, self._clock.now())
            self.said(conn, kept.all_days(conn))

    def said(self, conn: Connection, days: Iterable[Day]) -> None:
        """Have days made anew soon, in the transaction of what is said or changed there."""
        for day in days:
            if day in self._waiting:
                continue
            lane = f"windows:{day.room}:{day.date}"
            if not is_waiting(conn, "windows", lane):
                args = {"room": day.room, "day": day.date}
                due = self._clock.now() + WAIT
                self._work.add(conn, "windows", args, due=due, lane=lane)
            after_commit(conn, partial(self._waiting.add, day))

    def edited(self, conn: Connection, community: CommunityId, message: MessageId) -> None:
        """Let go at once of every window that holds the old words; its day is made anew."""
        held = kept.holding(conn, message)
        self._drop(conn, community, list(held))
        self.said(conn, {*held.values(), *kept.days_of_messages(conn, [message])})

    def allowed(self, conn: Connection, member: MemberId, was: Consent) -> None:
        """Take in what a member writes from now on, and nothing of before, once they allow it again."""
        if was is not Consent.IN:
            consents.came_back(conn, member, was, self._clock.now())

    def _gone(self, conn: Connection, gone: Collection[ResourceId]) -> None:
        """Have the days of windows made anew that are about to go."""
        self.said(conn, kept.days_of_windows(conn, gone))

    async def _rebuild(self, job: Job) -> None:
        """Cut a day anew, and keep what differs."""
        day = Day(RoomId(job.args["room"]), job.args["day"])
        # On the writer's thread: whatever is written after this adds a row of its own.
        await self._database.write(lambda conn: self._waiting.discard(day))
        now = await self._database.read(partial(_read, day=day))
        if now is None:
            return  # its room has gone, and the windows with it
        made = await asyncio.to_thread(windows, now.said, now.outside)
        fresh = {each.fingerprint: each for each in (_fresh(now.room, window) for window in made)}
        steps: list[ResourceId | _Fresh] = [
            resource for mark, resource in now.kept.items() if mark not in fresh
        ]
        steps += [each for mark, each in fresh.items() if mark not in now.kept]
        for start in range(0, len(steps), BATCH):
            some = steps[start : start + BATCH]
            await self._database.write(partial(self._step, day=day, read=now, some=some))

    def _step(
        self, conn: Connection, *, day: Day, read: "_Read", some: Sequence["ResourceId | _Fresh"]
    ) -> None:
        """Drop and keep some windows, but for those whose messages have changed since they were read."""
        self._drop(conn, read.community, [each for each in some if not isinstance(each, _Fresh)])
        fresh = [each for each in some if isinstance(each, _Fresh)]
        ids = {span.message for each in fresh for span in each.window.spans}
        present, as_read = kept.revisions(conn, ids), read.revisions
        changed = {id for id in ids if present.get(id) != as_read[id]}
        for each in fresh:
            if changed.isdisjoint(span.message for span in each.window.spans):
                self._keep(conn, read.community, day, each)
        if changed:
            self.said(conn, [day])

    def _keep(self, conn: Connection, community: CommunityId, day: Day, fresh: "_Fresh") -> None:
        window = fresh.window
        reading = Reading(
            f"conversation:{day.room}:{window.first}",
            ResourceKind.CONVERSATION,
            fresh.title,
            (Section(window.text, Place(message=window.first)),),
            published_at=window.ended,
        )
        added = self._adding.keep(conn, community, reading, Share(room=day.room))
        kept.add(conn, added.resource, day, fresh.fingerprint, window)

    def _drop(self, conn: Connection, community: CommunityId, gone: Sequence[ResourceId]) -> None:
        self._indexing.remove(conn, community, kept.remove(conn, gone))


@dataclass(frozen=True, slots=True)
class _Read:
    """A day as it was read."""

    community: CommunityId
    room: str
    said: list[Spoken]
    outside: dict[str, Spoken]
    """What was said on other days and is answered on this one."""
    kept: dict[str, ResourceId]
    """The windows by their fingerprint."""

    @property
    def revisions(self) -> dict[MessageId, int]:
        return {each.id: each.revision for each in (*self.said, *self.outside.values())}


def _read(conn: Connection, *, day: Day) -> _Read | None:
    if not rooms.exists(conn, day.room):
        return None
    said = kept.spoken(conn, day)
    outside = kept.answered(conn, day.room, said)
    room = rooms.get(conn, day.room).name
    return _Read(kept.community_of(conn, day.room), room, said, outside, kept.of_day(conn, day))


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A window that is to be kept."""

    fingerprint: str
    """The same for two that say the same in the same messages."""
    title: str
    window: Window


def _fresh(room: str, window: Window) -> _Fresh:
    title = f"#{room}, {window.began:%Y-%m-%d %H:%M}"
    spans = ",".join(f"{span.message}:{span.start}" for span in window.spans)
    fingerprint = sha256(f"{title}\0{spans}\0{window.text}".encode()).hexdigest()[:32]
    return _Fresh(fingerprint, title, window)

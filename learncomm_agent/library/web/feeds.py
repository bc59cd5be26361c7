"""Feeds: a leader subscribes a room to one, and what is new in it enters the library.

One recurring row looks which feeds are due; each of them is a row of its own, so that one that fails
holds up no other. An entry is marked when it is in the library: a crash repeats one at most.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.chat.platform import Platform, Signs
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.errors import LinkError, PlatformError, RoomGoneError, UnreadableResourceError
from learncomm_agent.library.readers.feed import Feed, read_feed
from learncomm_agent.library.readers.reader import unreadable
from learncomm_agent.library.web import following
from learncomm_agent.library.web.entries import Entries
from learncomm_agent.library.web.fetching import Fetched, Fetcher
from learncomm_agent.log import logger
from learncomm_agent.storage import communities, feeds, members, rooms
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job, is_planned
from learncomm_agent.storage.feeds import Subscription
from learncomm_agent.storage.schema import micros
from learncomm_agent.words import Words
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.layout import Layout

FIRST = 5
"""So many of the newest entries come when a feed is new."""
AT_ONCE = 20
"""So many entries come each time; the others the next time."""
KEEP_ENTRIES = timedelta(days=30)
"""How long an entry is known that the feed does not hold any more."""
_BATCH = 100
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """A feed that was found."""

    address: str
    feed: Feed


class Feeds:
    """Subscribes, looks, and brings what is new."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        work: Work,
        fetcher: Fetcher,
        entries: Entries,
        posting: Posting,
        words: Words,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handlers."""
        self._database = database
        self._directory = directory
        self._work = work
        self._fetcher = fetcher
        self._entries = entries
        self._posting = posting
        self._words = words
        self._platforms = platforms
        self._clock = clock
        work.handle("feeds", self._start_due)
        work.handle("feed", self._follow, at_once=2)

    async def look(self, address: str) -> Look:
        """Return the feed at an address, or the first one that the page there names.

        Raises:
            UnreadableResourceError: There is none, or it can't be had.
        """
        feed = await _parsed(await self._fetcher.fetch(address))
        if not feed.others:
            return Look(address, feed)
        other = feed.others[0]
        feed = await _parsed(await self._fetcher.fetch(other))
        return Look(other, _only(feed, other))

    def subscribe(
        self, conn: Connection, community: CommunityId, room: RoomId, member: MemberId, look: Look
    ) -> None:
        """Keep a subscription; nothing where the room has it already.

        Of what the feed holds now, the newest few come at once, the rest never.
        """
        now = self._clock.now()
        feed = feeds.add(
            conn,
            community,
            room,
            member,
            address=look.address,
            title=look.feed.title,
            now=now,
        )
        if feed is not None:
            older = following.in_order(look.feed.entries, now)[:-FIRST]
            feeds.mark(conn, feed, dict(map(following.digests, older)), now)
            self.schedule(conn)

    def schedule(self, conn: Connection) -> None:
        """Have the feeds looked at when the next one is due; to do it again changes nothing."""
        when = feeds.next_check(conn)
        if when is not None:
            due = max(when, self._clock.now())
            if not is_planned(conn, "feeds", due):
                self._work.add(conn, "feeds", {}, due=due)

    async def _start_due(self, job: Job) -> Commit:
        """Have each feed read that is due; should its row be lost, it is due again in a day."""

        def commit(conn: Connection) -> None:
            now = self._clock.now()
            for feed in feeds.due(conn, now, _BATCH):
                waited = feed.check_at - (feed.checked_at or feed.check_at)
                args = {"feed": feed.id, "waited_s": waited.total_seconds()}
                self._work.add(conn, "feed", args, lane=f"feed:{feed.id}")
                feeds.change(conn, feed.id, check_at=now + following.LATEST)
            self.schedule(conn)

        return commit

    async def _follow(self, job: Job) -> Commit | None:
        """Read one feed, and bring what is new in it."""
        id = job.args["feed"]
        feed = await self._database.read(lambda conn: feeds.get(conn, id))
        if feed is None:
            return None
        if not await self._is_wanted(feed):
            _log.info("feed ended with its room", feed=id)
            return lambda conn: feeds.remove(conn, id)
        try:
            found = await self._fetcher.fetch(
                feed.address, etag=feed.etag, last_modified=feed.last_modified
            )
            if not found.is_changed:
                again = following.bounded(timedelta(seconds=job.args["waited_s"]))
                return lambda conn: self._read(conn, feed, again)
            read = _only(await _parsed(found), feed.address)
        except UnreadableResourceError as error:
            failed = error
            _log.info("feed not read", feed=id, failures=feed.failures + 1, reason=str(error))
            return lambda conn: self._failed(conn, feed, failed)
        return await self._bring(feed, found, read)

    async def _bring(self, feed: Subscription, found: Fetched, read: Feed) -> Commit | None:
        """Bring what is new, oldest first; what is too much for once is left for the next time."""
        now = self._clock.now()
        seen = await self._database.read(lambda conn: feeds.seen(conn, feed.id))
        new = following.new_ones(following.in_order(read.entries, now), seen)
        for entry in new[:AT_ONCE]:
            if not await self._entries.bring(feed, entry, read.language):
                return None
        present = {following.digests(entry)[0] for entry in read.entries}
        is_all = len(new) <= AT_ONCE
        soon = following.after_success(read.entries, now) if is_all else following.SOONEST
        kept: dict[str, Any] = {"title": read.title}
        # Where something is left, the next answer must not be that nothing has changed.
        kept |= {"etag": found.etag if is_all else None}
        kept |= {"last_modified": found.last_modified if is_all else None}

        def commit(conn: Connection) -> None:
            feeds.forget(conn, feed.id, present, self._clock.now() - KEEP_ENTRIES)
            self._read(conn, feed, soon, **kept)

        return commit

    def _read(self, conn: Connection, feed: Subscription, soon: timedelta, **kept: Any) -> None:
        now = self._clock.now()
        kept |= {"checked_at": now, "check_at": now + soon, "failures": 0}
        feeds.change(conn, feed.id, **kept)
        self.schedule(conn)

    def _failed(self, conn: Connection, feed: Subscription, error: UnreadableResourceError) -> None:
        """Try again, each time later; after a week of it say so, once."""
        failures = feed.failures + 1
        wait = following.after_failures(failures)
        if isinstance(error, LinkError) and error.retry_after_s is not None:
            wait = max(wait, min(following.LATEST, timedelta(seconds=error.retry_after_s)))
        check_at = self._clock.now() + wait
        feeds.change(conn, feed.id, failures=failures, check_at=check_at)
        if failures == following.TELLING and feed.member is not None:
            self._tell(conn, feed, feed.member)
        self.schedule(conn)

    def _tell(self, conn: Connection, feed: Subscription, member: MemberId) -> None:
        """Say to the leader who wished for a feed, in private, that it can't be read any more."""
        room, leader = rooms.get(conn, feed.room), members.get(conn, member)
        account = members.account_on(conn, member, room.ref.platform)
        if account is None:
            return
        community = communities.get(conn, feed.community)
        platform = self._platforms.get(room.ref.platform)
        layout = Layout(
            self._words.for_community(community.slug),
            leader.language or rooms.language(conn, feed.room) or community.language,
            UTC,
            platform.command_sign if isinstance(platform, Signs) else "",
        )
        said = layout.say("feeds.broken", feed=feed.title, room=room.name)
        key = f"feed{feed.id:x}.{micros(self._clock.now()):x}"
        told = Outgoing(room.ref, (said,), key, private_to=account)
        self._posting.add(conn, feed.community, feed.room, told, may_be_dropped=True)

    async def _is_wanted(self, feed: Subscription) -> bool:
        """Whether the room is still there, and read."""
        room = await self._database.read(lambda conn: rooms.get(conn, feed.room))
        platform = self._platforms.get(room.ref.platform)
        if platform is None:
            return True
        try:
            await platform.capabilities(room.ref)
        except RoomGoneError:
            return False
        except PlatformError:  # that can't be told now
            return True
        return self._directory.reads(room)


async def _parsed(found: Fetched) -> Feed:
    return await asyncio.to_thread(read_feed, found.address, found.content)


def _only(feed: Feed, address: str) -> Feed:
    """Return a feed that is one.

    Raises:
        UnreadableResourceError: It is a page.
    """
    if feed.others:
        raise unreadable(address, "is a page", "unreadable_feed")
    return feed

"""Rooms that have gone, and spaces that the agent was taken out of.

What stood in a room that is not there any more counts as deleted. In a space that was left the agent
stops at once, and what is kept of it goes after thirty days, unless it is brought back before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from learncomm_agent.chat.events import RoomChanged, SpaceChanged
from learncomm_agent.chat.messages import RoomId, whole
from learncomm_agent.chat.people import Community, CommunityId, SpaceRef
from learncomm_agent.chat.platform import Platform, Spaces
from learncomm_agent.chat.rereading import Rereading
from learncomm_agent.clock import Clock
from learncomm_agent.community.reading import Reading
from learncomm_agent.library.forgetting import Forgetting, Forgotten
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.log import logger
from learncomm_agent.storage import audit, communities, leaving, traces, vector_rows
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.storage.notices import NoticeBoard
from learncomm_agent.work import Commit, Work

KEPT = timedelta(days=30)
"""How long what is known of a space outlives the agent's being there."""
REST = timedelta(days=3650)
"""Feeds and pages of a space that was left are not looked at, unless it comes back."""
BATCH = 200
"""Messages forgotten in one transaction."""
SOME = 25
"""Resources forgotten in one transaction."""
_log = logger(__name__)


class Leaving:
    """Follows what goes. The functions that take a `conn` belong in a transaction."""

    def __init__(
        self,
        database: Database,
        work: Work,
        directory: Directory,
        board: NoticeBoard,
        reading: Reading,
        rereading: Rereading,
        forgetting: Forgetting,
        meaning: Meaning,
        schedule_feeds: Callable[[Connection], None],
        home: Callable[[Connection], Community],
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handlers."""
        self._database = database
        self._work = work
        self._directory = directory
        self._board = board
        self._reading = reading
        self._rereading = rereading
        self._forgetting = forgetting
        self._meaning = meaning
        self._schedule_feeds = schedule_feeds
        self._home = home
        self._platforms = platforms
        self._clock = clock
        self._followers: list[Callable[[Connection, CommunityId], None]] = []
        work.handle("room gone", self._forget_room, at_once=1)
        work.handle("compare spaces", self._compare)
        work.handle("read space", self._read_again)
        work.handle("delete space", self._delete, at_once=1)

    def follow_with(self, follow: Callable[[Connection, CommunityId], None]) -> None:
        """Have somebody told, in the same transaction, that a space of a community was left, or is back."""
        self._followers.append(follow)

    # Rooms.

    def room(self, conn: Connection, event: RoomChanged) -> None:
        """Read a room no more that has gone, and have forgotten what was said in it and its threads."""
        known = self._directory.known_room(conn, event.room.ref)
        if known is None:
            return
        if self._board.began_at(known.room) is not None:
            self._reading.gone(conn, known.id, known.room)
        args = {"community": known.community, "gone": known.id}
        if not is_waiting(conn, "room gone", f"gone:{known.id}"):
            self._work.add(conn, "room gone", args, lane=f"gone:{known.id}")

    async def _forget_room(self, job: Job) -> Commit:
        community, room = CommunityId(job.args["community"]), RoomId(job.args["gone"])
        while await self._database.write(partial(self._some, community=community, room=room)):
            continue

        def commit(conn: Connection) -> None:
            self._forgetting.room(conn, community, room, None)

        return commit

    def _some(self, conn: Connection, *, community: CommunityId, room: RoomId) -> Forgotten | None:
        """Forget some messages of a room and its threads; None where there were none."""
        some = leaving.some_messages(conn, traces.threads_of(conn, room), BATCH)
        return self._forgetting.outlived(conn, community, some, "room gone") if some else None

    # Spaces.

    def space(self, conn: Connection, event: SpaceChanged) -> None:
        """Follow that the agent was brought into a space or taken out of it, or that it is called otherwise."""
        if not event.is_present:
            if communities.of_space(conn, event.space) is not None:
                self._leave(conn, event.space)
            return
        self._directory.space(conn, event.space)
        leaving.name(conn, event.space, whole(event.name))
        if self._directory.is_left(event.space):
            self._come_back(conn, event.space)

    def after_gap(self, conn: Connection, platform: str, space: SpaceRef | None = None) -> None:
        """Have rooms caught up with, of one space or all; then compare where the agent is with what is known."""
        self._rereading.after_gap(conn, platform, space)
        if space is not None or not isinstance(self._platforms.get(platform), Spaces):
            return
        if not is_waiting(conn, "compare spaces", platform):
            self._work.add(conn, "compare spaces", {"platform": platform}, lane=platform)

    async def _compare(self, job: Job) -> Commit | None:
        """Leave the spaces that are missing, and come back to those that are there again."""
        name = job.args["platform"]
        platform = self._platforms.get(name)
        if not isinstance(platform, Spaces):
            return None
        there = await platform.spaces()  # where they can't be told, this is tried again

        def commit(conn: Connection) -> None:
            for space in sorted(leaving.known(conn, name), key=lambda each: each.id):
                if space not in there and not self._directory.is_left(space):
                    self._leave(conn, space)
                elif space in there and self._directory.is_left(space):
                    self._come_back(conn, space)

        return commit

    def _leave(self, conn: Connection, space: SpaceRef) -> None:
        """Stop at once, and have all of it deleted in thirty days."""
        if leaving.left_at(conn, space) is not None:
            return
        now = self._clock.now()
        self._directory.leave(conn, space, now)
        ids = leaving.rooms_in(conn, space)
        dropped = leaving.drop_due(conn, ids)
        leaving.rest(conn, ids, now + REST)
        args = {"platform": space.platform, "space": space.id, "left_at": now.isoformat()}
        self._work.add(conn, "delete space", args, due=now + KEPT)
        self._tell(conn, space)
        _log.info("space left", platform=space.platform, space=space.id, dropped=dropped)

    def _come_back(self, conn: Connection, space: SpaceRef) -> None:
        """Go on where it was left; all is there still."""
        self._directory.leave(conn, space, None)
        leaving.rest(conn, leaving.rooms_in(conn, space), self._clock.now())
        self._schedule_feeds(conn)
        # Only then are its rooms read again, which this transaction does not know yet.
        args = {"platform": space.platform, "space": space.id}
        self._work.add(conn, "read space", args, lane=space.platform)
        self._tell(conn, space)
        _log.info("back in a space", platform=space.platform, space=space.id)

    def _tell(self, conn: Connection, space: SpaceRef) -> None:
        if (known := communities.of_space(conn, space)) is not None:
            for follow in self._followers:
                follow(conn, known[1])

    async def _read_again(self, job: Job) -> Commit:
        space = SpaceRef(job.args["platform"], job.args["space"])
        return lambda conn: self._rereading.after_gap(conn, space.platform, space)

    async def _delete(self, job: Job) -> None:
        """Delete what is kept of a space; the whole community where it has no other."""
        home = (await self._database.write(self._home)).id
        space = SpaceRef(job.args["platform"], job.args["space"])
        left = _Left(space, datetime.fromisoformat(job.args["left_at"]), home)
        gone = Forgotten()
        for step in (self._forget_some_said, self._forget_some_shared):
            while some := await self._database.write(partial(step, left=left)):
                gone += some
        await self._database.write(partial(self._drop, left=left, gone=gone))
        model = await self._meaning.load()
        if model is not None:
            keep = await self._database.read(vector_rows.all_collections)
            await self._meaning.store(model).prune(keep)

    def _forget_some_said(self, conn: Connection, *, left: "_Left") -> Forgotten | None:
        """Forget some messages of a space; None where there are none left."""
        community = left.community(conn)
        if community is None:
            return None
        some = leaving.some_messages(conn, leaving.rooms_in(conn, left.space), BATCH)
        return self._forgetting.outlived(conn, community, some, "leave") if some else None

    def _forget_some_shared(self, conn: Connection, *, left: "_Left") -> Forgotten | None:
        """Forget some of what was shared in a space, or some of all where its community goes with it."""
        community = left.community(conn)
        if community is None:
            return None
        for room in leaving.rooms_in(conn, left.space):
            if leaving.holds_shares(conn, room):
                return self._forgetting.room(conn, community, room, None)
        if not left.takes(conn, community):
            return None
        some = leaving.some_resources(conn, community, SOME)
        gone = [self._forgetting.resource(conn, community, resource) for resource in some]
        return sum(gone, Forgotten()) if gone else None

    def _drop(self, conn: Connection, *, left: "_Left", gone: Forgotten) -> None:
        """Drop the rows, and keep that it was done, in ids and counts."""
        community = left.community(conn)
        if community is None:
            return
        people, takes = 0, left.takes(conn, community)
        is_alone = leaving.is_alone(conn, community)
        leaving.drop_space(conn, left.space)
        if is_alone:
            people = leaving.drop_people(conn, community)
        if takes:
            leaving.drop_community(conn, community)
        self._directory.forget_space(conn, community, left.space)
        self._board.forget(conn, left.space)
        detail: Mapping[str, int | str] = {**gone.counts, "members": people}
        subject, at = f"space {left.space.platform}:{left.space.id}", self._clock.now()
        where = left.home if takes else community
        audit.record(conn, where, "leave", subject, at=at, detail=detail)
        self._work.add(conn, "scrub", {}, lane="scrub")


@dataclass(frozen=True, slots=True)
class _Left:
    """A space that is to be deleted."""

    space: SpaceRef
    at: datetime
    home: CommunityId
    """The community of the settings, which stays: the operator's own things stand in it."""

    def community(self, conn: Connection) -> CommunityId | None:
        """Return whose space it is, while it is still left since then; None otherwise."""
        known = communities.of_space(conn, self.space)
        is_meant = known is not None and leaving.left_at(conn, self.space) == self.at
        return known[1] if known is not None and is_meant else None

    def takes(self, conn: Connection, community: CommunityId) -> bool:
        """Whether its community goes with it."""
        return community != self.home and leaving.is_alone(conn, community)

"""What leaders order to be posted in a room again and again: every week, at a time of a zone."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from learncomm_agent.caring.hours import Hours, zone_or_utc
from learncomm_agent.chat.messages import Room, RoomId
from learncomm_agent.chat.people import AccountId, CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.log import logger
from learncomm_agent.sessions.methods.meetings import Weekly, begun, next_meeting
from learncomm_agent.storage import communities, dropping, rooms
from learncomm_agent.storage import recurring as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job, is_open
from learncomm_agent.storage.recurring import Order as Order
from learncomm_agent.work import Commit, Work

Run = Callable[[Order], Awaitable[Commit | None]]
"""Does what an order says, now; the commit is written with the order's next moment."""

RECUR = "recur"
"""The kind of due work that carries an order out: one row each, so that one that fails holds up no other."""
LATE, STALE = timedelta(hours=1), timedelta(days=1)
"""What is later than the first is posted by day alone, what would be later than the second not at all."""
_log = logger(__name__)


class Recurring:
    """Keeps orders and has them carried out. The functions that take a `conn` belong in a transaction."""

    def __init__(self, database: Database, work: Work, directory: Directory, clock: Clock) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._work = work
        self._directory = directory
        self._clock = clock
        self._kinds: dict[str, Run] = {}
        work.handle(RECUR, self._carry_out, given_up=self._given_up)

    def open(self, conn: Connection) -> None:
        """Have carried out what an earlier process left, once: within a day of its time, and by day."""
        for each in stored.every(conn):
            if not is_open(conn, RECUR, _lane(each)):
                self._plan(conn, each)

    def handle(self, kind: str, run: Run) -> None:
        """Say who carries out a kind.

        Raises:
            ValueError: That kind has somebody already.
        """
        if kind in self._kinds:
            raise ValueError(f"{kind!r} is carried out already")
        self._kinds[kind] = run

    def order(
        self,
        conn: Connection,
        community: CommunityId,
        room: RoomId,
        kind: str,
        rule: Mapping[str, Any],
        by: AccountId | None,
    ) -> Order:
        """Have something done again and again in a room; an order of its kind there is replaced.

        Raises:
            KeyError: The rule lacks a part.
            ValueError: A part of it is none that can be.
        """
        weekly = begun(weekly_of(rule), self._clock.now())
        assert weekly.since is not None
        rule = {**rule, "every": weekly.every, "since": weekly.since.isoformat()}
        next_at = next_meeting(weekly, self._clock.now())
        kept = stored.put(conn, community, room, kind, rule, next_at, by)
        self._plan(conn, kept)
        return kept

    def cancel(self, conn: Connection, room: RoomId, kind: str) -> bool:
        """End an order; whether there was one."""
        found = stored.find(conn, room, kind)
        if found is None:
            return False
        stored.remove(conn, found.id)
        dropping.drop(conn, RECUR, _lane(found))
        return True

    def of(self, conn: Connection, room: RoomId, kind: str) -> Order | None:
        """Return the order of a kind in a room."""
        return stored.find(conn, room, kind)

    def _plan(self, conn: Connection, order: Order) -> None:
        dropping.drop(conn, RECUR, _lane(order))
        # Without its room: a space that is left for a while does not take its orders along.
        self._work.add(conn, RECUR, {"order": order.id}, due=order.next_at, lane=_lane(order))

    async def _carry_out(self, job: Job) -> Commit | None:
        """Do what an order says, where its room is read, and have it come again."""
        id = job.args["order"]

        def read(conn: Connection) -> tuple[Order, Room, Hours] | None:
            order = stored.get(conn, id)
            if order is None:
                return None
            zone = zone_or_utc(communities.get(conn, order.community).timezone)
            return order, rooms.get(conn, order.room), Hours(zone)

        found = await self._database.read(read)
        if found is None:
            return None
        order, room, hours = found
        now = self._clock.now()
        if now > order.next_at + LATE and (at := hours.next(now)) > now:
            return self._later(order, at)
        if now > order.next_at + STALE:
            return self._later(order, None)
        run = self._kinds.get(order.kind)
        is_done = run is not None and self._directory.reads(room)
        if not is_done:
            _log.info("order rests", order=id, kind=order.kind, room=order.room)
        written = await run(order) if run is not None and is_done else None

        def commit(conn: Connection) -> None:
            if stored.get(conn, id) is None:
                return
            if written is not None:
                written(conn)
            self._next(conn, order, now if is_done else None)

        return commit

    def _later(self, order: Order, at: datetime | None) -> Commit:
        """Return what has an order wait, after a stop, for the day; or for its next time, which then covers this one."""
        if at is not None and at > order.next_at + STALE:
            at = None

        def commit(conn: Connection) -> None:
            if at is None:
                _log.info("order left out", order=order.id, kind=order.kind)
                self._next(conn, order, None)
            elif stored.get(conn, order.id) is not None:
                self._work.add(conn, RECUR, {"order": order.id}, due=at, lane=_lane(order))

        return commit

    def _next(self, conn: Connection, order: Order, last_at: datetime | None) -> None:
        """Have it come again at the next of its times to come, whatever was missed meanwhile."""
        next_at = next_meeting(weekly_of(order.rule), self._clock.now())
        if stored.went(conn, order.id, last_at, next_at):
            found = stored.get(conn, order.id)
            assert found is not None
            self._work.add(conn, RECUR, {"order": order.id}, due=next_at, lane=_lane(found))

    def _given_up(self, conn: Connection, job: Job) -> None:
        """Leave it out this time, and go on the next."""
        order = stored.get(conn, job.args["order"])
        if order is not None:
            _log.warning("order left out", order=order.id, kind=order.kind)
            self._next(conn, order, None)


def rule_of(when: Weekly) -> dict[str, Any]:
    """Return the rule of a time, as `Recurring.order` takes it."""
    at = when.time.strftime("%H:%M")
    return {"weekday": when.weekday, "at": at, "zone": when.zone, "every": when.every}


def weekly_of(rule: Mapping[str, Any]) -> Weekly:
    """Return the time of a rule.

    Raises:
        KeyError: It lacks a part.
        ValueError: A part of it is none that can be.
    """
    at, zone = time.fromisoformat(rule["at"]), rule["zone"]
    record = {
        "weekday": rule["weekday"],
        "time": at.strftime("%H:%M"),
        "zone": zone_or_utc(zone) if "since" in rule else zone,  # of an order that is kept already
        "every": rule.get("every", 1),
        "since": rule.get("since"),
    }
    return Weekly.of(record)


def _lane(order: Order) -> str:
    return f"{RECUR}:{order.id}"

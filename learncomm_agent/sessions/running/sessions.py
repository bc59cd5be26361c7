"""Sessions as they are stored: the one place where `step` meets the database.

An event and what it wishes are one transaction: the new state, and a row of due work for each effect.
Events of a session that wait as rows happen in one lane, in order; so do its effects, in another; what is written, in a third.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotFoundError, StorageError
from learncomm_agent.sessions.effects import Answer, Effect, Keep, Wake, Write
from learncomm_agent.sessions.events import Act, Entered, Event, Forgotten, Steered, United, Woke
from learncomm_agent.sessions.migrating import dump, load
from learncomm_agent.sessions.records import event_of, record_of, record_of_event
from learncomm_agent.sessions.session import step
from learncomm_agent.sessions.stages.kind import Kinds
from learncomm_agent.sessions.state import Phase, Plan, Session
from learncomm_agent.storage import session_traces
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.work import Commit, Work

EVENT, EFFECT = "session", "session_effect"
"""The kinds of due work: something happened to a session, and something that it wishes."""
Ended = Callable[[Connection, int, Session], None]
"""Takes the number of a session and what became of it, in the transaction in which it ended, or began."""
Lost = Callable[[Connection, stored.Row, frozenset[int]], None]
"""Takes a session and the entries that it holds no more, in the transaction in which they went."""
SALT_BYTES = 16
LOT_BITS = 64


class Sessions:
    """Keeps sessions and lets things happen to them. Functions that take a `conn` belong in a transaction."""

    def __init__(self, database: Database, work: Work, clock: Clock, kinds: Kinds) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._work = work
        self._clock = clock
        self.kinds = kinds
        self._begun, self._ended, self._lost = list[Ended](), list[Ended](), list[Lost]()
        work.handle(EVENT, self._event)

    def begin_with(self, begun: Ended) -> None:
        """Name one more who is told of a session that begins, before it says anything."""
        self._begun.append(begun)

    def end_with(self, ended: Ended) -> None:
        """Name one more who is told of a session that has ended."""
        self._ended.append(ended)

    def lose_with(self, lost: Lost) -> None:
        """Name one more who is told of entries that were struck for good, or taken back."""
        self._lost.append(lost)

    def plan(
        self, conn: Connection, community: CommunityId, room: RoomId, plan: Plan, lead: int
    ) -> int:
        """Keep a session that is planned, and return its number, which is also its seed."""
        session = Session(plan, lead)
        return stored.add(
            conn,
            community,
            room,
            playbook=plan.playbook,
            title=plan.title,
            phase=session.phase,
            content=dump(session),
            salt=secrets.token_bytes(SALT_BYTES),
            now=self._clock.now(),
        )

    def change_plan(self, conn: Connection, id: int, change: Callable[[Plan], Plan]) -> None:
        """Change what a planned session will run by.

        Raises:
            StorageError: It was begun meanwhile.
        """
        _, session = self.get(conn, id)
        if session.phase is not Phase.PLANNED:
            raise StorageError("the session was begun meanwhile")
        self._save(conn, id, replace(session, plan=change(session.plan)))

    def get(
        self, conn: Connection, id: int, community: CommunityId | None = None
    ) -> tuple[stored.Row, Session]:
        """Return a session.

        Raises:
            NotFoundError: There is none of that number.
        """
        row = stored.get(conn, id, community)
        if row is None:
            raise NotFoundError("no such session", phrase="session.unknown", number=id)
        return row, load(row.content)

    def look(self, session: Session, event: Event) -> tuple[Answer, ...]:
        """Return what whoever acts would be told, without anything happening."""
        _, effects = step(session, event, self._clock.now(), self.kinds)
        return _answers(effects)

    def apply(
        self,
        conn: Connection,
        id: int,
        event: Event,
        expected: Sequence[Answer] | None = None,
        *,
        by: int | None = None,
    ) -> tuple[Answer, ...]:
        """Let something happen to a session; return what whoever acted is told.

        Args:
            conn: The transaction.
            id: The session.
            event: What happens.
            expected: What `look` said they would be told.
            by: Who does it, where the event may not say so.

        Raises:
            NotFoundError: There is no such session.
            StorageError: They would be told something else by now; the request should run again.
        """
        row, before = self.get(conn, id)
        if by is not None:
            event = self.veiled(conn, row, event, by)
        after, effects = step(before, event, self._clock.now(), self.kinds)
        answers = _answers(effects)
        if expected is not None and tuple(expected) != answers:
            raise StorageError("the session went on meanwhile")
        self._keep(conn, id, before, after, effects)
        if gone := before.entries.keys() - after.entries.keys():
            for lost in self._lost:
                lost(conn, row, frozenset(gone))
        is_put = after.visit == before.visit and len(after.entries) > len(before.entries)
        is_nameless = isinstance(event, Entered) and event.member is None
        if by is not None and is_put and is_nameless:
            stored.enter(conn, id, token_of(row, by))
        member = getattr(event, "member", None)
        if after != before and isinstance(member, int):
            session_traces.meet(conn, id, member)
        return answers

    def veiled(self, conn: Connection, row: stored.Row, event: Event, member: int) -> Event:
        """Return an event that names nobody with what a stage needs of whoever does it: a count, and a lot."""
        if not isinstance(event, Entered) or event.member is not None:
            return event
        count = stored.entered(conn, row.id, token_of(row, member))
        return replace(event, count=count, lot=secrets.randbits(LOT_BITS))

    def tell(
        self,
        conn: Connection,
        id: int,
        event: Event,
        *,
        key: str | None = None,
        due: datetime | None = None,
    ) -> None:
        """Let something happen to a session soon, in order; ids and figures only, as it waits as a row."""
        args = {"session": id, "event": record_of_event(event)}
        self._work.add(conn, EVENT, args, key=key, due=due, lane=f"session:{id}")

    def forget(
        self, conn: Connection, id: int, before: Session, event: Forgotten | United
    ) -> frozenset[int]:
        """Let a session, whether it has ended or not, know something no more, or two members as one.

        Args:
            conn: The transaction.
            id: The session.
            before: The same, as it is stored.
            event: What is forgotten.

        Returns:
            The entries that went.
        """
        after, effects = step(before, event, self._clock.now(), self.kinds)
        self._keep(conn, id, before, after, effects)
        return frozenset(before.entries).difference(after.entries)

    def _keep(
        self,
        conn: Connection,
        id: int,
        before: Session,
        after: Session,
        effects: Sequence[Effect],
    ) -> None:
        """Keep what became of a session, where it is another one now, and what it wishes."""
        is_left = after.visit != before.visit or after.is_over
        if is_left and stored.forget_entered(conn, id) and not is_waiting(conn, "scrub", "scrub"):
            self._work.add(conn, "scrub", {}, lane="scrub")  # nor in pages that are free by now
        if after != before:
            self._save(conn, id, after)
        if after.began_at is not None and before.began_at is None:
            for begun in self._begun:
                begun(conn, id, after)
        for effect in effects:
            self._add(conn, id, effect)
        if after.is_over and not before.is_over:
            for ended in self._ended:
                ended(conn, id, after)

    def pause_in(self, conn: Connection, room: RoomId) -> None:
        """Pause the sessions of a room that is read no more: they would wait for words that never come."""
        for row, group in stored.in_room(conn, room):
            if group is None:
                self.tell(conn, row.id, Steered(load(row.content).lead, Act.PAUSE))

    def _save(self, conn: Connection, id: int, session: Session) -> None:
        stored.save(
            conn,
            id,
            title=session.plan.title,
            phase=session.phase,
            content=dump(session),
            now=self._clock.now(),
        )

    def _add(self, conn: Connection, id: int, effect: Effect) -> None:
        if isinstance(effect, Answer):
            return
        if isinstance(effect, Wake):
            self.tell(conn, id, Woke(effect.turn), key=f"w{id}.{effect.turn}", due=effect.at)
            return
        args = {"session": id, "effect": record_of(effect)}
        lane = write_lane(id) if isinstance(effect, Write | Keep) else out_lane(id)
        self._work.add(conn, EFFECT, args, key=key_of(id, effect.id, "e"), lane=lane)

    async def _event(self, job: Job) -> Commit:
        """Let happen what waited as a row."""
        id, event = job.args["session"], event_of(job.args["event"])

        def commit(conn: Connection) -> None:
            if stored.get(conn, id) is not None:
                self.apply(conn, id, event)

        return commit


def out_lane(session: int) -> str:
    """Return the lane of what a session says and shows, in the order in which it wishes it."""
    return f"session-out:{session}"


def write_lane(session: int) -> str:
    """Return the lane of what it has written and kept: that may take long, and nothing waits for it."""
    return f"session-write:{session}"


def key_of(session: int, effect: int, sign: str = "p") -> str:
    """Return the key of what an effect becomes: a post by `p`, its row of work by `e`."""
    return f"s{session}.{effect}{sign}"


def token_of(row: stored.Row, member: int) -> str:
    """Return what stands for a member in an anonymous stage: nobody can tell whom without the salt."""
    return token_under(row.salt, member)


def token_under(salt: bytes, member: int) -> str:
    """Return the same by the salt of the session alone."""
    return hmac.new(salt, str(member).encode(), hashlib.sha256).hexdigest()[:32]


def _answers(effects: Sequence[Effect]) -> tuple[Answer, ...]:
    return tuple(each for each in effects if isinstance(each, Answer))

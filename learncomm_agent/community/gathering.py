"""Gathers what is due for members: whether each may be written to now, and in what words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from learncomm_agent.caring.hours import free_at
from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import Community, Consent, Member, MemberId
from learncomm_agent.chat.platform import Platform, Signs
from learncomm_agent.chat.verbs import DirectMessages
from learncomm_agent.community.joining import Message as Message
from learncomm_agent.community.joining import joined
from learncomm_agent.community.telling import Listener, Tell, Told
from learncomm_agent.errors import for_log
from learncomm_agent.log import logger
from learncomm_agent.storage import members, quiet, reaching
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.nudges import Row
from learncomm_agent.storage.quiet import Quiet
from learncomm_agent.storage.reaching import Way
from learncomm_agent.words import Words
from learncomm_agent.writing.voice import Voice

SOON = timedelta(minutes=30)
"""What falls due so soon is sent in the same run, so much early."""
SOONEST = timedelta(minutes=1)
"""What is put off is put off by so much at least."""
TOGETHER = timedelta(hours=4)
"""What is due so soon after, on the same day, is told along."""
UNREACHED, UNWISHED = timedelta(days=1), timedelta(weeks=1)
"""When it is tried again where there is no way to somebody for now, and where they wish nothing."""
UNSEEN = timedelta(hours=1)
"""When, where it may be about what can't be seen now: a space of theirs can't be asked."""
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """Who finds the words of a kind, and how they stand among others."""

    name: str
    tell: Tell
    rank: int
    needs_readable: bool


@dataclass(slots=True)
class Batch:
    """What becomes of what is due for some members."""

    community: Community
    now: datetime
    due: dict[MemberId, list[Row]]
    """What each of them is told of, if they are written to now."""
    read: tuple[Row, ...]
    """All that fell due."""
    people: dict[MemberId, Member]
    choices: dict[MemberId, Quiet]
    sent: dict[MemberId, list[datetime]]
    ways: dict[MemberId, Way] = field(default_factory=dict)
    """Of those who are written to now."""
    partly: set[MemberId] = field(default_factory=set)
    """Of whom it can't be told now what they may read in some space."""
    messages: list[Message] = field(default_factory=list)
    later: dict[int, datetime] = field(default_factory=dict)
    dropped: dict[int, str] = field(default_factory=dict)
    """Rows that go, and why: in one word, for the log."""

    def put_off(self, rows: list[Row], at: datetime) -> None:
        """Have rows wait, but for those that expire meanwhile."""
        at = max(at, self.now + SOONEST)
        for row in rows:
            if row.expires is not None and row.expires <= at:
                self.dropped[row.id] = "expired"
            else:
                self.later[row.id] = max(at, row.due)


def batch_of(
    conn: Connection,
    community: Community,
    due: dict[MemberId, list[Row]],
    platforms: Mapping[str, Platform],
    now: datetime,
) -> Batch:
    """Return what is due for members, with who may be written to now, and how; the others' is put off or dropped."""
    these = list(due)
    it = Batch(
        community,
        now,
        due,
        tuple(row for rows in due.values() for row in rows),
        members.get_many(conn, these),
        quiet.of_many(conn, these),
        quiet.sent(conn, these, now),
    )
    known = reaching.ways(conn, community.id, these)
    for member, rows in list(due.items()):
        _judge(it, member, rows, known[member], platforms)
    return it


def _judge(
    it: Batch,
    member: MemberId,
    rows: list[Row],
    ways: list[Way],
    platforms: Mapping[str, Platform],
) -> None:
    """Decide whether one member is written to now, and of what."""
    choice, before = it.choices[member], it.now + SOON
    if choice.consent is Consent.OUT:
        it.dropped |= {row.id: "out" for row in rows}
        return
    gone = {row.id: "expired" for row in rows if row.expires and row.expires <= it.now}
    it.dropped |= gone
    rows = [row for row in rows if row.id not in gone]
    unwished = [row for row in rows if row.due < before and not choice.wants(row.kind)]
    it.put_off(unwished, it.now + UNWISHED)
    due = [row for row in rows if row.due < before and choice.wants(row.kind)]
    if not due:
        it.due[member] = []
        return
    may_be_told = choice.hours.next(free_at(it.sent[member], choice.most, it.now))
    running = [way for way in ways if way.account.platform in platforms]
    way = next(
        (each for each in running if isinstance(platforms[each.account.platform], DirectMessages)),
        None,
    )
    if may_be_told > it.now:
        it.put_off(due, may_be_told)
    elif not running:
        it.put_off(due, it.now + UNREACHED)
    elif way is None:
        it.dropped |= {row.id: "unreachable" for row in due}
    else:
        it.ways[member] = way
        ends = choice.hours.until(it.now)
        it.due[member] = [
            row for row in rows if choice.wants(row.kind) and row.due < max(before, ends)
        ]
        return
    it.due[member] = []


class Gathering:
    """Asks each kind for its words, and puts them together."""

    def __init__(
        self, kinds: Mapping[str, Kind], words: Words, platforms: Mapping[str, Platform]
    ) -> None:
        """Take what it needs; kinds may be added later."""
        self._kinds = kinds
        self._words = words
        self._platforms = platforms

    def needs_readable(self, it: Batch, member: MemberId) -> bool:
        """Whether a kind that is due for a member looks at what they may read."""
        found = (self._kinds.get(row.kind) for row in it.due[member])
        return any(kind.needs_readable for kind in found if kind is not None)

    def tell(
        self,
        conn: Connection,
        it: Batch,
        readable: Mapping[MemberId, Readable],
        these: Iterable[MemberId],
    ) -> None:
        """Put the messages to some members of a batch together."""
        words = self._words.for_community(it.community.slug)
        for member in these:
            way = it.ways[member]
            platform = self._platforms[way.account.platform]
            choice, person = it.choices[member], it.people[member]
            voice = Voice(
                words,
                person.language or it.community.language,
                ZoneInfo(choice.hours.zone),
                platform.command_sign if isinstance(platform, Signs) else "",
            )
            listener = Listener(
                it.community,
                person,
                way.account,
                way.account_id,
                voice,
                readable.get(member, Readable()),
                it.now,
                is_whole=member not in it.partly,
            )
            self._tell_one(conn, it, listener, way)

    def _tell_one(self, conn: Connection, it: Batch, listener: Listener, way: Way) -> None:
        """Put together what one member is told: all of it now, since what is sent at one moment counts as one."""
        member = listener.member.id
        by_kind: dict[str, list[Row]] = {}
        for row in sorted(it.due[member], key=lambda row: (row.due, row.id)):
            by_kind.setdefault(row.kind, []).append(row)
        parts: list[Message] = []
        for kind, rows in sorted(by_kind.items(), key=lambda each: self._rank(each[0])):
            said = self._ask(conn, it, listener, kind, rows)
            if said is None:
                continue
            found, told = said
            again = {row.id: found.again[row.subject] for row in told if row.subject in found.again}
            parts.append(
                Message(
                    member,
                    way,
                    (kind,),
                    tuple(told),
                    found.blocks,
                    found.writing,
                    found.commits,
                    again,
                    found.keep,
                )
            )
        it.messages += joined(parts, listener.voice)

    def _rank(self, kind: str) -> tuple[int, str]:
        return (self._kinds[kind].rank if kind in self._kinds else 0), kind

    def _ask(
        self, conn: Connection, it: Batch, listener: Listener, kind: str, rows: list[Row]
    ) -> tuple[Told, list[Row]] | None:
        """Return what is said of some subjects of a kind, and of which; None where that is nothing, for now or for good."""
        before = it.now + SOON
        try:
            if not listener.is_whole and self._kinds[kind].needs_readable:
                rows = self._without_unseen(conn, it, listener, kind, rows)
            told = (
                self._kinds[kind].tell(conn, listener, [row.subject for row in rows])
                if rows
                else None
            )
        except Exception as error:  # one kind's failure is that kind's, and holds up no other
            _log.error("nudge not told", kind=kind, member=listener.member.id, error=for_log(error))
            it.put_off([row for row in rows if row.due < before], it.now + UNREACHED)
            return None
        if told is not None and (told.blocks or told.writing):
            return told, rows
        again = {} if told is None else told.again
        for row in rows:  # nothing to say this time, and yet it comes again
            if row.subject in again:
                it.put_off([row], again[row.subject])
        rows = [row for row in rows if row.subject not in again]
        due = [row for row in rows if row.due < before]
        it.dropped |= {row.id: "settled" for row in rows if row.due <= it.now}
        it.put_off([row for row in due if row.due > it.now], it.now)
        return None

    def _without_unseen(
        self, conn: Connection, it: Batch, listener: Listener, kind: str, rows: list[Row]
    ) -> list[Row]:
        """Return the rows of which something is said; the others may be about what can't be seen now, and wait."""
        tell, seen = self._kinds[kind].tell, list[Row]()
        for row in rows:
            if tell(conn, listener, [row.subject]) is not None:
                seen.append(row)
            elif row.due < it.now + SOON:
                it.put_off([row], it.now + UNSEEN)
        return seen

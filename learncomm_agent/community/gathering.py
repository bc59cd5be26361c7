"""Gathers what is due for members: whether each may be written to now, and in what words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from learncomm_agent.caring.hours import free, free_at
from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.people import Community, Consent, Member, MemberId
from learncomm_agent.chat.platform import Platform, Signs
from learncomm_agent.chat.verbs import DirectMessages
from learncomm_agent.community.telling import Listener, Tell, Told
from learncomm_agent.errors import for_log
from learncomm_agent.log import logger
from learncomm_agent.storage import members, quiet, reaching
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.nudges import Row
from learncomm_agent.storage.quiet import Quiet
from learncomm_agent.storage.reaching import Way
from learncomm_agent.storage.writings import Writing
from learncomm_agent.words import Words
from learncomm_agent.work import Commit
from learncomm_agent.writing.voice import Voice

SOON = timedelta(minutes=30)
"""What falls due so soon is sent in the same run, so much early."""
SOONEST = timedelta(minutes=1)
"""What is put off is put off by so much at least."""
TOGETHER = timedelta(hours=4)
"""What is due so soon after, on the same day, is told along."""
UNREACHED, UNWISHED = timedelta(days=1), timedelta(weeks=1)
"""When it is tried again where there is no way to somebody for now, and where they wish nothing."""
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """Who finds the words of a kind, and how they stand among others."""

    name: str
    tell: Tell
    rank: int
    needs_readable: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one member."""

    member: MemberId
    way: Way
    kinds: tuple[str, ...]
    rows: tuple[Row, ...]
    blocks: tuple[Block, ...] = ()
    writing: Writing | None = None
    commits: tuple[Commit, ...] = ()
    again: Mapping[int, datetime] = field(default_factory=dict)
    """By row, when it is due once more."""


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

    def tell(self, conn: Connection, it: Batch, readable: Mapping[MemberId, Readable]) -> None:
        """Put the messages of a batch together."""
        words = self._words.for_community(it.community.slug)
        for member, way in it.ways.items():
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
            )
            self._tell_one(conn, it, listener, way)

    def _tell_one(self, conn: Connection, it: Batch, listener: Listener, way: Way) -> None:
        """Put together what one member is told: one message, and what is longer in one of its own each."""
        member = listener.member.id
        by_kind: dict[str, list[Row]] = {}
        for row in sorted(it.due[member], key=lambda row: (row.due, row.id)):
            by_kind.setdefault(row.kind, []).append(row)
        told: list[Message] = []
        for kind, rows in sorted(by_kind.items(), key=lambda each: self._rank(each[0])):
            found = self._ask(conn, it, listener, kind, rows)
            if found is None:
                continue
            again = {row.id: found.again[row.subject] for row in rows if row.subject in found.again}
            part = Message(
                member,
                way,
                (kind,),
                tuple(rows),
                found.blocks,
                found.writing,
                found.commits,
                again,
            )
            first = next((n for n, each in enumerate(told) if each.writing is None), None)
            if part.writing is None and first is not None:
                told[first] = _joined(told[first], part)
            else:
                told.append(part)
        choice, sent = it.choices[member], it.sent[member]
        most = free(sent, choice.most, it.now)
        footer = (listener.voice.note("reminders.footer"),)
        it.messages += [
            each
            if each.writing
            else Message(
                member,
                way,
                each.kinds,
                each.rows,
                each.blocks + footer,
                None,
                each.commits,
                each.again,
            )
            for each in told[:most]
        ]
        later = choice.hours.next(free_at([*sent, *[it.now] * most], choice.most, it.now))
        for each in told[most:]:
            it.put_off(list(each.rows), later)

    def _rank(self, kind: str) -> tuple[int, str]:
        return (self._kinds[kind].rank if kind in self._kinds else 0), kind

    def _ask(
        self, conn: Connection, it: Batch, listener: Listener, kind: str, rows: list[Row]
    ) -> Told | None:
        """Return what is said of some subjects of a kind; None where that is nothing, for now or for good."""
        before = it.now + SOON
        due = [row for row in rows if row.due < before]
        try:
            told = self._kinds[kind].tell(conn, listener, [row.subject for row in rows])
        except Exception as error:  # one kind's failure is that kind's, and holds up no other
            _log.error("nudge not told", kind=kind, member=listener.member.id, error=for_log(error))
            it.put_off(due, it.now + UNREACHED)
            return None
        if told is not None and (told.blocks or told.writing):
            return told
        again = {} if told is None else told.again
        for row in rows:  # nothing to say this time, and yet it comes again
            if row.subject in again:
                it.put_off([row], again[row.subject])
        rows = [row for row in rows if row.subject not in again]
        due = [row for row in due if row.subject not in again]
        it.dropped |= {row.id: "settled" for row in rows if row.due <= it.now}
        it.put_off([row for row in due if row.due > it.now], it.now)
        return None


def _joined(message: Message, part: Message) -> Message:
    """Return a message with what another kind has to say below it."""
    return Message(
        message.member,
        message.way,
        message.kinds + part.kinds,
        message.rows + part.rows,
        message.blocks + part.blocks,
        None,
        message.commits + part.commits,
        {**message.again, **part.again},
    )

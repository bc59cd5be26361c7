"""From what a session wishes to say to a writing: where it goes, and which of its words are whose."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from learncomm_agent.chat.messages import MessageId, RoomId, RoomRef
from learncomm_agent.chat.people import AccountRef, MemberId
from learncomm_agent.errors import OutdatedError
from learncomm_agent.log import logger
from learncomm_agent.sessions.effects import Post, Whom
from learncomm_agent.sessions.running.speaking import (
    Speaking,
    named,
    person_of,
    stands,
    things_of,
    worded,
    zone_or_utc,
)
from learncomm_agent.sessions.state import Entry, Session
from learncomm_agent.storage import members, messages, rooms
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.session_traces import threadless
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.writing.evidence.checks import locate
from learncomm_agent.writing.sayings import Filling, Thing, things_in
from learncomm_agent.writing.session_posts import (
    ENTRIES,
    MESSAGES,
    NAMED,
    PEOPLE,
    SESSION,
    calendar_of,
    header_of,
)
from learncomm_agent.writing.voice import Voice

_log = logger(__name__)
_Owned = tuple[Line, MemberId | None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post goes, and to whom."""

    room: RoomId
    ref: RoomRef
    member: MemberId | None = None
    """Who alone reads it."""
    reader: AccountRef | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Composed:
    """A writing, and for each of its lines the member with whom it goes."""

    writing: Writing
    owners: tuple[MemberId | None, ...]


def place_of(conn: Connection, row: stored.Row, session: Session, post: Post) -> Place | None:
    """Return where a post goes; None where there is no way to whom it is for.

    Raises:
        OutdatedError: The thread of its group is not there yet.
    """
    room, zone = row.room, session.plan.zone
    if post.to.whom in (Whom.MEMBER, Whom.LEAD):
        member = session.lead if post.to.whom is Whom.LEAD else post.to.which
        return _private(conn, row, MemberId(member or 0), zone)
    if post.to.whom is Whom.GROUP:
        number = post.to.which or 0
        thread = stored.threads(conn, row.id).get(number)
        if thread is None and stored.marked(conn, row.id, threadless(number)) is None:
            raise OutdatedError(f"group {number} of session {row.id} has no thread yet")
        if thread is None:
            _log.info("a group without a thread", session=row.id, group=number, effect=post.id)
            return None
        room = thread
    return Place(room, rooms.get(conn, room).ref, zone=zone)


def _private(conn: Connection, row: stored.Row, member: MemberId, zone: str) -> Place | None:
    ref = rooms.get(conn, row.room).ref
    reader = members.account_on(conn, member, ref.platform)
    if reader is None:
        _log.info("nobody to write to", session=row.id, member=member)
        return None
    known = members.get(conn, member)
    return Place(row.room, ref, member, reader, known.timezone or zone)


def composed(
    conn: Connection,
    speaking: Speaking,
    row: stored.Row,
    session: Session,
    post: Post,
    place: Place,
    now: datetime,
) -> Composed | None:
    """Return the writing of a post; None where there is nothing to show."""
    voice = speaking.voice(conn, row, session)
    shown = post.shows or (() if post.pick is None else post.pick.entries)
    picked = () if post.pick is None else post.pick.entries
    used, is_said = _used(conn, speaking, row, session, post, shown)
    named = sorted({id for kind, id in used if kind == "entry"}.union(picked).difference(shown))
    lines = [
        *_entries(conn, voice, session, ENTRIES, shown),
        *_entries(conn, voice, session, NAMED, named),
        *_people(conn, used, place.ref.platform),
        *_messages(conn, used),
    ]
    calendar = None
    if post.file == "calendar":
        meetings = session.results.get("meetings") or []
        uid = f"{row.id}-{int(row.made_at.timestamp())}@learncomm"
        calendar = calendar_of(session.plan.title, meetings, uid, now)
    if not (is_said or any(line.section == ENTRIES for line, _ in lines) or calendar):
        return None
    writing = Writing(
        community=row.community,
        kind=SESSION,
        room=place.room,
        member=place.member,
        is_private=place.reader is not None,
        request={},
        header=header_of(row.id, post, meetings=calendar, at=now),
        trace={
            "language": voice.language,
            "zone": zone_or_utc(place.zone).key,
            "sign": voice.sign,
            "session": row.id,
            "effect": post.id,
        },
        lines=tuple(line for line, _ in lines),
    )
    return Composed(writing, tuple(owner for _, owner in lines))


def _used(
    conn: Connection,
    speaking: Speaking,
    row: stored.Row,
    session: Session,
    post: Post,
    shown: Iterable[int],
) -> tuple[set[Thing], bool]:
    """Return what is really spoken of, and whether anything is said at all."""
    sayings = (*post.says, *post.after, *(each.says for each in post.parts))
    wanted = things_in([[each.values for each in sayings], dict(post.notes)])
    platform = rooms.get(conn, row.room).ref.platform
    voice = speaking.voice(conn, row, session)
    filling = Filling(voice, things_of(conn, session, platform, wanted, voice), row.id)
    said = [block for each in sayings for block in filling.blocks(each)]
    for id in shown:
        filling.beside(post.notes.get(str(id)))
    return filling.used, bool(said) or bool(post.controls)


def _entries(
    conn: Connection, voice: Voice, session: Session, section: str, ids: Iterable[int]
) -> Iterator[_Owned]:
    """Yield the lines of entries, under their places in the list; those that are gone leave a gap."""
    for number, id in enumerate(ids, 1):
        entry = session.entries.get(id)
        if entry is None or not stands(conn, entry):
            continue
        text = worded(voice, entry)
        if not text.strip():
            continue
        content = {
            "text": text,
            "entry": id,
            "n": number if section == ENTRIES else 0,
        }
        if (name := named(voice, entry)) != text:
            content["named"] = name
        is_by_form = entry.message is None and entry.by is not None
        owner = MemberId(entry.by) if is_by_form and entry.by is not None else None
        yield Line(section, content, evidence_of(conn, entry)), owner


def evidence_of(conn: Connection, entry: Entry) -> tuple[Evidence, ...]:
    """Tie an entry to the message that it came from; by its words, where they stand there."""
    if entry.message is None or entry.what == "summary":
        # What a group found may be read by all though its thread is not: `running.forgetting` follows it.
        return ()
    text, revision = messages.texts(conn, [entry.message])[entry.message]
    quote = entry.text if locate(entry.text, text) is not None else ""
    return (Evidence(quote, revision, message=MessageId(entry.message)),)


def _people(conn: Connection, used: set[Thing], platform: str) -> Iterator[_Owned]:
    for id in sorted(id for kind, id in used if kind == "member"):
        person = person_of(conn, id, platform)
        if person is None:
            continue
        ref = person.account
        account = None if ref is None else [ref.platform, ref.id]
        content = {"member": id, "name": person.name, "account": account, "n": 0}
        yield Line(PEOPLE, content, ()), MemberId(id)


def _messages(conn: Connection, used: set[Thing]) -> Iterator[_Owned]:
    ids = sorted(id for kind, id in used if kind == "message")
    for id, (_, revision) in sorted(messages.texts(conn, ids).items()):
        evidence = (Evidence("", revision, message=MessageId(id)),)
        yield Line(MESSAGES, {"message": id, "n": 0}, evidence), None

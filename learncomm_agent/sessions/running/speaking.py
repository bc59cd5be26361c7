"""In whose voice a session speaks, and what the values of its sayings stand for, as the store has it now."""

import re
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.chat.platform import Platform, Signs
from learncomm_agent.sessions.effects import Saying
from learncomm_agent.sessions.methods.meetings import zone_of
from learncomm_agent.sessions.methods.titles import title_in
from learncomm_agent.sessions.state import Entry, Session
from learncomm_agent.storage import communities, messages, naming, rooms
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.words import Words
from learncomm_agent.writing.sayings import Filling, Person, Thing, Things, things_in
from learncomm_agent.writing.voice import Voice

_QUOTED = re.compile(r"[\"“„»«](?P<text>[^\"“”„»«]*)[\"”“«»]")


class Speaking:
    """Says things for sessions. Its functions take a `conn` to read with."""

    def __init__(self, words: Words, platforms: Mapping[str, Platform]) -> None:
        """Take what it needs."""
        self._words = words
        self._platforms = platforms

    def sign(self, platform: str) -> str:
        """Return what stands before a command where people type it on a platform."""
        there = self._platforms.get(platform)
        return there.command_sign if isinstance(there, Signs) else ""

    def voice(self, conn: Connection, row: stored.Row, session: Session) -> Voice:
        """Return the voice of a session: its own language and zone."""
        words = self._words.for_community(communities.get(conn, row.community).slug)
        platform = rooms.get(conn, row.room).ref.platform
        return Voice(
            words, session.plan.language, zone_or_utc(session.plan.zone), self.sign(platform)
        )

    def plain(self, conn: Connection, row: stored.Row, session: Session, saying: Saying) -> str:
        """Return a saying on one line, for a title or a question."""
        platform = rooms.get(conn, row.room).ref.platform
        voice = self.voice(conn, row, session)
        things = things_of(conn, session, platform, things_in(saying.values), voice)
        return Filling(voice, things, row.id).plain(saying)


def worded(voice: Voice, entry: Entry) -> str:
    """Return the words of an entry as they are shown: within a sentence of ours, where it has one."""
    return voice.phrase(entry.phrase, text=_bare(entry.text)) if entry.phrase else entry.text


def _bare(text: str) -> str:
    """Return a text without the quotes that hold all of it, as the sentence brings its own."""
    found = _QUOTED.fullmatch(text.strip())
    return found["text"] if found else text


def named(voice: Voice, entry: Entry) -> str:
    """Return the words by which a sentence names an entry: of what was suggested, its title alone."""
    return title_in(entry.text) if entry.what == "nomination" else worded(voice, entry)


def things_of(
    conn: Connection, session: Session, platform: str, wanted: Iterable[Thing], voice: Voice
) -> Things:
    """Return what things are, as far as they are there and may be shown."""
    found = set(wanted)
    entries = {
        id: named(voice, entry)
        for kind, id in found
        if kind == "entry"
        and (entry := session.entries.get(id)) is not None
        and stands(conn, entry)
    }
    people = {
        id: person
        for kind, id in found
        if kind == "member" and (person := person_of(conn, id, platform)) is not None
    }
    refs = messages.refs(conn, [id for kind, id in found if kind == "message"])
    return Things(entries, people, refs)


def person_of(conn: Connection, member: int, platform: str) -> Person | None:
    """Return a member as they are named on a platform; None where they are not known, or wish not to be."""
    named = naming.of_member(conn, MemberId(member), platform)
    if named is None or named.consent is Consent.OUT:
        return None
    return Person(named.name, named.ref)


def stands(conn: Connection, entry: Entry) -> bool:
    """Whether the message of an entry is kept still, where it came from one."""
    return entry.message is None or bool(messages.texts(conn, [entry.message]))


def zone_or_utc(name: str | None) -> ZoneInfo:
    """Return a zone by its name, or UTC where it is none."""
    try:
        return zone_of(name or "UTC")
    except ValueError:
        return ZoneInfo("UTC")

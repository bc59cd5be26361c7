"""A leader's letter: how the community is doing by learning, for their eyes alone, and what they might try.

It tells sums over rooms that this leader can read, and only figures that enough people are behind. What
members asked in rooms stands in lines that go with the messages; words that several looked for alone go
when one of them is forgotten.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from learncomm_agent.caring.letters import (
    BEHIND,
    WEEKS,
    Letter,
    Reason,
    Suggestion,
    chosen,
    letter,
    reasons,
)
from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.chat.people import Community, CommunityId, MemberId
from learncomm_agent.clock import Clock
from learncomm_agent.community.gathering import TOGETHER
from learncomm_agent.community.leading import leads
from learncomm_agent.community.letter_pictures import image
from learncomm_agent.community.nudges import Listener, Nudges, Told
from learncomm_agent.community.subscriptions import next_monday
from learncomm_agent.errors import WordsError
from learncomm_agent.library.resources import GUIDES
from learncomm_agent.log import logger
from learncomm_agent.storage import letters, measures, outcomes, thresholds
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.measures import ASKED, LETTER, SHARED, InVain
from learncomm_agent.storage.schema import micros
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.language.stopwords import stopwords
from learncomm_agent.writing.voice import Voice

NOT_AGAIN = timedelta(weeks=4)
"""What was suggested within this time is not suggested again, but for letters of the same week."""
ROLES_WAIT = timedelta(days=2)
"""So long after the beginning of Monday a letter waits until it is known whether a role of theirs leads."""
_AGAIN = timedelta(hours=1)
_MOST_MISSED = 3
_log = logger(__name__)


class Letters:
    """Writes and sends them. The functions that take a `conn` belong in a transaction."""

    def __init__(self, nudges: Nudges, directory: Directory, clock: Clock) -> None:
        """Take what it needs, and name what it says unasked."""
        self._nudges = nudges
        self._directory = directory
        self._clock = clock
        nudges.handle(LETTER, self._tell, rank=9)

    def write(
        self,
        conn: Connection,
        community: Community,
        member: MemberId,
        readable: Readable,
        voice: Voice,
        *,
        until: datetime,
    ) -> Writing:
        """Return the letter of the seven days before a moment, for a leader who may read some rooms."""
        now, least = self._clock.now(), thresholds.least(conn, community.id)
        last = min(until - timedelta(microseconds=1), now)
        told, has_newcomers = _counted(conn, community.id, readable, voice.zone, until, now, least)
        since = until - timedelta(weeks=BEHIND)
        common = stopwords(voice.words, community.language)
        found = measures.in_vain(conn, community.id, since, readable, stopwords=common)
        lines = tuple(map(_line, found[:_MOST_MISSED]))
        given = reasons(told, is_looked_for=bool(lines))
        return Writing(
            community=community.id,
            kind=LETTER,
            room=None,
            member=member,
            is_private=True,
            request={},
            header={
                "letter": told.record(),
                "until": last.astimezone(voice.zone).date().isoformat(),
                "least": least,
                "has_newcomers": has_newcomers,
                "suggestions": self._suggested(conn, community.id, member, voice, given, now),
            },
            trace={
                "language": voice.language,
                "zone": str(voice.zone),
                "sign": voice.sign,
                "message": None,
            },
            lines=lines,
        )

    def _suggested(
        self,
        conn: Connection,
        community: CommunityId,
        member: MemberId,
        voice: Voice,
        given: frozenset[Reason],
        now: datetime,
    ) -> list[dict[str, Any]]:
        """Return two things to try, each with the guide that tells how, as far as the library holds that."""
        earlier = letters.suggested(conn, community, member, now - NOT_AGAIN)
        this_week = monday_of(now, voice.zone)
        if earlier and earlier[0].at >= this_week:
            return [dict(each) for each in earlier[0].suggestions]
        before = {each["name"] for one in earlier for each in one.suggestions}
        titles = letters.guides(conn, community, GUIDES)
        known = [each for each in suggestions(voice) if each.guide in titles]
        return [
            {"name": each.name, "title": titles[each.guide], "heading": each.heading}
            for each in chosen(known, given, before)
        ]

    def _tell(self, conn: Connection, listener: Listener, subjects: Sequence[int]) -> Told | None:
        """Return a leader's letter of the last whole week; nothing for somebody who leads no more."""
        is_lead = leads(conn, self._directory, listener)
        if is_lead is False:
            _log.info("no letter for who leads no more", member=listener.member.id)
            return None
        voice, now = listener.voice, listener.now
        monday = monday_of(now, voice.zone)
        if (is_lead is None or not listener.is_whole) and now < monday + ROLES_WAIT:
            return Told(again=dict.fromkeys(subjects, now + _AGAIN))
        # One that is told some hours early, along with something else, is that of its Monday all the same.
        again = next_monday(str(voice.zone), now + TOGETHER)
        if is_lead is None:
            _log.info("no letter for who may lead no more", member=listener.member.id)
            return Told(again=dict.fromkeys(subjects, again))
        writing = self.write(
            conn, listener.community, listener.member.id, listener.readable, voice, until=monday
        )
        blocks = below(voice, writing, is_weekly=True)
        return Told(blocks, writing, again=dict.fromkeys(subjects, again))


def below(voice: Voice, writing: Writing, *, is_weekly: bool) -> tuple[Block, ...]:
    """Return what stands below a letter: its picture, and what one can ask for. Blocks, where it draws."""
    drawn = image(voice, Letter.of(writing.header["letter"]))
    other = "off" if is_weekly else "weekly"
    options = [Choice(f"letter:{other}", voice.phrase(f"letter.control_{other}"))]
    if drawn is not None:
        options.insert(0, Choice("letter:table", voice.phrase("letter.control_table")))
    in_words = voice.phrase("letter.in_words", has_table=drawn is not None, other=other)
    return (*(() if drawn is None else (drawn,)), Choices(tuple(options), in_words))


def monday_of(now: datetime, zone: tzinfo) -> datetime:
    """Return when this week began, in a zone."""
    local = now.astimezone(zone)
    monday = local.date() - timedelta(days=local.weekday())
    return datetime.combine(monday, time(), zone)


def _counted(
    conn: Connection,
    community: CommunityId,
    readable: Readable,
    zone: tzinfo,
    until: datetime,
    now: datetime,
    least: int,
) -> tuple[Letter, bool]:
    """Return what is told of a week, and whether anybody was new in the last ones."""
    local = until.astimezone(zone)
    begins = [
        local - timedelta(weeks=number) for number in range(WEEKS, -1, -1)
    ]  # by the wall clock
    since = begins[0]
    said, threads = measures.talk(conn, community, since, max(now, until), readable)
    firsts = measures.newcomers(conn, community, since, until)
    recent = micros(begins[-1 - BEHIND])
    told = letter(
        said,
        threads,
        firsts,
        outcomes.promises(conn, community, since, until, readable),
        outcomes.held(conn, community, since, until, readable),
        bounds=[micros(each) for each in begins],
        days=[each.date().isoformat() for each in begins[:-1]],
        least=least,
    )
    return told, any(at >= recent for at in firsts.values())


def _line(missed: InVain) -> Line:
    """Return a line of what was looked for in vain."""
    if missed.evidence is None:
        return Line(SHARED, {"text": missed.text, "asked": list(missed.asked)}, ())
    return Line(ASKED, {"text": missed.text}, (replace(missed.evidence, quote=missed.text),))


def suggestions(voice: Voice) -> Iterator[Suggestion]:
    """Yield what may be suggested, as the table has it; an entry that is none is left out."""
    table = voice.words.table("letters", language="en") or {}
    entries = table.get("suggestions")
    for entry in entries if isinstance(entries, list) else ():
        found = _suggestion(entry)
        if found is None:
            _log.warning(
                "no suggestion", entry=entry.get("name") if isinstance(entry, Mapping) else ""
            )
            continue
        try:
            voice.phrase(f"letter.try_{found.name}")
        except WordsError:
            _log.warning("a suggestion without words", entry=found.name)
            continue
        yield found


def _suggestion(entry: object) -> Suggestion | None:
    if not isinstance(entry, Mapping):
        return None
    said = {"is_own": False, **entry}
    try:
        found = Suggestion(**{**said, "when": Reason(said["when"])})
    except (KeyError, TypeError, ValueError):
        return None
    return found if all(isinstance(each, str | bool) for each in asdict(found).values()) else None

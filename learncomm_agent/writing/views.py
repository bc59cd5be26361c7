"""Views of what was said: the same lines, chosen and ordered for whoever reads them.

Who was away wants to know what concerns them, a newcomer what the room is about, a leader who owes what.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.outgoing import Block, Heading, Listing, Paragraph, Span, Style, Text
from learncomm_agent.chat.people import MemberId
from learncomm_agent.storage.catching_up import ASKS
from learncomm_agent.storage.messages import StoredMessage
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.keeping import MENTIONED
from learncomm_agent.writing.language.sentences import Speech
from learncomm_agent.writing.language.vocabulary import is_unspaced, normal, stem, tokens
from learncomm_agent.writing.receipt import receipt
from learncomm_agent.writing.results import Links
from learncomm_agent.writing.voice import Voice

CAUGHT_UP = "missed"
"""Kind of what is written for one who was away, or is new, or leads."""
ANSWERED, YOURS, ASKED = "answered", "yours", "asked"
"""Sections of what a reader asked, is to do, and was asked."""
_SHORTEST_NAME = 3
_SHORTEST_SHARED = 5
"""Letters of a word that an answer shares with its question."""


class View(StrEnum):
    """For whom lines are chosen."""

    ABSENT = "absent"
    NEWCOMER = "newcomer"
    LEADER = "leader"


SECTIONS: Mapping[View, Mapping[str, int]] = {
    View.ABSENT: {
        ANSWERED: 5,
        YOURS: 8,
        ASKED: 5,
        ItemKind.OVERVIEW: 3,
        ItemKind.DECISION: 5,
        ItemKind.ACTION: 3,
        ItemKind.OPEN_QUESTION: 3,
        MENTIONED: 5,
    },
    View.NEWCOMER: {
        ItemKind.OVERVIEW: 4,
        ItemKind.DECISION: 6,
        ItemKind.ACTION: 6,
        MENTIONED: 8,
    },
    View.LEADER: {
        ItemKind.DECISION: 10,
        ItemKind.ACTION: 12,
        ItemKind.OPEN_QUESTION: 8,
        ItemKind.DISAGREEMENT: 6,
    },
}
"""Which lines each of them is shown, in this order, and how many."""

_HEADINGS = {ANSWERED: "missed.answered", YOURS: "missed.yours", ASKED: "missed.asked"}
_ABOUT = "missed.about"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a view holds."""

    lines: tuple[Line, ...]
    """Section by section; `Line.section` is a key of `SECTIONS`."""
    left_out: int
    """Lines of these sections that were too many."""


def view(lines: Sequence[Line], kind: View, name: str) -> Shown:
    """Choose the lines of a summary for one reader.

    Args:
        lines: Of a summary, and those of `answers_to` and `asked_of`.
        kind: Who reads them.
        name: The reader's.
    """
    found: dict[str, list[Line]] = {section: [] for section in SECTIONS[kind]}
    asked = {_place(line) for line in lines if line.section in (ANSWERED, ASKED)}
    for line in lines:
        section = _section(line, kind, name, asked)
        if section in found:
            found[section].append(line)
    shown, left_out, said = list[Line](), 0, set[tuple[int | None, str]]()
    for section, most in SECTIONS[kind].items():
        own = _ordered(found[section], section, kind)
        once = {_said(line)[1]: line for line in reversed(own) if _said(line) not in said}
        new = [*reversed(once.values())]
        shown += [replace(line, section=section) for line in new[:most]]
        left_out += len(new[most:])
        said |= {_said(line) for line in new}
    return Shown(tuple(shown), left_out)


def _said(line: Line) -> tuple[int | None, str]:
    """Return what tells whether two lines say the same."""
    return _place(line), normal(line.content["text"])


def _section(line: Line, kind: View, name: str, asked: Collection[int | None]) -> str:
    """Return where a line belongs; a section of another view where it belongs nowhere."""
    content, section = line.content, line.section
    if kind is View.ABSENT and section == ItemKind.ACTION:
        owner = content["owner"]
        if owner is not None:
            return YOURS if normal(owner) == normal(name) else section
        if _place(line) in asked:
            return ""  # it stands among what they were asked
        return YOURS if names(content["text"], name) else section
    if section in (ItemKind.OPEN_QUESTION, ItemKind.OVERVIEW) and _place(line) in asked:
        return ""
    if kind is View.NEWCOMER and section == ItemKind.ACTION and content["owner"] is None:
        return ""
    return section


def _ordered(lines: Sequence[Line], section: str, kind: View) -> list[Line]:
    if kind is View.NEWCOMER and section == ItemKind.DECISION:  # a later one may undo it
        return sorted(lines, key=lambda line: str(line.content["at"]), reverse=True)
    if kind is View.LEADER and section == ItemKind.ACTION:
        return sorted(lines, key=lambda line: line.content["due"] or "9")
    return list(lines)


def _place(line: Line) -> int | None:
    return line.evidence[0].message if line.evidence else None


def names(text: str, name: str) -> bool:
    """Tell whether a text names somebody, by their whole name or its first word."""
    said, whole = normal(text), normal(name)
    if not whole:
        return False
    if is_unspaced(name):
        return whole in said
    first = whole.split()[0]
    known = {whole, first} if len(first) >= _SHORTEST_NAME else {whole}
    return any(f" {each} " in f" {said} " for each in known)


def asked_of(messages: Sequence[StoredMessage], name: str, own: Collection[str]) -> Iterator[Line]:
    """Yield a line for each question that was put to somebody and that nobody replied to.

    Args:
        messages: In the order said; only those that may be read.
        name: Of whom it was asked.
        own: The platform's ids of what they wrote: a reply to that is to them.
    """
    speech = Speech()
    replied = {
        (each.room, each.reply_to): each.member for each in messages if each.reply_to is not None
    }
    for message in messages:
        answered_by = replied.get((message.room, message.platform_id), message.member)
        if answered_by != message.member:
            continue
        is_reply = message.reply_to in own
        for sentence in speech.sentences(message.text):
            is_question = sentence.said.rstrip("\"'”’)* ").endswith(ASKS)
            if is_question and (is_reply or names(message.text, name)):
                yield _asked(message, speech.readable(sentence), sentence.quote)
                break


def answers_to(
    questions: Mapping[str, str],
    messages: Sequence[StoredMessage],
    reader: MemberId,
    last: tuple[RoomId, str | None],
) -> Iterator[Line]:
    """Yield a line for each answer to what somebody asked.

    That is a reply, or what somebody else wrote next where it takes up a word of the question.

    Args:
        questions: What they asked, by the platform's ids.
        messages: In the order said, theirs among them; only those that may be read.
        reader: Who asked.
        last: What they wrote last before these, and where.
    """
    speech = Speech()
    before = questions.get(last[1] or "")
    waiting: list[tuple[RoomId, str]] = [] if before is None else [(last[0], before)]
    for message in messages:
        if message.member == reader:
            asked = questions.get(message.platform_id)
            waiting = [] if asked is None else [(message.room, asked)]
            continue
        is_next = any(
            room == message.room and _shares_a_word(asked, message.text) for room, asked in waiting
        )
        waiting = [each for each in waiting if each[0] != message.room]
        if message.reply_to in questions or (message.reply_to is None and is_next):
            said = [each for each in speech.sentences(message.text) if not each.said.endswith(ASKS)]
            for sentence in said[:1]:
                text = speech.readable(sentence)
                yield replace(_asked(message, text, sentence.quote), section=ANSWERED)


def _shares_a_word(one: str, other: str) -> bool:
    bags = (
        {stem(word) for word in tokens(text) if len(word) >= _SHORTEST_SHARED}
        for text in (one, other)
    )
    return not set.isdisjoint(*bags)


def _asked(message: StoredMessage, text: str, quote: str) -> Line:
    content = {
        "text": text,
        "speaker": message.author,
        "at": message.posted_at.isoformat(),
        "owner": None,
        "due": None,
    }
    return Line(ASKED, content, (Evidence(quote, message.revision, message=message.id),))


def view_blocks(
    voice: Voice,
    writing: Writing,
    links: Links,
    said: Callable[[str, Line, Links], tuple[Span, ...]],
) -> Iterator[Block]:
    """Show a view to its reader.

    Args:
        voice: Theirs.
        writing: Of the kind `missed`.
        links: Where the messages stand that lines rest on.
        said: Shows a line of a writing of some kind.
    """
    header = writing.header
    kind = View(header["view"])
    yield Heading(header["title"])
    if not writing.lines:
        yield voice.say("missed.nothing_of_note")
    for section in SECTIONS[kind]:
        lines = [line for line in writing.lines if line.section == section]
        if not lines:
            continue
        yield Heading(_heading(voice, section, kind))
        as_kept = ItemKind.ACTION if section == YOURS else section
        items = (said("summary", replace(line, section=as_kept), links) for line in lines)
        yield Listing(tuple(items))
    yield from _notes(voice, writing, kind)


def _heading(voice: Voice, section: str, kind: View) -> str:
    if kind is View.NEWCOMER and section == ItemKind.OVERVIEW:
        return voice.phrase(_ABOUT)
    return voice.phrase(_HEADINGS.get(section) or f"summary.{section}")


def _notes(voice: Voice, writing: Writing, kind: View) -> Iterator[Block]:
    header = writing.header
    if kind is View.LEADER:
        open_questions = [each for each in writing.lines if each.section == ItemKind.OPEN_QUESTION]
        waiting = list(dict.fromkeys(each.content["speaker"] for each in open_questions))
        if waiting:
            yield voice.say("missed.waiting", names=waiting)
        yield voice.say("missed.spoke", count=header["spoke"])
    if header["left_out"]:
        yield voice.note("missed.left_out", count=header["left_out"])
    if header.get("reused"):
        yield voice.note("missed.reused", at=voice.local(header["reused"]))
    for each in receipt(
        voice.words, "summary", header, voice.language, has_lost=writing.lost > 0, zone=voice.zone
    ):
        yield Paragraph((Text(each, Style.EMPHASIS),))


def stands_in(line: Line, ids: Collection[int]) -> bool:
    """Tell whether a line of a summary rests on messages alone that are among some."""
    held = [each.message for each in line.evidence]
    return bool(held) and all(id in ids for id in held)


def header_of(kind: View, title: str, shown: Shown, **more: Any) -> dict[str, Any]:
    """Return what stands beside the lines of a view."""
    return {"view": kind, "title": title, "left_out": shown.left_out, **more}

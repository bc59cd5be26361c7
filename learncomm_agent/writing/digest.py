"""How a digest is shown: a screen of what a week brought, each line with what it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from learncomm_agent.caring.digest import fitting
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Heading,
    Link,
    Listing,
    MessageLink,
    Span,
    Style,
    Text,
)
from learncomm_agent.storage.digests import (
    COMING,
    DECIDED,
    LEARNT,
    OPEN,
    SHARED,
    THANKED,
    WANTED,
)
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.excerpts import snippet
from learncomm_agent.writing.results import TITLE_CHARS, Links, address_of, title_of
from learncomm_agent.writing.voice import Voice, link_to

QUOTAS: Mapping[str, int] = {
    COMING: 3,
    LEARNT: 4,
    DECIDED: 3,
    OPEN: 3,
    WANTED: 2,
    SHARED: 3,
    THANKED: 3,
}
"""So many lines of each section at most; where a screen is short, the first sections go before the others."""
SHOWN = (LEARNT, DECIDED, OPEN, SHARED, THANKED, COMING)
"""The order of the headings."""
TEXT_CHARS, WHY_CHARS = 150, 70
_UNDER: Mapping[str, tuple[str, ...]] = {OPEN: (OPEN, WANTED)}
"""Sections that stand under the heading of one of them."""


def chosen(voice: Voice, found: Sequence[Line]) -> tuple[tuple[Line, ...], int]:
    """Return the lines that fit a screen, section by section, and how many were left out."""
    by = {section: [each for each in found if each.section == section] for section in QUOTAS}
    lengths = {
        section: [_length(spans_of(voice, each, {})) for each in lines[: QUOTAS[section]]]
        for section, lines in by.items()
    }
    told = fitting(lengths)
    lines = tuple(each for section in QUOTAS for each in by[section][: told[section]])
    return lines, len(found) - len(lines)


def digest_blocks(voice: Voice, writing: Writing, links: Links) -> Iterator[Block]:
    """Show a digest to its readers."""
    since, until = (voice.local(writing.header[each]) for each in ("since", "until"))
    yield Heading(voice.phrase("digest.heading", since=since, until=until))
    for section in SHOWN:
        under = _UNDER.get(section, (section,))
        lines = [each for name in under for each in writing.lines if each.section == name]
        if lines:
            yield Heading(voice.phrase(f"digest.{section}"))
            yield Listing(tuple(spans_of(voice, each, links) for each in lines))
    if left_out := writing.header["left_out"]:
        yield voice.note("digest.left_out", count=left_out)
    if offer := writing.header.get("offer"):
        label = voice.phrase(f"digest.choose_{offer}")
        yield Choices((Choice(f"digest:{offer}", label),), voice.phrase(f"digest.how_{offer}"))
    if writing.room is not None and any(each.section == WANTED for each in writing.lines):
        label = voice.phrase("digest.make_question")
        in_words = voice.phrase("digest.make_question_in_words")
        yield Choices((Choice(f"wanted:{writing.id}", label),), in_words)


def spans_of(voice: Voice, line: Line, links: Links) -> tuple[Span, ...]:
    """Return one line, shortened, with what it rests on."""
    content = line.content
    match line.section:
        case "shared":
            return tuple(_shared(voice, content))
        case "thanked":
            return (Text(voice.phrase("digest.thanks", who=content["who"], name=content["name"])),)
        case "wanted":
            text = snippet(content["text"], TEXT_CHARS)
            return (Text(voice.phrase("digest.in_vain", text=text[:1].upper() + text[1:])),)
        case "coming":
            return (Text(_coming(voice, content)),)
    return _told(voice, line, links)


def _told(voice: Voice, line: Line, links: Links) -> tuple[Span, ...]:
    """Tell a line of a summary, with who said it on which day; the summary itself names all evidence."""
    content = line.content
    text = Text(f"{snippet(content['text'], TEXT_CHARS)} (")
    at = voice.local(content["at"]) if content.get("at") else None
    label = voice.phrase("digest.said", who=content.get("speaker") or "", at=at)
    message = next((each.message for each in line.evidence if each.message), None)
    return (text, link_to(label, links, message), Text(")"))


def _shared(voice: Voice, content: Mapping[str, Any]) -> Iterator[Span]:
    title, address = snippet(title_of(voice, content), TITLE_CHARS), address_of(content)
    yield Link(title, address) if address else Text(title, Style.STRONG)
    if content["shared_by"]:
        why = snippet(content["comment"], WHY_CHARS)
        yield Text(voice.phrase("digest.by", who=content["shared_by"], why=why))


def _coming(voice: Voice, content: Mapping[str, Any]) -> str:
    at = None if content["at"] is None else voice.local(content["at"])
    return voice.phrase("digest.next", title=content["title"], room=content["room"], at=at)


def _length(spans: Sequence[Span]) -> int:
    return sum(len(each.text) for each in spans if isinstance(each, Text | Link | MessageLink))

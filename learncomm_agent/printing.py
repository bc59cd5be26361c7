"""Summaries and results as plain text, for the command line; a chat gets `writing.layout`."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from learncomm_agent.library.resources import Found, Passage
from learncomm_agent.words import Words
from learncomm_agent.writing.excerpts import excerpt_of
from learncomm_agent.writing.items import Item, ItemKind, Summary, Transcript
from learncomm_agent.writing.keeping import summary_header
from learncomm_agent.writing.ranks import rank_of, weight_of
from learncomm_agent.writing.receipt import receipt
from learncomm_agent.writing.results import shared
from learncomm_agent.writing.voice import Voice


def summary_text(summary: Summary, transcript: Transcript, words: Words, language: str) -> str:
    """Return the lines of a summary, each with who said it and the id of its message."""
    speakers = {utterance.id: utterance.speaker for utterance in transcript.utterances}
    lines, empty = [summary.title, ""], []
    for kind in ItemKind:
        if summary.items.get(kind):
            name = words.phrase(f"summary.{kind}", language=language)
            lines += [name, *(_line(item, speakers) for item in summary.items[kind]), ""]
        elif kind is not ItemKind.OVERVIEW:
            empty.append(words.phrase(f"summary.no_{kind}", language=language))
    if summary.resources:
        name = words.phrase("summary.resources", language=language)
        lines += [name, *(f"• {link}" for link in summary.resources), ""]
    if empty:
        lines.append(words.phrase("summary.none_of", language=language, kinds=empty))
    zone = ZoneInfo(transcript.timezone)
    lines += receipt(words, "summary", summary_header(summary), language, zone=zone)
    return "\n".join(lines)


def passages_text(found: Found, voice: Voice, now: datetime, *, why: bool) -> Iterator[str]:
    """Yield the lines of what a search found, and if wished how each result was ranked."""
    for number, passage in enumerate(found.passages, 1):
        yield f"{number}. {cited(passage)}"
        for line in excerpt_of(passage).text.split("\n"):
            yield f"   {line}"
        yield f"   {_shared(passage, voice, now)}"
        if why and passage.parts:
            figures = " ".join(f"{name}={part:.3f}" for name, part in passage.parts.items())
            yield f"   {rank_of(voice, passage.parts)} [score={passage.score:.3f} {figures}]"
    if why and found.passages and (said := weight_of(voice, found.passages[0].parts)):
        yield said


def cited(passage: Passage) -> str:
    """Return where a passage stands: title, place, and the source to name it by."""
    place = f" › {passage.place}" if str(passage.place) else ""
    return f"{passage.title}{place} ({passage.address or passage.source})"


def _shared(passage: Passage, voice: Voice, now: datetime) -> str:
    content = {
        "kind": passage.kind,
        "shared_by": passage.shared_by,
        "shared_at": passage.shared_at.isoformat(),
        "alike": passage.alike,
    }
    return shared(voice, content, now.isoformat())


def _line(item: Item, speakers: dict[str, str]) -> str:
    ids = " ".join(f"#{id}" for id in item.evidence)
    promise = f"{item.owner}: " if item.owner else ""
    due = f" [{item.due.isoformat()}]" if item.due else ""
    return f"• {promise}{item.text}{due} ({speakers[item.evidence[0]]} {ids})"

"""From what was written to what is kept: lines in their JSON form, each tied to its evidence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from learncomm_agent.chat.messages import MessageId
from learncomm_agent.library.resources import Found, Passage
from learncomm_agent.storage.messages import StoredMessage
from learncomm_agent.storage.writings import Evidence, Line
from learncomm_agent.writing.evidence.checks import locate
from learncomm_agent.writing.excerpts import excerpt_of
from learncomm_agent.writing.items import Answer, Item, Question, QuestionSet, Segment, Summary

MENTIONED = "resources"
"""The section of a summary's links."""


def passage_lines(found: Found) -> tuple[Line, ...]:
    """Return a line for each passage that a search found."""
    return tuple(_found(passage, n) for n, passage in enumerate(found.passages, 1))


def _found(passage: Passage, number: int) -> Line:
    shown = excerpt_of(passage)
    evidence = shown_of(passage, shown.text)
    content = {
        **_cited((passage,), evidence),
        "n": number,
        "text": shown.text,
        "marks": [list(mark) for mark in shown.marks],
        "alike": passage.alike,
    }
    return Line("passages", content, evidence)


def answer_lines(answer: Answer) -> tuple[Line, ...]:
    """Return a line for each claim of an answer."""
    lines = []
    for number, claim in enumerate(answer.claims, 1):
        held = [quoted_of(passage, claim.quote) for passage in claim.citations]
        cited = {**_cited(claim.citations, held[0]), "n": number, "text": claim.text}
        cited |= {} if claim.said_by is None else {"said_by": claim.said_by}
        cited |= {"doubt": claim.doubt} if claim.doubt else {}
        lines.append(Line("claims", cited, tuple(each for some in held for each in some)))
    return tuple(lines)


def question_lines(questions: Iterable[Question]) -> tuple[Line, ...]:
    """Return a line for each discussion question."""
    lines = []
    for question in questions:
        held = quoted_of(question.evidence, question.quote)
        cited = {
            **_cited((question.evidence,), held),
            "text": question.text,
            "level": question.level,
        }
        lines.append(Line("questions", cited, held))
    return tuple(lines)


def summary_lines(summary: Summary, messages: Mapping[str, StoredMessage]) -> tuple[Line, ...]:
    """Return a line for each item of a summary, section by section.

    Args:
        summary: Its evidence ids are keys of `messages`.
        messages: What the summary was made from.
    """
    said = [
        Line(kind, _item(item, messages), tuple(_said(item, messages)))
        for kind, items in summary.items.items()
        for item in items
    ]
    return (*said, *_mentioned(summary, messages))


def _mentioned(summary: Summary, messages: Mapping[str, StoredMessage]) -> Iterator[Line]:
    """Yield a line for each link, resting on the message that mentioned it first."""
    for link in summary.resources:
        first = next((each for each in messages.values() if link in each.text), None)
        if first is not None:
            evidence = Evidence(link, first.revision, message=first.id)
            yield Line(MENTIONED, {"text": link}, (evidence,))


def summary_header(summary: Summary) -> dict[str, Any]:
    """Return what stands beside the lines of a summary."""
    return {
        "title": summary.title,
        **method_header(summary),
        "messages": summary.coverage.messages,
        "read": summary.coverage.read,
        "skipped": [[each.reason, each.count] for each in summary.coverage.skipped],
        "segments": [_segment(each) for each in summary.segments],
    }


def summary_trace(summary: Summary) -> dict[str, Any]:
    """Return how a summary came about: what was read and left out, and what a model was asked for."""
    spent = summary.spent
    return {
        "read": summary.coverage.read,
        "dropped": summary.dropped,
        "calls": spent.calls,
        "sent": spent.sent,
        "cached": spent.cached,
        "received": spent.received,
        "known": spent.known,
    }


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        "outcome": segment.outcome,
        "reason": segment.reason,
        "messages": segment.messages,
        "began": None if segment.began is None else segment.began.isoformat(),
        "ended": None if segment.ended is None else segment.ended.isoformat(),
    }


def method_header(written: Answer | QuestionSet | Summary) -> dict[str, Any]:
    """Return how something was written, what was left out, and why no model wrote it."""
    header = {
        "method": written.method,
        "why_extracted": written.why_extracted,
        "dropped": written.dropped,
    }
    if isinstance(written, Summary):
        return {**header, "why_short": written.why_short}
    return {**header, "read": written.read, "passages": written.passages}


def quoted_of(passage: Passage, quote: str) -> tuple[Evidence, ...]:
    """Return what a line rests on that quotes words of a passage.

    Of a conversation these are the messages in which the words stand, that with most of them first: it
    is made anew at any time, so nothing rests on itself.
    """
    if not passage.said:
        return (_span(passage, quote),)
    found = locate(quote, passage.text)
    return _messages(passage, [found] if found else [])


def shown_of(passage: Passage, shown: str) -> tuple[Evidence, ...]:
    """Return what a line rests on that shows some words of a passage, and others left out as `…`."""
    if not passage.said:
        return (_span(passage, ""),)
    pieces = (piece for line in shown.splitlines() for piece in line.split("…"))
    found = [locate(piece, passage.text) for piece in pieces]
    return _messages(passage, [span for span in found if span is not None])


def _messages(passage: Passage, spans: Sequence[tuple[int, int]]) -> tuple[Evidence, ...]:
    """Return the messages of a conversation that stand in spans of its text; all where none does."""
    held = _within(passage, spans) or _within(passage, [(0, len(passage.text))])
    return tuple(sorted(dict.fromkeys(held), key=lambda each: -len(each.quote)))


def _within(passage: Passage, spans: Sequence[tuple[int, int]]) -> list[Evidence]:
    held: list[Evidence] = []
    for start, end in spans:
        for said in passage.said:
            first = max(said.start - passage.start, start, 0)
            last = min(said.end - passage.start, end)
            words = passage.text[first:last].strip() if first < last else ""
            if words:
                held.append(Evidence(words, said.revision, message=said.message))
    return held


def _cited(passages: Sequence[Passage], held: Sequence[Evidence]) -> dict[str, Any]:
    """Return how the first passage is named, with a link to the message that holds the words.

    `shares` are those through which all of them may be read; the first one is its sharer's.
    """
    passage = passages[0]
    return {
        "shares": [each.share for each in passages],
        "title": passage.title,
        "source": passage.source,
        "place": str(passage.place),
        "shared_by": passage.shared_by,
        "shared_at": passage.shared_at.isoformat(),
        "message": held[0].message if passage.said and held else passage.message,
        "kind": passage.kind,
        "address": passage.address,
        "parts": {name: round(part, 3) for name, part in passage.parts.items()},
        "instead": _instead(passage, held),
    }


def _instead(passage: Passage, held: Sequence[Evidence]) -> dict[str, str]:
    """Return what was looked for instead, where the line rests on the words that show it."""
    if not passage.said:
        return dict(passage.instead)
    words = " ".join(each.quote for each in held)
    return {asked: found for asked, found in passage.instead.items() if found in words}


def _span(passage: Passage, quote: str) -> Evidence:
    """Tie a line to the words it quotes, or to the whole passage where it quotes none in particular."""
    found = locate(quote, passage.text) if quote else None
    start, end = found or (0, len(passage.text))
    return Evidence(
        quote=quote,
        revision=passage.revision,
        resource=passage.resource,
        start=passage.start + start,
        end=passage.start + end,
    )


def _item(item: Item, messages: Mapping[str, StoredMessage]) -> dict[str, Any]:
    first = messages[item.evidence[0]]
    return {
        "text": item.text,
        "speaker": first.author,
        "at": first.posted_at.isoformat(),
        "owner": item.owner,
        "due": None if item.due is None else item.due.isoformat(),
        "doubt": item.doubt,
    }


def _said(item: Item, messages: Mapping[str, StoredMessage]) -> Sequence[Evidence]:
    """The first message holds the quote; the others are named as they are."""
    return [
        Evidence(
            quote=item.quote if number == 0 else "",
            revision=messages[id].revision,
            message=MessageId(messages[id].id),
        )
        for number, id in enumerate(item.evidence)
    ]

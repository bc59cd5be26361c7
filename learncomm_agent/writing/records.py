"""The JSON forms of what is written, and the reading of transcript lines. Pure.

These forms are stable: tools and tests of communities build on their keys.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.evidence.checks import locate
from learncomm_agent.writing.items import (
    Answer,
    Item,
    ItemKind,
    Question,
    Segment,
    Skipped,
    Summary,
    Transcript,
    Utterance,
)


def summary_record(summary: Summary) -> dict[str, Any]:
    """Give a summary as JSON: every kind is a list, empty where there was none."""
    kinds = {
        kind.value: [_item_record(item, kind) for item in summary.items.get(kind, ())]
        for kind in ItemKind
    }
    skipped = [{"reason": s.reason, "count": s.count} for s in summary.coverage.skipped]
    return {
        "title": summary.title,
        "method": summary.method.value,
        "coverage": {
            "messages": summary.coverage.messages,
            "read": summary.coverage.read,
            "skipped": skipped,
        },
        "segments": [_segment_record(each) for each in summary.segments],
        **kinds,
        "resources": list(summary.resources),
        "dropped": summary.dropped,
    }


def answer_record(answer: Answer) -> dict[str, Any]:
    """Give an answer as JSON; each citation has the keys of a search result, and the quote.

    `said_by` names the member who said it, and is null where a resource says it.
    The quote of a citation is empty where the claim's quote stands in another citation.
    """
    return {
        "answer": [
            {
                "text": claim.text,
                "said_by": claim.said_by,
                "citations": [_citation_record(each, claim.quote) for each in claim.citations],
            }
            for claim in answer.claims
        ],
        "found": answer.is_found,
    }


def question_record(question: Question) -> dict[str, Any]:
    """Give a question as JSON; `evidence` holds the words of the source that it asks about."""
    return {
        "text": question.text,
        "level": question.level,
        "evidence": question.quote,
        "source": question.evidence.source,
    }


def transcript_from_jsonl(
    lines: Iterable[str], title: str, *, language: str = "en", timezone: str = "UTC"
) -> Transcript:
    """Read a transcript from lines `{id, speaker, text, time?, reply_to?, thread?}`.

    A line that is no such object is counted as skipped with the reason `unreadable`; blank lines count
    for nothing. Numbers as ids become strings. A line whose id was used before with other words gets
    `#2` (`#3`, …) behind its id; one that repeats a line entirely is skipped as `unreadable`. A time
    without a date is left out, one without a zone is UTC.

    Args:
        lines: One JSON object each.
        title: Of the conversation.
        language: In which it was held.
        timezone: In which its deadlines are meant.
    """
    kept: dict[str, Utterance] = {}
    unreadable = 0
    for line in lines:
        if not line.strip("\ufeff \t\r\n"):
            continue
        utterance = _utterance(line)
        unique = None if utterance is None else _unique(utterance, kept)
        if unique is None:
            unreadable += 1
        else:
            kept[unique.id] = unique
    skipped = (Skipped("unreadable", unreadable),) if unreadable else ()
    return Transcript(title, tuple(kept.values()), skipped, language, timezone)


def _segment_record(segment: Segment) -> dict[str, Any]:
    return {
        "first": segment.first,
        "last": segment.last,
        "messages": segment.messages,
        "outcome": segment.outcome.value,
        "reason": segment.reason,
    }


def _item_record(item: Item, kind: ItemKind) -> dict[str, Any]:
    record: dict[str, Any] = {
        "text": item.text,
        "evidence": list(item.evidence),
        "quote": item.quote,
    }
    if kind is ItemKind.ACTION:
        record["owner"] = item.owner
        record["due"] = None if item.due is None else item.due.isoformat()
    return record


def _citation_record(passage: Passage, quote: str) -> dict[str, Any]:
    return {
        "resource": passage.title,
        "source": passage.source,
        "chunk": passage.chunk,
        "score": passage.score,
        "place": str(passage.place),
        "text": passage.text,
        "quote": quote if locate(quote, passage.text) else "",
    }


def _utterance(line: str) -> Utterance | None:
    try:
        record = json.loads(line.strip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    own_id, text = _id(record.get("id")), record.get("text")
    speaker = record.get("speaker")
    if own_id is None or not isinstance(text, str) or not isinstance(speaker, str):
        return None
    reply_to = record.get("reply_to")
    if isinstance(reply_to, list):
        reply_to = reply_to[0] if reply_to else None
    return Utterance(
        own_id,
        speaker,
        text,
        _time(record.get("time")),
        _id(reply_to),
        thread=_id(record.get("thread")) or "",
    )


def _id(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _unique(utterance: Utterance, kept: dict[str, Utterance]) -> Utterance | None:
    own, number = utterance.id, 1
    while (known := kept.get(own)) is not None:
        same = (known.speaker, known.text, known.at) == (
            utterance.speaker,
            utterance.text,
            utterance.at,
        )
        if same:
            return None
        number += 1
        own = f"{utterance.id}#{number}"
    return utterance if number == 1 else replace(utterance, id=own)

"""From what was written to what is kept: lines in their JSON form, each tied to its evidence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from learncomm_agent.chat.messages import MessageId
from learncomm_agent.library.resources import Found, Passage
from learncomm_agent.storage.messages import StoredMessage
from learncomm_agent.storage.writings import Evidence, Line
from learncomm_agent.writing.evidence import locate
from learncomm_agent.writing.items import Answer, Item, Question, QuestionSet, Summary

MENTIONED = "resources"
"""The section of a summary's links."""
SNIPPET_CHARS = 240
"""About two lines on a phone."""


def passage_lines(found: Found) -> tuple[Line, ...]:
    """Return a line for each passage that a search found."""
    return tuple(
        Line("passages", {**_cited(passage), "text": snippet(passage.text)}, (_span(passage, ""),))
        for passage in found.passages
    )


def answer_lines(answer: Answer) -> tuple[Line, ...]:
    """Return a line for each claim of an answer."""
    return tuple(
        Line(
            "claims",
            {**_cited(claim.citations[0]), "text": claim.text},
            tuple(_span(passage, claim.quote) for passage in claim.citations),
        )
        for claim in answer.claims
    )


def question_lines(questions: Iterable[Question]) -> tuple[Line, ...]:
    """Return a line for each discussion question."""
    return tuple(
        Line(
            "questions",
            {**_cited(question.evidence), "text": question.text, "level": question.level},
            (_span(question.evidence, question.quote),),
        )
        for question in questions
    )


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
    }


def method_header(written: Answer | QuestionSet | Summary) -> dict[str, Any]:
    """Return how something was written, what was left out, and why no model wrote it."""
    header = {
        "method": written.method,
        "why_extracted": written.why_extracted,
        "dropped": written.dropped,
    }
    if isinstance(written, Summary):
        return header
    return {**header, "read": written.read, "passages": written.passages}


def snippet(text: str, limit: int = SNIPPET_CHARS) -> str:
    """Return the beginning of a text, cut at a word, with an ellipsis where it was cut."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    head = flat[:limit]
    return (head.rsplit(" ", 1)[0] if " " in head else head).rstrip(" ,;:") + " …"


def _cited(passage: Passage) -> dict[str, Any]:
    return {
        "title": passage.title,
        "source": passage.source,
        "place": str(passage.place),
        "shared_by": passage.shared_by,
        "shared_at": passage.shared_at.isoformat(),
        "message": passage.message,
    }


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

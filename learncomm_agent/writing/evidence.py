"""Checks that every line rests on what it cites: repairs it, or drops and counts it. Pure.

Whoever wrote a draft, code or a model, is not believed: ids, quotes, owners and dates are computed
again from the messages and passages.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import accumulate

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.deadlines import DueReader
from learncomm_agent.writing.items import (
    Answer,
    Claim,
    Item,
    ItemKind,
    Method,
    Question,
    Summary,
    Transcript,
    Utterance,
)
from learncomm_agent.writing.quotes import Quotable
from learncomm_agent.writing.vocabulary import links, normal

MOST_EVIDENCE = 3
"""Ids of a line."""
MOST_LINES = 30
"""Lines of a kind; what a draft holds beyond is dropped and counted."""
_BETWEEN = "\n\0\n"
"""Stands between messages, so that no quote reaches over two."""
_SHORTEST_MOVED_QUOTE = 3
"""Words: a shorter quote is not looked for in other messages, it would stand in many."""


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """Find where a quote stands in a text, as whole words.

    Spaces, case, kinds of quotation marks and dashes, emphasis marks, and Unicode forms may differ.

    Returns:
        Start and end in the original text, in characters; None where it does not stand there, or
        holds no letter or digit.
    """
    place = Quotable(text).find(quote)
    return None if place is None else (place.start, place.end)


def check_summary(
    summary: Summary, transcript: Transcript, deadlines: DueReader | None = None
) -> Summary:
    """Give the summary with the lines that hold, each with one to three known ids.

    A quote must stand in the first message that its line cites; where it stands in another one, that
    id takes the first place. Lines without such a message, without words, or said twice in their kind
    are dropped and counted. An owner must have written an evidence message or be named in one.

    Args:
        summary: The draft.
        transcript: What it was written from.
        deadlines: Computes due dates again. Without it the dates of an extracted summary stand, as
            code computed them, and those of a model fall away.
    """
    check = _SummaryCheck(transcript, deadlines, summary.method)
    kept: dict[ItemKind, tuple[Item, ...]] = {}
    dropped = summary.dropped
    for kind in ItemKind:
        draft = summary.items.get(kind, ())
        kept[kind] = _first_of_each(
            checked for item in draft if (checked := check.item(item, kind)) is not None
        )
        dropped += len(draft) - len(kept[kind])
    mentioned = {link for each in transcript.utterances for link in links(each.text)}
    resources = tuple(dict.fromkeys(link for link in summary.resources if link in mentioned))
    return replace(summary, items=kept, resources=resources, dropped=dropped)


def check_answer(answer: Answer, passages: Sequence[Passage] = ()) -> Answer:
    """Give the answer with the claims whose quote stands in a passage that they may cite.

    Args:
        answer: The draft.
        passages: What it was written from; without them, what the draft itself cites.
    """
    known = tuple(passages) or tuple(p for claim in answer.claims for p in claim.citations)
    texts = _texts(known)
    kept: dict[str, Claim] = {}
    for claim in answer.claims:
        cited = tuple(p for p in dict.fromkeys(claim.citations) if p in known)
        first = _holding(claim.quote, cited, known, texts)
        if first is None or not normal(claim.text):
            continue
        others = tuple(p for p in cited if p != first)
        checked = replace(claim, citations=(first, *others)[:MOST_EVIDENCE])
        kept.setdefault(normal(claim.text), checked)
    claims = tuple(kept.values())
    return replace(answer, claims=claims, dropped=answer.dropped + len(answer.claims) - len(claims))


def check_questions(
    questions: Sequence[Question],
    passages: Sequence[Passage],
    seen: frozenset[str] = frozenset(),
) -> tuple[Question, ...]:
    """Give the questions that are new and whose quote stands in one of the passages.

    Args:
        questions: The draft.
        passages: What it was written from.
        seen: Questions that were asked before; case, spaces and punctuation don't make a new one.
    """
    known = tuple(passages)
    texts = _texts(known)
    kept: dict[str, Question] = {}
    asked = {normal(text) for text in seen} | {""}
    for question in questions:
        key = normal(question.text)
        cited = (question.evidence,) if question.evidence in known else ()
        holder = _holding(question.quote, cited, known, texts)
        if holder is not None and key not in asked:
            kept.setdefault(key, replace(question, evidence=holder))
    return tuple(kept.values())


class _SummaryCheck:
    """Checks the lines of one summary; messages are prepared when they are first needed."""

    def __init__(self, transcript: Transcript, deadlines: DueReader | None, method: Method) -> None:
        self._messages = {each.id: each for each in transcript.utterances}
        self._speakers = {normal(each.speaker): each.speaker for each in transcript.utterances}
        self._texts: dict[str, Quotable] = {}
        self._deadlines = deadlines
        self._keeps_dates = method is Method.EXTRACTED

    def item(self, item: Item, kind: ItemKind) -> Item | None:
        known = tuple(each for each in dict.fromkeys(item.evidence) if each in self._messages)
        first = self._holder(item.quote, known)
        if first is None or not normal(item.text):
            return None
        wrong_first = item.evidence[:1] != (first,) and first not in known
        others = tuple(each for each in (known[1:] if wrong_first else known) if each != first)
        evidence = (first, *others)[:MOST_EVIDENCE]
        if kind is not ItemKind.ACTION:
            return replace(item, evidence=evidence, owner=None, due=None)
        messages = [self._messages[each] for each in evidence]
        return replace(
            item,
            evidence=evidence,
            owner=self._owner(item.owner, messages),
            due=self._due(item, messages),
        )

    def _holder(self, quote: str, known: Sequence[str]) -> str | None:
        for each in known:
            if self._holds(each, quote):
                return each
        if len(normal(quote).split()) < _SHORTEST_MOVED_QUOTE:
            return None
        place = self._everything.find(quote)
        if place is None:
            return None
        return tuple(self._messages)[bisect_right(self._starts, place.start) - 1]

    @cached_property
    def _everything(self) -> Quotable:
        return Quotable(_BETWEEN.join(each.text for each in self._messages.values()))

    @cached_property
    def _starts(self) -> list[int]:
        """Where each message begins in the text of all."""
        lengths = (len(each.text) + len(_BETWEEN) for each in self._messages.values())
        return list(accumulate(lengths, initial=0))[:-1]

    def _holds(self, message: str, quote: str) -> bool:
        text = self._texts.get(message)
        if text is None:
            text = self._texts[message] = Quotable(self._messages[message].text)
        return text.find(quote) is not None

    def _owner(self, owner: str | None, messages: Sequence[Utterance]) -> str | None:
        if owner is None or not normal(owner):
            return None
        name = normal(owner)
        if any(normal(each.speaker) == name for each in messages):
            return self._speakers[name]
        is_named = any(
            re.search(rf"(?<!\w){re.escape(name)}(?!\w)", normal(each.text)) for each in messages
        )
        return self._speakers.get(name, owner) if is_named else None

    def _due(self, item: Item, messages: Sequence[Utterance]) -> date | None:
        due = item.due
        if due is None or self._deadlines is None:
            return due if self._keeps_dates else None
        found = [self._deadlines.due(item.quote, messages[0].at)]
        found += [self._deadlines.due(each.text, each.at) for each in messages]
        dates = tuple(dict.fromkeys(each for each in found if each is not None))
        return due if due in dates else dates[0] if len(dates) == 1 else None


def _first_of_each(items: Iterable[Item]) -> tuple[Item, ...]:
    """Take out lines that say again what one above says."""
    kept: list[Item] = []
    texts: set[str] = set()
    quotes: set[tuple[str, str]] = set()
    for item in items:
        text, quote = normal(item.text), (item.evidence[0], normal(item.quote))
        if text in texts or quote in quotes:
            continue
        texts.add(text)
        quotes.add(quote)
        kept.append(item)
    return tuple(kept[:MOST_LINES])


def _texts(passages: Sequence[Passage]) -> dict[Passage, Quotable]:
    return {passage: Quotable(passage.text) for passage in passages}


def _holding(
    quote: str,
    cited: Sequence[Passage],
    known: Sequence[Passage],
    texts: dict[Passage, Quotable],
) -> Passage | None:
    for passage in cited:
        if texts[passage].find(quote):
            return passage
    if len(normal(quote).split()) < _SHORTEST_MOVED_QUOTE:
        return None
    return next((passage for passage in known if texts[passage].find(quote)), None)

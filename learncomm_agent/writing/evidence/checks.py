"""Checks that every line rests on what it cites: repairs it, or drops and counts it. Pure.

Whoever wrote a draft, code or a model, is not believed: ids, quotes, owners and dates are computed
again from the messages and passages.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.evidence.grounds import grounds_of
from learncomm_agent.writing.evidence.names import names_beside
from learncomm_agent.writing.evidence.support import Support
from learncomm_agent.writing.items import (
    Answer,
    Claim,
    Method,
    Question,
)
from learncomm_agent.writing.language.quotes import Quotable
from learncomm_agent.writing.language.vocabulary import normal

MOST_EVIDENCE = 3
"""Ids of a line."""
MOST_LINES = 30
"""Lines of a kind; what a draft holds beyond is dropped and counted."""
SHORTEST_MOVED_QUOTE = 3
"""Words: a shorter quote is not looked for in other messages, it would stand in many."""

SupportOf = Callable[[Passage], Support]
"""Gives what compares lines with a passage, in whatever language it is."""


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """Find where a quote stands in a text, as whole words.

    Spaces, case, kinds of quotation marks and dashes, emphasis marks, and Unicode forms may differ.

    Returns:
        Start and end in the original text, in characters; None where it does not stand there, or
        holds no letter or digit.
    """
    place = Quotable(text).find(quote)
    return None if place is None else (place.start, place.end)


def check_answer(
    answer: Answer,
    passages: Sequence[Passage] = (),
    support: SupportOf | None = None,
    people: Iterable[str] = (),
) -> Answer:
    """Give the answer with the claims whose quote stands in a passage that they may cite.

    Further passages that have nothing to do with a model's claim are taken out of it.

    Args:
        answer: The draft.
        passages: What it was written from; without them, what the draft itself cites.
        support: Compares a model's claims with the passage they rest on.
        people: Whom a model's claim may name only where its passages do, beside those who shared them.
    """
    known = tuple(passages) or tuple(p for claim in answer.claims for p in claim.citations)
    compared = support if answer.method is Method.MODEL else None
    names = names_beside(known, people)
    texts = _texts(known)
    kept: dict[str, Claim] = {}
    for claim in answer.claims:
        cited = tuple(p for p in dict.fromkeys(claim.citations) if p in known)
        first = _holding(claim.quote, cited, known, texts)
        if first is None or not normal(claim.text):
            continue
        others = tuple(
            p
            for p in cited
            if p != first
            and (compared is None or compared(first).belongs(p.text, claim.text, claim.quote))
        )
        quote = _words(claim.quote, first, texts)
        checked = replace(claim, citations=(first, *others)[:MOST_EVIDENCE], quote=quote)
        if compared is not None:
            grounds = grounds_of(checked.citations)
            found = compared(first).checked(claim.text, quote, grounds, names)
            if found is None:
                continue
            checked = replace(checked, text=found.text, quote=found.quote, doubt=found.doubt)
        kept.setdefault(normal(checked.text), checked)
    claims = tuple(kept.values())
    return replace(answer, claims=claims, dropped=answer.dropped + len(answer.claims) - len(claims))


def check_questions(
    questions: Sequence[Question],
    passages: Sequence[Passage],
    seen: frozenset[str] = frozenset(),
    support: SupportOf | None = None,
    people: Iterable[str] = (),
    *,
    beside: str = "",
) -> tuple[Question, ...]:
    """Give the questions that are new and whose quote stands in one of the passages.

    Args:
        questions: The draft.
        passages: What it was written from.
        seen: Questions that were asked before; case, spaces and punctuation don't make a new one.
        support: Compares a model's questions with the passages that they grow out of.
        people: As in `check_answer`.
        beside: What a question may draw on beside its passage: the goal of the community.
    """
    known = tuple(passages)
    texts, names = _texts(known), names_beside(known, people)
    kept: dict[str, Question] = {}
    asked = {normal(text) for text in seen} | {""}
    for question in questions:
        key = normal(question.text)
        cited = (question.evidence,) if question.evidence in known else ()
        holder = _holding(question.quote, cited, known, texts)
        if holder is None or key in asked:
            continue
        grounds = grounds_of([holder])
        grounds = replace(grounds, around=f"{grounds.around} {beside}")
        if support is None or support(holder).grows_out_of(question.text, grounds, names):
            quote = _words(question.quote, holder, texts)
            kept.setdefault(key, replace(question, evidence=holder, quote=quote))
    return tuple(kept.values())


def _texts(passages: Sequence[Passage]) -> dict[Passage, Quotable]:
    return {passage: Quotable(passage.text) for passage in passages}


def _words(quote: str, holder: Passage, texts: dict[Passage, Quotable]) -> str:
    """Return a quote as it stands in the passage that holds it."""
    place = texts[holder].find(quote)
    assert place is not None
    return holder.text[place.start : place.end]


def _holding(
    quote: str,
    cited: Sequence[Passage],
    known: Sequence[Passage],
    texts: dict[Passage, Quotable],
) -> Passage | None:
    for passage in cited:
        if texts[passage].find(quote):
            return passage
    if len(normal(quote).split()) < SHORTEST_MOVED_QUOTE:
        return None
    return next((passage for passage in known if texts[passage].find(quote)), None)

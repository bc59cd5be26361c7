"""Answers with sentences of the passages as they stand, without a language model. Pure."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from learncomm_agent.library.resources import GUIDES, Passage
from learncomm_agent.writing.extractive.salience import unlike
from learncomm_agent.writing.items import Answer, Claim, Method
from learncomm_agent.writing.language.cues import AnswerKind, Cues
from learncomm_agent.writing.language.prose import WRITTEN_BY_LINE, Clause, clauses
from learncomm_agent.writing.language.vocabulary import content, tokens

_MOST_CLAIMS = 3
_LONGEST = 300
"""Characters of a claim; list items are added to their lead-in up to here."""
_LEAST_OVERLAP = 0.45
"""Share of the question's weight that a sentence and its headings must hold together."""
_NEAR_BEST = 0.6
"""Share of the best score that a further claim must reach."""
_NEW_ENOUGH = 0.4
_AROUND = 0.5
"""What a word in the headings counts, beside 1 in the sentence."""
_ENDS = (".", "!", "。", "…")
_ENDING, _SHORTEST = 2, 4
"""Letters that an ending may have, and of a word that may have one."""
_ECHO, _SELDOM = 0.8, 6
"""What holding all small words of the question adds that not more than one sentence in so many holds."""
_ABOUT = 0.4
"""What headings add that hold the whole question."""
_OWN, _OURS = 1.15, 1.8
"""What the community's own words count beside a guide of ours; where the question is about the group."""
_BESIDE = 0.4
"""What a word of an earlier question counts, beside 1 of the question's own."""


_Forms = Mapping[str, frozenset[str]]
"""For the stem of each word of a question: those of all its forms, its own among them."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage: Passage
    order: int
    quote: str
    text: str
    bag: frozenset[str]
    around: frozenset[str]
    small: frozenset[str]
    """Its words that tell little by themselves."""
    is_shown: bool
    """Whether it holds what this kind of question asks for."""


def answer(question: str, passages: Sequence[Passage], cues: Cues, beside: str = "") -> Answer:
    """Pick the one to three sentences that answer best; none where nothing overlaps well.

    A sentence counts by the rare words that it shares with the question, less by those in its
    headings, by the passage's own score, and by whether it holds what such a question asks for. Who asks
    for a time, a number or a person is told what holds one, or else that this is but the nearest.

    Args:
        question: As it was asked.
        passages: What a search found, best first.
        cues: Of the question's language.
        beside: Words of the question that count less: what it goes on from was about them.
    """
    kinds = _kinds(question, cues)
    about = _about(question, cues)
    asked = content(tokens(about), cues.stopwords) or content(tokens(about), frozenset())
    forms = {each: cues.forms.get(each, frozenset()) | {each} for each in asked}
    candidates = _candidates(forms, kinds, passages, cues)
    weights = _weights(forms, candidates, content(tokens(beside), cues.stopwords))
    small = _small(question, candidates, cues)
    own = _OURS if cues.find("ours.asks", question) else _OWN
    scored = [
        (score * (1 + _ECHO * len(small & each.small) / max(1, len(small))), each)
        for each in candidates
        if (score := _score(each, forms, weights)) > 0
    ]
    scored = [(score * (1 if _is_guide(each) else own), each) for score, each in scored]
    scored.sort(key=lambda pair: (-pair[0], pair[1].order))
    showing = [pair for pair in scored if pair[1].is_shown]
    is_near = False
    if scored and any(kind.must for kind in kinds):
        is_near = not showing or showing[0][0] < _NEAR_BEST * scored[0][0]
        scored = scored if is_near else showing
    claims: list[Claim] = []
    chosen: list[frozenset[str]] = []
    for score, each in scored:
        if len(claims) == _MOST_CLAIMS or score < _NEAR_BEST * scored[0][0]:
            break
        if unlike(each.bag, chosen) >= _NEW_ENOUGH:
            chosen.append(each.bag)
            claims.append(Claim(each.text, (each.passage,), each.quote))
    return Answer(question, Method.EXTRACTED, tuple(claims), is_near=is_near and bool(claims))


def _kinds(question: str, cues: Cues) -> list[AnswerKind]:
    """Return the kinds of questions that one is of."""
    begins = _begins(question, cues)
    return [kind for kind in cues.answers if any(map(kind.asks.find, begins))]


def _begins(question: str, cues: Cues) -> tuple[str, ...]:
    """Give a question, and without a small word that stands before it: `and how often`."""
    first, _, rest = question.strip().partition(" ")
    return (question, rest) if cues.stopwords.issuperset(tokens(first)) else (question,)


def _about(question: str, cues: Cues) -> str:
    """Return a question without the words that only ask: `how often do we meet` is about meeting."""
    matches = (
        (each, match)
        for each in _begins(question, cues)
        for kind in cues.answers
        if (match := kind.asks.find(each))
    )
    return min((each[match.end() :] for each, match in matches), key=len, default=question)


def _is_guide(candidate: _Candidate) -> bool:
    """Whether it is of a text that every library comes with, and not of the community's own."""
    return candidate.passage.source.startswith(GUIDES)


def _candidates(
    forms: _Forms, kinds: Sequence[AnswerKind], passages: Sequence[Passage], cues: Cues
) -> list[_Candidate]:
    asks_who = any(kind.is_who for kind in kinds)
    found: list[_Candidate] = []
    for passage in passages:
        around = content(tokens(" ".join((passage.title, *passage.place.headings))), cues.stopwords)
        parts = [
            each
            for said in _spoken(passage)
            for each in clauses(said, cues.speech)
            if not each.is_heading
        ]
        for i in range(len(parts)):
            quote, text = parts[i].quote, parts[i].text
            if any(_holds(content(tokens(text), frozenset()), each) for each in forms.values()):
                quote, text = _with_list(passage, parts, i)
            words = tokens(text)
            is_shown = any(kind.shows.find(text, words) for kind in kinds)
            is_shown = is_shown or (asks_who and _names(text, forms, cues))
            bag = content(words, cues.stopwords)
            if bag and not text.endswith(("?", ":")):
                small = cues.stopwords.intersection(words)
                found.append(
                    _Candidate(passage, len(found), quote, text, bag, around, small, is_shown)
                )
    return found


def _spoken(passage: Passage) -> list[Passage]:
    """Give what each member said of a talk, without the name before it; any other passage as it is."""
    spans = [
        (max(0, said.start - passage.start), said.end - passage.start) for said in passage.said
    ]
    return [replace(passage, text=passage.text[start:end]) for start, end in spans] or [passage]


def _names(text: str, forms: _Forms, cues: Cues) -> bool:
    """Tell whether a sentence names somebody: a word with a capital letter that was not asked about.

    The first one of a sentence has that anyhow, so there it counts before a word of the question alone.
    """
    words = text.split()
    stems = [content(tokens(each), cues.stopwords) for each in words]
    asked = [any(_holds(each, some) for some in forms.values()) for each in stems]
    return any(
        word[:1].isupper() and bool(stems[i]) and not asked[i] and (i > 0 or any(asked[1:2]))
        for i, word in enumerate(words)
    )


def _with_list(passage: Passage, parts: Sequence[Clause], first: int) -> tuple[str, str]:
    """Give a sentence; one that leads into a list takes its first items with it."""
    lead = parts[first]
    if not lead.text.endswith((":", "\uff1a")):
        return lead.quote, lead.text
    texts = [lead.text]
    quote = lead.quote
    start = passage.text.find(lead.quote)
    for item in parts[first + 1 :]:
        end = passage.text.find(item.quote, start + len(quote)) + len(item.quote)
        if not item.is_listed or end - start > _LONGEST or end <= start:
            break
        texts.append(item.text)
        quote = passage.text[start:end]
    items = "; ".join(text.rstrip(".;,") for text in texts[1:])
    return quote, f"{lead.text} {items}" if items else lead.text


def _small(question: str, candidates: Sequence[_Candidate], cues: Cues) -> frozenset[str]:
    """Return the small words of a question that few sentences hold: how long something may *last*."""
    counts = Counter(word for each in candidates for word in each.small)
    asked = cues.stopwords.intersection(tokens(question))
    few = max(1, len(candidates) // _SELDOM)
    return frozenset(word for word in asked if len(word) >= _SHORTEST and 0 < counts[word] <= few)


def _weights(
    forms: _Forms, candidates: Sequence[_Candidate], beside: frozenset[str]
) -> dict[str, float]:
    counts = Counter(
        asked for each in candidates for asked, some in forms.items() if _holds(each.bag, some)
    )
    return {
        asked: (_BESIDE if asked in beside else 1.0)
        * math.log(1 + (len(candidates) + 1) / (counts[asked] + 0.5))
        for asked in forms
    }


def _holds(bag: frozenset[str], forms: frozenset[str]) -> bool:
    """Tell whether a form of a word stands there, maybe with another ending: `rise` and `rises`."""
    return not bag.isdisjoint(forms) or any(
        abs(len(word) - len(form)) <= _ENDING
        and min(len(word), len(form)) >= _SHORTEST
        and (word.startswith(form) or form.startswith(word))
        for form in forms
        for word in bag
    )


def _score(candidate: _Candidate, forms: _Forms, weights: Mapping[str, float]) -> float:
    total = sum(weights.values())
    held = {asked for asked, some in forms.items() if _holds(candidate.bag, some)}
    inside = sum(weights[asked] for asked in held)
    near = {asked for asked, some in forms.items() if _holds(candidate.around, some)}
    outside = sum(weights[asked] for asked in near - held)
    overlap = (inside + _AROUND * outside) / total if total else 0.0
    if overlap < _LEAST_OVERLAP or not inside:
        return 0.0
    length = min(1.0, 0.6 + len(candidate.bag) / 15)
    shown = 1.25 if candidate.is_shown else 1.0
    is_whole = candidate.passage.kind in WRITTEN_BY_LINE or candidate.text.endswith(_ENDS)
    whole = 1.0 if is_whole else 0.75
    about = 1 + _ABOUT * sum(weights[asked] for asked in near) / total
    return about * (
        whole * overlap * (0.5 + 0.5 * min(1.0, max(0.0, candidate.passage.score))) * length * shown
    )

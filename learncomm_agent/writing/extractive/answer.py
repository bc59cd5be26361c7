"""Answers with sentences of the passages as they stand, without a language model. Pure."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.extractive.salience import unlike
from learncomm_agent.writing.items import Answer, Claim, Method
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.prose import Clause, clauses
from learncomm_agent.writing.language.vocabulary import content, tokens

_MOST_CLAIMS = 3
_LONGEST = 420
"""Characters of a claim; list items are added to their lead-in up to here."""
_LEAST_OVERLAP = 0.4
"""Share of the question's weight that a sentence and its headings must hold together."""
_NEAR_BEST = 0.6
"""Share of the best score that a further claim must reach."""
_NEW_ENOUGH = 0.4
_AROUND = 0.5
"""What a word in the headings counts, beside 1 in the sentence."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage: Passage
    order: int
    quote: str
    text: str
    bag: frozenset[str]
    around: frozenset[str]
    is_shown: bool
    """Whether it holds what this kind of question asks for."""


def answer(question: str, passages: Sequence[Passage], cues: Cues) -> Answer:
    """Pick the one to three sentences that answer best; none where nothing overlaps well.

    A sentence counts by the rare words that it shares with the question, less by those in its
    headings, by the passage's own score, and by whether it holds what such a question asks for.

    Args:
        question: As it was asked.
        passages: What a search found, best first.
        cues: Of the question's language.
    """
    asked = content(tokens(question), cues.stopwords) or content(tokens(question), frozenset())
    candidates = _candidates(question, passages, cues)
    weights = _weights(asked, candidates)
    scored = [(score, each) for each in candidates if (score := _score(each, weights)) > 0]
    scored.sort(key=lambda pair: (-pair[0], pair[1].order))
    claims: list[Claim] = []
    chosen: list[frozenset[str]] = []
    for score, each in scored:
        if len(claims) == _MOST_CLAIMS or score < _NEAR_BEST * scored[0][0]:
            break
        if unlike(each.bag, chosen) >= _NEW_ENOUGH:
            chosen.append(each.bag)
            claims.append(Claim(each.text, (each.passage,), each.quote))
    return Answer(question, Method.EXTRACTED, tuple(claims))


def _candidates(question: str, passages: Sequence[Passage], cues: Cues) -> list[_Candidate]:
    shows = [shown for asks, shown in cues.answers if asks.find(question.strip())]
    found: list[_Candidate] = []
    for passage in passages:
        around = content(tokens(" ".join((passage.title, *passage.place.headings))), cues.stopwords)
        parts = [each for each in clauses(passage, cues.speech) if not each.is_heading]
        for i in range(len(parts)):
            quote, text = _with_list(passage, parts, i)
            words = tokens(text)
            is_shown = any(shown.find(text, words) for shown in shows)
            bag = content(words, cues.stopwords)
            if bag and not text.endswith(("?", ":")):
                found.append(_Candidate(passage, len(found), quote, text, bag, around, is_shown))
    return found


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


def _weights(asked: frozenset[str], candidates: Sequence[_Candidate]) -> dict[str, float]:
    counts = Counter(stem for each in candidates for stem in each.bag)
    return {stem: math.log(1 + (len(candidates) + 1) / (counts[stem] + 0.5)) for stem in asked}


def _score(candidate: _Candidate, weights: dict[str, float]) -> float:
    total = sum(weights.values())
    inside = sum(weights[stem] for stem in weights if stem in candidate.bag)
    outside = sum(
        weights[stem] for stem in weights if stem in candidate.around and stem not in candidate.bag
    )
    overlap = (inside + _AROUND * outside) / total if total else 0.0
    if overlap < _LEAST_OVERLAP or not inside:
        return 0.0
    length = min(1.0, 0.6 + len(candidate.bag) / 15)
    shown = 1.25 if candidate.is_shown else 1.0
    whole = 1.0 if candidate.text.endswith((".", "!", "。", "…")) else 0.75
    return (
        whole * overlap * (0.5 + 0.5 * min(1.0, max(0.0, candidate.passage.score))) * length * shown
    )

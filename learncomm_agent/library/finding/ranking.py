"""Which candidates answer a query best, and whether any does; pure.

Words are weighed by BM25 (Robertson and Zaragoza 2009), words that stand side by side as they were asked
by the sequential dependence of Metzler and Croft (2005), both over what the audience may read alone.
Two things adapt how much either side counts to the query at hand. Words are a share of the best, damped
where even the best holds little of what was asked: then the words have little to say. Cosines are
squared above their background: where nothing is really near, as with names and nicknames in chat,
meaning has little to say, and where something is, it speaks up.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from learncomm_agent.library.finding.analysis import Asked, Term
from learncomm_agent.library.finding.tokens import plain, small
from learncomm_agent.library.resources import ChunkId, ResourceId

DENSE_WEIGHT = 0.65
"""How much meaning counts where the settings name no weight; chosen with the rest of these numbers on
thirteen collections, see `docs/search.md`. None of them is finer than a step that changes nothing."""
SATURATION, LENGTH_SHARE, USUAL_LENGTH = 1.2, 0.75, 120.0
"""BM25's k1 and b, and the words of a usual chunk: a constant, so that a rank says nothing of other texts."""
SIDE_BY_SIDE = 0.5
"""How much two words count again where they stand together as they were asked."""
COVERAGE = 0.2
"""How much of the words' score is the plain share of the query that a chunk holds."""
BACKGROUND = 0.1
"""The share of the candidates that have nothing to do with the query, surely: their highest cosine is 0."""
QUOTED, NAMED = 0.3, 0.05
"""What holding all that stands in quotation marks, and all ids, adds to a score before it is scaled."""
RECENT, HALF_LIFE_DAYS = 0.2, 30.0
"""What being shared just now adds if the query asks for what is new, and when half of it is gone."""
RELEVANT, BY_COVERAGE = 0.42, 0.5
"""The nearest cosine, and this much of the best coverage, reach the bound together or nothing is relevant."""
COVERED, FEW_WORDS = 0.2, 2
"""What coverage must reach where words answer alone; of so few words, one is enough."""
SLIP = 0.75
"""How much of a word's coverage another word has that was looked for in its place."""
ALL = 0.999
"""Coverage above this is all of a query, added up in whatever order."""
SHORTEST_STEM = 3
"""Letters of a form with which all others begin, if they are to be looked for together."""
COMMON = 100
"""Words that so many chunks hold all tell as little."""
JUDGED = 5
"""So many of the best say whether the query was covered."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that may answer: found by words, by meaning, or both. Its audience was checked."""

    chunk: ChunkId
    resource: ResourceId
    ordinal: int
    context: str
    """Title and headings."""
    text: str
    words: str
    """Of context and text, see `Analyser.words`."""
    nearness: float | None
    """Cosine to the query, -1 to 1; None where words answer alone or it has no vector yet."""
    shared_at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """What the audience may read, in numbers; nothing else is counted."""

    chunks: int
    holding: Mapping[str, int]
    """How many of them hold a term, by `Term.word`."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score, 0 to 1 within one search, and what it is made of."""

    candidate: Candidate
    score: float
    parts: Mapping[str, float]
    """For `why`: `words`, `meaning`, `weight` (of meaning), `phrase`, `recency`, each 0 to 1."""


def ranked(
    asked: Asked,
    candidates: Sequence[Candidate],
    seen: Seen,
    *,
    now: datetime,
    dense_weight: float | None = None,
) -> tuple[Ranked, ...]:
    """Return the candidates, best first; of equals the one that was shared last, then by id.

    Args:
        asked: The query.
        candidates: In any order, each chunk once.
        seen: The statistics that words are weighed by.
        now: For recency, where the query asks for it.
        dense_weight: How much meaning counts, 0 to 1; as the query itself suggests where None.
    """
    if not candidates:
        return ()
    words = _by_words(asked.terms, candidates, seen)
    meaning = _by_meaning([each.nearness for each in candidates], words)
    weight = DENSE_WEIGHT if dense_weight is None else dense_weight
    if meaning is None:
        weight, meaning = 0.0, np.zeros(len(candidates))
    phrase = _held(asked.quoted, candidates, plain), _held(asked.ids, candidates, small)
    new = _recency(asked, candidates, now)
    most = 1 + QUOTED * bool(asked.quoted) + NAMED * bool(asked.ids) + RECENT * asked.is_recent
    scores = (1 - weight) * words + weight * meaning
    scores = (scores + QUOTED * phrase[0] + NAMED * phrase[1] + RECENT * new) / most
    scores = scores.round(9)  # equals stay equals, whatever order they were added up in
    exact = np.maximum(*phrase)
    order = sorted(
        range(len(candidates)),
        key=lambda i: (-scores[i], -candidates[i].shared_at.timestamp(), candidates[i].chunk),
    )
    columns = zip(*(each.round(6).tolist() for each in (words, meaning, exact, new)), strict=True)
    parts = [
        {"words": w, "meaning": m, "weight": weight, "phrase": p, "recency": r}
        for w, m, p, r in columns
    ]
    return tuple(Ranked(candidates[i], float(scores[i]), parts[i]) for i in order)


def is_relevant(asked: Asked, best: Sequence[Ranked], seen: Seen) -> bool:
    """Say whether what was found has to do with the query at all."""
    near, covered = evidence(asked, best, seen)
    if asked.is_quotation:  # wanted as it stands, so what is only near does not do
        return covered > ALL or any(each.parts["phrase"] == 1 for each in best)
    if near is not None:
        return near + BY_COVERAGE * covered >= RELEVANT
    return covered >= COVERED or (covered > 0 and len(asked.terms) <= FEW_WORDS)


def evidence(asked: Asked, best: Sequence[Ranked], seen: Seen) -> tuple[float | None, float]:
    """Return the cosine of the nearest, and how much of the query one of the first ones holds, 0 to 1.

    A rare word tells more than one that stands everywhere: 1 if nothing holds it, 0.15 if `COMMON` do.
    """
    near = [each.candidate.nearness for each in best if each.candidate.nearness is not None]
    counts = {term: min(seen.holding.get(term.word, 0), COMMON) for term in asked.terms}
    telling = {term: 1 / math.log2(2 + count) for term, count in counts.items()}
    whole = sum(telling.values())
    held = (
        sum(telling[term] * _held_share(each.candidate.words, term) for term in asked.terms)
        for each in best[:JUDGED]
    )
    return max(near, default=None), max(held, default=0.0) / whole if whole else 0.0


def _held_share(words: str, term: Term) -> float:
    """Return 1 for a word that a text holds, 0 for one that it lacks."""
    is_held = any(f" {form} " in words for form in term.forms)
    return is_held * (SLIP if term.is_slip else 1.0)


def _by_words(terms: Sequence[Term], candidates: Sequence[Candidate], seen: Seen) -> Numbers:
    """Return what speaks for each candidate by its words, 0 to 1."""
    if not terms:
        return np.zeros(len(candidates))
    held, together, lengths = _counts(terms, [each.words for each in candidates])
    rare = np.array([rarity(seen.holding.get(term.word, 0), seen.chunks) for term in terms])
    pairs = SIDE_BY_SIDE * np.minimum(rare[1:], rare[:-1])
    norm = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * lengths / USUAL_LENGTH)[:, None]
    bm25 = held / (held + norm) @ rare + together / (together + norm) @ pairs
    share = bm25 / (rare.sum() + pairs.sum())
    damped = share / math.sqrt(max(share.max(), 1e-9))
    covered = (held > 0) @ rare / rare.sum()
    scores: Numbers = (1 - COVERAGE) * damped + COVERAGE * covered
    return scores


def rarity(count: int, chunks: int) -> float:
    """Return how much a word tells that so many chunks hold; never nothing."""
    return math.log(1 + (max(chunks, count) - count + 0.5) / (count + 0.5))


def _counts(terms: Sequence[Term], texts: Sequence[str]) -> tuple[Numbers, Numbers, Numbers]:
    """Return how often each text holds each term, and each two next to each other; and its length.

    All texts are searched as one, which is many times quicker than one by one.
    """
    whole = "\n".join(texts)
    ends = np.cumsum([len(text) + 1 for text in texts])
    held = np.zeros((len(texts), len(terms)))
    together = np.zeros((len(texts), len(terms) - 1))
    before: set[int] = set()
    for column, term in enumerate(terms):
        begins, after = _places(whole, term.forms)
        held[:, column] = np.bincount(np.searchsorted(ends, begins, "right"), minlength=len(texts))
        if column:
            joined = [begin for begin in begins if begin in before]
            rows = np.searchsorted(ends, joined, "right")
            together[:, column - 1] = np.bincount(rows, minlength=len(texts))
        before = set(after)
    return held, together, _lengths(whole)


def _lengths(whole: str) -> Numbers:
    """Return how many words each line holds, two spaces a word."""
    codes = np.frombuffer(whole.encode(), np.uint8)
    before = np.searchsorted(np.flatnonzero(codes == ord(" ")), np.flatnonzero(codes == ord("\n")))
    lengths: Numbers = np.diff(before, prepend=0, append=int((codes == ord(" ")).sum())) / 2
    return lengths


def _places(whole: str, forms: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return where any of the forms stands, and where the word after it would."""
    shortest = min(forms, key=len)
    is_stem = len(shortest) >= SHORTEST_STEM and all(form.startswith(shortest) for form in forms)
    begins: list[int] = []
    after: list[int] = []
    for start in [shortest] if is_stem else forms:
        at = whole.find(f" {start}")
        while at >= 0:
            end = whole.find(" ", at + 1 + len(start))
            if whole[at + 1 : end] in forms:
                begins.append(at)
                after.append(end + 1)
            at = whole.find(f" {start}", end)
    return begins, after


def _by_meaning(cosines: Sequence[float | None], words: Numbers) -> Numbers | None:
    """Return what speaks for each candidate by its meaning, 0 to 1; None where no vector took part.

    For a candidate whose vector is still to come its words speak, within what the others reach.
    """
    known = np.array([math.nan if each is None else each for each in cosines], np.float64)
    has_none = np.isnan(known)
    if has_none.all():
        return None
    background = max(0.0, float(np.quantile(known[~has_none], BACKGROUND)))
    above = np.clip((known - background) / max(1 - background, 1e-9), 0, 1) ** 2
    meaning: Numbers = np.where(has_none, words * np.nanmax(above), above)
    return meaning


def _held(
    wanted: Sequence[str], candidates: Sequence[Candidate], form: Callable[[str], str]
) -> Numbers:
    """Return the share of what is wanted as it stands that each candidate holds."""
    if not wanted:
        return np.zeros(len(candidates))
    texts = [form(f"{each.context}\n{each.text}") for each in candidates]
    return np.array([sum(each in text for each in wanted) / len(wanted) for text in texts])


def _recency(asked: Asked, candidates: Sequence[Candidate], now: datetime) -> Numbers:
    """Return how new each candidate is, 1 for now; 0 for all where the query asks for nothing new."""
    if not asked.is_recent:
        return np.zeros(len(candidates))
    return np.array([recency(each.shared_at, now) for each in candidates])


def recency(shared_at: datetime, now: datetime) -> float:
    """Return how new something is, from 1 for now towards 0."""
    days = (now - shared_at).total_seconds() / 86_400
    new: float = 0.5 ** (max(days, 0.0) / HALF_LIFE_DAYS)
    return new

"""What passages turn on: the terms that come back in them, are emphasised, or stand in headings. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from learncomm_agent.writing.extractive.patterns import Patterns
from learncomm_agent.writing.language.prose import Clause

_PIECE = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*|[^\w\s]")
_LONGEST = 3
"""Words of a term."""
_LEAST_COUNT = 2
_LEAST_COUNT_ALONE = 4
_LONG_WORD = 8
"""Letters: such a word says enough alone when it comes back twice."""
_LEAST_AS_NOUN = 0.5
"""Share of its places in which a single word stands after an article or the like."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a few that a passage turns on."""

    text: str
    clause: Clause
    """The first sentence in which it stands."""
    score: float

    def is_people(self, patterns: Patterns) -> bool:
        """Tell whether it names several people."""
        last = self.text.lower().split()[-1]
        return last in patterns.people or last.endswith(patterns.people_ending or ("\0",))


def terms(
    parts: Sequence[Clause], headings: str, patterns: Patterns, stopwords: frozenset[str]
) -> tuple[Term, ...]:
    """Find the terms of a passage, the strongest first.

    A run of words between stopwords counts when it stands after an article or the like at least once;
    in languages that write nouns with a capital, when it is so written within a sentence.

    Args:
        parts: The sentences of the passage.
        headings: The title and headings over it, in small letters.
        patterns: Of the language.
        stopwords: Of the language.
    """
    counts: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = {}
    firsts: dict[str, Clause] = {}
    is_noun: Counter[str] = Counter()
    for part in parts:
        for before, words in _runs(part.text, patterns, stopwords):
            key = _key(words)
            counts[key] += 1
            forms.setdefault(key, Counter())[" ".join(words)] += 1
            firsts.setdefault(key, part)
            if patterns.nouns_are_capitalised or before in patterns.terms_before:
                is_noun[key] += 1
    for key in [key for key in counts if " " in key and is_noun[key]]:
        for word in key.split():
            if counts[word] < 2 * counts[key]:
                del is_noun[word]
    found = []
    for key, count in counts.items():
        in_heading = re.search(rf"(?<!\w){re.escape(key)}s?(?!\w)", headings) is not None
        score = _score(key, count, in_heading=in_heading)
        if score and _is_term(key, is_noun[key], count, patterns, in_heading=in_heading):
            found.append(Term(forms[key].most_common(1)[0][0], firsts[key], score))
    return tuple(sorted(found, key=lambda term: (-term.score, term.text)))


def _key(words: Sequence[str]) -> str:
    """Return what singular and plural of a term share."""
    key = " ".join(words).lower()
    return key.removesuffix("s") if not key.endswith("ss") else key


def _is_term(key: str, as_noun: int, count: int, patterns: Patterns, *, in_heading: bool) -> bool:
    if " " in key:
        return as_noun > 0
    is_unfit = key.endswith(patterns.terms_alone_not_ending or ("\0",))
    if is_unfit or {key, f"{key}s"} & patterns.terms_alone_not:
        return False
    return as_noun > (not in_heading) and as_noun >= _LEAST_AS_NOUN * count


def _score(key: str, count: int, *, in_heading: bool) -> float:
    if count < _LEAST_COUNT and not in_heading:
        return 0.0
    size, is_long = len(key.split()), len(key) >= _LONG_WORD
    least = (_LEAST_COUNT if in_heading else _LEAST_COUNT_ALONE) - is_long
    if size == 1 and count < least:
        return 0.0
    return min(count, 5) * (1.0 + 0.6 * (size - 1)) + 2.0 * in_heading


def _runs(
    text: str, patterns: Patterns, stopwords: frozenset[str]
) -> Iterator[tuple[str, list[str]]]:
    """Give the runs of words that may be a term, each with the word before it.

    A run that a further word of content follows is only the beginning of something else.
    """
    pieces = [*_PIECE.findall(text), "."]
    fits = [_fits(piece, i, patterns, stopwords) for i, piece in enumerate(pieces)]
    run: list[str] = []
    before = last = ""
    for i, piece in enumerate(pieces):
        is_join = bool(run) and piece.lower() in patterns.terms_join and fits[i + 1]
        if fits[i] or is_join:
            if not run:
                before = last
            run.append(piece)
        else:
            is_whole = not piece[0].isalnum() or piece.lower() in stopwords
            if 0 < len(run) <= _LONGEST and (is_whole or patterns.nouns_are_capitalised):
                yield before, run
            run = []
        last = piece.lower()


def _fits(piece: str, position: int, patterns: Patterns, stopwords: frozenset[str]) -> bool:
    word = piece.lower().replace("’", "'")
    if len(word) < 3 or not word[0].isalpha() or word in stopwords or word in patterns.terms_not:
        return False
    if patterns.nouns_are_capitalised and (position == 0 or not piece[0].isupper()):
        return False
    return not word.endswith(patterns.terms_not_ending or ("\0",))

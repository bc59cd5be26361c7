"""Puts lines together that say the same in several places of a conversation. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from learncomm_agent.writing.evidence.checks import MOST_EVIDENCE
from learncomm_agent.writing.items import Item, Method, Summary
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.vocabulary import content, normal, tokens

_NUMBER = re.compile(r"\d+")
_ALIKE = 0.75
"""Share of their words of content that two lines have in common which say the same."""
_FEWEST_WORDS = 2
_AKIN = 4
"""Letters at the beginning in which `reads` and `reading` meet."""
_TELLING = 3
"""Letters of a word that tells two lines apart."""


def merged(summary: Summary, cues: Cues) -> Summary:
    """Return a summary in which nothing is said twice in one kind.

    What was told twice is one line, in the words that stand first, resting on what each of them rests on.
    Lines with other numbers, another negation, another owner or another day are never put together, nor two
    that each hold a word which the other lacks: blue is not green, and before not after. Only a model writes
    such lines; without one, no line is like another.

    Args:
        summary: Whose lines have been checked each by itself.
        cues: Of the readers' language.
    """
    if summary.method is not Method.MODEL:
        return summary
    items = {kind: _distinct(each, cues) for kind, each in summary.items.items()}
    before, after = (sum(map(len, each.values())) for each in (summary.items, items))
    return replace(summary, items=items, dropped=summary.dropped + before - after)


def _distinct(items: Sequence[Item], cues: Cues) -> tuple[Item, ...]:
    kept: list[Item] = []
    for item in items:
        for place, other in enumerate(kept):
            if _is_same(other, item, cues):
                kept[place] = together(other, item)
                break
        else:
            kept.append(item)
    return tuple(kept)


def together(first: Item, second: Item) -> Item:
    """Return the first line with the evidence of both, what holds their quotes before all else."""
    ids = (first.evidence[0], *second.evidence[:1], *first.evidence[1:], *second.evidence[1:])
    return replace(
        first,
        evidence=tuple(dict.fromkeys(ids))[:MOST_EVIDENCE],
        owner=first.owner or second.owner,
        due=first.due or second.due,
        doubt=first.doubt and second.doubt,
    )


def _is_same(one: Item, other: Item, cues: Cues) -> bool:
    if not (_agree(one.owner, other.owner) and _agree(one.due, other.due)):
        return False
    if normal(one.text) == normal(other.text):
        return True
    if set(_NUMBER.findall(one.text)) != set(_NUMBER.findall(other.text)):
        return False
    if _negates(one.text, cues) != _negates(other.text, cues):
        return False
    said, again = (tokens(each.text) for each in (one, other))
    if _stems(said, _TELLING) - _stems(again) and _stems(again, _TELLING) - _stems(said):
        return False
    first, second = (_stems(content(each, cues.stopwords)) for each in (said, again))
    shared = len(first & second)
    return shared >= _FEWEST_WORDS and shared >= _ALIKE * max(len(first), len(second))


def _stems(words: Iterable[str], least: int = 1) -> set[str]:
    return {word[:_AKIN] for word in words if len(word) >= least}


def _agree(one: object, other: object) -> bool:
    return one is None or other is None or one == other


def _negates(text: str, cues: Cues) -> bool:
    return cues.find("negations.says", text.replace("’", "'"))

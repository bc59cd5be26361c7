"""The people of a story: names that come back in a text that tells of somebody. Pure."""

import re
from collections import Counter
from collections.abc import Sequence

from learncomm_agent.writing.extractive.patterns import Patterns
from learncomm_agent.writing.language.prose import Clause
from learncomm_agent.writing.language.vocabulary import tokens

_NAME = re.compile(r"[^\W\d_][\w'’-]*")
_LEAST_SHARE = 0.02
"""Share of the words of a story that stand for somebody: `she`, `him`."""
_LEAST_WORDS = 150
_LEAST_COUNT = 3
_LEAST_AS_NAME = 0.7
"""Share of its places within a sentence in which a name is written as one."""
_MOST = 8


def is_story(parts: Sequence[Clause], patterns: Patterns) -> bool:
    """Tell whether a text tells of somebody, rather than about something."""
    words = [word for part in parts for word in tokens(part.text)]
    told = sum(word in patterns.somebody for word in words)
    return len(words) >= _LEAST_WORDS and told >= _LEAST_SHARE * len(words)


def figures(
    parts: Sequence[Clause], patterns: Patterns, stopwords: frozenset[str]
) -> tuple[tuple[str, Clause], ...]:
    """Find names that come back within sentences, the most frequent first, each with a sentence."""
    named: Counter[str] = Counter()
    small: Counter[str] = Counter()
    holders: dict[str, Clause] = {}
    for part in parts:
        before = ""
        for place, word in enumerate(_NAME.findall(part.text)):
            plain = re.sub(r"['’]s$", "", word)
            low = plain.lower()
            is_fit = len(low) > 2 and low not in stopwords and low not in patterns.terms_not
            if is_fit and plain[0].isupper() and plain[1:].islower():
                if place and before not in patterns.articles:
                    named[plain] += 1
                    holders.setdefault(plain, part)
                elif place:
                    small[low] += 1
            else:
                small[low] += 1
            before = low
    found = [
        name
        for name, count in named.most_common()
        if count >= _LEAST_COUNT and count >= _LEAST_AS_NAME * (count + small[name.lower()])
    ]
    return tuple((name, holders[name]) for name in found[:_MOST])

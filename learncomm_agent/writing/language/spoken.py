"""Tells in which languages a conversation was held, by the commonest words of each. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from learncomm_agent.writing.items import Transcript
from learncomm_agent.writing.language.vocabulary import is_unspaced, tokens, without_links

UNKNOWN = "und"
"""The tag of a language that is none of those known (BCP 47)."""

_MOST_MESSAGES = 400
"""So many are looked at, evenly over the conversation."""
_MOST_CHARS = 600
_COMMON = 0.34
"""Share of the words of a message that are stopwords of its language, at least."""
_UNSPACED_COMMON = 0.08
"""The same of pairs of characters, where words are not parted by spaces."""
_BESIDE = 0.15
"""Share of the talk that a language beside the first one has at least."""
_LEAST_WORDS = 8
"""With fewer words in a language hardly anything tells that it is spoken."""
_FEW_WORDS = 4
"""So many are enough where none is of the language of the room."""
_ENOUGH_WORDS = 60
"""With fewer words a language that is not known can't be told from talk that is all names."""
_FOREIGN = 0.25
"""Share of the talk that must be in a known language, or else it is in none."""


def spoken_language(transcript: Transcript, known: Mapping[str, frozenset[str]]) -> str:
    """Give the language in which most of a conversation was held.

    Args:
        transcript: What was said; its `language` counts where too little was.
        known: The stopwords of each language that can be told, by its tag.
    """
    return spoken_languages(transcript, known)[0]


def spoken_languages(
    transcript: Transcript, known: Mapping[str, frozenset[str]]
) -> tuple[str, ...]:
    """Give the languages of a conversation, the one most spoken first; `UNKNOWN` for none of those known.

    Args:
        transcript: As for `spoken_language`.
        known: As there.
    """
    found: Counter[str] = Counter()
    words = 0
    for said in _sample([each.text for each in transcript.utterances]):
        words += len(said)
        if (language := _language(said, known)) is not None:
            found[language] += len(said)
    recognised = found.total()
    if recognised < _LEAST_WORDS and words < _ENOUGH_WORDS:
        return (_of_few(found, transcript.language),)
    if recognised < _FOREIGN * words:
        return (UNKNOWN if words >= _ENOUGH_WORDS else transcript.language,)
    first, *others = (language for language, _ in found.most_common())
    least = max(_LEAST_WORDS, _BESIDE * recognised)
    return (first, *(each for each in others if found[each] >= least))


def _of_few(found: Counter[str], home: str) -> str:
    """Give the language of a few words: that of the room, unless all are plainly of another one."""
    language, count = next(iter(found.most_common(1)), (home, 0))
    return language if count >= _FEW_WORDS and not found[home] else home


def _sample(texts: Sequence[str]) -> Iterable[tuple[str, ...]]:
    step = max(1, len(texts) // _MOST_MESSAGES)
    for text in texts[::step]:
        if said := tokens(without_links(text[:_MOST_CHARS])):
            yield said


def _language(said: Sequence[str], known: Mapping[str, frozenset[str]]) -> str | None:
    """Give the language whose stopwords a message holds most of."""
    counts = {language: sum(word in some for word in said) for language, some in known.items()}
    language = max(counts, key=lambda each: counts[each], default=None)
    if language is None:
        return None
    least = _UNSPACED_COMMON if is_unspaced("".join(said)) else _COMMON
    return language if counts[language] >= max(1.0, least * len(said)) else None

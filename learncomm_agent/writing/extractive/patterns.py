"""Patterns of discussion questions, as `knowledge/questions/<lang>.toml` holds them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learncomm_agent.errors import WordsError
from learncomm_agent.writing.language.cues import Phrases
from learncomm_agent.writing.language.vocabulary import normal
from learncomm_agent.writing.openness import Openness, read_openness
from learncomm_agent.writing.repetition import unquoted

_SLOT = re.compile(r"\{(\w+)\}")
_BUILT_IN = frozenset(
    {"term", "other", "heading", "title", "goal", "asks", "open", "differ", "people", "figure"}
)
BESIDE = frozenset({"title", "goal"})
"""Slots that stand beside another one."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A question with slots."""

    level: str
    text: str
    slots: tuple[str, ...]
    """Names, in the order of the text."""
    is_spare: bool
    """Whether others go before it, since it fits less often."""
    frame: str
    """Its words without the slots, by which a question is known that was made of it."""


@dataclass(frozen=True, slots=True)
class SentenceSlot:
    """Which sentences fill a slot."""

    shows: Phrases
    """A sentence must hold one of them."""
    unfit: Phrases
    """A sentence must hold none of them."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """What a language's question file says; all empty where a language has none."""

    levels: tuple[str, ...]
    """The ladder, from the easiest."""
    patterns: tuple[Pattern, ...]
    sentence_slots: Mapping[str, SentenceSlot]
    least_words: int
    most_words: int
    leans: Phrases
    """How sentences begin that need the one before."""
    unfit: Phrases
    """What a sentence must not hold."""
    pronouns: frozenset[str]
    """Words that stand for something that was named before them."""
    connectives: Phrases
    """How a sentence follows from the one before; it is taken off the beginning."""
    reports: Phrases
    """How a sentence begins that tells what somebody said; the same."""
    joins: Phrases
    """Where a long sentence may be cut so that what stands before says something by itself."""
    finite: Phrases
    """Words of which a sentence that was cut must hold one."""
    subordinate: Phrases
    """How a sentence begins that needs a second half."""
    terms_before: frozenset[str]
    terms_not: frozenset[str]
    terms_not_ending: tuple[str, ...]
    terms_alone_not_ending: tuple[str, ...]
    terms_alone_not: frozenset[str]
    terms_join: frozenset[str]
    people: frozenset[str]
    """Last words of terms that name several people."""
    people_ending: tuple[str, ...]
    nouns_are_capitalised: bool
    somebody: frozenset[str]
    """Words that stand for a person: a text with many of them is a story."""
    articles: frozenset[str]
    """Words after which a capital makes no name, where nouns have one."""
    inner_quotes: tuple[str, str]
    openness: Openness
    """How a question is looked over before it is asked."""


def read_patterns(table: Mapping[str, Any]) -> Patterns:
    """Make the patterns of a language from the table of its file; an empty table has none.

    Raises:
        WordsError: A pattern names a level or a slot that is not there, or the table is not of the
            form that `knowledge/questions/en.toml` shows.
    """
    words = table.get("words", {})
    sentences, terms = table.get("sentences", {}), table.get("terms", {})
    story = table.get("story", {})
    slots = {
        name: SentenceSlot(
            Phrases(each.get("shows", ()), words), Phrases(each.get("not", ()), words)
        )
        for name, each in table.get("slots", {}).items()
    }
    levels = tuple(table.get("levels", ()))
    opening, closing = table.get("inner_quotes", ("\u2018", "’"))
    return Patterns(
        levels=levels,
        patterns=tuple(_pattern(each, levels, slots) for each in table.get("pattern", ())),
        sentence_slots=slots,
        least_words=int(sentences.get("least_words", 6)),
        most_words=int(sentences.get("most_words", 30)),
        leans=Phrases(sentences.get("leans", ()), words),
        unfit=Phrases(sentences.get("not", ()), words),
        pronouns=_small(sentences.get("pronouns", ())),
        connectives=Phrases(sentences.get("connectives", ()), words),
        reports=Phrases(sentences.get("reports", ()), words),
        joins=Phrases(sentences.get("joins", ()), words),
        finite=Phrases(sentences.get("finite", ()), words),
        subordinate=Phrases(sentences.get("subordinate", ()), words),
        terms_before=_small(terms.get("before", ())),
        terms_not=_small(terms.get("not", ())),
        terms_not_ending=tuple(terms.get("not_ending", ())),
        terms_alone_not_ending=tuple(terms.get("alone_not_ending", ())),
        terms_alone_not=_small(terms.get("alone_not", ())),
        terms_join=_small(terms.get("joins", ())),
        people=_small(terms.get("people", ())),
        people_ending=tuple(terms.get("people_ending", ())),
        nouns_are_capitalised=bool(terms.get("nouns_are_capitalised", False)),
        somebody=_small(story.get("somebody", ())),
        articles=_small(story.get("articles", ())),
        inner_quotes=(opening, closing),
        openness=read_openness(table),
    )


def _pattern(
    record: Mapping[str, Any], levels: tuple[str, ...], slots: Mapping[str, SentenceSlot]
) -> Pattern:
    level, text = record.get("level"), record.get("text")
    if not isinstance(text, str) or level not in levels:
        raise WordsError(f"questions: a pattern needs a text and one of the levels {levels!r}")
    names = tuple(_SLOT.findall(text))
    for name in names:
        if name not in _BUILT_IN and name not in slots:
            raise WordsError(f"questions: no slot {name!r} for the pattern {text!r}")
    if not set(names) - BESIDE:
        raise WordsError(f"questions: the pattern {text!r} has no slot for words of a passage")
    return Pattern(level, text, names, bool(record.get("spare")), frame_of(text))


def frame_of(text: str) -> str:
    """Return what a question says beside what it quotes."""
    return normal(_SLOT.sub(" ", unquoted(text)))


def _small(words: Sequence[str]) -> frozenset[str]:
    return frozenset(word.lower() for word in words)

"""Patterns of discussion questions, as `knowledge/questions/<lang>.toml` holds them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learncomm_agent.errors import WordsError
from learncomm_agent.writing.language.cues import Phrases

_SLOT = re.compile(r"\{(\w+)\}")
_BUILT_IN = frozenset({"term", "heading", "title"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """A question with slots."""

    level: str
    text: str
    slots: tuple[str, ...]
    """Names, in the order of the text."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """What a language's question file says; all empty where a language has none."""

    levels: tuple[str, ...]
    """The ladder, from the easiest."""
    patterns: tuple[Pattern, ...]
    sentence_slots: Mapping[str, Phrases]
    """By the slot's name, the phrases of which a sentence must hold one."""
    least_words: int
    most_words: int
    leans: Phrases
    """How sentences begin that need the one before."""
    unfit: Phrases
    """What a sentence must not hold."""
    terms_before: frozenset[str]
    terms_not: frozenset[str]
    terms_not_ending: tuple[str, ...]
    terms_alone_not_ending: tuple[str, ...]
    terms_join: frozenset[str]
    nouns_are_capitalised: bool
    inner_quotes: tuple[str, str]


def read_patterns(table: Mapping[str, Any]) -> Patterns:
    """Make the patterns of a language from the table of its file; an empty table has none.

    Raises:
        WordsError: A pattern names a level or a slot that is not there, or the table is not of the
            form that `knowledge/questions/en.toml` shows.
    """
    words = table.get("words", {})
    sentences, terms = table.get("sentences", {}), table.get("terms", {})
    slots = {
        name: Phrases(slot.get("shows", ()), words) for name, slot in table.get("slots", {}).items()
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
        terms_before=_small(terms.get("before", ())),
        terms_not=_small(terms.get("not", ())),
        terms_not_ending=tuple(terms.get("not_ending", ())),
        terms_alone_not_ending=tuple(terms.get("alone_not_ending", ())),
        terms_join=_small(terms.get("joins", ())),
        nouns_are_capitalised=bool(terms.get("nouns_are_capitalised", False)),
        inner_quotes=(opening, closing),
    )


def _pattern(
    record: Mapping[str, Any], levels: tuple[str, ...], slots: Mapping[str, Phrases]
) -> Pattern:
    level, text = record.get("level"), record.get("text")
    if not isinstance(text, str) or level not in levels:
        raise WordsError(f"questions: a pattern needs a text and one of the levels {levels!r}")
    names = tuple(_SLOT.findall(text))
    for name in names:
        if name not in _BUILT_IN and name not in slots:
            raise WordsError(f"questions: no slot {name!r} for the pattern {text!r}")
    return Pattern(level, text, names)


def _small(words: Sequence[str]) -> frozenset[str]:
    return frozenset(word.lower() for word in words)

"""Whether a question is worth discussing, as far as code can see: one, open, short, not looked up. Pure.

The word lists stand in `[asked]` of `knowledge/questions/<lang>.toml`. A language without them is
held to what can be seen without words: one question mark, and few words.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from learncomm_agent.writing.items import Question
from learncomm_agent.writing.language.cues import Phrases
from learncomm_agent.writing.language.vocabulary import content, is_unspaced, tokens
from learncomm_agent.writing.repetition import Asked, unquoted

MOST_WORDS = 30
"""Of a question, with all that it quotes."""
MOST_CHARACTERS = 90
"""Of one in a script that is written without spaces."""
HELD, HELD_OF_FACTS = 0.7, 0.5
"""Share of its words that a sentence holds which answers a question; one that asks for a fact."""
REPEATED = "repeated"
"""Why a question is left out that was asked before."""
_FEWEST_HELD = 2
_MARKS = re.compile(r"[?\uff1f]")
_SENTENCE = re.compile(r"(?<=[.!?…\u3002\uff01\uff1f])[\"”’»」)]*\s+|\n+|(?<=[\u3002\uff01\uff1f])")


class Flaw(StrEnum):
    """Why a question is not asked."""

    NOT_ONE = "not_one"
    """It is none, or more than one."""
    LONG = "long"
    CLOSED = "closed"
    """Yes, no or one of two things answers it."""
    JARGON = "jargon"
    """It speaks of how it was made."""
    LOOKED_UP = "looked_up"
    """A sentence of the text answers it."""


@dataclass(frozen=True, slots=True)
class Openness:
    """Looks questions of one language over."""

    opens: Phrases
    """The words that make a question open."""
    closes: Phrases
    """How a question begins that yes or no answers."""
    doubles: Phrases
    """How a second question is tied to the first."""
    begins: Phrases
    """How a question of a text begins that may be asked again."""
    openers: tuple[str, ...]
    """Words before a question that it does without."""
    tails: tuple[str, ...]
    """Second questions that are taken off the end, since the first one stands without them."""
    facts: Phrases
    """How a question begins that asks for a fact."""
    jargon: Phrases
    personal: frozenset[str]
    """Words that ask for what people think, live or would do, not for what a text says."""
    has_words: bool

    def mended(self, text: str) -> str:
        """Return a question without a tail such as `, and why?`."""
        text = " ".join(text.split())
        for tail in self.tails:
            if text.casefold().endswith(tail.casefold()) and len(text) > len(tail):
                text = text[: -len(tail)].rstrip(" ,;–—-?") + "?"
        return text

    def bare(self, text: str) -> str:
        """Return a question of a text from its question word on; empty where it begins otherwise."""
        for opener in self.openers:
            if text.casefold().startswith(f"{opener.casefold()} "):
                text = text[len(opener) + 1 :].strip()
        return text[:1].upper() + text[1:] if self.begins.find(text) else ""

    def flaw(self, text: str, texts: Iterable[str], stopwords: frozenset[str]) -> Flaw | None:
        """Return what speaks against asking a question; None where nothing does.

        Args:
            text: The question.
            texts: Those that it grows out of.
            stopwords: Of its language.
        """
        own = unquoted(text)
        if len(_MARKS.findall(own)) != 1 or not _MARKS.search(text.rstrip("\"'”’»」)")[-1:]):
            return Flaw.NOT_ONE
        asked = asked_of(own)
        if self.doubles.find(asked):
            return Flaw.NOT_ONE
        if is_long(text):
            return Flaw.LONG
        if self.has_words and (self.closes.find(asked) or not self.opens.find(asked)):
            return Flaw.CLOSED
        if self.jargon.find(own):
            return Flaw.JARGON
        return Flaw.LOOKED_UP if self._is_held(own, texts, stopwords) else None

    def _is_held(self, question: str, texts: Iterable[str], stopwords: frozenset[str]) -> bool:
        """Tell whether one sentence, or two in a row, hold what a question asks for.

        Words that ask for one's own thought count for the question, unless the sentence has them too.
        """
        said = tokens(question)
        wanted = content(said, stopwords | self.personal)
        is_fact = self.facts.find(question.strip()) is not None
        share, fewest = (HELD_OF_FACTS, 1) if is_fact else (HELD, _FEWEST_HELD)
        if len(wanted) < fewest:
            return False
        personal = self.personal.intersection(said)
        for text in texts:
            sentences = [tokens(each) for each in _SENTENCE.split(text) if each.strip()]
            for here, after in zip(sentences, [*sentences[1:], ()], strict=True):
                for words in (here, (*here, *after)):
                    held = wanted & content(words, stopwords)
                    is_held = len(held) >= share * len(wanted)
                    if is_held and not personal - set(words):
                        return True
        return False


def looked_over(
    questions: Iterable[Question], openness: Openness, seen: Asked, stopwords: frozenset[str]
) -> tuple[tuple[Question, ...], Counter[str]]:
    """Return the questions worth asking that are new, and how many were left out for which reason.

    Args:
        questions: Each with the passage that holds its quote.
        openness: Of the language in which they are written.
        seen: What was asked before; it knows those that are returned afterwards.
        stopwords: Of that language.
    """
    kept: list[Question] = []
    left_out: Counter[str] = Counter()
    for question in questions:
        text = openness.mended(question.text)
        flaw = openness.flaw(text, (question.evidence.text,), stopwords)
        if flaw is None and not seen.knows(text):
            seen.add(text)
            kept.append(replace(question, text=text))
        else:
            left_out[flaw or REPEATED] += 1
    return tuple(kept), left_out


def asked_of(text: str) -> str:
    """Return the sentence that asks: the last one; what goes on in small letters begins none."""
    last = ""
    for part in _SENTENCE.split(text.strip()):
        if part[:1].islower():
            last = f"{last} {part}"
        elif any(map(str.isalnum, part)):
            last = part.strip()
    return last


def is_long(text: str) -> bool:
    """Tell whether a question has more words than people keep in mind."""
    if is_unspaced(text):
        return len(text) > MOST_CHARACTERS
    return len(text.split()) > MOST_WORDS


def read_openness(table: Mapping[str, Any]) -> Openness:
    """Make the checks of a language from the table of its question file; an empty table has few.

    Raises:
        WordsError: A list is not of the form that `knowledge/questions/en.toml` shows.
    """
    lists: Mapping[str, Sequence[str]] = table.get("asked", {})
    return Openness(
        opens=Phrases(lists.get("opens", ())),
        closes=Phrases(lists.get("closes", ())),
        doubles=Phrases(lists.get("doubles", ())),
        begins=Phrases(lists.get("begins", ())),
        openers=tuple(lists.get("openers", ())),
        tails=tuple(lists.get("tails", ())),
        facts=Phrases(lists.get("facts", ())),
        jargon=Phrases(lists.get("jargon", ())),
        personal=frozenset(word.lower() for word in lists.get("personal", ())),
        has_words=bool(lists.get("opens")),
    )

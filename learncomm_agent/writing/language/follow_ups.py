"""Questions that go on from the one before: how they show it, and what they are about then. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learncomm_agent.errors import WordsError
from learncomm_agent.writing.language.vocabulary import content, normal, stem, tokens

MOST_WORDS = 14
"""A longer question says itself what it is about."""
MOST_OWN = 3
"""So does one with more words of its own."""
MOST_OWN_IN_REPLY, MOST_WORDS_IN_REPLY = 2, 8
"""Of a question that answers an answer, and shows in no other way that it goes on from it."""
MOST_TOPIC = 8
"""Words of earlier questions that are looked for beside one's own."""
LONGEST = 300
"""Characters of a question that was written out anew."""

_TABLES = ("begins", "refers", "but_not", "empty", "turns", "people")


@dataclass(frozen=True, slots=True)
class FollowUpCues:
    """How one or several languages go on from a question before."""

    begins: tuple[str, ...] = ()
    refers: tuple[str, ...] = ()
    but_not: tuple[str, ...] = ()
    """Where what refers to something speaks of nothing that was named before."""
    stopwords: frozenset[str] = frozenset()
    """Words that tell nothing of what a question is about."""
    turns: frozenset[str] = frozenset()
    """Words that turn a question round."""
    people: tuple[str, ...] = ()
    """How a question begins that asks for people who know something."""


def read_cues(
    tables: Iterable[Mapping[str, Any]], stopwords: frozenset[str] = frozenset()
) -> FollowUpCues:
    """Read the tables of `knowledge/followups/`, of one or several languages.

    Raises:
        WordsError: One holds something else than lists of words.
    """
    found: dict[str, dict[str, None]] = {name: {} for name in _TABLES}
    for table in tables:
        for name in _TABLES:
            words = table.get(name, [])
            if not isinstance(words, Sequence) or isinstance(words, str):
                raise WordsError(f"followups: {name!r} is no list of words")
            if not all(isinstance(each, str) for each in words):
                raise WordsError(f"followups: {name!r} holds something that is no word")
            found[name].update(dict.fromkeys(" ".join(tokens(each)) for each in words))
    told = {name: tuple(word for word in words if word) for name, words in found.items()}
    return FollowUpCues(
        told["begins"],
        told["refers"],
        told["but_not"],
        stopwords.union(told["empty"]),
        frozenset(told["turns"]),
        tuple(sorted(told["people"], key=len, reverse=True)),
    )


def leans(question: str, cues: FollowUpCues, *, is_reply: bool = False) -> bool:
    """Say whether a question goes on from the one before.

    Args:
        question: As it was asked.
        cues: How that shows.
        is_reply: Whether it was asked in reply to an answer.
    """
    words = tokens(question)
    if not words or len(words) > MOST_WORDS:
        return False
    own = content(words, cues.stopwords)
    if not own:
        return True
    said = f" {' '.join(words)} "
    if len(own) <= MOST_OWN:
        if any(said.startswith(f" {each} ") for each in cues.begins):
            return True
        for each in cues.but_not:
            said = said.replace(f" {each} ", " , ")
        if any(f" {each} " in said for each in cues.refers):
            return True
    is_short = len(own) <= MOST_OWN_IN_REPLY and len(words) <= MOST_WORDS_IN_REPLY
    return is_reply and is_short


def about_people(question: str, cues: FollowUpCues) -> str:
    """Return what people are to know about who are asked for; empty where none are, or about nothing."""
    said = f" {' '.join(tokens(question))} "
    begins = next((each for each in cues.people if said.startswith(f" {each} ")), None)
    about = "" if begins is None else said[len(begins) + 2 :].strip()
    return about if content(tokens(about), cues.stopwords) else ""


def topic(question: str, earlier: Sequence[str], cues: FollowUpCues) -> tuple[str, ...]:
    """Return what earlier questions were about and this one does not say, the last one's words first.

    Args:
        question: That goes on from them.
        earlier: The question before, then what that one went on from.
        cues: Their stopwords are left out.
    """
    known = set(content(tokens(question), frozenset()))
    found: list[str] = []
    for text in earlier:
        for word in tokens(text):
            if content((word,), cues.stopwords) and stem(word) not in known:
                known.add(stem(word))
                found.append(word)
    return tuple(found[:MOST_TOPIC])


def is_faithful(written: str, question: str, earlier: str, cues: FollowUpCues) -> bool:
    """Say whether a question that was written out anew holds nothing but words of two questions.

    Small words that tell nothing may be new, but none that turns it round. It holds a word of the
    question, where that has one of its own, and one of the earlier question, which it does not repeat.
    """
    said = tokens(written)
    if not said or len(written) > LONGEST or len(written.splitlines()) > 1 or "://" in written:
        return False
    mine, before = tokens(question), tokens(earlier)
    known = {stem(word) for word in (*mine, *before)}
    new = [word for word in said if stem(word) not in known]
    if any(word in cues.turns or word not in cues.stopwords for word in new):
        return False
    if set(mine) & cues.turns - set(said):
        return False
    bag = content(said, cues.stopwords)
    own, their = content(mine, cues.stopwords), content(before, cues.stopwords)
    return own <= bag and bool(bag & their) and normal(written) != normal(earlier)

"""Whom and what a line names that its evidence does not. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.language.cues import Cues

_PLAIN_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_PART = re.compile(r"[^\W_]+")
_BEGINNING = re.compile(r"(?:^|[.!?…:;\"“„»(\n-])\s*$")
_AKIN = 4
"""Letters at the beginning in which `German` and `Germany` meet."""


def names_beside(passages: Sequence[Passage], people: Iterable[str]) -> frozenset[str]:
    """Return the names of members and sharers; one that is written small passes for a word."""
    known = {*people, *(each.shared_by for each in passages if each.shared_by)}
    texts = [each.text for each in passages]
    return names_of((each for each in known if each != each.lower()), texts)


def names_of(
    people: Iterable[str], texts: Iterable[str], common: frozenset[str] | None = None
) -> frozenset[str]:
    """Give names, whole and first; one that also stands in the texts written small is a word like others.

    Args:
        people: Their names.
        texts: What was written.
        common: The commonest words of the language: where it is given, a name that its owner writes
            small is one unless it stands among them.
    """
    words = {word for text in texts for word in _PLAIN_WORD.findall(text)}
    names = {part for each in people for part in (each, *each.split()[:1]) if len(part) > 1}
    if common is None:
        return frozenset(name for name in names if name.lower() not in words)
    small = {name for name in names if name == name.lower() and name not in common}
    return frozenset(name for name in names if name in small or name.lower() not in words)


def names_others(text: str, names: Iterable[str], held: Iterable[str]) -> bool:
    """Tell whether a text holds a name that its grounds don't; written as names are, not as words."""
    whole = " ".join(held)
    small = whole.casefold()
    return any(
        name in text
        # `Project Manager` is a name, and `project manager` is none.
        and (name not in whole if " " in name else name.casefold() not in small)
        and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        for name in names
    )


def misattributes(
    text: str, names: Iterable[str], sentence: str, authors: str, spoken: Cues, read: Cues
) -> bool:
    """Tell whether a line begins by putting words into somebody's mouth who did not say them.

    Args:
        text: The line.
        names: Of those who may be named.
        sentence: What was said where its quote stands: it may report what somebody said.
        authors: Who wrote what the line cites.
        spoken: The word lists of what was said.
        read: The word lists of the line.
    """
    for name in names:
        if not text.startswith(f"{name} ") or name.casefold() in authors.casefold():
            continue
        if not read.find("self.reports", " ".join(text[len(name) :].split()[:2])):
            continue
        at = sentence.casefold().find(name.casefold())
        following = " ".join(sentence[at + len(name) :].split()[:3]) if at >= 0 else ""
        if not spoken.find("self.reports", following):
            return True
    return False


def names_strangers(text: str, held: Iterable[str], read: Cues, *, is_same: bool) -> bool:
    """Tell whether a text names somebody or something of whom its grounds know nothing.

    Seen are two words with capital letters in a row, somebody at the start of a line who acts, and,
    where the language writes only names so, a word with a capital letter inside a line.

    Args:
        text: The line.
        held: All that it may draw on.
        read: The word lists of its language.
        is_same: Whether its grounds are in the same language: a country is called otherwise elsewhere.
    """
    if "names.acts" not in read.phrases:
        return False
    has_names = "names.capital" in read.phrases
    known = {part.casefold()[:_AKIN] for part in _PART.findall(" ".join(held))}
    found = list(_capitals(text, known, read))
    starts = {match.start() for match in found}
    for match in found:
        following = _PLAIN_WORD.search(text, match.end())
        is_pair = (
            following is not None
            and (following.start() in starts or (has_names and following.group()[0].isupper()))
            and text[match.end() : following.start()].isspace()
        )
        is_first = _BEGINNING.search(text[: match.start()]) is not None
        if is_pair or (is_first and _acts(match.group(), text[match.end() :], read)):
            return True
        if not is_first and is_same and has_names:
            return True
    return False


def _capitals(text: str, known: set[str], read: Cues) -> Iterator[re.Match[str]]:
    """Yield the words with a capital letter that are unknown and no words like others."""
    days = [
        found.span()
        for key, phrases in read.phrases.items()
        if key.startswith("facts.") and (found := phrases.find(text)) is not None
    ]
    for match in _PLAIN_WORD.finditer(text):
        word = match.group()
        if not word[0].isupper() or len(word) < 2 or word.lower() in read.stopwords:
            continue
        if all(part.casefold()[:_AKIN] in known for part in _PART.findall(word)):
            continue
        if read.find("names.capital", word) or read.find("names.group", word):
            continue
        if not any(start <= match.start() < end for start, end in days):
            yield match


def _acts(word: str, after: str, read: Cues) -> bool:
    following = " ".join(after.split()[:2])
    return bool(following) and read.find("names.acts", following) and not word.isupper()

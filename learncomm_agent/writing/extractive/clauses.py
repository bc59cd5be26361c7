"""Where in a sentence a cue stands: in which clause, after which words, and in whose mouth. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.dialogue import Dialogue, Line
from learncomm_agent.writing.language.vocabulary import content, is_unspaced, tokens

_MARK = re.compile(r"[,;–—]\s|、")
_COLON = re.compile(r":\s|\uff1a")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_QUOTES = re.compile(r"[\"“”„«»「」『』]")
_QUOTED_LINE = ">"


@dataclass(frozen=True, slots=True)
class Place:
    """A cue in its sentence."""

    before: str
    """The whole sentence up to it."""
    opening: str
    """What of its clause stands before it, …"""
    cue: str
    closing: str
    """… and after it."""
    core: str
    """The sentence from that clause on, without what the clause is subordinate to."""

    @property
    def clause(self) -> str:
        """The clause that holds the cue."""
        return f"{self.opening}{self.cue}{self.closing}"


def place(cues: Cues, said: str, *keys: str) -> Place | None:
    """Find the first phrase of one of some lists; None where none stands there."""
    lists = (cues.phrases.get(key) for key in keys)
    found = next((m for some in lists if some and (m := some.find(said))), None)
    if found is None:
        return None
    before, after = said[: found.start()], said[found.end() :]
    starts = [m.end() for pattern in (_MARK, _COLON) for m in pattern.finditer(before)]
    starts += [m.end() for m in _joins(cues, before, "sifting.joins")]
    opens = [m.end() for m in _joins(cues, before, "sifting.opens")]
    ends = [m.start() for pattern in (_MARK, _COLON) for m in pattern.finditer(after)]
    ends += [m.start() for m in _joins(cues, after, "sifting.joins", "sifting.opens")]
    start, end = max(starts, default=0), min(ends, default=len(after))
    core = f"{before[max((start, *opens)) :]}{found.group()}{after}"
    return Place(before, before[start:], found.group(), after[:end], core)


def is_retold(dialogue: Dialogue, line: Line, at: Place) -> bool:
    """Tell whether a cue is quoted, reported of somebody else, of a story, or said as a joke."""
    cues, text = dialogue.cues, dialogue.utterances[line.message].text
    if cues.find("sifting.jokes", text) or cues.find("sifting.fiction", at.before):
        return True
    return _is_quoted(text, line.sentence.quote, at.before) or _is_reported(cues, at.before)


def own_words(cues: Cues, words: Sequence[str], but: str = "", *keys: str) -> frozenset[str]:
    """Give what some words are about, without words of some lists and those at the edges of a cue."""
    edges = tokens(but)
    left = content(words, cues.stopwords) - content((*edges[:2], *edges[-1:]), cues.stopwords)
    listed = [each for each in words if any(cues.find(key, each, (each,)) for key in keys)]
    return left - content(listed, frozenset())


def is_told_apart(line: Line) -> bool:
    """Tell whether the words of a line can be told apart, so that they can be counted."""
    return not is_unspaced(line.said)


def _joins(cues: Cues, text: str, *keys: str) -> list[re.Match[str]]:
    return [
        found
        for found in _WORD.finditer(text)
        if any(cues.find(key, found.group(), (found.group().lower(),)) for key in keys)
    ]


def _is_quoted(text: str, quote: str, before: str) -> bool:
    start = max(0, text.find(quote))
    if text[text.rfind("\n", 0, start) + 1 :].lstrip().startswith(_QUOTED_LINE):
        return True
    end = start + len(before)
    is_open = len(_QUOTES.findall(text[:end])) % 2 == 1
    return is_open and _QUOTES.search(text, end) is not None


def _is_reported(cues: Cues, before: str) -> bool:
    starts = [m.end() for m in _MARK.finditer(before)]
    starts += [m.end() for m in _joins(cues, before, "sifting.joins")]
    told = place(cues, before[max(starts, default=0) :], "self.reports")
    return told is not None and not cues.find("self.says", told.before)

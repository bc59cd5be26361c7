"""Finds decisions and tasks in the short talk of a chat: `thu 7pm?`, `works`, `who takes notes?`, `i can`. Pure."""

import re
from collections.abc import Iterator

from learncomm_agent.writing.extractive.clauses import own_words
from learncomm_agent.writing.extractive.findings import Finding, weight
from learncomm_agent.writing.extractive.owning import is_mine, taker
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.language.deadlines import DueReader
from learncomm_agent.writing.language.dialogue import Dialogue, Line

_SHORT = 10
"""Words of a short line, at most."""
_BRIEF = 7
"""Words of one that settles something."""
_SHORTER = 5
"""Words of a proposal that is no more than a day, an hour or a place."""
_BACK = 8
"""Messages before one that settles something in which it was proposed."""
_VOTERS = 2
"""So many others who say yes settle a short proposal."""
_AHEAD = 6
_HOUR = re.compile(
    r"(?<!\d)\d{1,2}(?:[:.]\d\d)?\s?(?:am|pm|h|uhr|時)(?![a-z])|(?<!\d)\d{1,2}:\d\d", re.I
)


def short_talk(dialogue: Dialogue, deadlines: DueReader) -> Iterator[Finding]:
    """Give what short lines settle together, in the order said."""
    settled: set[int] = set()
    for line in dialogue.lines:
        if len(line.words) > _SHORT or line.message in settled:
            continue
        found = (
            _settled(dialogue, line) or _voted(dialogue, line) or _task(dialogue, line, deadlines)
        )
        if found is not None:
            settled |= {found.line.message, *found.others}
            yield found


def _settled(dialogue: Dialogue, line: Line) -> Finding | None:
    """Find a line that settles what was spoken of before it: `ok thursday 7pm it is then`."""
    cues = dialogue.cues
    is_short = len(line.words) <= _BRIEF and not line.is_question
    if not is_short or not cues.find("short.settles", line.said, line.words):
        return None
    if any(cues.find("sifting.opens", word, (word,)) for word in line.words):
        return None
    about = _telling(dialogue, line)
    for message in range(line.message - 1, max(-1, line.message - 1 - _BACK), -1):
        for before in reversed(dialogue.by_message.get(message, ())):
            if about & _telling(dialogue, before):
                return Finding(ItemKind.DECISION, line, 1.4 * weight(line), (message,))
    return None


def _voted(dialogue: Dialogue, line: Line) -> Finding | None:
    """Find a short question that names a day or an hour, to which others say no more than yes."""
    cues = dialogue.cues
    if not line.is_question or len(line.words) > _SHORTER or not names_a_time(dialogue, line):
        return None
    if cues.find("questions.wide", line.said, line.words):
        return None
    asker = dialogue.utterances[line.message].speaker
    agreed: dict[str, int] = {}
    for message in range(
        line.message + 1, min(line.message + 1 + _AHEAD, len(dialogue.utterances))
    ):
        speaker = dialogue.utterances[message].speaker
        lines = dialogue.by_message.get(message, ())
        if lines and any(_settled(dialogue, each) for each in lines):
            return None  # which says it better
        if speaker != asker and lines and _is_yes(dialogue, lines[0]):
            agreed.setdefault(speaker, message)
    if len(agreed) < _VOTERS:
        return None
    return Finding(ItemKind.DECISION, line, 1.2 * weight(line), tuple(agreed.values())[:2])


def _task(dialogue: Dialogue, line: Line, deadlines: DueReader) -> Finding | None:
    """Find a short request that somebody takes on: `who takes notes?`, `i can`."""
    cues = dialogue.cues
    asks = cues.find("short.who", line.said, line.words) and line.is_question
    if not asks and not cues.find("short.asks", line.said, line.words):
        return None
    if not own_words(cues, line.words, "", "sifting.vague"):
        return None
    taken = taker(dialogue, line)
    if taken is None:
        return None
    message = dialogue.utterances[line.message]
    due = deadlines.due(line.said, message.at, message.zone)
    owner = dialogue.utterances[taken].speaker
    return Finding(ItemKind.ACTION, line, 2.0 * weight(line), (taken,), owner, due)


def is_taken(dialogue: Dialogue, line: Line) -> bool:
    """Tell whether somebody soon answers a question with no more than `me`."""
    answers = dialogue.answers(line.message)
    lines = (dialogue.by_message.get(message, ()) for message in answers)
    return any(is_mine(dialogue, each) for some in lines for each in some[:1])


def _is_yes(dialogue: Dialogue, line: Line) -> bool:
    is_short = len(line.words) <= _SHORTER and len(line.bag) <= _VOTERS
    return (
        is_short and not line.is_question and dialogue.cues.find("short.yes", line.said, line.words)
    )


def names_a_time(dialogue: Dialogue, line: Line) -> bool:
    """Tell whether a line holds a day or an hour."""
    has_hour = _HOUR.search(line.said) is not None
    return has_hour or dialogue.cues.find("short.when", line.said, line.words)


def _telling(dialogue: Dialogue, line: Line) -> frozenset[str]:
    """Give the words by which two lines speak of the same, figures among them."""
    figures = (word for word in line.words if any(character.isdigit() for character in word))
    return own_words(dialogue.cues, line.words, "", "sifting.hollow").union(figures)

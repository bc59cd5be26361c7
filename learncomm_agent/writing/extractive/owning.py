"""Who took on what somebody asked for: a yes counts where it is bare, or speaks of what was asked. Pure."""

from collections.abc import Iterable
from enum import IntEnum

from learncomm_agent.writing.evidence.acts import Acts
from learncomm_agent.writing.extractive.clauses import own_words
from learncomm_agent.writing.language.dialogue import Dialogue, Line

_AHEAD = 8
"""Messages after a request in which somebody may take it on."""
_BARE = 2
"""Content words of a yes that says no more."""
_BARE_WORDS = 6


class Yes(IntEnum):
    """How firmly somebody takes on what was asked for."""

    NONE = 0
    PLAIN = 1
    PROMISED = 2
    TAKEN_OVER = 3


def taker(dialogue: Dialogue, line: Line) -> int | None:
    """Give the message in which somebody takes on what a line asks for; None where nobody does.

    Who says that they do it counts before who says no more than yes, and who was named before others.
    """
    asked = dialogue.named(line)
    asker = dialogue.utterances[line.message].speaker
    taken, best = None, Yes.NONE
    for answer in _candidates(dialogue, line):
        speaker = dialogue.utterances[answer].speaker
        yes = _yes(dialogue, line, answer)
        if speaker == asker or (asked and speaker not in asked):
            yes = yes if yes is Yes.TAKEN_OVER else Yes.NONE
        is_theirs = taken is not None and dialogue.utterances[taken].speaker == speaker
        if yes > best and not is_theirs:
            taken, best = answer, yes
        elif is_theirs and _declines(dialogue, answer):
            taken, best = None, Yes.NONE
    return taken


def _candidates(dialogue: Dialogue, line: Line) -> Iterable[int]:
    told = dialogue.told_answers(line.message)
    last = min(line.message + 1 + _AHEAD, len(dialogue.utterances))
    near = [
        i
        for i in range(line.message + 1, last)
        if dialogue.utterances[i].reply_to is None and dialogue.addressed[i] is None
    ]
    return sorted(i for i in {*told, *near} if i in dialogue.by_message)


def _yes(dialogue: Dialogue, request: Line, answer: int) -> Yes:
    cues, lines = dialogue.cues, dialogue.by_message[answer]
    if dialogue.first(answer, "sifting.takes_over"):
        return Yes.TAKEN_OVER
    text = dialogue.utterances[answer].text
    first = lines[0]
    if first.is_question or Acts(cues).refuses(text):
        return Yes.NONE
    promised = dialogue.first(answer, "actions.promises") or dialogue.first(answer, "sifting.takes")
    about = _about(dialogue, request)
    says_yes = cues.find("actions.agrees", first.said, first.words) or is_mine(dialogue, first)
    if promised is not None and not cues.find("actions.hedges", promised.said):
        rest = own_words(cues, promised.words, "", "sifting.vague", "actions.agrees") - request.bag
        if promised.bag & about or not rest or (says_yes and not _turns_away(dialogue, lines)):
            return Yes.PROMISED
    if not says_yes or _turns_away(dialogue, lines):
        return Yes.NONE
    words = [w for each in lines for w in each.words]
    said = own_words(cues, first.words, "", "actions.agrees")
    is_bare = len(said) <= _BARE and len(words) <= _BARE_WORDS
    return Yes.PLAIN if is_bare or said & about else Yes.NONE


def is_mine(dialogue: Dialogue, line: Line) -> bool:
    """Tell whether a line says no more than `me` or `I can`."""
    return dialogue.cues.find("short.me", line.said, line.words)


def _about(dialogue: Dialogue, request: Line) -> frozenset[str]:
    return own_words(dialogue.cues, request.words, "", "sifting.vague")


def _turns_away(dialogue: Dialogue, lines: tuple[Line, ...]) -> bool:
    cues = dialogue.cues
    return any(
        cues.find(key, each.said, each.words)
        for key in ("sifting.cancels", "actions.hedges")
        for each in lines
    )


def _declines(dialogue: Dialogue, answer: int) -> bool:
    if dialogue.first(answer, "withdrawn.says"):
        return True
    return Acts(dialogue.cues).refuses(dialogue.by_message[answer][0].said)

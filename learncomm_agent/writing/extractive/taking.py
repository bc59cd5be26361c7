"""Who takes on what a question looks for somebody to do: `Who can take notes?`, `I can do that.` Pure."""

from learncomm_agent.writing.evidence.acts import Acts
from learncomm_agent.writing.language.dialogue import Dialogue, Line

_FIRST = 2
"""Sentences of an answer among which the offer stands."""
_SHORTEST = 2
"""Words of a task that stands for itself."""


def seeks(dialogue: Dialogue, line: Line) -> bool:
    """Tell whether a line looks for somebody to do something."""
    return line.is_question and dialogue.cues.find("actions.seeks", line.said, line.words)


def takes(dialogue: Dialogue, line: Line) -> bool:
    """Tell whether a line takes on what was asked for right before, without saying what."""
    return not line.is_question and dialogue.cues.find("actions.takes", line.said, line.words)


def taken(dialogue: Dialogue, line: Line) -> int | None:
    """Give the message in which somebody takes on what a line looks for; None where nobody does.

    A bare `I can do that` counts right after the last question of a message, or as a reply to it. Later
    ones must speak of what was asked.
    """
    questions = [each for each in dialogue.by_message[line.message] if each.is_question]
    told = dialogue.told_answers(line.message)
    may_be_bare = line is questions[-1]
    for answer in dialogue.answers(line.message):
        lines = dialogue.by_message.get(answer, ())
        if not lines:
            continue
        if _is_offer(dialogue, lines[:_FIRST], line, bare=may_be_bare or answer in told):
            return answer
        may_be_bare = False
    return None


def task(dialogue: Dialogue, line: Line) -> str:
    """Give what is to be done, in the words of who looked for somebody; empty where it is not apart."""
    cuts = dialogue.cues.phrases.get("actions.cuts")
    found = None if cuts is None else cuts.find(line.said, line.words)
    if found is None or not line.sentence.ends:
        return ""
    rest = line.said[found.end() :].strip(" ?!.,:")
    return rest[:1].upper() + rest[1:] if len(rest.split()) >= _SHORTEST else ""


def _is_offer(dialogue: Dialogue, lines: tuple[Line, ...], question: Line, *, bare: bool) -> bool:
    for each in lines:
        if each.is_question or Acts(dialogue.cues).refuses(each.said):
            return False
        if bare and takes(dialogue, each):
            return True
        keys = ("actions.promises", "actions.offers", "actions.agrees", "actions.takes")
        offers = any(dialogue.cues.find(key, each.said, each.words) for key in keys)
        if offers and each.bag & question.bag:
            return True
    return False

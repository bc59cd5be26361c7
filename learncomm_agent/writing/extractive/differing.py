"""Who differs from whom, and where that was settled since. Pure."""

from collections.abc import Iterable
from itertools import chain

from learncomm_agent.writing.evidence.acts import Acts
from learncomm_agent.writing.extractive.findings import Finding
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.language.dialogue import Dialogue

_ACCEPTS = 15
"""Messages after a decision in which somebody accepts it."""
_YES = ("decisions.agrees", "decisions.assents")


def still_differing(dialogue: Dialogue, found: Iterable[Finding]) -> list[Finding]:
    """Leave out the disagreements that a later decision settled, and who differed accepted.

    Accepted is what they say yes to, decide themselves, or go on to do their part in.
    """
    known = list(found)
    decided = [each for each in known if each.kind is ItemKind.DECISION]
    said = dialogue.utterances
    promised = {
        each.line.message
        for each in known
        if each.kind is ItemKind.ACTION and each.owner == said[each.line.message].speaker
    }
    return [
        each
        for each in known
        if each.kind is not ItemKind.DISAGREEMENT
        or not any(
            _is_on_the_same(dialogue, each, decision)
            and _accepts(dialogue, each, decision, promised)
            for decision in decided
        )
    ]


def _is_on_the_same(dialogue: Dialogue, differing: Finding, decision: Finding) -> bool:
    if decision.line.message <= differing.line.message:
        return False
    messages = (differing.line.message, *differing.others)
    lines = chain.from_iterable(dialogue.by_message.get(each, ()) for each in messages)
    return any(each.bag & decision.line.bag for each in lines)


def _accepts(
    dialogue: Dialogue, differing: Finding, decision: Finding, promised: Iterable[int]
) -> bool:
    who, first = dialogue.utterances[differing.line.message].speaker, decision.line.message
    for message in range(first, min(first + 1 + _ACCEPTS, len(dialogue.utterances))):
        if dialogue.utterances[message].speaker != who or message not in dialogue.by_message:
            continue
        line = dialogue.by_message[message][0]
        if _objects(dialogue, message):
            return False
        is_yes = any(dialogue.cues.find(key, line.said, line.words) for key in _YES)
        if is_yes or message == first or message in promised:
            return True
    return False


def _objects(dialogue: Dialogue, message: int) -> bool:
    """Tell whether a message goes on to differ, says no, or a yes that turns to something else."""
    first = dialogue.by_message[message][0]
    turns = dialogue.cues.find("sifting.cancels", first.said, first.words)
    differs = dialogue.first(message, "disagreements.says") is not None
    return differs or turns or Acts(dialogue.cues).refuses(first.said)

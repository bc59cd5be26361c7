"""What was taken back, or put right, a few messages later. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from learncomm_agent.writing.extractive.clauses import own_words
from learncomm_agent.writing.extractive.findings import Finding
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.language.deadlines import DueReader
from learncomm_agent.writing.language.dialogue import Dialogue, Line

_AHEAD = 12
"""Messages after one in which it may be taken back."""
_AT_ONCE = 3
"""Messages after one in which its speaker takes it back without saying what."""
_KINDS = (ItemKind.ACTION, ItemKind.DECISION)


def standing(dialogue: Dialogue, finding: Finding, deadlines: DueReader) -> Finding | None:
    """Give what stands of a finding at the end: itself, what put it right, or None."""
    if finding.kind not in _KINDS:
        return finding
    for later in _after(dialogue, finding):
        is_right = dialogue.cues.find("withdrawn.corrects", later.said, later.words)
        if not is_right and not dialogue.cues.find("withdrawn.says", later.said, later.words):
            continue
        if not _is_about(dialogue, finding, later):
            continue
        if not is_right or len(own_words(dialogue.cues, later.words, "", "sifting.hollow")) == 0:
            return None
        message = dialogue.utterances[later.message]
        due = deadlines.due(later.said, message.at, message.zone)
        return replace(finding, line=later, others=(finding.line.message,), due=due)
    return finding


def _after(dialogue: Dialogue, finding: Finding) -> Iterator[Line]:
    first = finding.line.message
    own = dialogue.by_message[first]
    yield from own[own.index(finding.line) + 1 :]
    for message in range(first + 1, min(first + 1 + _AHEAD, len(dialogue.utterances))):
        yield from dialogue.by_message.get(message, ())


def _is_about(dialogue: Dialogue, finding: Finding, later: Line) -> bool:
    cues = dialogue.cues
    about = own_words(cues, finding.line.words, "", "sifting.hollow", "sifting.vague")
    if about & later.bag:
        return True
    speaker = dialogue.utterances[later.message].speaker
    theirs = (dialogue.utterances[finding.line.message].speaker, finding.owner)
    is_soon = later.message - max(finding.line.message, *finding.others, 0) <= _AT_ONCE
    return speaker in theirs and is_soon and len(own_words(cues, later.words)) <= _AT_ONCE

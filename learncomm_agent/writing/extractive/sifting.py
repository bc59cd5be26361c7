"""Takes out of what was found what only sounds like a decision, a promise or an insight. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from learncomm_agent.writing.evidence.acts import Acts
from learncomm_agent.writing.extractive.clauses import (
    Place,
    is_retold,
    is_told_apart,
    own_words,
    place,
)
from learncomm_agent.writing.extractive.findings import Finding, weight
from learncomm_agent.writing.extractive.owning import taker
from learncomm_agent.writing.extractive.short_talk import is_taken, names_a_time, short_talk
from learncomm_agent.writing.extractive.taking import seeks
from learncomm_agent.writing.extractive.withdrawing import standing
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.language.deadlines import DueReader
from learncomm_agent.writing.language.dialogue import Dialogue, Line
from learncomm_agent.writing.language.vocabulary import content, tokens

_PROMISES = ("actions.promises", "actions.offers", "actions.plans")
_REQUESTS = ("actions.asks", "short.asks", "short.who", "actions.marks")
_ENOUGH = 2
"""Content words of a decision that tells by itself what is decided."""
_INSIGHT = 2
"""Those of an insight, …"""
_OWN_INSIGHT = 5
"""… and of one that goes on with `I`."""
_NEXT = 2
"""Words after its cue among which that stands."""
_BACK = 4
"""Messages before a mere `that's decided` among which the proposal stands."""
_ASKED = 3
"""Messages before a proposal in which the question stands that it answers."""
_MERE = 10
"""Words of such a line, at most."""
_NEAR = 5
"""Messages before one among which that stands with which it disagrees."""


def sift(dialogue: Dialogue, found: Iterable[Finding], deadlines: DueReader) -> Iterator[Finding]:
    """Give the findings that hold, as they stand at the end of the conversation.

    Refusals, reports, jokes, what somebody in a book does, small talk and what was taken back later
    are left out; what is asked for belongs to who takes it on; what was put right is given so. What
    short lines of a chat settle together is added.

    Args:
        dialogue: The conversation.
        found: What its cues find, one kind a line.
        deadlines: Reads the dates of what is added.
    """
    short = {each.line.number: each for each in short_talk(dialogue, deadlines)}
    settled = {i for each in short.values() for i in _settles(each)}
    for each in found:
        is_short = len(each.line.bag) <= _ENOUGH
        if each.kind is ItemKind.OPEN_QUESTION and is_short and each.line.message in settled:
            continue
        other = short.pop(each.line.number, None)
        yield from _sifted(dialogue, each if other is None else other, deadlines)
    for each in short.values():
        yield from _sifted(dialogue, each, deadlines)


def _settles(finding: Finding) -> Iterable[int]:
    """Give the messages whose short questions a finding of short talk answers."""
    last = max(finding.line.message, *finding.others)
    return range(min(finding.line.message, *finding.others) - _ASKED, last)


def _sifted(dialogue: Dialogue, finding: Finding, deadlines: DueReader) -> Iterator[Finding]:
    match finding.kind:
        case ItemKind.ACTION:
            kept = _action(dialogue, finding)
        case ItemKind.DECISION:
            kept = _decision(dialogue, finding)
        case ItemKind.INSIGHT:
            kept = finding if _is_insight(dialogue, finding.line) else None
        case ItemKind.DISAGREEMENT:
            kept = finding if _is_about_the_same(dialogue, finding) else None
        case _:
            kept = None if is_taken(dialogue, finding.line) else finding
    stands = None if kept is None else standing(dialogue, kept, deadlines)
    if stands is not None:
        yield stands


def _action(dialogue: Dialogue, finding: Finding) -> Finding | None:
    line, cues = finding.line, dialogue.cues
    is_own = finding.owner == dialogue.utterances[line.message].speaker
    asked = None if is_own else place(cues, line.said, *_REQUESTS)
    at = asked or place(cues, line.said, *_PROMISES)
    if at is None:
        return finding
    if is_retold(dialogue, line, at):
        return None
    if asked is not None:
        return _request(dialogue, finding, at)
    if Acts(cues).refuses(at.clause):
        return None
    names_a_day = finding.due is not None or cues.find("deadlines.says", line.said)
    says_what = names_a_day or not is_told_apart(line)
    if not says_what and not own_words(cues, tokens(at.core), at.cue, "sifting.vague"):
        return None
    return _dated(dialogue, finding)


def _dated(dialogue: Dialogue, finding: Finding) -> Finding:
    """Take away a day by which nothing is promised: `but not before Thursday`."""
    day = place(dialogue.cues, finding.line.said, "deadlines.says")
    if day is None or not Acts(dialogue.cues).refuses(f"{day.opening}{day.cue}"):
        return finding
    return replace(finding, due=None)


def _request(dialogue: Dialogue, finding: Finding, at: Place) -> Finding | None:
    line, cues = finding.line, dialogue.cues
    names_a_day = finding.due is not None or cues.find("deadlines.says", line.said)
    is_marked = cues.find("actions.marks", line.said, line.words)
    is_addressed = line.is_question or bool(dialogue.named(line)) or bool(finding.others)
    taken = taker(dialogue, line) if is_addressed else None
    if taken is None and seeks(dialogue, line):
        return finding
    if taken is None:
        kept = replace(finding, owner=None, others=())
        return kept if names_a_day or is_marked else None
    about = own_words(cues, line.words, at.cue, "sifting.vague")
    if not about and not (names_a_day or is_marked) and is_told_apart(line):
        return None
    return replace(finding, owner=dialogue.utterances[taken].speaker, others=(taken,))


def _decision(dialogue: Dialogue, finding: Finding) -> Finding | None:
    line, cues = finding.line, dialogue.cues
    at = place(cues, line.said, "decisions.says", "decisions.proposes")
    if at is None:
        return finding
    is_past = cues.find("sifting.past", line.said) or cues.find("sifting.nothing", at.closing)
    if is_past or is_retold(dialogue, line, at):
        return None
    if finding.others or not cues.find("decisions.says", line.said):
        return finding
    if _is_under(dialogue, at):
        return None
    return _telling(dialogue, finding)


def _telling(dialogue: Dialogue, finding: Finding) -> Finding | None:
    """Give what is decided with who decides it: `that's decided` alone tells nothing."""
    line = finding.line
    told = own_words(dialogue.cues, line.words, "", "sifting.hollow") - _names(dialogue, line)
    if len(told) >= _ENOUGH or not is_told_apart(line):
        return finding
    proposal = _proposal(dialogue, line)
    if told or names_a_time(dialogue, line):
        return finding if proposal is None else replace(finding, others=(proposal.message,))
    if proposal is None or len(line.words) > _MERE:
        return None
    return replace(finding, line=proposal, others=(line.message,), score=1.5 * weight(proposal))


def _is_under(dialogue: Dialogue, at: Place) -> bool:
    """Tell whether a plan depends on a word such as `reason that`, so that nobody states it."""
    if dialogue.cues.find("settled.says", at.cue):
        return False
    before = tokens(at.before)[-1:]
    return any(dialogue.cues.find("sifting.under", word, (word,)) for word in before)


def _names(dialogue: Dialogue, line: Line) -> frozenset[str]:
    """Give the names that a line calls, as content words."""
    called = " ".join(dialogue.named(line))
    return content(tokens(called), dialogue.cues.stopwords)


def _proposal(dialogue: Dialogue, line: Line) -> Line | None:
    """Give the nearest line before one that proposes something."""
    for message in range(line.message, max(-1, line.message - 1 - _BACK), -1):
        for before in reversed(dialogue.by_message.get(message, ())):
            if before.number >= line.number:
                continue
            proposes = dialogue.cues.find("decisions.proposes", before.said, before.words)
            if dialogue.cues.find("sifting.moderates", before.said, before.words):
                continue
            about = own_words(dialogue.cues, before.words, "", "sifting.hollow")
            if proposes and len(about) >= _ENOUGH:
                return before
    return None


def _is_insight(dialogue: Dialogue, line: Line) -> bool:
    at = place(dialogue.cues, line.said, "insights.says")
    if at is None or not is_told_apart(line):
        return True
    if is_retold(dialogue, line, at):
        return False
    following = " ".join(at.core.partition(at.cue)[2].split()[:_NEXT])
    least = _OWN_INSIGHT if dialogue.cues.find("self.says", following) else _INSIGHT
    return len(own_words(dialogue.cues, line.words, at.cue)) >= least


def _is_about_the_same(dialogue: Dialogue, finding: Finding) -> bool:
    """Tell whether somebody disagrees with what was said, and does not merely prefer tea."""
    line = finding.line
    if not dialogue.cues.find("sifting.prefers", line.said, line.words):
        return True
    before = range(max(0, line.message - _NEAR), line.message)
    places = (*before, *finding.others)
    return any(
        line.bag & each.bag for message in places for each in dialogue.by_message.get(message, ())
    )

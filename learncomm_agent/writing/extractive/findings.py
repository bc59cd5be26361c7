"""Finds decisions, promises, insights, disagreements and open questions by what people do when they speak."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from learncomm_agent.writing.extractive.asking import open_question
from learncomm_agent.writing.extractive.taking import seeks, taken, takes
from learncomm_agent.writing.extractive.votes import votes
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.language.deadlines import DueReader
from learncomm_agent.writing.language.dialogue import Dialogue, Line
from learncomm_agent.writing.language.vocabulary import is_unspaced

_LONG = 20
"""Words beyond which a line rambles."""
_BEFORE = 5
"""Messages before one that differs, among which that stands from which it differs."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A line that states something, before it is chosen and written down."""

    kind: ItemKind
    line: Line
    score: float
    """Higher is more important; comparable within a kind."""
    others: tuple[int, ...] = ()
    """Further messages that it rests on."""
    owner: str | None = None
    due: date | None = None


def findings(dialogue: Dialogue, deadlines: DueReader) -> Iterator[Finding]:
    """Give what is found, in the order said; one kind a line."""
    voted = votes(dialogue)
    accepted: set[int] = set()
    for line in dialogue.lines:
        if line.message in accepted and takes(dialogue, line):
            continue  # told with what it answers
        found = (
            _action(dialogue, line, deadlines)
            or _voted(line, voted.get(line.number))
            or _decision(dialogue, line)
            or _disagreement(dialogue, line)
            or _insight(dialogue, line)
            or _open_question(dialogue, line)
        )
        if found is None:
            continue
        if found.kind is ItemKind.ACTION:
            accepted.update(found.others)
        yield found


def weight(line: Line) -> float:
    """Tell how well a line stands for itself, up to 1.3: it says something, and does not ramble."""
    words = len(line.words) / (2 if is_unspaced(line.said) else 1)
    ramble = max(0.4, min(1.0, 1.0 - (words - _LONG) / 30))
    whole = (1.0 if line.sentence.begins else 0.6) * (1.0 if line.sentence.ends else 0.8)
    return (0.7 + 0.1 * min(len(line.bag), 6)) * ramble * whole * line.fluency


def _says(dialogue: Dialogue, line: Line, key: str) -> bool:
    return dialogue.cues.find(key, line.said, line.words)


def _is(dialogue: Dialogue, line: Line, kind: str) -> bool:
    return _says(dialogue, line, f"{kind}.says") and not _says(dialogue, line, f"{kind}.not")


def _action(dialogue: Dialogue, line: Line, deadlines: DueReader) -> Finding | None:
    message = dialogue.utterances[line.message]
    due = deadlines.due(line.said, message.at, message.zone) if line.bag else None
    names_a_day = due is not None or _says(dialogue, line, "deadlines.says")
    if names_a_day and takes(dialogue, line):
        asked = dialogue.answered(line.message)
        others = () if asked is None else (asked,)
        score = 2.0 * weight(line)
        return Finding(ItemKind.ACTION, line, score, others, message.speaker, due)
    if not line.bag or _says(dialogue, line, "actions.not"):
        return None
    if seeks(dialogue, line):
        return _sought(dialogue, line, deadlines)
    strength = 1.0 + names_a_day
    says_what = names_a_day or len(line.bag) >= 2
    is_promised = says_what and _promises(dialogue, line, names_a_day=names_a_day)
    if is_promised and not line.is_question:
        score = (1.0 + strength) * weight(line)
        return Finding(ItemKind.ACTION, line, score, owner=message.speaker, due=due)
    is_marked = _says(dialogue, line, "actions.marks")
    if not is_marked and not _says(dialogue, line, "actions.asks"):
        is_plan = names_a_day and _says(dialogue, line, "actions.plans")
        score = strength * weight(line)
        return Finding(ItemKind.ACTION, line, score, due=due) if is_plan else None
    is_addressed = line.is_question or bool(dialogue.named(line))
    agreed = _agreement(dialogue, line, "actions.agrees") if is_addressed else None
    if agreed is None and not (is_marked or names_a_day):
        return None
    owner = None if agreed is None else dialogue.utterances[agreed].speaker
    others = () if agreed is None else (agreed,)
    score = (strength + is_marked + (agreed is not None)) * weight(line)
    due = due if agreed is None else due or _due_in(dialogue, agreed, deadlines)
    return Finding(ItemKind.ACTION, line, score, others, owner, due)


def _sought(dialogue: Dialogue, line: Line, deadlines: DueReader) -> Finding | None:
    """Give what somebody was looked for to do, and took on; until then it is an open question."""
    answer = taken(dialogue, line)
    if answer is None:
        return None
    owner, message = dialogue.utterances[answer].speaker, dialogue.utterances[line.message]
    due = _due_in(dialogue, answer, deadlines)
    due = due or deadlines.due(line.said, message.at, message.zone)
    score = (2.0 + (due is not None)) * weight(line)
    return Finding(ItemKind.ACTION, line, score, (answer,), owner, due)


def _due_in(dialogue: Dialogue, message: int, deadlines: DueReader) -> date | None:
    """Give the day that who takes something on names."""
    answer = dialogue.utterances[message]
    return deadlines.due(answer.text, answer.at, answer.zone)


def _promises(dialogue: Dialogue, line: Line, *, names_a_day: bool) -> bool:
    """Tell whether a speaker promises; what they offer is a promise when they say by when."""
    offers = names_a_day and _says(dialogue, line, "actions.offers")
    return offers or _says(dialogue, line, "actions.promises")


def _agreement(dialogue: Dialogue, line: Line, key: str) -> int | None:
    """Give the message in which who was asked says yes; None where that is in doubt."""
    asked = dialogue.named(line)
    for answer in dialogue.answers(line.message):
        speaker = dialogue.utterances[answer].speaker
        if asked and speaker not in asked:
            continue
        lines = dialogue.by_message.get(answer, ())
        if not lines:
            continue
        return answer if dialogue.cues.find(key, lines[0].said, lines[0].words) else None
    return None


def _voted(line: Line, agreed: tuple[int, ...] | None) -> Finding | None:
    if agreed is None:
        return None
    return Finding(ItemKind.DECISION, line, 1.8 * weight(line), agreed)


def _decision(dialogue: Dialogue, line: Line) -> Finding | None:
    if line.is_question and not _says(dialogue, line, "decisions.proposes"):
        return None
    if not line.bag or _says(dialogue, line, "decisions.not"):
        return None
    if not line.is_question and _says(dialogue, line, "decisions.says"):
        if not _is_put(dialogue, line):
            return Finding(ItemKind.DECISION, line, 1.5 * weight(line))
        keys = ("decisions.agrees", "decisions.assents")
        yes = next((y for key in keys if (y := _agreement(dialogue, line, key)) is not None), None)
        return None if yes is None else Finding(ItemKind.DECISION, line, 1.5 * weight(line), (yes,))
    is_short = len(line.bag) >= 2 and len(line.words) <= _LONG
    is_own = is_short and not _says(dialogue, line, "decisions.agrees")
    if is_own and _says(dialogue, line, "decisions.proposes"):
        agreed = _agreement(dialogue, line, "decisions.agrees")
        if agreed is not None:
            return Finding(ItemKind.DECISION, line, 1.3 * weight(line), (agreed,))
    return None


def _is_put(dialogue: Dialogue, line: Line) -> bool:
    """Tell whether a line is put to the others: its speaker asks right after it."""
    own = dialogue.by_message[line.message]
    return any(each.is_question for each in own[own.index(line) + 1 :][:1])


def _insight(dialogue: Dialogue, line: Line) -> Finding | None:
    if line.is_question or len(line.bag) < 3 or not _is(dialogue, line, "insights"):
        return None
    return Finding(ItemKind.INSIGHT, line, weight(line))


def _disagreement(dialogue: Dialogue, line: Line) -> Finding | None:
    if line.is_question or len(line.bag) < 2 or not _is(dialogue, line, "disagreements"):
        return None
    other = dialogue.answered(line.message)
    if other is None:
        return None
    asked = all(each.is_question for each in dialogue.by_message.get(other, ()))
    if asked and _says(dialogue, line, "disagreements.prefers"):
        return None
    return Finding(ItemKind.DISAGREEMENT, line, weight(line), _other_side(dialogue, line, other))


def _other_side(dialogue: Dialogue, line: Line, answered: int) -> tuple[int, ...]:
    """Give the message from which a line differs: one that speaks of the same, or stands right before it."""
    own = dialogue.utterances[line.message]
    if own.reply_to is not None:
        return (answered,)
    before = [
        i
        for i in range(line.message - 1, max(-1, line.message - 1 - _BEFORE), -1)
        if dialogue.utterances[i].speaker != own.speaker and i in dialogue.by_message
    ]
    if answered in before[:1] and not all(e.is_question for e in dialogue.by_message[answered]):
        return (answered,)
    same = (i for i in before if any(each.bag & line.bag for each in dialogue.by_message[i]))
    return tuple(same)[:1]


def _open_question(dialogue: Dialogue, line: Line) -> Finding | None:
    found = open_question(dialogue, line)
    if found is None:
        return None
    strength, others = found
    return Finding(ItemKind.OPEN_QUESTION, line, strength * weight(line), others)

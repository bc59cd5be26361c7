"""Finds decisions, promises, open questions, insights and disagreements by cue phrases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.language.deadlines import DueReader
from learncomm_agent.writing.language.dialogue import Dialogue, Line
from learncomm_agent.writing.language.vocabulary import normal

_SPOKEN_QUESTION = 4
"""Words that a question needs at least, so that it can stand for itself."""


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
    """Give what the cue phrases of a language find, in the order said; one kind a line."""
    for line in dialogue.lines:
        found = (
            _action(dialogue, line, deadlines)
            or _decision(dialogue, line)
            or _disagreement(dialogue, line)
            or _insight(dialogue, line)
            or _open_question(dialogue, line)
        )
        if found is not None:
            yield found


def _says(dialogue: Dialogue, line: Line, key: str) -> bool:
    return dialogue.cues.find(key, line.said, line.words)


def _is(dialogue: Dialogue, line: Line, kind: str) -> bool:
    return _says(dialogue, line, f"{kind}.says") and not _says(dialogue, line, f"{kind}.not")


def _action(dialogue: Dialogue, line: Line, deadlines: DueReader) -> Finding | None:
    if not line.bag or _says(dialogue, line, "actions.not"):
        return None
    message = dialogue.utterances[line.message]
    due = deadlines.due(line.said, message.at)
    names_a_day = due is not None or _says(dialogue, line, "deadlines.says")
    weight = names_a_day + min(len(line.bag), 8) / 8
    if not line.is_question and _says(dialogue, line, "actions.promises"):
        return Finding(ItemKind.ACTION, line, 2.0 + weight, owner=message.speaker, due=due)
    is_marked = _says(dialogue, line, "actions.marks")
    if not is_marked and not _says(dialogue, line, "actions.asks"):
        is_plan = names_a_day and _says(dialogue, line, "actions.plans")
        return Finding(ItemKind.ACTION, line, 1.0 + weight, due=due) if is_plan else None
    is_addressed = line.is_question or bool(_named(dialogue, line))
    agreed = _agreement(dialogue, line, "actions.agrees") if is_addressed else None
    if agreed is None and not (is_marked or names_a_day):
        return None
    owner = None if agreed is None else dialogue.utterances[agreed].speaker
    others = () if agreed is None else (agreed,)
    score = 1.0 + weight + is_marked + (agreed is not None)
    return Finding(ItemKind.ACTION, line, score, others, owner, due)


def _agreement(dialogue: Dialogue, line: Line, key: str) -> int | None:
    """Give the message in which who was asked says yes; None where that is in doubt."""
    asked = _named(dialogue, line)
    for answer in dialogue.answers(line.message):
        speaker = dialogue.utterances[answer].speaker
        if asked and speaker not in asked:
            continue
        lines = dialogue.by_message.get(answer, ())
        if not lines:
            continue
        return answer if dialogue.cues.find(key, lines[0].said, lines[0].words) else None
    return None


def _named(dialogue: Dialogue, line: Line) -> frozenset[str]:
    """Give the other speakers whom a line names, by their whole or first name."""
    words = f" {normal(line.said)} "
    own = dialogue.utterances[line.message].speaker
    return frozenset(
        speaker
        for name, speaker in dialogue.speakers.items()
        if speaker != own and name and (f" {name} " in words or f" {name.split()[0]} " in words)
    )


def _decision(dialogue: Dialogue, line: Line) -> Finding | None:
    if line.is_question and not _says(dialogue, line, "decisions.proposes"):
        return None
    if not line.bag or _says(dialogue, line, "decisions.not"):
        return None
    weight = min(len(line.bag), 8) / 8
    if not line.is_question and _says(dialogue, line, "decisions.says"):
        return Finding(ItemKind.DECISION, line, 1.0 + weight)
    if len(line.bag) >= 2 and _says(dialogue, line, "decisions.proposes"):
        agreed = _agreement(dialogue, line, "decisions.agrees")
        if agreed is not None:
            return Finding(ItemKind.DECISION, line, 1.5 + weight, (agreed,))
    return None


def _insight(dialogue: Dialogue, line: Line) -> Finding | None:
    if line.is_question or len(line.bag) < 3 or not _is(dialogue, line, "insights"):
        return None
    return Finding(ItemKind.INSIGHT, line, 1.0 + min(len(line.bag), 10) / 10)


def _disagreement(dialogue: Dialogue, line: Line) -> Finding | None:
    if line.is_question or len(line.bag) < 2 or not _is(dialogue, line, "disagreements"):
        return None
    other = dialogue.answered(line.message)
    if other is None:
        return None
    return Finding(ItemKind.DISAGREEMENT, line, 1.0 + min(len(line.bag), 10) / 10, (other,))


def _open_question(dialogue: Dialogue, line: Line) -> Finding | None:
    if len(line.words) < _SPOKEN_QUESTION or len(line.bag) < 2:
        return None
    if _says(dialogue, line, "open_questions.not"):
        return None
    weight = min(len(line.bag), 8) / 8
    if _says(dialogue, line, "open_questions.says"):
        bonus = 1.0 if _reply(dialogue, line) is None else 0.0
        return Finding(ItemKind.OPEN_QUESTION, line, 0.5 + bonus + weight)
    if not line.is_question:
        return None
    later = dialogue.by_message[line.message]
    if later.index(line) < len(later) - 2:
        return None
    reply = _reply(dialogue, line)
    if reply is None:
        return Finding(ItemKind.OPEN_QUESTION, line, 1.0 + weight)
    if dialogue.first(reply, "open_questions.unsure"):
        return Finding(ItemKind.OPEN_QUESTION, line, 1.8 + weight, (reply,))
    return None


def _reply(dialogue: Dialogue, line: Line) -> int | None:
    """Give the message that answers a question: the first by another that states something."""
    for answer in dialogue.answers(line.message):
        lines: Sequence[Line] = dialogue.by_message.get(answer, ())
        if any(_states(dialogue, each) for each in lines):
            return answer
    return None


def _states(dialogue: Dialogue, line: Line) -> bool:
    if line.is_question:
        return False
    return (
        len(line.bag) >= 2
        or _says(dialogue, line, "open_questions.unsure")
        or _says(dialogue, line, "actions.agrees")
        or not dialogue.cues.phrases
    )

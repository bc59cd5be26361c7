"""Tells which questions of a conversation were left open. Pure.

A question is answered by a message that replies to it, names who asked, or speaks of the same thing.
Where few people talk, whatever follows counts as the answer; where many do, it may belong elsewhere. What
a group asks itself, how it does something or who does it, is open until somebody speaks of the same.
"""

from learncomm_agent.writing.evidence.acts import Acts
from learncomm_agent.writing.extractive.taking import seeks
from learncomm_agent.writing.language.dialogue import Dialogue, Line

_SHORTEST = 4
"""Words that a question needs at least, so that it can stand for itself."""
_NAMES = 3
"""Words of an answer that is but a name or two."""
_FEW = 3
"""With so many speakers around it, what follows a question answers it."""
_CUED = 2.0
"""What it weighs that a question is left open, by how that is known: it says so, …"""
_UNSURE = 1.8
"""… whoever answers does not know, …"""
_UNANSWERED = 1.3
"""… nobody answers, …"""
_PASSED_OVER = 1.1
"""… or what follows speaks of something else."""
_TELLING = 5
"""Content words that it needs for that."""
_TO_ALL = 0.4
"""What it adds that a question is put to all."""


def open_question(dialogue: Dialogue, line: Line) -> tuple[float, tuple[int, ...]] | None:
    """Tell how much an open question weighs, and on which messages it rests besides; None for none."""
    is_of_group = seeks(dialogue, line) or (
        line.is_question and dialogue.cues.find("questions.to_group", line.said, line.words)
    )
    if len(line.words) < _SHORTEST or len(line.bag) < (1 if is_of_group else 2):
        return None
    if dialogue.cues.find("open_questions.not", line.said, line.words):
        return None
    is_cued = dialogue.cues.find("open_questions.says", line.said, line.words)
    if not is_cued and not line.is_question:
        return None
    if not is_cued and line not in dialogue.by_message[line.message][-2:]:
        return None  # whoever asks goes on, and mostly answers it
    to_all = _TO_ALL if dialogue.cues.find("questions.to_all", line.said, line.words) else 0.0
    reply, is_sure = _reply(dialogue, line)
    if is_of_group and not is_sure and not _is_told_shortly(dialogue, line):
        reply = None
    if reply is None:
        return (_CUED if is_cued else _UNANSWERED) + to_all, ()
    if dialogue.first(reply, "open_questions.unsure"):
        return _UNSURE + to_all, (reply,)
    if is_cued:
        return (0.5 * _CUED if is_sure else _CUED) + to_all, ()
    if is_sure or dialogue.crowd(line.message) <= _FEW or len(line.bag) < _TELLING:
        return None
    return _PASSED_OVER + to_all, ()


def _reply(dialogue: Dialogue, line: Line) -> tuple[int | None, bool]:
    """Give the message that answers a question, and whether that is sure; else the first that may."""
    told = dialogue.told_answers(line.message)
    first: int | None = None
    for answer in dialogue.answers(line.message):
        lines = dialogue.by_message.get(answer, ())
        if not any(_states(dialogue, each, line) for each in lines):
            continue
        if answer in told or any(each.bag & line.bag for each in lines):
            return answer, True
        if answer == line.message + 1 and _is_short_answer(dialogue, lines[0], line):
            return answer, True
        first = answer if first is None else first
    return first, False


def _is_told_shortly(dialogue: Dialogue, question: Line) -> bool:
    """Tell whether whoever speaks next says no more than a name or two."""
    lines = dialogue.by_message.get(next(iter(dialogue.answers(question.message)), -1), ())
    if len(lines) != 1 or not lines[0].bag or len(lines[0].words) > _NAMES:
        return False
    line = lines[0]
    keys = ("key_points.not", "actions.promises", "actions.offers")
    is_aside = any(dialogue.cues.find(key, line.said, line.words) for key in keys)
    return not (line.is_question or is_aside or Acts(dialogue.cues).refuses(line.said))


def _is_short_answer(dialogue: Dialogue, line: Line, question: Line) -> bool:
    """Tell whether a line begins as answers do; a mere yes is none to who, why or how."""
    keys = ["open_questions.unsure", "questions.answers"]
    if not dialogue.cues.find("questions.wide", question.said, question.words):
        keys.append("actions.agrees")
    return any(dialogue.cues.find(key, line.said, line.words) for key in keys)


def _states(dialogue: Dialogue, line: Line, question: Line) -> bool:
    if line.is_question:
        return False
    is_said = len(line.bag) >= 2 or not dialogue.cues.phrases
    return is_said or _is_short_answer(dialogue, line, question)

"""Finds what a group agreed to by a show of hands: several people in a row say nothing but yes. Pure."""

from collections.abc import Mapping, Sequence

from learncomm_agent.writing.language.dialogue import Dialogue, Line

_VOTERS = 3
"""So many different people make a vote."""
_GAP = 4
"""Messages between one yes and the next, at most."""
_BEFORE = 6
"""Messages before the first yes among which the proposal stands."""
_NEAREST = 4
"""Lines among which one that proposes is preferred to the very last."""
_WORDS = 3
"""Words of a bare yes, at most."""


def votes(dialogue: Dialogue) -> Mapping[int, tuple[int, ...]]:
    """Give the lines that were voted for, by their number, with the first and the last yes."""
    found: dict[int, tuple[int, ...]] = {}
    run: list[int] = []
    for message in [i for i in dialogue.by_message if _is_yes(dialogue, i)]:
        if run and message - run[-1] > _GAP:
            _take(dialogue, run, found)
            run = []
        run.append(message)
    _take(dialogue, run, found)
    return found


def _is_yes(dialogue: Dialogue, message: int) -> bool:
    lines = dialogue.by_message[message]
    if len(lines) != 1 or len(lines[0].words) > _WORDS:
        return False
    return dialogue.cues.find("decisions.agrees", lines[0].said, lines[0].words)


def _take(dialogue: Dialogue, run: Sequence[int], found: dict[int, tuple[int, ...]]) -> None:
    if len({dialogue.utterances[i].speaker for i in run}) < _VOTERS:
        return
    proposal = _proposal(dialogue, run)
    if proposal is not None:
        found[proposal.number] = (run[0], run[-1])


def _proposal(dialogue: Dialogue, run: Sequence[int]) -> Line | None:
    """Give the line that was voted for: one that proposes, or with many voters the last that says much."""
    before = [
        line
        for message in range(run[0] - 1, max(-1, run[0] - 1 - _BEFORE), -1)
        for line in reversed(dialogue.by_message.get(message, ()))
        if len(line.bag) >= _WORDS
    ]
    for line in before[:_NEAREST]:
        if line.is_question or dialogue.cues.find("decisions.proposes", line.said, line.words):
            return line
    return before[0] if before and len(run) > _VOTERS else None

"""How the others took a message: what it drew, whether they agreed, and whether it answers them. Pure."""

import math
from collections import Counter
from functools import cached_property

from learncomm_agent.writing.language.dialogue import Dialogue, Line
from learncomm_agent.writing.language.vocabulary import normal

_SOON = 4
"""Messages after one in which somebody agrees with it."""
_MOST_REPLIES = 3
_REPLY = 0.1
_AGREED = 0.2
_ANSWERS = 0.15
_HOST = 0.15
_FIGURES = 0.1
"""What each of these adds to the weight of a line, as a share of it."""


class Reception:
    """Weighs lines by what happened around them."""

    def __init__(self, dialogue: Dialogue) -> None:
        """Take the conversation; what is needed is counted when first asked for."""
        self._dialogue = dialogue

    def weight(self, line: Line) -> float:
        """Tell how much more, or less, a line counts than its words alone make it, about 1."""
        message = line.message
        gained = _REPLY * min(_MOST_REPLIES, len(self._dialogue.told_answers(message)))
        gained += _AGREED * self._is_agreed(message)
        gained += _ANSWERS * self._answers(message)
        gained += _HOST * self._dialogue.utterances[message].is_host
        gained += _FIGURES * any(character.isdigit() for character in line.said)
        return (1.0 + gained) / math.sqrt(self._said[normal(line.said)])

    @cached_property
    def _said(self) -> Counter[str]:
        """How often each line is said: what is said again and again says little."""
        return Counter(normal(line.said) for line in self._dialogue.lines)

    def _is_agreed(self, message: int) -> bool:
        dialogue = self._dialogue
        own = dialogue.utterances[message].speaker
        soon = range(message + 1, min(message + 1 + _SOON, len(dialogue.utterances)))
        for other in soon:
            lines = dialogue.by_message.get(other, ())
            is_other = dialogue.utterances[other].speaker != own
            if is_other and lines:
                first = lines[0]
                return dialogue.cues.find("decisions.agrees", first.said, first.words)
        return False

    def _answers(self, message: int) -> bool:
        """Tell whether a message answers a question, as far as that can be told."""
        dialogue = self._dialogue
        asked = dialogue.answered(message)
        return asked is not None and any(
            ln.is_question for ln in dialogue.by_message.get(asked, ())
        )

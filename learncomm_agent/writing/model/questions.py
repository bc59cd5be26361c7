"""Open questions that a language model writes about passages."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from learncomm_agent.library.resources import Passage
from learncomm_agent.llm.tokens import estimate
from learncomm_agent.writing.items import QuestionSet
from learncomm_agent.writing.model.asking import Asking
from learncomm_agent.writing.model.forms import MOST_QUESTIONS, QuestionsDraft, questions_of
from learncomm_agent.writing.model.material import entries_of, nearest, safe
from learncomm_agent.writing.writer import Brief

_TOKENS = 130
"""For one question, with its quote."""
_MOST_LEFT_OPEN = 12
_SHARE_FOR_SEEN = 8
"""The part of what the model can hold that earlier questions take at most: one of so many."""
_LONGEST_GOAL = 300
"""Characters."""


async def questions(
    asking: Asking,
    passages: Sequence[Passage],
    brief: Brief,
    *,
    count: int,
    seen: frozenset[str],
) -> QuestionSet:
    """Write open questions about the passages, from easy to far, none of them seen before.

    Where not all passages fit, the first ones are read, and the next ones as long as there is no
    question.

    Raises:
        ModelError: The model can't write them.
        WordsError: The prompt does not render.
    """
    wanted = min(count, MOST_QUESTIONS)
    levels, ladder = await asyncio.to_thread(_ladder, asking, brief)
    inputs = {
        "levels": levels,
        "ladder": ladder,
        "count": wanted,
        "seen": _told(nearest(seen, passages), asking.context_tokens // _SHARE_FOR_SEEN),
        "left_open": [safe(each.text) for each in brief.left_open[:_MOST_LEFT_OPEN]],
        "goal": safe(brief.goal)[:_LONGEST_GOAL],
    }
    task = asking.task("questions", brief, 100 + wanted * _TOKENS, inputs)
    draft, window, read = await asking.fill_in(
        QuestionsDraft,
        replace(task, allowed={"level": levels}),
        entries_of(passages),
        lambda draft: bool(draft.questions),
    )
    written = await asyncio.to_thread(questions_of, draft, window, passages, levels)
    return replace(written, read=read, passages=len(passages))


def _told(seen: Sequence[str], room: int) -> list[str]:
    """Return the earlier questions that a model is told, as many as fit."""
    told: list[str] = []
    for text in map(safe, seen):
        room -= estimate(f"- {text}\n")
        if room < 0:
            break
        told.append(text)
    return told


def _ladder(asking: Asking, brief: Brief) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Return the ladder of the reader's language, and what its levels mean; else English's."""
    for language in (brief.language, "en"):
        table = asking.table("questions", brief, language)
        levels, means = table.get("levels"), table.get("ladder")
        if isinstance(levels, Sequence) and levels:
            known = means if isinstance(means, Mapping) else {}
            return tuple(levels), {level: str(known.get(level, "")) for level in levels}
    return (), {}

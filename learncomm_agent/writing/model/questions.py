"""Open questions that a language model writes about passages."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.items import QuestionSet
from learncomm_agent.writing.model.asking import Asking
from learncomm_agent.writing.model.forms import MOST_QUESTIONS, QuestionsDraft, questions_of
from learncomm_agent.writing.model.material import entries_of, nearest, safe
from learncomm_agent.writing.writer import Brief

_TOKENS = 130
"""For one question, with its quote."""


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
    levels = await asyncio.to_thread(_levels, asking, brief)
    asked = [safe(each) for each in nearest(seen, passages)]
    inputs = {"levels": levels, "count": wanted, "seen": asked}
    task = asking.task("questions", brief, 100 + wanted * _TOKENS, inputs)
    draft, window, read = await asking.fill_in(
        QuestionsDraft,
        replace(task, allowed={"level": levels}),
        entries_of(passages),
        lambda draft: bool(draft.questions),
    )
    written = await asyncio.to_thread(questions_of, draft, window, passages, levels)
    return replace(written, read=read, passages=len(passages))


def _levels(asking: Asking, brief: Brief) -> tuple[str, ...]:
    """Return the ladder of the reader's language; English's where it has none of its own."""
    for language in (brief.language, "en"):
        levels = asking.table("questions", brief, language).get("levels")
        if isinstance(levels, Sequence) and levels:
            return tuple(levels)
    return ()

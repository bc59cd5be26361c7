"""Answers that a language model writes from passages."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.items import Answer
from learncomm_agent.writing.model.asking import Asking
from learncomm_agent.writing.model.forms import MOST_CLAIMS, AnswerDraft, answer_of
from learncomm_agent.writing.model.material import entries_of, safe
from learncomm_agent.writing.writer import Brief

_TOKENS = 1200


async def answer(
    asking: Asking, question: str, passages: Sequence[Passage], brief: Brief
) -> Answer:
    """Answer from the passages alone; without claims where they don't hold the answer.

    Where not all passages fit, the best ones are read, and the next ones as long as there is no
    claim.

    Raises:
        ModelError: The model can't write it.
        WordsError: The prompt does not render.
    """
    inputs = {"question": safe(question), "most": MOST_CLAIMS}
    task = asking.task("answer", brief, _TOKENS, inputs)
    draft, window, read = await asking.fill_in(
        AnswerDraft, task, entries_of(passages), lambda draft: bool(draft.claims)
    )
    written = await asyncio.to_thread(answer_of, draft, question, window, passages)
    return replace(written, read=read, passages=len(passages))

"""Answers that a language model writes from passages."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from pydantic import ValidationError

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.items import Answer
from learncomm_agent.writing.model.asking import Asking
from learncomm_agent.writing.model.forms import MOST_CLAIMS, AnswerDraft, answer_of
from learncomm_agent.writing.model.material import Entry, entries_of, safe
from learncomm_agent.writing.model.partial import Objects
from learncomm_agent.writing.writer import Brief

_TOKENS = 1200


async def answer(
    asking: Asking, question: str, passages: Sequence[Passage], brief: Brief
) -> Answer:
    """Answer from the passages alone; without claims where they don't hold the answer.

    Where not all passages fit, the best ones are read, and the next ones as long as there is no
    claim. Each claim is told of as soon as it is whole, where the model tells what it writes.

    Raises:
        ModelError: The model can't write it.
        WordsError: The prompt does not render.
    """
    inputs = {"question": safe(question), "most": MOST_CLAIMS}
    task = asking.task("answer", brief, _TOKENS, inputs)
    if brief.drafted is not None:
        task = replace(task, heard=_hearing(question, passages, brief.drafted))
    draft, window, read = await asking.fill_in(
        AnswerDraft, task, entries_of(passages), lambda draft: bool(draft.claims)
    )
    written = await asyncio.to_thread(answer_of, draft, question, window, passages)
    return replace(written, read=read, passages=len(passages))


def _hearing(
    question: str, passages: Sequence[Passage], drafted: Callable[[Answer], None]
) -> Callable[[Sequence[Entry]], Callable[[str], None]]:
    """Return what makes, for a window, a listener that tells of each claim once it is whole."""

    def of_window(window: Sequence[Entry]) -> Callable[[str], None]:
        claims = Objects("claims", MOST_CLAIMS)

        def heard(piece: str) -> None:
            if not claims.add(piece):
                return
            try:
                draft = AnswerDraft.model_validate({"claims": claims.found})
            except ValidationError:  # what is no claim; the whole answer is read again at its end
                return
            drafted(answer_of(draft, question, window, passages))

        return heard

    return of_window

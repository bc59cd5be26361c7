"""The protocol that every way of writing shares: without a model, and with one."""

from collections.abc import Sequence
from typing import Protocol

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.items import Answer, Question, Summary, Transcript


class Writer(Protocol):
    """Writes drafts; the services around it check the evidence of every line."""

    async def answer(self, question: str, passages: Sequence[Passage], *, language: str) -> Answer:
        """Answer from the passages alone; without claims where they don't hold the answer."""
        ...

    async def questions(
        self, passages: Sequence[Passage], *, count: int, language: str, seen: frozenset[str]
    ) -> tuple[Question, ...]:
        """Write open questions about the passages, from easy to far, none of them seen before.

        Fewer than `count` come back where the passages don't carry more.
        """
        ...

    async def summary(self, transcript: Transcript, *, language: str) -> Summary:
        """Write down what was said, decided and promised; reads every utterance."""
        ...

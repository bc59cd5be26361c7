"""The protocol that every way of writing shares: without a model, and with one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from learncomm_agent.chat.people import Community
from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.items import Answer, LeftOpen, QuestionSet, Summary, Transcript

Progress = Callable[[int, int, int], None]
"""Told which part is being read, of how many, and how many messages or passages all of them hold."""


def untold(part: int, parts: int, count: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Brief:
    """For whom something is written: whose words and budget are used, and who reads it."""

    community: Community
    language: str
    """The readers'."""
    people: frozenset[str] = frozenset()
    """Names of members, as far as they are known: a model may name nobody on its own account."""
    goal: str = ""
    """What the community wants to reach, in a leader's words; empty where none was named."""
    wanted: str = ""
    """What a summary is to look for first, in a leader's words; only a model can go by it."""
    left_open: tuple[LeftOpen, ...] = ()
    """What the group left open: questions may start there."""
    beside: str = ""
    """Words of earlier questions in the one that is asked: they count less than its own."""
    progress: Progress = field(default=untold, repr=False, compare=False)
    drafted: Callable[[Answer], None] | None = field(default=None, repr=False, compare=False)
    """Told the claims of an answer as they are written, unchecked: for the gate alone."""
    shown: Callable[[Answer], None] | None = field(default=None, repr=False, compare=False)
    """Told the claims that hold as they are written; quick, on any thread."""


class Writer(Protocol):
    """Writes drafts; `CheckedWriter` checks the evidence of every line."""

    async def answer(self, question: str, passages: Sequence[Passage], brief: Brief) -> Answer:
        """Answer from the passages alone; without claims where they don't hold the answer."""
        ...

    async def questions(
        self, passages: Sequence[Passage], brief: Brief, *, count: int, seen: frozenset[str]
    ) -> QuestionSet:
        """Write open questions about the passages, from easy to far, none of them seen before.

        Fewer than `count` come back where the passages don't carry more.
        """
        ...

    async def summary(self, transcript: Transcript, brief: Brief) -> Summary:
        """Write down what was said, decided and promised; reads every utterance."""
        ...

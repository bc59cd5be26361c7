"""Follow-up questions: what somebody means who goes on from the question before."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from learncomm_agent.words import Words
from learncomm_agent.writing.language.follow_ups import (
    FollowUpCues,
    about_people,
    is_faithful,
    leans,
    read_cues,
    topic,
)
from learncomm_agent.writing.language.stopwords import stopwords
from learncomm_agent.writing.language.vocabulary import content, normal, tokens
from learncomm_agent.writing.model.follow_ups import Rewriting
from learncomm_agent.writing.writer import Brief


@dataclass(frozen=True, slots=True)
class Understood:
    """What a question that goes on from another is taken for."""

    text: str
    """What to look for and to answer."""
    topic: str
    """The words of earlier questions in it: they count less than its own."""
    meant: str = ""
    """The whole question, where a language model has written it out."""


class FollowUps:
    """Finds out whether a question goes on from the one before, and puts the two together."""

    def __init__(self, words: Words, rewriting: Rewriting | None = None) -> None:
        """Take what it needs.

        Args:
            words: Of all communities: how each language goes on.
            rewriting: Has a language model write a question out; without it, the words of both are put
                together.
        """
        self._words = words
        self._rewriting = rewriting

    async def leans(self, question: str, brief: Brief, *, is_reply: bool) -> bool:
        """Say whether a question goes on from the one before.

        Raises:
            WordsError: A file of words holds a mistake.
        """
        return await asyncio.to_thread(
            lambda: leans(question, self._cues(brief), is_reply=is_reply)
        )

    async def understood(
        self, question: str, earlier: Sequence[str], brief: Brief
    ) -> Understood | None:
        """Return what is meant; None where the earlier ones add nothing.

        Args:
            question: That goes on.
            earlier: The question before, then what that one went on from.
            brief: For whom the answer is.

        Raises:
            WordsError: A file of words holds a mistake.
        """
        cues = await asyncio.to_thread(self._cues, brief)
        added = " ".join(topic(question, earlier, cues))
        if not added:
            return None
        if self._rewriting is not None:
            before = " ".join(earlier)
            written = await self._rewriting.written(question, before, brief)
            if normal(written) == normal(question):  # it stands by itself
                return None
            if written and is_faithful(written, question, before, cues):
                return Understood(written, added, written)
        return Understood(f"{question} {added}", added)

    async def is_about(self, question: str, brief: Brief) -> bool:
        """Say whether a question holds a word that tells what it is about."""
        return bool(content(tokens(question), await self.stopwords(brief)))

    async def about_people(self, question: str, brief: Brief) -> str:
        """Return what people are to know about who are asked for; empty where none are.

        Raises:
            WordsError: A file of words holds a mistake.
        """
        return await asyncio.to_thread(lambda: about_people(question, self._cues(brief)))

    async def stopwords(self, brief: Brief) -> frozenset[str]:
        """Return the words that tell nothing of what a question is about."""
        return (await asyncio.to_thread(self._cues, brief)).stopwords

    def _cues(self, brief: Brief) -> FollowUpCues:
        """Return how people go on in the languages that they may write here. Reads files, once."""
        words = self._words.for_community(brief.community.slug)
        languages = dict.fromkeys((brief.language, brief.community.language, "en"))
        tables = [words.table("followups", language=each) or {} for each in languages]
        return read_cues(tables, stopwords(words, *languages))

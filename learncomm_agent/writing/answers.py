"""Answers from the library."""

from collections.abc import Mapping
from dataclasses import replace

from learncomm_agent.library.finding import tokens
from learncomm_agent.library.resources import Found
from learncomm_agent.library.search import Query, Search
from learncomm_agent.writing.items import Answer
from learncomm_agent.writing.writer import Brief, Writer

PASSAGES = 8
"""How many passages a writer is given to answer from."""


class Answers:
    """Finds the passages, and has the answer written from them."""

    def __init__(self, search: Search, writer: Writer) -> None:
        """Take what it needs; the writer checks its evidence (`CheckedWriter`)."""
        self._search = search
        self._writer = writer

    async def write(self, query: Query, brief: Brief) -> tuple[Answer, Found]:
        """Answer a question from what the audience may read; also return what was looked at.

        An answer without claims says that the library holds nothing relevant.
        """
        found = await self._search.find(replace(query, limit=PASSAGES))
        meant = _meant(query.text, found.instead)
        return await self._writer.answer(meant, found.passages, brief), found


def _meant(question: str, instead: Mapping[str, str]) -> str:
    """Return a question with the words that were looked for in place of those that nothing holds."""
    # Compared as the search compares them, and each word once: what takes a place is not replaced again.
    meant = {tokens.small(asked): found for asked, found in instead.items()}
    return tokens.word_pattern().sub(
        lambda word: meant.get(tokens.small(word[0]), word[0]), question
    )

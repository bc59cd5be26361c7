"""Answers from the library."""

from dataclasses import replace

from learncomm_agent.library.resources import Found
from learncomm_agent.library.search import Query, Search
from learncomm_agent.writing.evidence import check_answer
from learncomm_agent.writing.items import Answer
from learncomm_agent.writing.writer import Writer

PASSAGES = 8
"""How many passages a writer is given to answer from."""


class Answers:
    """Finds the passages, has the answer written, and checks the evidence of each claim."""

    def __init__(self, search: Search, writer: Writer) -> None:
        """Take what it needs."""
        self._search = search
        self._writer = writer

    async def write(self, query: Query, *, language: str) -> tuple[Answer, Found]:
        """Answer a question from what the audience may read; also return what was looked at.

        An answer without claims says that the library holds nothing relevant.
        """
        found = await self._search.find(replace(query, limit=PASSAGES))
        answer = await self._writer.answer(query.text, found.passages, language=language)
        return check_answer(answer, found.passages), found

"""Open questions for people to discuss."""

from collections.abc import Sequence
from dataclasses import replace

from learncomm_agent.errors import NotFoundError
from learncomm_agent.library.resources import Passage, ResourceId
from learncomm_agent.library.search import Query, Search
from learncomm_agent.storage import members, resources, writings
from learncomm_agent.storage import passages as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.writing.items import QuestionSet
from learncomm_agent.writing.writer import Brief, Writer

NEAR_BEST = 0.5
"""A passage on a topic scores at least this share of the best one."""
PASSAGES = 12
"""How many passages of a resource, or on a topic, a writer is given."""


class Questions:
    """Finds what to ask about, and has the questions written."""

    def __init__(self, database: Database, search: Search, writer: Writer) -> None:
        """Take what it needs; the writer checks its evidence (`CheckedWriter`)."""
        self._database = database
        self._search = search
        self._writer = writer

    async def write(
        self, about: Query, brief: Brief, *, count: int, resource: ResourceId | None = None
    ) -> QuestionSet:
        """Write questions about a resource (by its source or title, or the one given), or about a topic.

        All in a room get them, so they are on the words that were asked for, never on words like them.
        None repeats one that these readers could see before; fewer than `count` come back where the
        passages carry no more.

        Raises:
            NotFoundError: The library holds nothing on it that the audience may read.
        """
        passages, seen, people = await self._database.read(
            lambda conn: _of_resource(conn, about, resource)
        )
        if not passages:
            found = await self._search.find(replace(about, limit=PASSAGES, may_slip=False))
            passages = _to_the_point(found.passages)
        if not passages:
            raise NotFoundError("nothing to ask about", phrase="questions.nothing")
        brief = replace(brief, people=people)
        return await self._writer.questions(passages, brief, count=count, seen=seen)


def _to_the_point(passages: Sequence[Passage]) -> list[Passage]:
    """Keep what is near the best, so that a topic of one good passage gets no strangers."""
    return [each for each in passages if each.score >= NEAR_BEST * passages[0].score]


def _of_resource(
    conn: Connection, about: Query, resource: ResourceId | None
) -> tuple[list[Passage], frozenset[str], frozenset[str]]:
    """Return what to write from.

    Returns:
        The passages of the named resource, if it is one; the questions that the readers could see
        before; the names of the community's members.
    """
    seen = writings.questions_asked(conn, about.community, about.readable)
    people = frozenset(members.names(conn, about.community).values())
    if resource is None:
        named = resources.listed(conn, about.community, about.readable, source=about.text.strip())
        if not named:
            return [], seen, people
        resource = named[0].id
    passages = stored.of_resource(conn, resource, about.readable)
    step = max(1, len(passages) // PASSAGES)
    return passages[::step], seen, people

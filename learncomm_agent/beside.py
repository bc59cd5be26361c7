"""What can be done beside the process that holds the store: look things up by words, and leave errands."""

import asyncio
from collections.abc import Mapping
from types import TracebackType

from learncomm_agent.analysers import analyser_of
from learncomm_agent.chat.audience import Readable
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotFoundError, StorageError
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.library.resources import Found
from learncomm_agent.library.search import Query, Search
from learncomm_agent.settings import Settings
from learncomm_agent.storage import communities, resources
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import enqueue
from learncomm_agent.storage.store import DATABASE
from learncomm_agent.words import Words
from learncomm_agent.writers import model_of, writer_of
from learncomm_agent.writing.answers import Answers
from learncomm_agent.writing.follow_ups import FollowUps
from learncomm_agent.writing.items import Answer, QuestionSet
from learncomm_agent.writing.questions import Questions
from learncomm_agent.writing.writer import Brief


class Beside:
    """Reads the store of another process; the verbs are those of `Agent`, by words alone."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Keep what it is made from; nothing is opened yet."""
        self._settings = settings
        self._clock = clock
        self._database = Database(settings.data / DATABASE)
        words = Words(data=settings.data)
        self._model = model_of(settings.model, clock)
        writer = writer_of(words, settings.model, self._model)
        analyser = analyser_of(words, settings.community.language)
        self._search = Search(self._database, Meaning(None), analyser, clock)
        self._answers = Answers(self._database, self._search, writer, FollowUps(words))
        self._questions = Questions(self._database, self._search, writer)

    async def __aenter__(self) -> "Beside":
        """Open the store to read.

        Raises:
            StorageError: There is none, or it is of another version.
        """
        await asyncio.to_thread(self._database.open_to_read)
        slug = self._settings.community.slug
        found = await self._database.read(lambda conn: communities.of_slug(conn, slug))
        if found is None:
            raise StorageError(f"no community {slug!r} in the store yet")
        self._community = found
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the store."""
        if self._model is not None:
            await self._model.close()
        await asyncio.to_thread(self._database.close)

    async def ready(self) -> None:
        """Come back at once: words need no loading."""

    async def find(self, query: str, *, limit: int = 5) -> Found:
        """Return the passages that answer best, by words."""
        return await self._search.find(self._query(query, limit))

    async def answer(self, question: str) -> Answer:
        """Answer a question from what the whole community may read."""
        answer, _ = await self._answers.write(self._query(question), self._brief)
        return answer

    async def questions(self, about: str, *, count: int = 5) -> QuestionSet:
        """Write open questions about a resource or a topic; they are not kept as asked."""
        return await self._questions.write(self._query(about), self._brief, count=count)

    async def check_known(self, source: str) -> None:
        """Make sure that there is a resource of this source.

        Raises:
            NotFoundError: There is none that the whole community may read.
        """
        community = self._community.id
        if not await self._database.read(
            lambda conn: resources.listed(conn, community, Readable(), source=source)
        ):
            raise NotFoundError(f"no resource {source!r}", phrase="forget.not_found")

    async def leave(self, name: str, args: Mapping[str, str]) -> None:
        """Leave an errand, which the process that holds the store picks up within a second."""
        row = {**args, "slug": self._settings.community.slug}
        due = self._clock.now()

        def write(conn: Connection) -> None:
            enqueue(conn, name, row, due=due, lane="errands")

        await asyncio.to_thread(self._database.leave, write)

    @property
    def _brief(self) -> Brief:
        return Brief(self._community, self._community.language)

    def _query(self, text: str, limit: int = 5) -> Query:
        return Query(text, self._community.id, Readable(), limit, dense_weight=0.0)

"""All services of one agent, made in the order in which they need each other."""

import asyncio
from collections.abc import Callable, Mapping

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.clock import Clock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.embedders import embedder_of
from learncomm_agent.house_chat import ChatWing, Ground
from learncomm_agent.house_library import LibraryWing
from learncomm_agent.library.embedding import Embedder, EmbeddingModel
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.library.web.fetching import Fetcher
from learncomm_agent.llm.metering import Metered
from learncomm_agent.llm.model import LanguageModel
from learncomm_agent.settings import Settings
from learncomm_agent.storage import notices, state, vector_rows
from learncomm_agent.storage.chroma import ChromaFolder, ChromaServer
from learncomm_agent.storage.due import due_count
from learncomm_agent.storage.store import VECTORS, Store
from learncomm_agent.storage.vectors import Vectors
from learncomm_agent.words import Words
from learncomm_agent.work import Work
from learncomm_agent.writers import follow_ups_of, model_of, noting_of, writer_of
from learncomm_agent.writing.answers import Answers
from learncomm_agent.writing.model.known import KnownReadings
from learncomm_agent.writing.questions import Questions
from learncomm_agent.writing.summaries import Summaries
from learncomm_agent.writing.writer import Writer


class House:
    """The services, and how they are opened and closed."""

    def __init__(
        self,
        settings: Settings,
        platforms: Mapping[str, Platform],
        clock: Clock,
        embedder: Callable[[], Embedder] | None,
        writer: Writer | None,
        catalogue: Catalogue | None,
        model: LanguageModel | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        """Make them; nothing is opened yet. See `Agent` for the arguments."""
        self._clock = clock
        self._chosen = settings.vectors
        self._store_id = ""
        self._store = Store(settings.data, synchronous=settings.storage.synchronous)
        self.database = self._store.database
        self.work = Work(self.database, clock)
        words = Words(data=settings.data)
        load = embedder or embedder_of(settings.embedding)
        self.meaning = Meaning(load, self._vectors)
        library = LibraryWing(
            settings, words, self.database, self.work, self.meaning, clock, fetcher
        )
        self._make_writer(settings, words, writer, model)
        follow_ups = follow_ups_of(words, settings.model, self.model)
        self.answers = Answers(self.database, library.search, self.writer, follow_ups)
        self.questions = Questions(self.database, library.search, self.writer, self.meaning)
        plain = writer_of(words, settings.model, None)
        noting = noting_of(words, self.writer)
        self.summaries = Summaries(self.database, self.writer, plain, noting)
        ground = Ground(settings, words, self.database, self.work, clock, platforms, self.model)
        chat = ChatWing(
            ground,
            library,
            self.answers,
            self.questions,
            self.summaries,
            catalogue or builtin.catalogue(),
        )
        self._lay_out(library, chat)

    def _lay_out(self, library: LibraryWing, chat: ChatWing) -> None:
        """Name what is used from outside, or opened and closed."""
        self.analyser = library.analyser
        self.readers = library.readers
        self.fetcher = library.fetcher
        self.adding = library.adding
        self.indexing = library.indexing
        self.forgetting = library.forgetting
        self.pages = library.pages
        self.refreshing = library.refreshing
        self.search = library.search
        self.spaces = chat.spaces
        self.directory = chat.directory
        self.conversations = chat.conversations
        self.bringing = chat.bringing
        self.linking = chat.linking
        self.feeds = chat.feeds
        self.desk = chat.desk
        self.intake = chat.intake
        self.rereading = chat.rereading
        self.reading = chat.reading
        self.leaving = chat.leaving
        self.board = chat.board
        self.between = chat.between
        self.retention = chat.between.retention
        self.sessions = chat.sessions.sessions
        self.carriers = chat.sessions.carriers

    def _make_writer(
        self,
        settings: Settings,
        words: Words,
        writer: Writer | None,
        model: LanguageModel | None,
    ) -> None:
        """Make what writes answers, questions and summaries, each line checked."""
        chosen = model or model_of(settings.model, self._clock)
        self.model = None
        if chosen is not None:
            self.model = Metered(chosen, self.database, self._clock, settings.model)
        known = KnownReadings(self.database, self._clock)
        self.writer = writer_of(words, settings.model, self.model, writer, known)

    def _vectors(self, model: EmbeddingModel) -> Vectors:
        """Return the store of a model's vectors, in the place that the settings name."""
        url, token = self._chosen.url, self._chosen.token
        if url is None:
            return Vectors(ChromaFolder(self._store.folder / VECTORS), model)
        secret = None if token is None else token.get_secret_value()
        return Vectors(ChromaServer(url, f"learncomm-{self._store_id}-", secret), model)

    async def open(self) -> None:
        """Take the data folder, and what an earlier process left half done."""
        await asyncio.to_thread(self._store.open)
        now = self._clock.now()
        self._store_id = await self.database.write(lambda conn: state.store_id(conn, now))
        place = self._chosen.url or vector_rows.HERE
        await self.database.write(lambda conn: vector_rows.move(conn, place, now))
        await self.database.write(lambda conn: notices.adopt(conn, now))
        await self.database.read(self.directory.open)
        await self.database.read(self.board.open)
        await self.database.write(self.rereading.open)
        await self.database.read(self.linking.open)
        await self.work.recover()
        await self.database.write(self.retention.add)
        await self.database.write(self.conversations.open)
        await self.database.write(self.refreshing.schedule)
        await self.database.write(self.feeds.schedule)
        await self.database.write(self.between.open)

    async def close(self) -> None:
        """Let go of the data folder."""
        if self.model is not None:
            await self.model.close()
        await self.meaning.close()
        await self.fetcher.close()
        await asyncio.to_thread(self._store.close)

    async def is_busy(self, name: str | None = None) -> bool:
        """Whether anything is due now, or being done; of one name if given."""
        now = self._clock.now()
        return await self.database.read(lambda conn: due_count(conn, now, name)) > 0

    async def indexed(self, community: CommunityId) -> tuple[int, int]:
        """Return how many passages of a community have their vector, and how many there are."""
        total, stored = await self.database.read(lambda conn: vector_rows.counts(conn, community))
        return stored, total

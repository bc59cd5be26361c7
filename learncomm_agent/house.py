"""All services of one agent, made in the order in which they need each other."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from learncomm_agent import plugins
from learncomm_agent.chat.intake import Intake
from learncomm_agent.chat.people import AccountRef, CommunityId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.context import Services
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.commands.dispatch import Dispatch
from learncomm_agent.community.retention import Retention
from learncomm_agent.community.spaces import Spaces
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.embedding import Embedder
from learncomm_agent.library.errands import Errands
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.indexing import Indexing
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.library.reading import Readers
from learncomm_agent.library.resharing import Resharing
from learncomm_agent.library.search import Search
from learncomm_agent.library.starter import Starter
from learncomm_agent.llm.metering import Metered
from learncomm_agent.llm.model import LanguageModel
from learncomm_agent.settings import EmbeddingSettings, Settings
from learncomm_agent.storage import vector_rows
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import due_count
from learncomm_agent.storage.store import VECTORS, Store
from learncomm_agent.storage.vectors import Vectors
from learncomm_agent.words import Words
from learncomm_agent.work import Work
from learncomm_agent.writers import model_of, writer_of
from learncomm_agent.writing.answers import Answers
from learncomm_agent.writing.mending import Mending
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
    ) -> None:
        """Make them; nothing is opened yet. See `Agent` for the arguments."""
        self._clock = clock
        self._store = Store(settings.data, synchronous=settings.storage.synchronous)
        self.database = self._store.database
        self.work = Work(self.database, clock)
        words = Words(data=settings.data)
        load = embedder or embedder_of(settings.embedding)
        self.meaning = Meaning(load, partial(Vectors, settings.data / VECTORS))
        self._make_library(settings, words)
        self._make_writer(settings, words, writer, model)
        self.answers = Answers(self.search, self.writer)
        self.questions = Questions(self.database, self.search, self.writer)
        self.summaries = Summaries(self.database, self.writer)
        self._make_chat(settings, words, platforms, catalogue or builtin.catalogue())

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
        self.writer = writer_of(words, settings.model, self.model, writer)

    def _make_library(self, settings: Settings, words: Words) -> None:
        """Make what reads, keeps, finds and forgets."""
        self.indexing = Indexing(self.database, self.work, self.meaning)
        self.forgetting = Forgetting(self.database, self.work, self.indexing, self._clock)
        self.adding = Adding(self.database, self.indexing, self.forgetting, self._clock)
        self.starter = Starter(self.work, self.adding, words, self._clock)
        extra = {f".{name}": plugins.load("readers", name) for name in plugins.names("readers")}
        self.readers = Readers(extra, max_bytes=settings.library.max_file_bytes)
        self.search = Search(
            self.database, self.meaning, stopwords(words, settings.community.language)
        )
        days = settings.storage.keep_messages_days
        self.retention = Retention(self.database, self.work, self.forgetting, self._clock, days)
        Errands(self.database, self.work, self.adding, self.forgetting, self.readers)

    def _make_chat(
        self,
        settings: Settings,
        words: Words,
        platforms: Mapping[str, Platform],
        catalogue: Catalogue,
    ) -> None:
        """Make what takes in, answers and posts."""
        self.spaces = Spaces(settings.community, self.starter, self._clock)
        directory = self.directory = Directory(self._clock, self.spaces.join, leads(settings))
        resharing = Resharing(self.adding, self.forgetting)
        self.intake = Intake(
            self.database, directory, self.work, self.forgetting, resharing, self._clock
        )
        self.posting = Posting(self.work, self._clock)
        for platform in platforms.values():
            self.posting.connect(platform)
        Mending(self.database, self.work, self.posting, words, self._clock)
        services = Services(
            database=self.database,
            directory=directory,
            clock=self._clock,
            catalogue=catalogue,
            starter=self.starter,
            search=self.search,
            adding=self.adding,
            forgetting=self.forgetting,
            readers=self.readers,
            answers=self.answers,
            questions=self.questions,
            summaries=self.summaries,
            dense_weight=settings.search.dense_weight,
            limit=settings.search.limit,
            max_file_bytes=settings.library.max_file_bytes,
        )
        Dispatch(services, self.work, self.posting, words, platforms)

    async def open(self) -> None:
        """Take the data folder, and what an earlier process left half done."""
        await asyncio.to_thread(self._store.open)
        await self.database.read(self.directory.open)
        await self.work.recover()
        await self.database.write(self.retention.add)

    async def close(self) -> None:
        """Let go of the data folder."""
        if self.model is not None:
            await self.model.close()
        await self.meaning.close()
        await asyncio.to_thread(self._store.close)

    async def is_busy(self, name: str | None = None) -> bool:
        """Whether anything is due now, or being done; of one name if given."""
        now = self._clock.now()
        return await self.database.read(lambda conn: due_count(conn, now, name)) > 0

    async def indexed(self, community: CommunityId) -> tuple[int, int]:
        """Return how many passages of a community have their vector, and how many there are."""
        total, stored = await self.database.read(lambda conn: vector_rows.counts(conn, community))
        return stored, total


def embedder_of(chosen: EmbeddingSettings) -> Callable[[], Embedder] | None:
    """Return what makes the embedding model that the settings name; None = words alone."""
    match chosen.kind:
        case "off":
            return None
        case "hosted":
            return partial(_hosted, chosen)
        case _:
            return partial(_local, chosen)


def _local(chosen: EmbeddingSettings) -> Embedder:
    from learncomm_agent.library.minilm import MiniLM
    from learncomm_agent.library.models import find_models

    return MiniLM(find_models(chosen.path))


def _hosted(chosen: EmbeddingSettings) -> Embedder:
    from learncomm_agent.library.hosted import HostedEmbedder

    return HostedEmbedder(
        chosen.base_url or "",
        chosen.model or "",
        chosen.dimensions,
        "" if chosen.key is None else chosen.key.get_secret_value(),
    )


def stopwords(words: Words, language: str) -> frozenset[str]:
    """Return the words that a search leaves out, in the community's language and in English."""
    tables = (words.table("stopwords", language=tag) or {} for tag in {language, "en"})
    return frozenset(word for table in tables for word in table.get("words", "").split())


def leads(settings: Settings) -> Callable[[AccountRef], bool]:
    """Return whether the settings make an account a leader."""
    chosen = frozenset(settings.community.leaders)
    return lambda ref: f"{ref.platform}:{ref.id}" in chosen

"""All services of one agent, made in the order in which they need each other."""

import asyncio
from collections.abc import Callable, Mapping

from learncomm_agent import plugins
from learncomm_agent.chat.intake import Intake
from learncomm_agent.chat.people import AccountRef, CommunityId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting
from learncomm_agent.chat.rereading import Rereading
from learncomm_agent.clock import Clock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.context import Services
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.commands.dispatch import Dispatch
from learncomm_agent.community.retention import Retention
from learncomm_agent.community.spaces import Spaces
from learncomm_agent.embedders import embedder_of
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.embedding import Embedder, EmbeddingModel
from learncomm_agent.library.errands import Errands
from learncomm_agent.library.finding.analysis import Analyser, Newness
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.indexing import Indexing
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.library.promoting import Promoting
from learncomm_agent.library.reading import Readers
from learncomm_agent.library.search import Search
from learncomm_agent.library.sharing.bringing import Bringing
from learncomm_agent.library.sharing.linking import Linking
from learncomm_agent.library.sharing.resharing import Resharing
from learncomm_agent.library.sharing.wishes import Wishes
from learncomm_agent.library.starter import Starter
from learncomm_agent.library.talk.conversations import Conversations
from learncomm_agent.library.web.entries import Entries
from learncomm_agent.library.web.feeds import Feeds
from learncomm_agent.library.web.fetching import Fetcher, of_use
from learncomm_agent.library.web.pages import Pages
from learncomm_agent.library.web.refreshing import Refreshing
from learncomm_agent.llm.metering import Metered
from learncomm_agent.llm.model import LanguageModel
from learncomm_agent.settings import Settings
from learncomm_agent.storage import state, vector_rows
from learncomm_agent.storage.chroma import ChromaFolder, ChromaServer
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
        self._make_library(settings, words, fetcher)
        self._make_writer(settings, words, writer, model)
        self.answers = Answers(self.search, self.writer)
        self.questions = Questions(self.database, self.search, self.writer)
        self.summaries = Summaries(self.database, self.writer)
        self._make_chat(settings, words, platforms)
        self._make_commands(settings, words, platforms, catalogue or builtin.catalogue())

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

    def _make_library(self, settings: Settings, words: Words, fetcher: Fetcher | None) -> None:
        """Make what reads, keeps, finds and forgets."""
        self.analyser = analyser_of(words, settings.community.language)
        self.indexing = Indexing(self.database, self.work, self.meaning)
        self.forgetting = Forgetting(self.database, self.work, self.indexing, self._clock)
        self.adding = Adding(
            self.database, self.indexing, self.forgetting, self._clock, self.analyser
        )
        self.starter = Starter(self.work, self.adding, words, self._clock)
        self.readers = readers_of(settings)
        self.fetcher = fetcher or Fetcher(
            self._clock,
            accepts=of_use(self.readers),
            max_bytes=settings.library.max_file_bytes,
            is_on=settings.library.links,
            contact=settings.library.contact,
        )
        self.pages = Pages(
            self.database, self.work, self.adding, self.fetcher, self.readers, self._clock
        )
        self.refreshing = Refreshing(self.database, self.work, self.adding, self.pages, self._clock)
        self.search = Search(self.database, self.meaning, self.analyser, self._clock)
        days = settings.storage.keep_messages_days
        self.retention = Retention(self.database, self.work, self.forgetting, self._clock, days)
        Errands(self.database, self.work, self.adding, self.forgetting, self.readers, self.pages)

    def _make_chat(
        self, settings: Settings, words: Words, platforms: Mapping[str, Platform]
    ) -> None:
        """Make what takes in and posts."""
        self.spaces = Spaces(settings.community, self.starter, self._clock)
        directory = self.directory = Directory(self._clock, self.spaces.join, leads(settings))
        resharing = Resharing(self.adding, self.forgetting)
        parts = (self.adding, self.indexing, self.forgetting, self._clock)
        self.conversations = Conversations(self.database, self.work, *parts)
        self.posting = Posting(self.work, self._clock)
        for platform in platforms.values():
            self.posting.connect(platform)
        self._make_sources(settings, words, platforms)
        self.intake = Intake(
            self.database,
            directory,
            self.work,
            self.forgetting,
            resharing,
            self.linking,
            self.conversations,
            self._clock,
        )
        self.rereading = Rereading(
            self.database,
            self.work,
            directory,
            self.intake,
            self.forgetting,
            platforms,
            self._clock,
        )
        Mending(self.database, self.work, self.posting, words, self._clock)

    def _make_commands(
        self,
        settings: Settings,
        words: Words,
        platforms: Mapping[str, Platform],
        catalogue: Catalogue,
    ) -> None:
        """Make what answers."""
        services = Services(
            database=self.database,
            directory=self.directory,
            clock=self._clock,
            catalogue=catalogue,
            starter=self.starter,
            search=self.search,
            adding=self.adding,
            bringing=self.bringing,
            linking=self.linking,
            conversations=self.conversations,
            promoting=Promoting(self.adding, self.forgetting),
            feeds=self.feeds,
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

    def _make_sources(
        self, settings: Settings, words: Words, platforms: Mapping[str, Platform]
    ) -> None:
        """Make what brings in links, files and feeds from the chat."""
        self.bringing = Bringing(
            self.database,
            self.pages,
            self.adding,
            self.readers,
            self.forgetting,
            settings.library.max_file_bytes,
        )
        self.linking = Linking(self.directory, self.work, self.forgetting)
        Wishes(
            self.database,
            self.work,
            self.bringing,
            self.posting,
            words,
            platforms,
            self._clock,
        )
        self.feeds = Feeds(
            self.database,
            self.directory,
            self.work,
            self.fetcher,
            Entries(self.database, self.pages, self.adding, words, self._clock),
            self.posting,
            words,
            platforms,
            self._clock,
        )

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
        await self.database.read(self.directory.open)
        await self.database.read(self.linking.open)
        await self.work.recover()
        await self.database.write(self.retention.add)
        await self.database.write(self.conversations.open)
        await self.database.write(self.refreshing.schedule)
        await self.database.write(self.feeds.schedule)

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


def readers_of(settings: Settings) -> Readers:
    """Return what reads files: our own readers, and those of plugins."""
    extra = {f".{name}": plugins.load("readers", name) for name in plugins.names("readers")}
    return Readers(extra, max_bytes=settings.library.max_file_bytes)


def analyser_of(words: Words, language: str) -> Analyser:
    """Return what takes texts and queries apart, in the community's language and in English."""
    languages = tuple(dict.fromkeys((language, "en")))
    tables = [words.table("stopwords", language=tag) or {} for tag in languages]
    stopwords = frozenset(word for table in tables for word in table.get("words", "").split())
    recency = [_newness(words, tag) for tag in dict.fromkeys((*languages, *words.languages()))]
    return Analyser(languages, stopwords, recency)


def _newness(words: Words, language: str) -> Newness:
    """Return how a language asks for what is new; everyone may ask in their own."""
    asked, usual = (words.table(name, language=language) or {} for name in ("recency", "stopwords"))
    beside = f"{asked.get('beside', '')} {usual.get('words', '')}"
    return Newness(asked.get("cues", ()), frozenset(beside.split()))


def leads(settings: Settings) -> Callable[[AccountRef], bool]:
    """Return whether the settings make an account a leader."""
    chosen = frozenset(settings.community.leaders)
    return lambda ref: f"{ref.platform}:{ref.id}" in chosen

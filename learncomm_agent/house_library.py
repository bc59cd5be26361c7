"""The services that read, keep, find and forget, made in the order in which they need each other."""

from learncomm_agent.analysers import analyser_of
from learncomm_agent.clock import Clock
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.errands import Errands
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.indexing import Indexing
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.library.search import Search
from learncomm_agent.library.silencing import Silencing
from learncomm_agent.library.starter import Starter
from learncomm_agent.library.web.fetching import Fetcher, of_use
from learncomm_agent.library.web.pages import Pages
from learncomm_agent.library.web.refreshing import Refreshing
from learncomm_agent.readers import readers_of
from learncomm_agent.settings import Settings
from learncomm_agent.storage.database import Database
from learncomm_agent.words import Words
from learncomm_agent.work import Work


class LibraryWing:
    """One half of the house."""

    def __init__(
        self,
        settings: Settings,
        words: Words,
        database: Database,
        work: Work,
        meaning: Meaning,
        clock: Clock,
        fetcher: Fetcher | None,
    ) -> None:
        """Make them; nothing is opened yet."""
        self.meaning = meaning
        self.analyser = analyser_of(words, settings.community.language)
        self.indexing = Indexing(database, work, meaning)
        self.forgetting = Forgetting(database, work, self.indexing, clock)
        self.adding = Adding(database, self.indexing, self.forgetting, clock, self.analyser)
        self.silencing = Silencing(self.adding, self.forgetting)
        self.starter = Starter(database, work, self.adding, words, clock)
        self.readers = readers_of(settings)
        self.fetcher = fetcher or Fetcher(
            clock,
            accepts=of_use(self.readers),
            max_bytes=settings.library.max_file_bytes,
            is_on=settings.library.links,
            contact=settings.library.contact,
        )
        self.pages = Pages(database, work, self.adding, self.fetcher, self.readers, clock)
        self.refreshing = Refreshing(database, work, self.adding, self.pages, clock)
        self.search = Search(database, meaning, self.analyser, clock)
        Errands(database, work, self.adding, self.forgetting, self.readers, self.pages)

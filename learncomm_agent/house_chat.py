"""The services that take in what happens, answer and post, made in the order in which they need each other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learncomm_agent.chat.intake import Intake
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting
from learncomm_agent.chat.progress import Progress
from learncomm_agent.chat.rereading import Rereading
from learncomm_agent.clock import Clock
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.commands.desk import FrontDesk
from learncomm_agent.commands.dispatch import Dispatch
from learncomm_agent.community.changes import Changes
from learncomm_agent.community.drafts import Drafts
from learncomm_agent.community.leaving import Leaving
from learncomm_agent.community.newcomers import Newcomers
from learncomm_agent.community.notices import Notices
from learncomm_agent.community.nudges import Nudges
from learncomm_agent.community.pairing import Pairing
from learncomm_agent.community.persons import Persons
from learncomm_agent.community.reading import Reading
from learncomm_agent.community.reminders import Reminders
from learncomm_agent.community.spaces import Spaces
from learncomm_agent.house_between import BetweenWing
from learncomm_agent.house_library import LibraryWing
from learncomm_agent.house_services import services_of
from learncomm_agent.house_sessions import SessionWing
from learncomm_agent.library.sharing.bringing import Bringing
from learncomm_agent.library.sharing.linking import Linking
from learncomm_agent.library.sharing.resharing import Resharing
from learncomm_agent.library.sharing.wishes import Wishes
from learncomm_agent.library.talk.conversations import Conversations
from learncomm_agent.library.web.entries import Entries
from learncomm_agent.library.web.feeds import Feeds
from learncomm_agent.llm.model import LanguageModel
from learncomm_agent.sessions.running.uniting import Uniting
from learncomm_agent.settings import Settings
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.notices import NoticeBoard
from learncomm_agent.words import Words
from learncomm_agent.work import Work
from learncomm_agent.writing.answers import Answers
from learncomm_agent.writing.mending import Mending
from learncomm_agent.writing.questions import Questions
from learncomm_agent.writing.showing import Showing
from learncomm_agent.writing.summaries import Summaries


@dataclass(frozen=True, slots=True)
class Ground:
    """What every service of this half stands on."""

    settings: Settings
    words: Words
    database: Database
    work: Work
    clock: Clock
    platforms: Mapping[str, Platform]
    model: LanguageModel | None = None


class ChatWing:
    """The other half of the house."""

    def __init__(
        self,
        ground: Ground,
        library: LibraryWing,
        answers: Answers,
        questions: Questions,
        summaries: Summaries,
        catalogue: Catalogue,
    ) -> None:
        """Make them; nothing is opened yet."""
        database, work, clock = ground.database, ground.work, ground.clock
        self.spaces = Spaces(ground.settings.community, library.starter, clock)
        self.directory = Directory(clock, self.spaces.join, leads(ground.settings))
        parts = (library.adding, library.indexing, library.forgetting, clock)
        self.conversations = Conversations(database, work, *parts)
        self.posting = Posting(work, clock)
        for platform in ground.platforms.values():
            self.posting.connect(platform)
        self._make_sources(ground, library)
        self._make_intake(ground, library)
        Mending(database, work, self.directory, self.posting, Showing(ground.words), clock)
        self._make_commands(ground, library, answers, questions, summaries, catalogue)

    def _make_sources(self, ground: Ground, library: LibraryWing) -> None:
        """Make what brings in links, files and feeds from the chat."""
        words, platforms, clock = ground.words, ground.platforms, ground.clock
        self.bringing = Bringing(
            ground.database,
            library.pages,
            library.adding,
            library.readers,
            library.forgetting,
            ground.settings.library.max_file_bytes,
        )
        self.linking = Linking(self.directory, ground.work, library.forgetting)
        Wishes(
            ground.database,
            ground.work,
            self.bringing,
            self.posting,
            words,
            platforms,
            clock,
        )
        self.feeds = Feeds(
            ground.database,
            self.directory,
            ground.work,
            library.fetcher,
            Entries(ground.database, library.pages, library.adding, words, clock),
            self.posting,
            words,
            platforms,
            clock,
        )

    def _make_intake(self, ground: Ground, library: LibraryWing) -> None:
        """Make what takes in."""
        board, notices = NoticeBoard(), Notices(ground.words, ground.platforms)
        newcomers = Newcomers(
            ground.database,
            ground.work,
            self.directory,
            board,
            self.posting,
            notices,
            ground.platforms,
            ground.clock,
        )
        self.intake = Intake(
            ground.database,
            self.directory,
            ground.work,
            library.forgetting,
            Resharing(library.adding, library.forgetting),
            self.linking,
            self.conversations,
            newcomers,
            ground.clock,
        )
        self.rereading = Rereading(
            ground.database,
            ground.work,
            self.directory,
            self.intake,
            library.forgetting,
            ground.platforms,
            ground.clock,
        )
        self._make_reading(ground, library, board, notices, newcomers)

    def _make_reading(
        self,
        ground: Ground,
        library: LibraryWing,
        board: NoticeBoard,
        notices: Notices,
        newcomers: Newcomers,
    ) -> None:
        """Make what opens and closes rooms, and follows what becomes of them."""
        self.board = board
        self.reading = Reading(
            ground.database,
            ground.work,
            self.directory,
            board,
            self.posting,
            self.rereading,
            notices,
            ground.platforms,
            ground.clock,
        )
        self.leaving = Leaving(
            ground.database,
            ground.work,
            self.directory,
            board,
            self.reading,
            self.rereading,
            library.forgetting,
            library.meaning,
            self.feeds.schedule,
            self.spaces.open,
            ground.platforms,
            ground.clock,
        )
        self.sessions = SessionWing(
            ground, self.directory, self.posting, self.reading, self.rereading
        )
        left = self.sessions.listening.left
        changes = Changes(self.directory, newcomers, self.rereading, self.leaving, left)
        self.intake.follow_with(changes.follow)
        self.intake.expect_with(self.sessions.coming.comes)

    def _make_commands(
        self,
        ground: Ground,
        library: LibraryWing,
        answers: Answers,
        questions: Questions,
        summaries: Summaries,
        catalogue: Catalogue,
    ) -> None:
        """Make what answers."""
        self.nudges = Nudges(
            ground.database,
            ground.work,
            self.directory,
            self.posting,
            ground.words,
            ground.platforms,
            ground.clock,
        )
        self.drafts = self._drafts(ground, library)
        self.between = BetweenWing(ground, library, self)
        self.sessions.write_with(library, questions, summaries, self.drafts)
        self.pairing = self._pairing(ground, library)
        services = services_of(ground, library, self, catalogue, answers, questions, summaries)
        progress = Progress(ground.database, ground.clock, ground.platforms)
        Dispatch(services, ground.work, self.posting, progress, ground.words, ground.platforms)
        self.desk = FrontDesk(services, self.spaces, ground.words, ground.platforms)

    def _pairing(self, ground: Ground, library: LibraryWing) -> Pairing:
        """Make what links the accounts of a person, and hears of codes that others could read."""
        work, clock = ground.work, ground.clock
        sessions = Uniting(self.sessions.sessions)
        persons = Persons(self.directory, sessions, library.forgetting, work, clock)
        pairing = Pairing(persons, self.posting, work, clock)

        def hear(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
            pairing.overhear(conn, rows)
            self.sessions.listening.heard(conn, rows)

        self.intake.hear_with(hear)
        return pairing

    def _drafts(self, ground: Ground, library: LibraryWing) -> Drafts:
        """Make what keeps drafts, and reminds of them."""
        database, work, clock = ground.database, ground.work, ground.clock
        reminders = Reminders(
            database,
            work,
            self.directory,
            self.posting,
            ground.words,
            ground.platforms,
            self.nudges,
            clock,
        )
        return Drafts(database, work, self.posting, reminders, library.forgetting, clock)


def leads(settings: Settings) -> Callable[[AccountRef], bool]:
    """Return whether the settings make an account a leader."""
    chosen = frozenset(settings.community.leaders)
    return lambda ref: f"{ref.platform}:{ref.id}" in chosen

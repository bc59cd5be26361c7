"""The services that run sessions, made in the order in which they need each other."""

from typing import TYPE_CHECKING

from learncomm_agent.analysers import analyser_of
from learncomm_agent.chat.posting import Posting
from learncomm_agent.chat.rereading import Rereading
from learncomm_agent.community.drafts import Drafts
from learncomm_agent.community.reading import Reading
from learncomm_agent.house_library import LibraryWing
from learncomm_agent.library.finding.analysis import Analyser
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.running.calendars import Calendars
from learncomm_agent.sessions.running.carrying import Carrier, Carrying
from learncomm_agent.sessions.running.coming import Coming
from learncomm_agent.sessions.running.forgetting import Following
from learncomm_agent.sessions.running.groups import GroupWriting, SynthesisWriting
from learncomm_agent.sessions.running.keeping import Keeping
from learncomm_agent.sessions.running.matching import Bringing, LettingGo, Proposing
from learncomm_agent.sessions.running.notes import Notes
from learncomm_agent.sessions.running.opening import Opening
from learncomm_agent.sessions.running.polls import Counting, Polls
from learncomm_agent.sessions.running.posts import Posts, Settling
from learncomm_agent.sessions.running.questions import QuestionWriting
from learncomm_agent.sessions.running.said import Listening
from learncomm_agent.sessions.running.sessions import Sessions
from learncomm_agent.sessions.running.speaking import Speaking
from learncomm_agent.sessions.running.summing_up import SummaryWriting
from learncomm_agent.sessions.running.taking_down import TakingDown
from learncomm_agent.sessions.running.threads import Guests, Threads
from learncomm_agent.sessions.running.writing import Writing
from learncomm_agent.storage.directory import Directory
from learncomm_agent.words import Words
from learncomm_agent.writers import book_of, comparing_of, recalling_of
from learncomm_agent.writing.questions import Questions
from learncomm_agent.writing.summaries import Summaries

if TYPE_CHECKING:
    from learncomm_agent.house_chat import Ground


_ANY = "any"
"""What stands for a community where none is known."""


class SessionWing:
    """The third part of the house."""

    def __init__(
        self,
        ground: "Ground",
        directory: Directory,
        posting: Posting,
        reading: Reading,
        rereading: Rereading,
    ) -> None:
        """Make them; nothing is opened yet.

        Args:
            ground: What every service stands on.
            directory: Knows rooms and people.
            posting: Sends what is said.
            reading: Has the threads of groups read.
            rereading: Catches up with them.
        """
        database, work, clock = ground.database, ground.work, ground.clock
        platforms = ground.platforms
        book = book_of(Words())  # the shipped one: a stage knows of no community
        kinds = stage_kinds(lambda language: book.cues(_ANY, language))
        self.sessions = Sessions(database, work, clock, kinds)
        self.listening = Listening(database, work, self.sessions, ground.words)
        self.coming = Coming(database, work, self.sessions, directory, platforms)
        speaking = Speaking(ground.words, platforms)
        self._ground, self._directory, self._speaking = ground, directory, speaking
        self._down = down = TakingDown(work, platforms, clock)
        self.carriers: dict[str, Carrier] = {
            "post": Posts(database, work, posting, speaking, platforms, clock),
            "settle": Settling(work),
            "open_group": Threads(
                database,
                self.sessions,
                speaking,
                directory,
                reading,
                rereading,
                platforms,
                clock,
            ),
            "bring_in": Guests(database, platforms),
            "open_poll": Polls(database, work, self.sessions, speaking, platforms, clock, down),
            "count_poll": Counting(database, self.sessions, directory, platforms),
            "calendar": Calendars(database, speaking, platforms),
            "note": Notes(clock),
            "propose": Proposing(database, self.sessions, self._analyser, clock),
            "bring_together": Bringing(clock),
            "let_go": LettingGo(clock),
        }
        """By the kind of effect that each carries out."""
        Carrying(database, work, self.sessions, self.carriers)
        self.sessions.begin_with(Opening(posting, speaking, clock).begun)
        reading.follow_with(self.sessions.pause_in)

    def _analyser(self, community: str, language: str) -> Analyser:
        """Return what takes words apart in a community. Blocks."""
        return analyser_of(self._ground.words.for_community(community), language)

    def write_with(
        self, library: LibraryWing, questions: Questions, summaries: Summaries, kept: Drafts
    ) -> None:
        """Let sessions have things written and kept, and follow what is forgotten.

        Args:
            library: Where things are kept, and forgotten.
            questions: Writes questions about passages.
            summaries: Sums up what was said.
            kept: Keeps what a leader looks over.
        """
        ground, sessions = self._ground, self.sessions
        database, words, platforms = ground.database, ground.words, ground.platforms
        book = book_of(words)
        self.carriers["write"] = Writing(
            sessions,
            {
                "questions": QuestionWriting(
                    database,
                    sessions,
                    questions,
                    words,
                    platforms,
                    ground.settings.search.dense_weight,
                    recalling_of(words, ground.settings.model, ground.model),
                ),
                "summary": SummaryWriting(
                    database,
                    sessions,
                    summaries,
                    kept,
                    self._speaking,
                    self._directory,
                    platforms,
                    ground.clock,
                ),
                "group_summary": GroupWriting(database, sessions, summaries, book),
                "synthesis": SynthesisWriting(
                    database,
                    sessions,
                    words,
                    book,
                    comparing_of(words, ground.settings.model, ground.model),
                ),
            },
        )
        self.carriers["keep"] = Keeping(sessions, library.pages, library.adding)
        following = Following(sessions, ground.work, self._down)
        library.forgetting.follow_with(following.follow)
        sessions.lose_with(following.lose)

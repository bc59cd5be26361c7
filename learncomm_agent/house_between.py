"""The services of what happens between sessions, made in the order in which they need each other."""

from typing import TYPE_CHECKING

from learncomm_agent.community.digests import Digests
from learncomm_agent.community.erasing import Erasing
from learncomm_agent.community.feedback import Feedback
from learncomm_agent.community.learning_goals import LearningGoals
from learncomm_agent.community.letters import Letters
from learncomm_agent.community.marks import Marks
from learncomm_agent.community.picking import Picking
from learncomm_agent.community.promises import Promises
from learncomm_agent.community.publishing import Publishing
from learncomm_agent.community.pulses import Pulses
from learncomm_agent.community.ratings import Ratings
from learncomm_agent.community.recurring import Recurring
from learncomm_agent.community.retention import Retention
from learncomm_agent.community.reviewing import Reviewing
from learncomm_agent.community.roundups import RoundUps
from learncomm_agent.community.subscriptions import Subscriptions
from learncomm_agent.community.to_leaders import ToLeaders
from learncomm_agent.community.welcomes import Welcomes
from learncomm_agent.house_library import LibraryWing
from learncomm_agent.storage.database import Connection
from learncomm_agent.writers import book_of
from learncomm_agent.writing.showing import Showing

if TYPE_CHECKING:
    from learncomm_agent.house_chat import ChatWing, Ground


class BetweenWing:
    """The fourth part of the house."""

    def __init__(self, ground: "Ground", library: LibraryWing, chat: "ChatWing") -> None:
        """Make them; nothing is opened yet.

        Args:
            ground: What every service stands on.
            library: The part that keeps what was shared.
            chat: The part that this one is made in; its services up to the drafts are there.
        """
        database, work, clock = ground.database, ground.work, ground.clock
        self.nudges = chat.nudges
        library.forgetting.follow_with(self.nudges.follow)
        self.recurring = Recurring(database, work, chat.directory, clock)
        self._make_promises(ground, library, chat)
        self._make_feedback(ground, chat)
        self.subscriptions = Subscriptions(self.nudges, clock)
        self._make_digests(ground, library, chat)
        self._make_goals(ground, library, chat)
        self._make_privacy(ground, library, chat)

    def _make_promises(self, ground: "Ground", library: LibraryWing, chat: "ChatWing") -> None:
        """Make what follows action items and decisions that were published."""
        database, work, clock = ground.database, ground.work, ground.clock
        self.book = book_of(ground.words)
        self.promises = Promises(work, self.nudges, library.forgetting, clock)
        self.reviewing = Reviewing(
            database, work, self.nudges, chat.directory, ground.platforms, clock
        )
        Picking(
            database,
            work,
            chat.drafts,
            self.promises,
            self.reviewing,
            ground.words,
            self.book,
            clock,
        )

    def _make_feedback(self, ground: "Ground", chat: "ChatWing") -> None:
        """Make what takes in what members think, without their names."""
        database, work, clock = ground.database, ground.work, ground.clock
        words, platforms, posting = ground.words, ground.platforms, chat.posting
        self.marks = marks = Marks(database, work, clock)
        to_leaders = ToLeaders(self.nudges, chat.directory, posting, words, platforms, clock)
        self.to_leaders = to_leaders
        self.feedback = Feedback(work, marks, to_leaders, posting, clock)
        self.pulses = Pulses(
            database, work, self.recurring, marks, to_leaders, posting, platforms, clock
        )
        self.ratings = Ratings(
            database,
            work,
            chat.sessions.sessions,
            marks,
            to_leaders,
            chat.directory,
            posting,
            words,
            platforms,
            clock,
        )

    def _make_digests(self, ground: "Ground", library: LibraryWing, chat: "ChatWing") -> None:
        """Make what tells members, newcomers and others how a community learns."""
        database, work, words, clock = ground.database, ground.work, ground.words, ground.clock
        self.digests = Digests(
            database,
            work,
            chat.posting,
            self.nudges,
            self.recurring,
            words,
            ground.platforms,
            clock,
        )
        self.letters = Letters(self.nudges, chat.directory, clock)
        self.welcomes = Welcomes(chat.directory, self.nudges, clock)
        data, url = ground.settings.data, ground.settings.publishing.url
        self.publishing = Publishing(database, work, chat.posting, words, data, url, clock)
        library.forgetting.follow_with(self.publishing.follow)
        chat.leaving.follow_with(self.publishing.changed)
        for edited in (self.digests.edited, self.publishing.edited):
            chat.drafts.follow_with(lambda conn, writing, is_published: None, edited)

    def _make_goals(self, ground: "Ground", library: LibraryWing, chat: "ChatWing") -> None:
        """Make what tells the thanks of a week, and what keeps goals."""
        RoundUps(
            ground.database,
            self.recurring,
            chat.posting,
            Showing(ground.words),
            ground.platforms,
            ground.clock,
        )
        self.goals = LearningGoals(self.nudges, library.forgetting, ground.clock)

    def _make_privacy(self, ground: "Ground", library: LibraryWing, chat: "ChatWing") -> None:
        """Make what lets go of members, and of what is old."""
        work, clock = ground.work, ground.clock
        self.erasing = Erasing(library.forgetting, chat.directory, work, clock)
        library.forgetting.follow_with(self.erasing.follow)
        days = ground.settings.storage.keep_messages_days
        forgetting, told = library.forgetting, self.to_leaders
        self.retention = Retention(ground.database, work, forgetting, told, clock, days)

    def open(self, conn: Connection) -> None:
        """Have done what an earlier process left to be done at its time."""
        self.nudges.open(conn)
        self.recurring.open(conn)
        self.marks.open(conn)
        self.publishing.open(conn)

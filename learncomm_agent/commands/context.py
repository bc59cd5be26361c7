"""What a command is given: who asks, where, and the services that answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum

from learncomm_agent.chat.audience import Audience, Readable
from learncomm_agent.chat.messages import Attachment, Room, RoomId, RoomKind
from learncomm_agent.chat.outgoing import Block, Paragraph
from learncomm_agent.chat.people import Account, AccountId, AccountRef, Community, Member
from learncomm_agent.chat.platform import Platform, Signs
from learncomm_agent.chat.progress import Report, Shows, reading, unheard, unshown
from learncomm_agent.clock import Clock
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.community.alone import readable_alone
from learncomm_agent.community.ballots import Ballots
from learncomm_agent.community.digests import Digests
from learncomm_agent.community.drafts import Drafts
from learncomm_agent.community.erasing import Erasing
from learncomm_agent.community.feedback import Feedback
from learncomm_agent.community.leaders import Leaders
from learncomm_agent.community.learning_goals import LearningGoals
from learncomm_agent.community.letters import Letters
from learncomm_agent.community.nudges import Nudges
from learncomm_agent.community.pairing import Pairing
from learncomm_agent.community.promises import Promises
from learncomm_agent.community.publishing import Publishing
from learncomm_agent.community.pulses import Pulses
from learncomm_agent.community.ratings import Ratings
from learncomm_agent.community.reading import Reading
from learncomm_agent.community.recurring import Recurring
from learncomm_agent.community.retention import Retention
from learncomm_agent.community.reviewing import Reviewing
from learncomm_agent.community.subscriptions import Subscriptions
from learncomm_agent.community.welcomes import Welcomes
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.promoting import Promoting
from learncomm_agent.library.reading import Readers
from learncomm_agent.library.search import Query, Search
from learncomm_agent.library.sharing.bringing import Bringing
from learncomm_agent.library.sharing.linking import Linking
from learncomm_agent.library.silencing import Silencing
from learncomm_agent.library.starter import Starter
from learncomm_agent.library.talk.conversations import Conversations
from learncomm_agent.library.web.feeds import Feeds
from learncomm_agent.sessions.playbooks.shelf import Playbooks
from learncomm_agent.sessions.running.sessions import Sessions
from learncomm_agent.storage import branches
from learncomm_agent.storage.database import Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.writings import Writing
from learncomm_agent.words import Words
from learncomm_agent.writing.answers import Answers
from learncomm_agent.writing.elsewhere import in_words
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.layout import Layout
from learncomm_agent.writing.questions import Questions
from learncomm_agent.writing.showing import links_of
from learncomm_agent.writing.summaries import Summaries
from learncomm_agent.writing.writer import Brief


class Via(StrEnum):
    """How somebody asked."""

    MESSAGE = "message"
    """In words, by mention or in a direct talk."""
    FORM = "form"
    """By a slash command or a form."""
    CHOICE = "choice"
    """By pressing a button."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the commands draw on; one set a process."""

    database: Database
    directory: Directory
    reading: Reading
    leaders: Leaders
    clock: Clock
    catalogue: Catalogue
    starter: Starter
    search: Search
    adding: Adding
    bringing: Bringing
    linking: Linking
    promoting: Promoting
    silencing: Silencing
    conversations: Conversations
    feeds: Feeds
    forgetting: Forgetting
    readers: Readers
    answers: Answers
    questions: Questions
    summaries: Summaries
    ballots: Ballots
    drafts: Drafts
    sessions: Sessions
    playbooks: Playbooks
    pairing: Pairing
    nudges: Nudges
    letters: Letters
    recurring: Recurring
    goals: LearningGoals
    feedback: Feedback
    pulses: Pulses
    ratings: Ratings
    digests: Digests
    subscriptions: Subscriptions
    welcomes: Welcomes
    publishing: Publishing
    erasing: Erasing
    retention: Retention
    promises: Promises
    reviewing: Reviewing
    book: CueBook
    """How people say things, by language."""
    platforms: Mapping[str, Platform]
    dense_weight: float | None
    limit: int
    """How many passages a search shows where nobody says."""
    max_file_bytes: int


@dataclass(frozen=True, slots=True)
class Context:
    """One request."""

    services: Services
    platform: Platform
    words: Words
    community: Community
    room: Room
    room_id: RoomId
    member: Member
    account: AccountRef
    account_id: AccountId
    language: str
    zone: tzinfo
    """The time zone of whoever asks."""
    via: Via
    asked_at: datetime
    key: str
    """The same on every attempt at this request."""
    message: str | None = None
    """The platform's id of the message that asks, where one does."""
    reply_to: str | None = None
    """The message that it answers."""
    attachments: tuple[Attachment, ...] = ()
    people: tuple[Account, ...] = ()
    """Whom a form names, and the authors of messages that it names; none is known here by that."""
    rooms: tuple[Room, ...] = ()
    """The rooms that a form names; none is known here by that."""
    picked: tuple[str, ...] = ()
    """What was picked from a list, by the ids of its options."""
    progress: Report = unheard
    """Takes, by the key of a phrase and its values, what is being done; shown where it takes long."""
    shows: Shows = unshown
    """Takes what is written so far, once it is checked; shown where it takes long."""
    roles: frozenset[str] = frozenset()
    """The roles that they held when they asked, by the platform's ids."""
    has_right: bool = False
    """Whether they lead whatever roles were chosen, by a right on the platform or by the settings."""

    @property
    def brief(self) -> Brief:
        """For whom an answer is written."""
        return Brief(self.community, self.language)

    def brief_on(self, key: str) -> Brief:
        """Return the brief whose writer's progress is shown with a phrase: `part`, `parts` and `count`."""
        return replace(self.brief, progress=reading(self.progress, key))

    @property
    def layout(self) -> Layout:
        """How to say things to whoever asks."""
        return Layout(self.words, self.language, self.zone, self.sign)

    @property
    def sign(self) -> str:
        """What stands before a command where whoever asks types it."""
        return self.platform.command_sign if isinstance(self.platform, Signs) else ""

    def say(self, key: str, **values: object) -> Paragraph:
        """Return one sentence as a paragraph."""
        return self.layout.say(key, **values)

    def label(self, key: str) -> str:
        """Return the words on a control."""
        return self.words.phrase(key, language=self.language)

    async def readable(self, *, is_private: bool) -> Readable:
        """Return what the readers of the answer may be shown: the asker alone, or all in the room."""
        database, platform, here = self.services.database, self.platform, self.room.ref
        if is_private or self.room.kind is RoomKind.DIRECT:
            platforms = self.services.platforms
            return await readable_alone(
                database, platforms, self.community.id, self.account, here.space
            )
        refs = await platform.readable(Audience.of_room(here))
        return await database.read(lambda conn: branches.readable(conn, refs))

    async def query(self, text: str, *, is_private: bool, limit: int = 5) -> Query:
        """Return a query for the eyes of whoever reads the answer."""
        return Query(
            text=text,
            community=self.community.id,
            readable=await self.readable(is_private=is_private),
            limit=limit,
            dense_weight=self.services.dense_weight,
        )

    async def show(self, writing: Writing) -> tuple[Block, ...]:
        """Lay a writing out, with links to the messages that it rests on."""
        links = await self.services.database.read(lambda conn: links_of(conn, writing))
        blocks, platform = self.layout.blocks(writing, links), self.room.ref.platform
        if all(ref.room.platform == platform for ref in links.values()):
            return blocks
        return await self.services.database.read(
            lambda conn: in_words(conn, blocks, platform, self.layout)
        )

"""What a command is given: who asks, where, and the services that answer."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from learncomm_agent.chat.audience import Audience, Readable
from learncomm_agent.chat.messages import Attachment, Room, RoomId, RoomKind
from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.people import AccountId, AccountRef, Community, Member
from learncomm_agent.chat.platform import Platform, Signs
from learncomm_agent.clock import Clock
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.promoting import Promoting
from learncomm_agent.library.reading import Readers
from learncomm_agent.library.search import Query, Search
from learncomm_agent.library.sharing.bringing import Bringing
from learncomm_agent.library.sharing.linking import Linking
from learncomm_agent.library.starter import Starter
from learncomm_agent.library.talk.conversations import Conversations
from learncomm_agent.library.web.feeds import Feeds
from learncomm_agent.storage import messages, rooms
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.writings import Writing
from learncomm_agent.words import Words
from learncomm_agent.writing.answers import Answers
from learncomm_agent.writing.layout import Layout, evidence_messages
from learncomm_agent.writing.questions import Questions
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
    clock: Clock
    catalogue: Catalogue
    starter: Starter
    search: Search
    adding: Adding
    bringing: Bringing
    linking: Linking
    promoting: Promoting
    conversations: Conversations
    feeds: Feeds
    forgetting: Forgetting
    readers: Readers
    answers: Answers
    questions: Questions
    summaries: Summaries
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
    via: Via
    asked_at: datetime
    key: str
    """The same on every attempt at this request."""
    message: str | None = None
    """The platform's id of the message that asks, where one does."""
    reply_to: str | None = None
    """The message that it answers."""
    attachments: tuple[Attachment, ...] = ()

    @property
    def zone(self) -> tzinfo:
        """The time zone of whoever asks."""
        return ZoneInfo(self.member.timezone or self.community.timezone)

    @property
    def brief(self) -> Brief:
        """For whom an answer is written."""
        return Brief(self.community, self.language)

    @property
    def layout(self) -> Layout:
        """How to say things to whoever asks."""
        return Layout(self.words, self.language, self.zone, self.sign)

    @property
    def sign(self) -> str:
        """What stands before a command where whoever asks types it."""
        return self.platform.command_sign if isinstance(self.platform, Signs) else ""

    def say(self, key: str, **values: object) -> Block:
        """Return one sentence as a paragraph."""
        return self.layout.say(key, **values)

    def label(self, key: str) -> str:
        """Return the words on a control."""
        return self.words.phrase(key, language=self.language)

    async def readable(self, *, is_private: bool) -> Readable:
        """Return what the readers of the answer may be shown: the asker alone, or all in the room."""
        is_alone = is_private or self.room.kind is RoomKind.DIRECT
        audience = (
            Audience.of_account(self.account) if is_alone else Audience.of_room(self.room.ref)
        )
        refs = await self.platform.readable(audience)
        known = await self.services.database.read(lambda conn: rooms.find(conn, refs))
        return Readable(frozenset(known.values()))

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
        ids = evidence_messages(writing)

        def read(conn: Connection) -> dict[int, Any]:
            return messages.refs(conn, ids)

        return self.layout.blocks(writing, await self.services.database.read(read))

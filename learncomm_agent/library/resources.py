"""What the library holds: resources, who shared them, and the passages that a search finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import MemberId

ResourceId = NewType("ResourceId", int)
ChunkId = NewType("ChunkId", int)


GUIDES = "guides/"
"""What the sources of the guides begin with that every library comes with."""


class ResourceKind(StrEnum):
    """What sort of thing a resource is."""

    MARKDOWN = "markdown"
    TEXT = "text"
    HTML = "html"
    RECORD = "record"
    """One line of a JSONL file."""
    MESSAGE = "message"
    """A chat message that somebody shared."""
    TRANSCRIPT = "transcript"
    PDF = "pdf"
    DOCUMENT = "document"
    """Of a word processor."""
    SLIDES = "slides"
    BOOK = "book"
    CONVERSATION = "conversation"
    """A stretch of talk in a room that is read; made by the library itself, never listed."""
    ANSWER = "answer"
    """An answer of the agent that a leader found worth keeping."""


class Unit(StrEnum):
    """What a resource counts its pages in."""

    PAGE = "page"
    SLIDE = "slide"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a resource a passage stands."""

    headings: tuple[str, ...] = ()
    """From the outermost to the innermost."""
    page: int | None = None
    """Counted from 1, where the resource has pages."""
    message: str | None = None
    """The id of the transcript's message where the passage begins."""
    last_page: int | None = None
    """Where the passage ends, if that is another page."""
    unit: Unit = Unit.PAGE

    def __str__(self) -> str:
        """Write the place for people, for example `Welcoming › First week, p. 3`."""
        words = " › ".join(self.headings)
        return ", ".join(part for part in (words, self._pages) if part)

    @property
    def _pages(self) -> str:
        if self.page is None:
            return ""
        several = self.last_page not in (None, self.page)
        pages = f"{self.page}–{self.last_page}" if several else str(self.page)
        if self.unit is Unit.SLIDE:
            return f"slides {pages}" if several else f"slide {pages}"
        return f"p. {pages}"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a text under one heading, as a reader found it."""

    text: str
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of some bytes."""

    source: str
    """What was added: the address, or the file's name, and for a line of a JSONL file `name#id`."""
    kind: ResourceKind
    title: str
    sections: tuple[Section, ...]
    language: str | None = None
    """An ISO 639-1 code, where the resource says it."""
    author: str | None = None
    """Who wrote it, as the resource itself says."""
    published_at: datetime | None = None
    """When it came out, as the resource itself says; aware, in UTC."""
    address: str | None = None
    """Of a page: its canonical address, where it names one."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stored piece of a resource, small enough to embed."""

    ordinal: int
    """Counted from 0 within the resource's revision."""
    start: int
    """Where it begins in the resource's text, in characters."""
    end: int
    text: str
    place: Place
    hash: str
    """Of the title, the place and the text: the same content gives the same hash."""


@dataclass(frozen=True, slots=True)
class Share:
    """Somebody brought a resource to a room, or to the whole community."""

    room: RoomId | None = None
    """Who can read this room may read the resource; None = the whole community."""
    member: MemberId | None = None
    """None where an operator added it."""
    message: MessageId | None = None
    comment: str = ""
    """Why, in the sharer's words."""
    source: str | None = None
    """The name under which this share brought it, where that is not the resource's own."""
    is_held: bool = False
    """Whether nobody may read it: it is there for what is written from it, which the room may read."""


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that the library holds."""

    id: ResourceId
    source: str
    kind: ResourceKind
    title: str
    revision: int
    added_at: datetime
    shared_by: tuple[str, ...] = ()
    """Names of the sharers whose share the asker may see."""


@dataclass(frozen=True, slots=True)
class Said:
    """Where in a conversation's text a message stands."""

    message: MessageId
    revision: int
    start: int
    """In characters of the conversation's text; its author's name stands before it."""
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """The text of a chunk, or of neighbours that belong together, as a search found it."""

    resource: ResourceId
    revision: int
    source: str
    title: str
    place: Place
    chunk: str
    """The chunk's hash; may die with the next revision, so nothing stored cites it."""
    start: int
    end: int
    text: str
    score: float
    """0 to 1 within one search; not comparable between searches."""
    shared_by: str | None
    shared_at: datetime
    message: MessageId | None = None
    """The message that brought it, where there is one to link to; of a conversation, its first one here."""
    kind: ResourceKind = ResourceKind.TEXT
    address: str | None = None
    """Of a page: where it can be opened."""
    said: tuple[Said, ...] = ()
    """Of a conversation: the messages that stand in this passage, in order."""
    excerpt: str = ""
    """About two lines of it, those with most of the words that were looked for."""
    marks: tuple[tuple[int, int], ...] = ()
    """Where in the excerpt those words stand, as (start, end)."""
    parts: Mapping[str, float] = field(default_factory=dict, hash=False)
    """How the score came about, see `library.finding.ranking`."""
    alike: int = 0
    """How many other resources say nearly the same and were left out for this one."""
    instead: Mapping[str, str] = field(default_factory=dict, hash=False)
    """For words of the query that nothing holds: what was looked for in their place, as it stands here."""
    language: str | None = None
    """An ISO 639-1 code, where the resource says it."""
    share: int | None = None
    """The row id of the share through which its audience may read it: the one that is shown."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought back."""

    passages: tuple[Passage, ...]
    """Best first; empty says: nothing relevant."""
    by_meaning: bool
    """Whether vectors took part; otherwise words alone answered."""
    is_early: bool = False
    """Whether it came before meaning was ready; where that is switched off, nothing comes later."""

    @property
    def instead(self) -> dict[str, str]:
        """For words that nothing holds: what was looked for, as it stands in the best that holds it."""
        return {word: found for each in self.passages[::-1] for word, found in each.instead.items()}

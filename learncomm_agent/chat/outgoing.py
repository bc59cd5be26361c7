"""What the agent wishes to post: a small tree without any platform's markup, and what became of it.

A mention or a link that did not come from the tree is plain text: adapters escape every `Text`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from learncomm_agent.chat.events import ReplyHandle
from learncomm_agent.chat.forms import Choice, Form
from learncomm_agent.chat.messages import MessageRef, RoomRef, utc
from learncomm_agent.chat.people import AccountRef


class Style(StrEnum):
    """How a run of text looks."""

    PLAIN = "plain"
    STRONG = "strong"
    EMPHASIS = "emphasis"


@dataclass(frozen=True, slots=True)
class Text:
    """A run of text."""

    text: str
    style: Style = Style.PLAIN
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Code:
    """A short piece of code within a line."""

    text: str
    kind: Literal["code"] = "code"


@dataclass(frozen=True, slots=True)
class Link:
    """A link out of the chat; never split."""

    text: str
    url: str
    kind: Literal["link"] = "link"


@dataclass(frozen=True, slots=True)
class MessageLink:
    """A link to a message; a citation is one of these. Never split."""

    text: str
    ref: MessageRef
    kind: Literal["message_link"] = "message_link"


@dataclass(frozen=True, slots=True)
class Mention:
    """Calls one account by id, for a reason; never split."""

    account: AccountRef
    name: str
    """What to write where the platform can't mention."""
    kind: Literal["mention"] = "mention"


@dataclass(frozen=True, slots=True)
class Time:
    """A moment, shown in the reader's local time where the platform can. Never split."""

    at: datetime
    text: str
    """The moment in words, for platforms that can't."""
    kind: Literal["time"] = "time"

    def __post_init__(self) -> None:
        """Bring the time to UTC."""
        object.__setattr__(self, "at", utc(self.at))


Span = Text | Code | Link | MessageLink | Mention | Time


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some lines of running text."""

    spans: tuple[Span, ...]
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Heading:
    """A short title over what follows."""

    text: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Listing:
    """Items one below the other; each item is a line of spans."""

    items: tuple[tuple[Span, ...], ...]
    start: int | None = None
    """The number of the first item; None makes bullets."""
    kind: Literal["listing"] = "listing"


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of somebody else."""

    spans: tuple[Span, ...]
    kind: Literal["quote"] = "quote"


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Lines of code, shown as they are."""

    text: str
    language: str = ""
    kind: Literal["code_block"] = "code_block"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture with words for those who don't see it."""

    name: str
    media_type: str
    content: bytes
    alt: str
    kind: Literal["image"] = "image"


@dataclass(frozen=True, slots=True)
class File:
    """A file to hang on the message."""

    name: str
    media_type: str
    content: bytes
    kind: Literal["file"] = "file"


@dataclass(frozen=True, slots=True)
class Choices:
    """A few things to choose from: buttons, or a numbered list where there are none."""

    options: tuple[Choice, ...]
    in_words: str = ""
    """What to say instead where there are no buttons; the numbered labels where empty."""
    kind: Literal["choices"] = "choices"


@dataclass(frozen=True, slots=True)
class Menu:
    """A list to pick one or several things from; a numbered list where there are no such lists."""

    id: str
    """Comes back in `Chosen.choice`, and what was picked in `Chosen.values`."""
    options: tuple[Choice, ...]
    prompt: str = ""
    """What stands in the list before something is picked."""
    at_least: int = 1
    at_most: int = 1
    in_words: str = ""
    """What to say instead where there are no lists; the numbered labels where empty."""
    kind: Literal["menu"] = "menu"


Block = Paragraph | Heading | Listing | Quote | CodeBlock | Image | File | Choices | Menu | Form


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing that the agent wishes to post."""

    room: RoomRef
    """Where it goes; for a private reply, where the person asked."""
    blocks: tuple[Block, ...]
    key: str
    """The same on every attempt, at most 25 characters: a platform drops a repeat by it."""
    private_to: AccountRef | None = None
    """Only this account may see it; never falls back to a public post."""
    reply_to: MessageRef | None = None
    reply: ReplyHandle | None = None
    instead_of: MessageRef | None = None
    """A post of ours, such as one that said to wait, whose place this takes; where it is gone, this is new."""

    def __post_init__(self) -> None:
        """Refuse a key that platforms would cut."""
        if not 1 <= len(self.key) <= 25:
            raise ValueError(f"a key has 1 to 25 characters, not {len(self.key)}")

    def with_blocks(self, blocks: tuple[Block, ...], key: str | None = None) -> "Outgoing":
        """Return the same post with other content."""
        return replace(self, blocks=blocks, key=key or self.key)


class Feature(StrEnum):
    """A capability that a post needed and a room lacks."""

    LENGTH = "length"
    PRIVATE_REPLY = "private_reply"
    REPLY = "reply"
    BUTTONS = "buttons"
    MENU = "menu"
    FORM = "form"
    FILE = "file"
    IMAGE = "image"
    LINK = "link"
    MESSAGE_LINK = "message_link"
    MENTION = "mention"
    LOCAL_TIME = "local_time"


class Fallback(StrEnum):
    """What was done instead."""

    SPLIT = "split"
    AS_FILE = "as_file"
    AS_LIST = "as_list"
    AS_TEXT = "as_text"
    AS_DIRECT_MESSAGE = "as_direct_message"
    QUESTION_BY_QUESTION = "question_by_question"
    LEFT_OUT = "left_out"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Downgrade:
    """What a post could not have, and what was done instead."""

    feature: Feature
    fallback: Fallback


@dataclass(frozen=True, slots=True)
class Receipt:
    """What really was posted."""

    parts: tuple[MessageRef, ...]
    """In reading order; empty where the post was refused."""
    downgrades: tuple[Downgrade, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether nothing was posted because nothing safe could be."""
        return any(note.fallback is Fallback.REFUSED for note in self.downgrades)

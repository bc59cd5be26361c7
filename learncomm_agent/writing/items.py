"""What is written for people, before it is laid out for a chat. Every line knows its evidence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.library.resources import Passage


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message of a transcript, by an id that its owner chose."""

    id: str
    speaker: str
    text: str
    at: datetime | None = None
    reply_to: str | None = None
    thread: str = ""
    """The thread, or the stage of a session, in which it stands; empty for the room itself."""
    zone: str | None = None
    """The time zone of its author, an IANA name, where they told it."""
    is_host: bool = False
    """Whether its author leads the conversation."""
    revision: int = 0
    """Of a message of a room, as it was read."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Messages that were not read, and why."""

    reason: str
    """A key in the phrases: `empty`, `opted_out`, `deleted`, `command`, `unreadable`."""
    count: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a summary is made from."""

    title: str
    utterances: tuple[Utterance, ...]
    """In the order said; ids are unique."""
    skipped: tuple[Skipped, ...] = ()
    """What was left out before: it counts as not read."""
    language: str = "en"
    timezone: str = "UTC"
    """Deadlines without a zone are meant in this one."""
    prepared: tuple[str, ...] = ()
    """What was prepared: an agenda, notes. It helps to understand, and is evidence of nothing said."""
    room: RoomId | None = None
    """The room in which it was said, where the ids are those of its messages; what a model makes of them
    may then be kept for the next time."""


LONG = 50
"""Messages of a conversation whose summary has `FEWEST_LINES` lines, or says why it has fewer."""
FEWEST_LINES = 5


class ItemKind(StrEnum):
    """What a line of a summary states."""

    OVERVIEW = "overview"
    KEY_POINT = "key_points"
    INSIGHT = "insights"
    DECISION = "decisions"
    ACTION = "action_items"
    OPEN_QUESTION = "open_questions"
    DISAGREEMENT = "disagreements"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a summary."""

    text: str
    evidence: tuple[str, ...]
    """Ids of the messages it rests on, one to three, the first holds the quote."""
    quote: str
    """Words that stand so in the first evidence."""
    owner: str | None = None
    """Of an action item: who promised it, or was asked and agreed; None is unassigned."""
    due: date | None = None
    """Of an action item: relative to the day on which it was said."""
    doubt: str = ""
    """Why code could not tell whether it says what its evidence says, a key in the phrases; empty where
    it could."""


class Outcome(StrEnum):
    """What became of a segment of a conversation."""

    USED = "used"
    """Lines of the summary rest on it."""
    EMPTY = "empty"
    """It was read, and holds nothing that a line says."""
    PLAIN = "plain"
    """No model could read it, so it was read without one."""
    FAILED = "failed"
    """It could not be read; the summary holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a conversation that was read at once, and what became of it."""

    first: str
    """Id of its first message."""
    last: str
    messages: int
    outcome: Outcome
    reason: str = ""
    """Why no model read it: the `reason` of the error; empty otherwise."""
    began: datetime | None = None
    """When its first message was said."""
    ended: datetime | None = None
    ids: tuple[str, ...] = field(default=(), repr=False)
    """Of all its messages."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a language model was asked for, all tries together."""

    calls: int = 0
    sent: int = 0
    """Tokens."""
    cached: int = 0
    """Of those sent, how many the server had kept from before."""
    received: int = 0
    known: int = 0
    """Messages that were not sent again, as what the model made of them was kept from before."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the conversation a summary rests on."""

    messages: int
    read: int
    skipped: tuple[Skipped, ...] = ()
    """Counts that add up with `read` to `messages`."""


class Method(StrEnum):
    """How something was written."""

    EXTRACTED = "extracted"
    """From the members' own words, without a language model."""
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Summary:
    """What was said, decided and promised."""

    title: str
    method: Method
    coverage: Coverage
    items: dict[ItemKind, tuple[Item, ...]] = field(default_factory=dict)
    """Every kind is a key; an empty one says that there was none."""
    resources: tuple[str, ...] = ()
    """Links that were mentioned, in the order of first mention."""
    dropped: int = 0
    """Lines that were written and taken out: their evidence did not hold, another line says the same,
    or they went beyond the bound of their kind."""
    why_extracted: str = ""
    """Why no model wrote it although one is set up: the `reason` of the error; empty otherwise."""
    segments: tuple[Segment, ...] = ()
    """In the order said; together they hold every message that was read, or should have been."""
    spent: Spent = Spent()
    why_short: str = ""
    """Why a long conversation gave so few lines, a key in the phrases; empty where there are enough."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of an answer."""

    text: str
    citations: tuple[Passage, ...]
    quote: str
    """Words that stand so in the first citation."""
    doubt: str = ""
    """As in `Item`."""
    said_by: str | None = None
    """Who said it, where it rests on a talk or a note of a member, empty where their name is not to be
    told; None where a resource says it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer from the library; without claims it says that nothing relevant was found."""

    question: str
    method: Method
    claims: tuple[Claim, ...]
    dropped: int = 0
    why_extracted: str = ""
    """As in `Summary`."""
    read: int = 0
    """How many passages a language model read from end to end; 0 where none read."""
    passages: int = 0
    """How many it was to read."""
    is_near: bool = False
    """Whether no claim holds what such a question asks for: a time, a number, a person."""

    @property
    def is_found(self) -> bool:
        """Whether the library held an answer."""
        return bool(self.claims)


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """What a group left open, as a summary of its talk says."""

    text: str
    """The line of the summary."""
    kind: ItemKind
    """`OPEN_QUESTION` or `DISAGREEMENT`."""
    evidence: Passage
    """The messages it rests on."""
    quote: str
    """Words that stand so in the evidence."""


@dataclass(frozen=True, slots=True)
class Question:
    """An open question for people to discuss."""

    text: str
    level: str
    """A rung of the ladder in `knowledge/questions/`, from `notice` up to `act`."""
    evidence: Passage
    """What it asks about."""
    quote: str
    """Words that stand so in the evidence."""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions that were written together; iterates over them."""

    questions: tuple[Question, ...]
    """From easy to far."""
    method: Method = Method.EXTRACTED
    dropped: int = 0
    """Questions that were taken out: as in `Summary`, or because they were asked before."""
    why_extracted: str = ""
    """As in `Summary`."""
    read: int = 0
    """As in `Answer`."""
    passages: int = 0
    why_dropped: Mapping[str, int] = field(default_factory=dict, hash=False)
    """How many were taken out for which reason, as far as one is known: a `Flaw`, or `repeated`."""

    def __iter__(self) -> Iterator[Question]:
        """Yield the questions."""
        return iter(self.questions)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.questions)

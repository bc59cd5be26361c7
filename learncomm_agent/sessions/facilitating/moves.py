"""What the facilitator can do and why: moves, reasons, the decision itself, and what bounds it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """Whether something is said, and to whom."""

    SPEAK = "speak"
    """To all, in the room."""
    HOLD = "hold"
    NUDGE = "nudge"
    """To one member, in private."""


class Move(StrEnum):
    """What is said."""

    OPEN = "open"
    RE_ASK = "re_ask"
    """The question once more, in other words; with a message, a member's question that nobody took up."""
    NEXT_RUNG = "next_rung"
    BRIDGE = "bridge"
    """Two members' points, shown side by side."""
    ASK_EVIDENCE = "ask_evidence"
    ASK_EXAMPLE = "ask_example"
    PARK = "park"
    """What is off the topic gets a place for later."""
    TIME_CHECK = "time_check"
    INVITE = "invite"
    """To one who has not been heard, in private."""
    ROUND = "round"
    """Everyone may say a sentence, anyone may pass; nobody is named."""
    SLOW_DOWN = "slow_down"
    """To one who speaks much, in private and kindly."""
    OFFER_GROUPS = "offer_groups"
    """To the leader, in private."""
    CLOSE = "close"
    NONE = "none"
    """What a hold does."""


class Reason(StrEnum):
    """Why; each has a sentence for leaders, `facilitator.reason.<value>` in the phrases."""

    # of speaking and nudging
    BEGINS = "begins"
    ENDS = "ends"
    MANY_HERE = "many_here"
    MORE_VOICES = "more_voices"
    NOT_HEARD_YET = "not_heard_yet"
    OFF_TOPIC = "off_topic"
    LITTLE_TIME = "little_time"
    QUESTION_OPEN = "question_open"
    READY_FOR_NEXT = "ready_for_next"
    FEW_ANSWERS = "few_answers"
    NO_REASONS = "no_reasons"
    NO_EXAMPLES = "no_examples"
    POINTS_MEET = "points_meet"
    POINTS_DIFFER = "points_differ"
    FEW_VOICES = "few_voices"
    # of holding
    NOT_YET = "not_yet"
    OVER = "over"
    JUST_OPENED = "just_opened"
    TALKING_WELL = "talking_well"
    TOO_SOON = "too_soon"
    BUDGET_SPENT = "budget_spent"
    NOBODY_HERE = "nobody_here"
    NOTHING_TO_ADD = "nothing_to_add"


PLANNED = frozenset({Move.OPEN, Move.RE_ASK, Move.NEXT_RUNG, Move.CLOSE})
"""The leader has seen these before the start, with their words; all else that is posted is unasked."""
PRIVATE = frozenset({Move.INVITE, Move.SLOW_DOWN, Move.OFFER_GROUPS})


def is_unasked(move: Move, about: tuple[str, ...] = ()) -> bool:
    """Tell whether a post is one that nobody asked for; asking a member's question again is."""
    is_said = move not in PRIVATE and move is not Move.NONE
    return is_said and (move not in PLANNED or bool(about))


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now."""

    kind: Kind
    move: Move
    reason: Reason
    member: int | None = None
    """Whom a nudge is for."""
    about: tuple[str, ...] = ()
    """The messages that the move is about."""
    next_look: datetime | None = None
    """When to decide again if nobody speaks before; None where there is nothing more to decide."""

    @property
    def is_unasked(self) -> bool:
        """Whether it is a post that nobody asked for."""
        return is_unasked(self.move, self.about)


@dataclass(frozen=True, slots=True)
class Agenda:
    """What a discussion is meant to be: an hour, or days."""

    starts: datetime
    ends: datetime
    rungs: int = 1
    """How many questions its ladder has."""
    leader: int | None = None

    @property
    def length(self) -> timedelta:
        """How long it lasts; a minute at least."""
        return max(self.ends - self.starts, timedelta(minutes=1))

    @property
    def rung_length(self) -> timedelta:
        """The even share of the time for each question."""
        return self.length / max(1, self.rungs)

    def at(self, share: float) -> datetime:
        """Return the moment when this share of the time has passed."""
        return self.starts + self.length * share


@dataclass(frozen=True, slots=True)
class Budget:
    """How much the facilitator may say on its own; what a leader sets only ever makes it quieter."""

    messages_per_post: int = 20
    """Messages of people before each unasked post; fewer than 20 count as 20."""
    posts: int = 6
    """Unasked posts in one discussion."""
    nudges: int = 6
    """Private nudges in one discussion."""
    nudges_per_member: int = 2
    """In all discussions of a session."""

"""Polls of a platform's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import utc
from learncomm_agent.chat.people import AccountRef


@dataclass(frozen=True, slots=True)
class Poll:
    """A question with options that people vote for in the open."""

    question: str
    options: tuple[Choice, ...]
    closes_at: datetime
    """Platforms may round it up to the full hour."""
    is_multiple: bool = False
    """Whether one person may vote for several options."""

    def __post_init__(self) -> None:
        """Bring the time to UTC."""
        object.__setattr__(self, "closes_at", utc(self.closes_at))


@dataclass(frozen=True, slots=True)
class Votes:
    """How a poll stands."""

    by_option: Mapping[str, frozenset[AccountRef]]
    """Who voted for which option, by its id; every option is there."""
    is_closed: bool = False

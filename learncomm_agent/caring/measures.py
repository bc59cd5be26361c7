"""How a community is doing by learning, from who said what when: sums and shares, never names. Pure.

Moments and spans are whole microseconds, as they are stored: a year of talk is counted in one go.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from statistics import median
from typing import NamedTuple

from learncomm_agent.writing.language.vocabulary import is_unspaced, stem, tokens

HOUR = 3_600_000_000
DAY = 24 * HOUR
WITHIN = 3 * DAY
"""A question that somebody takes up so soon counts as answered."""
_NEXT_WITHIN, _NEXT = DAY, 3
"""Who writes next so soon, so many messages, may have answered without a reply."""
_WORDS, _SIGNS_ENOUGH = 3, 4
"""A question has so many words, or more signs of a script without spaces; `Really?` is none to be answered."""
_SHORTEST_SHARED = 5
"""Letters of a word that an answer shares with its question."""
_LATIN, _WIDE, _ARABIC = "?", "\uff1f", "\u061f"
_NOT_SAID = re.compile(r"```.*?```|`[^`\n]*`|https?://\S+|^\s*>[^\n]*$", re.DOTALL | re.MULTILINE)
_ASKS = re.compile(r"\w[^\w\n]{0,3}?[?\uff1f\u061f](?=[\s!?*_~\"'\u201c\u201d\u2019\u00bb)\]]|$)")


class Said(NamedTuple):
    """A message, as far as it is counted; there are many thousands, and these are made in no time."""

    member: int
    room: int
    place: str
    """The platform's id."""
    at: int
    chars: int
    text: str
    """Its beginning."""
    reply_to: str | None = None
    is_to_us: bool = False
    """Whether it speaks to us: that is no question to the others."""

    @property
    def is_question(self) -> bool:
        """Whether it asks the others something."""
        return not self.is_to_us and asks(self.text)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and how long it took until somebody else took it up."""

    at: int
    member: int
    waited: int | None
    by: int | None = None
    """Who took it up."""


@dataclass(frozen=True, slots=True)
class Voices:
    """How talk was spread."""

    speakers: int
    top_third: float | None
    """The share that the most talkative third wrote; None where few spoke."""


def asks(text: str) -> bool:
    """Whether a text asks something: a sentence of some words with its sign, outside of links, code and quotes."""
    if _LATIN not in text and _WIDE not in text and _ARABIC not in text:
        return False  # quick, as most texts are no questions
    said = _NOT_SAID.sub(" ", text)
    if _ASKS.search(said) is None:
        return False
    return len(said.split()) >= _WORDS or (is_unspaced(said) and len(said.strip()) > _SIGNS_ENOUGH)


class Talk:
    """What was said in some rooms, in the order in which it was said room by room."""

    def __init__(self, said: Iterable[Said], threads: Mapping[int, tuple[int, str]]) -> None:
        """Keep it.

        Args:
            said: Messages of people, of no bots.
            threads: Rooms that branch from a message: its room, and its id on the platform.
        """
        self._rooms: dict[int, list[Said]] = defaultdict(list)
        for each in said:
            self._rooms[each.room].append(each)
        for heard in self._rooms.values():
            heard.sort(key=attrgetter("at", "place"))
        self._branches = {origin: room for room, origin in threads.items()}

    @cached_property
    def _replies(self) -> Mapping[tuple[int, str], list[Said]]:
        found: dict[tuple[int, str], list[Said]] = defaultdict(list)
        for room, heard in self._rooms.items():
            for each in heard:
                if each.reply_to is not None:
                    found[room, each.reply_to].append(each)
        return found

    def questions(self, within: int = WITHIN) -> list[Asked]:
        """Return all questions, the oldest first, and after what time somebody else took each up.

        That is a reply, a word in its thread, or one of the next messages that shares a word with it.
        """
        found = [
            _asked(each, self._answer(heard, place, within, must_share=True))
            for heard in self._rooms.values()
            for place, each in enumerate(heard)
            if each.is_question
        ]
        return sorted(found, key=lambda each: (each.at, each.member))

    def first_words(self, firsts: Mapping[int, int], within: int = WITHIN) -> list[Asked]:
        """Return the first messages of newcomers, the oldest first, and when somebody else first answered.

        That is a reply, a word in its thread, or the next message that answers nobody else.

        Args:
            firsts: When each newcomer wrote first, by member.
            within: Who waits longer got none.
        """
        found, left = list[Asked](), dict(firsts)
        for heard in self._rooms.values():
            for place, each in enumerate(heard):
                if left.get(each.member) == each.at:
                    del left[each.member]
                    answer = self._answer(heard, place, within, must_share=False)
                    found.append(_asked(each, answer))
        return sorted(found, key=lambda each: (each.at, each.member))

    def _answer(
        self, heard: Sequence[Said], place: int, within: int, *, must_share: bool
    ) -> Said | None:
        """Return what somebody else said first to a message."""
        said = heard[place]
        direct = self._replies.get((said.room, said.place), ())
        branch = self._branches.get((said.room, said.place))
        beneath = self._rooms.get(branch, ()) if branch is not None else ()
        known = [
            each
            for each in (*direct, *beneath)
            if each.member != said.member and said.at <= each.at <= said.at + within
        ]
        first = min(known, key=attrgetter("at"), default=None)
        until = min(
            said.at + min(within, _NEXT_WITHIN), said.at + within if first is None else first.at
        )
        return self._next(heard, place, until, must_share=must_share) or first

    @staticmethod
    def _next(heard: Sequence[Said], place: int, until: int, *, must_share: bool) -> Said | None:
        """Return what may be an answer by where it stands alone, up to a moment."""
        said, others = heard[place], 0
        words = _bag(said.text) if must_share else ()
        if must_share and not words:
            return None
        for each in heard[place + 1 : place + 1 + 4 * _NEXT]:
            if each.at > until or others == _NEXT:
                return None
            if each.member == said.member:
                continue
            others += 1
            if each.reply_to is not None or each.is_to_us:
                continue
            if not must_share:
                return each
            text = each.text.lower()
            if any(word in text for word in words):
                return each
        return None


def _asked(said: Said, answer: Said | None) -> Asked:
    if answer is None:
        return Asked(said.at, said.member, None)
    return Asked(said.at, said.member, answer.at - said.at, answer.member)


def _bag(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in tokens(text) if len(word) >= _SHORTEST_SHARED)


def voices(chars: Mapping[int, int], fewest: int) -> Voices:
    """Return how talk was spread.

    Args:
        chars: How much each member wrote.
        fewest: With fewer speakers no share is told.
    """
    written = sorted((each for each in chars.values() if each > 0), reverse=True)
    if len(written) < max(fewest, 1):
        return Voices(len(written), None)
    top = written[: -(-len(written) // 3)]
    return Voices(len(written), sum(top) / sum(written))


def usual_wait(asked: Sequence[Asked], fewest: int) -> int | None:
    """Return the median of how long people waited, of all who asked; None where they are few.

    Who got no answer waited longer than anybody who did; where that is most of them, it is -1.
    """
    if len({each.member for each in asked}) < max(fewest, 1):
        return None
    waited = median([float("inf") if each.waited is None else each.waited for each in asked])
    return -1 if waited == float("inf") else round(waited)


def week_of(at: int, bounds: Sequence[int]) -> int | None:
    """Return in which week a moment lies; None where in none.

    Args:
        at: The moment.
        bounds: Where weeks begin, in order, and the last one ends.
    """
    number = bisect_right(bounds, at) - 1
    return number if 0 <= number < len(bounds) - 1 else None

"""Cuts the talk of one room and one day into windows: stretches that belong together. Pure.

A line of a chat says little by itself; a question, its answers and the thanks say something. A message
goes with what it answers, else with whom it names, else with its own speaker, else with what was said
last, unless there was a pause. What is said at once by one person is never cut apart.
"""

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from learncomm_agent.chat.messages import MessageId

PAUSE = timedelta(hours=2)
"""After so long a silence, what is said begins something new."""
LIVELY = timedelta(minutes=10)
"""Who spoke so lately goes on with the same thing."""
BUSY = 10
"""With so many messages in that time, several things are talked of at once: whoever joins in and answers
nobody begins something new.
"""
ROOM_CHARS = 1200
"""A longer talk is cut; a window becomes one chunk, seldom more."""
RUN_CHARS = 3600
"""What one person writes in a row is cut only beyond this."""
ALONE_CHARS = 200
"""A message of this length says something by itself."""
LEAST_CHARS = 80
"""A shorter one that has no neighbour in its day makes no window."""
QUOTE_CHARS = 240
"""So much of an answered message stands before the answer, where that is in another window."""

_MENTION = re.compile(r"@(\S+)")
_NAME_END = re.compile(r"[:,]+(?=\s|$)")
_BESIDE = 8
"""So many windows before and after a lone message are looked at."""
_NO_TIME = timedelta(0)
_NAMED_WITHIN = 40
"""Characters at the beginning in which `Name:` is looked for."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message that may be found."""

    id: MessageId
    platform_id: str
    author: int
    """The same number is the same person."""
    name: str
    text: str
    at: datetime
    reply_to: str | None = None
    """The platform's id of what it answers."""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """Where in a window's text a message stands; its author's name stands before it."""

    message: MessageId
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of talk that belongs together."""

    first: str
    """The platform's id of its first message; no other window of the room begins with it."""
    began: datetime
    ended: datetime
    text: str
    """A line `Name: words` a message, in the order written."""
    spans: tuple[Span, ...]


def windows(
    messages: Sequence[Spoken], outside: Mapping[str, Spoken] | None = None
) -> list[Window]:
    """Cut messages into windows; the same messages give the same windows.

    Args:
        messages: Of one room and one day, in the order written. Those without words are left out.
        outside: Messages of other days that these answer, by the platform's id.

    Returns:
        The windows, by when they began. Each message stands in one at most, but for one that is quoted
        before its answer in another.
    """
    spoken = [message for message in messages if message.text.strip()]
    sorting = _Sorting()
    for message in spoken:
        sorting.take(message)
    known = {**(outside or {}), **{message.platform_id: message for message in spoken}}
    cut = [piece for talk in sorting.talks for piece in _pieces(talk)]
    return [_window(messages, known) for messages in _settled(cut)]


class _Sorting:
    """Puts one message after the other into the talk that it belongs to."""

    def __init__(self) -> None:
        self.talks: list[list[Spoken]] = []
        self._of_message: dict[str, list[Spoken]] = {}
        self._of_author: dict[int, tuple[list[Spoken], datetime]] = {}
        self._authors: dict[str, int] = {}
        self._last: Spoken | None = None
        self._lately: deque[datetime] = deque(maxlen=BUSY)

    def take(self, message: Spoken) -> None:
        """Put a message where it belongs."""
        talk = self._answered(message) or self._named(message) or self._near(message)
        if talk is None:
            self.talks.append(talk := [])
        talk.append(message)
        self._of_message[message.platform_id] = talk
        self._of_author[message.author] = (talk, message.at)
        self._authors[message.name.casefold()] = message.author
        self._last = message
        self._lately.append(message.at)

    def _answered(self, message: Spoken) -> list[Spoken] | None:
        return None if message.reply_to is None else self._of_message.get(message.reply_to)

    def _named(self, message: Spoken) -> list[Spoken] | None:
        """Return where somebody spoke last whom the message names, as `Name: …` or `@name`."""
        for name in _names(message.text):
            author = self._authors.get(name)
            if author is not None and author != message.author:
                return self._of_author[author][0]
        return None

    def _near(self, message: Spoken) -> list[Spoken] | None:
        """Return where whoever speaks spoke just now, else where somebody did, if nothing parts them."""
        own, spoke_at = self._of_author.get(message.author, (None, message.at))
        if own is not None and message.at - spoke_at <= LIVELY:
            return own
        if self._last is None or self._is_busy(message.at):
            return None
        is_over = message.at - self._last.at > PAUSE
        return None if is_over else self._of_message[self._last.platform_id]

    def _is_busy(self, now: datetime) -> bool:
        return len(self._lately) == BUSY and now - self._lately[0] <= LIVELY


def _names(text: str) -> Iterator[str]:
    """Yield whom a message may name, in small letters: `Ann Lee: …`, `ann, …`, `… @ann …`."""
    head = text.lstrip().removeprefix("@")[:_NAMED_WITHIN]
    if (end := _NAME_END.search(head)) is not None:
        yield head[: end.start()].strip().casefold()
    for found in _MENTION.finditer(text):
        yield found[1].rstrip(".,:;!?").casefold()


def _pieces(talk: list[Spoken]) -> Iterator[list[Spoken]]:
    """Cut a talk that is too long, each time at the longest silence between two people near its end."""
    start = 0
    while (most := _fitting(talk, start, ROOM_CHARS)) < len(talk):
        half = _fitting(talk, start, ROOM_CHARS // 2)
        places = [n for n in range(half, most + 1) if _is_break(talk, n)]
        end = max(places, key=lambda n: (talk[n].at - talk[n - 1].at, n), default=None)
        if end is None:  # one person speaks on and on
            end = next((n for n in range(most + 1, len(talk)) if _is_break(talk, n)), len(talk))
            end = min(end, _fitting(talk, start, RUN_CHARS))
        yield talk[start:end]
        start = end
    if start < len(talk):
        yield talk[start:]


def _fitting(talk: list[Spoken], start: int, chars: int) -> int:
    """Return where a piece ends that begins here and has so much room; it holds one message at least."""
    end = start
    while end < len(talk) and (chars := chars - _length(talk[end])) >= 0:
        end += 1
    return max(end, start + 1)


def _is_break(talk: list[Spoken], place: int) -> bool:
    return talk[place].author != talk[place - 1].author


def _settled(made: list[list[Spoken]]) -> list[list[Spoken]]:
    """Give each lone message to the neighbour that is nearest in time, or let go of it."""
    kept = sorted((each for each in made if not _is_lone(each)), key=_began)
    for lone in filter(_is_lone, sorted(made, key=_began)):
        place = bisect_right(kept, lone[0].at, key=_began)
        beside = kept[max(0, place - _BESIDE) : place + _BESIDE]
        free = [each for each in beside if sum(map(_length, each + lone)) <= ROOM_CHARS]
        if free:
            nearest = min(free, key=lambda each: _distance(each, lone[0].at))
            nearest.append(lone[0])
            nearest.sort(key=_order)
        else:
            kept.insert(place, lone)
    told = [each for each in kept if len(each) > 1 or len(each[0].text) >= LEAST_CHARS]
    return sorted(told, key=lambda each: _order(each[0]))


def _is_lone(messages: list[Spoken]) -> bool:
    return len(messages) == 1 and len(messages[0].text) < ALONE_CHARS


def _began(messages: list[Spoken]) -> datetime:
    return messages[0].at


def _distance(messages: list[Spoken], at: datetime) -> timedelta:
    return max(messages[0].at - at, at - messages[-1].at, _NO_TIME)


def _order(message: Spoken) -> tuple[datetime, int]:
    return message.at, message.id


def _window(messages: list[Spoken], known: Mapping[str, Spoken]) -> Window:
    """Write a window out, with the beginning of what its first message answers where that is elsewhere."""
    first, last = messages[0], messages[-1]
    said = [(message, message.text.strip()) for message in messages]
    answered = known.get(first.reply_to or "")
    if answered is not None and answered not in messages:
        said.insert(0, (answered, _beginning(answered.text.strip())))
    text, spans = "", []
    for message, words in said:
        text += ("\n" if text else "") + f"{message.name}: "
        spans.append(Span(message.id, len(text), len(text) + len(words)))
        text += words
    return Window(first.platform_id, first.at, last.at, text, tuple(spans))


def _beginning(text: str) -> str:
    if len(text) <= QUOTE_CHARS:
        return text
    head = text[:QUOTE_CHARS]
    return head.rsplit(None, 1)[0] if len(head.split(None, 1)) > 1 else head


def _length(message: Spoken) -> int:
    return len(message.name) + len(message.text) + 3

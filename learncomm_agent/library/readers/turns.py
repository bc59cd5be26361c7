"""Who says what in the text of a recorded meeting, whatever tool wrote it down. Pure.

Tools write `Ann: words`, `[00:01:02] Ann: words`, `Ann (1:02): words`, `[Ann] 10:01:02` or `Ann  1:02`
with the words below. A name is believed where it looks like one, or comes again.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from learncomm_agent.library.readers.cleaning import clean_line
from learncomm_agent.library.readers.transcript import WINDOW_CHARS
from learncomm_agent.library.resources import Place, Reading, ResourceKind, Section

NAME_CHARS = 80
_NAME_WORDS = 5
_SEPARATOR = "\n\n"
"""Stands between sections in a resource's text."""
_MOSTLY = 0.4
"""Share of a text's lines with a name in front, from which on a name that comes but once is believed."""
_WHOLLY = 0.9
_WINDOW_S = 120

_TIME = r"(\d{1,3}(?::\d{2}){1,2})(?:[.,]\d{1,3})?(?:\s?[AaPp]\.?[Mm]\.?)?"
_NAME = rf"[*_]{{0,3}}([^:：\[\]\n]{{1,{NAME_CHARS}}}?)[*_]{{0,3}}"  # noqa: RUF001
_COLON = r"(?:：|:(?=[*_]{0,3}(?:\s|$)))[*_]{0,3}\s*"  # noqa: RUF001
_TIMED = re.compile(rf"\s*[\[(]?{_TIME}[\])]?\s*[-–—|]?\s*")
_LABEL = re.compile(rf"\s*{_NAME}\s*{_COLON}")
_TIMED_LABEL = re.compile(rf"\s*{_NAME}\s*[\[(]?{_TIME}[\])]?\s*{_COLON}")
_HEAD = re.compile(rf"\s*{_NAME}[\s,|–-]+[\[(]?{_TIME}[\])]?\s*$")
_BRACKETED = re.compile(rf"\s*\[([^\[\]\n]{{1,{NAME_CHARS}}})\]\s*{_TIME}\s*")
_NO_NAME = re.compile(r"[?!,;\"“”„«»…<>{}|\\]|\.\s+[a-zäöü]|//")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says at a stretch."""

    speaker: str
    """As the file calls them; empty where nobody knows."""
    text: str
    start: int
    """Where the words begin in the resource's text, in characters."""
    end: int
    seconds: int | None = None
    """When it is said, since the beginning, as far as the file tells."""
    is_said: bool = True
    """False for a heading above the first speaker of a text."""


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    name: str = ""
    words: int = 0
    """Where the words begin."""
    seconds: int | None = None
    is_timed: bool = False
    """Whether a time stands beside the name, which makes it one."""


def turns_of(reading: Reading) -> tuple[Turn, ...]:
    """Return the turns of a recorded meeting in the order of the text; `Turn.speaker` may be empty.

    Args:
        reading: Of a kind that has turns, or any other text in which names stand before what they say.
    """
    places, offset = list[tuple[int, Place]](), 0
    for section in reading.sections:
        places.append((offset, section.place))
        offset += len(section.text) + len(_SEPARATOR)
    text = _SEPARATOR.join(section.text for section in reading.sections)
    return turns_in(text, places, is_transcript=reading.kind is ResourceKind.TRANSCRIPT)


def turns_in(
    text: str, places: Sequence[tuple[int, Place]], *, is_transcript: bool
) -> tuple[Turn, ...]:
    """Return the turns of a text as the library keeps it; see `turns_of`.

    Args:
        text: Of the whole resource.
        places: Where its sections begin, in characters, and what is known of each.
        is_transcript: Whether names stand before what is said wherever they are known.
    """
    lines = [line for line in _lines(text, dict(places)) if line.end > line.start]
    counts = Counter(line.name for line in lines if line.name)
    share = counts.total() / len(lines) if lines else 0

    def is_believed(line: _Line) -> bool:
        if not line.name:
            return False
        if counts[line.name] > 1 or (is_transcript and share >= _WHOLLY):
            return True
        if line.is_timed and share >= _MOSTLY:
            return True
        return _looks_like_one(line.name) and (line.is_timed or is_transcript or share >= _MOSTLY)

    return tuple(_gathered(lines, text, is_believed, is_transcript=is_transcript))


def _gathered(
    lines: Iterable[_Line],
    text: str,
    is_believed: Callable[[_Line], bool],
    *,
    is_transcript: bool,
) -> Iterator[Turn]:
    """Yield the turns: what stands below a name is theirs until the next one."""
    turn: Turn | None = None
    speaker, seconds, has_begun = "", None, is_transcript
    for line in lines:
        begins, is_timed = is_believed(line), line.seconds is not None
        seconds = line.seconds if is_timed else seconds
        speaker = line.name if begins else speaker
        has_begun = has_begun or begins or is_timed
        start = line.words if begins or is_timed else line.start
        if turn is not None and not begins and not is_timed:
            first = turn.start if turn.text else start
            turn = replace(turn, start=first, end=line.end, text=text[first : line.end])
            continue
        if turn is not None and turn.text:
            yield turn
        turn = Turn(speaker, text[start : line.end], start, line.end, seconds, has_begun)
    if turn is not None and turn.text:
        yield turn


def _lines(text: str, places: Mapping[int, Place]) -> Iterator[_Line]:
    at = 0
    for raw in text.split("\n"):
        line = _parsed(raw, at)
        if line.seconds is None and at in places:
            line = replace(line, seconds=_seconds_of(places[at]))
        yield line
        at += len(raw) + 1


def _parsed(raw: str, at: int) -> _Line:
    """Take time and name off a line; where there are none, the words are all of it."""
    start = at + len(raw) - len(raw.lstrip())
    end = at + len(raw.rstrip())
    if match := _BRACKETED.match(raw):
        return _found(raw, at, match.end(), match[1], match[2])
    timed = _TIMED.match(raw)
    begin, time = (timed.end(), timed[1]) if timed else (0, None)
    for pattern in (_TIMED_LABEL, _HEAD, _LABEL):
        if match := pattern.match(raw, begin):
            said = time or (match[2] if pattern is not _LABEL else None)
            if (name := _name(match[1])) is not None:
                return _found(raw, at, match.end(), name, said)
    if timed is not None:
        return _found(raw, at, begin, "", time)
    return _Line(start, end, words=start)


def _found(raw: str, at: int, words: int, name: str, time: str | None) -> _Line:
    end = max(at + len(raw.rstrip()), at + 1)
    seconds = None if time is None else _seconds(time)
    begin = min(at + words, end)
    return _Line(at, end, clean_line(name), begin, seconds, is_timed=time is not None)


def _name(text: str) -> str | None:
    """Return what may be a name; None where it can't be one."""
    bare = text.partition("(")[0]  # behind it may stand whom somebody speaks for
    if not 0 < len(bare.split()) <= _NAME_WORDS or _NO_NAME.search(bare):
        return None
    return " ".join(text.split()) if any(map(str.isalpha, bare)) else None


def _looks_like_one(name: str) -> bool:
    words = name.split()
    return not (words[0][0].islower() or words[-1].strip("()")[:1].islower())


def _seconds_of(place: Place) -> int | None:
    time = place.headings[0] if place.headings else ""
    return _seconds(time) if re.fullmatch(_TIME, time) else None


def _seconds(time: str) -> int:
    total = 0
    for part in time.split(":"):
        total = total * 60 + int(part)
    return total


def retold(reading: Reading, turns: Iterable[Turn]) -> Reading:
    """Return a reading of some turns alone, a line `Ann: words` each, a few of them a section."""
    return replace(reading, kind=ResourceKind.TRANSCRIPT, sections=tuple(_windows(turns)))


def _windows(turns: Iterable[Turn]) -> Iterator[Section]:
    text, begin = "", None
    for turn in turns:
        words = " ".join(turn.text.split())
        line = f"{turn.speaker}: {words}" if turn.speaker else words
        seconds = turn.seconds
        is_late = begin is not None and seconds is not None and abs(seconds - begin) > _WINDOW_S
        if text and (is_late or len(text) + len(line) >= WINDOW_CHARS):
            yield Section(text, _place(begin))
            text = ""
        begin, text = (begin, f"{text}\n{line}") if text else (seconds, line)
    if text:
        yield Section(text, _place(begin))


def _place(seconds: int | None) -> Place:
    if seconds is None:
        return Place()
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return Place(headings=(f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}",))

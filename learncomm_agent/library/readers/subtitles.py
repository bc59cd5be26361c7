"""Subtitles of recorded meetings and talks: WebVTT and SubRip.

One tolerant parser serves both, as what tools write mixes them: in a line `begin --> end` both times
need not be sound, the lines below it are its text, and a line that fits nothing stays text of its cue.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import groupby, pairwise

from learncomm_agent.library.readers.cleaning import clean, clean_line, decoded, name_title
from learncomm_agent.library.readers.reader import unreadable
from learncomm_agent.library.readers.transcript import WINDOW_CHARS
from learncomm_agent.library.resources import Place, Reading, ResourceKind, Section

_TIMING_CHARS = 200
"""A longer line is no timing."""
_ROLLING_SHARE = 1 / 4
"""Where so many cues begin with the end of the one before, the captions roll."""
_LABEL_WORDS = 5
_WINDOW_S = 120
"""A section begins no longer before what is said in it, so that its time leads there."""

_TIME = r"-?\d{1,9}(?::\d{1,9}){1,3}(?:[.,]\d*)?"
_TIMING = re.compile(
    rf"\s*(?:(?P<begin>{_TIME})\s*-->\s*(?:\S*\d\S*)?|[^\s:]*:\S*\s*-->\s*{_TIME})(?:\s+[^\s:]+:\S+)*\s*"
)
_ASIDE = re.compile(r"NOTE(?:\s|$)|(?:STYLE|REGION)$")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]([^<>]*)>|</v>")
_MARKUP = re.compile(
    r"</?(?:[abcisuv]|br|em|font|lang|rt|ruby|span|strong)(?:[\s./][^<>]*)?>"
    r"|<\d[\d:.,]*>|\{\\[^{}]*\}",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s?/?>", re.IGNORECASE)
_LABEL = re.compile(r"(?:>>+\s*)?([^\W\d_][^:：?!,;\"“”…]{0,39})(?:：|:(?=\s|$))\s*")  # noqa: RUF001
_SOUNDS = re.compile(r"(?:(?:\[[^\[\]]{1,40}\]|\([^()]{1,40}\)|[♪♫🎵🎶])\s*)+")
_PAGE = re.compile(r"\s*<(?:!doctype|html|head|body|\?xml)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a cue, without its markup."""

    voice: str
    """Who a voice tag says is speaking; empty where there is none."""
    text: str


@dataclass(frozen=True, slots=True)
class _Cue:
    seconds: int
    """When it begins."""
    lines: tuple[_Line, ...]


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one speaker says in one cue."""

    seconds: int
    speaker: str
    """Empty where nobody knows."""
    text: str


def vtt_reading(name: str, content: bytes) -> Reading:
    """Read a WebVTT file; a section's place is the time when it begins.

    Raises:
        UnreadableResourceError: Nobody says anything in it, or it is no such file.
    """
    return _reading(name, decoded(name, content), webvtt=True)


def srt_reading(name: str, content: bytes) -> Reading:
    """Read a SubRip file; a section's place is the time when it begins.

    Raises:
        UnreadableResourceError: Nobody says anything in it, or it is no such file.
    """
    return _reading(name, decoded(name, content), webvtt=False)


def _reading(name: str, text: str, *, webvtt: bool) -> Reading:
    text = clean(text)
    headed = text.startswith("WEBVTT")  # whatever the file is called
    cues = [] if _PAGE.match(text) else list(_cues(text.split("\n"), webvtt=webvtt or headed))
    if not cues and text and not headed:
        raise unreadable(name, "holds no cues", "unreadable_broken")
    sections = tuple(_windows(_turns(_unrolled(cues))))
    if not sections:
        raise unreadable(name, "holds no words", "unreadable_empty")
    return Reading(name, ResourceKind.TRANSCRIPT, name_title(name), sections)


def _cues(lines: Sequence[str], *, webvtt: bool) -> Iterator[_Cue]:
    """Yield the cues in the order of the file; what stands before the first one is no text.

    Args:
        lines: Cleaned, so that no two blank ones follow each other.
        webvtt: Whether a block may be a comment or a style, and a cue have a name.
    """
    lines = ["", *lines, "", ""]
    timings = [_timing(line) for line in lines]
    begin: int | None = None
    said: list[str] = []
    skipping = False
    for index, line in enumerate(lines[:-2]):
        timing = timings[index]
        if timing is not None:
            if begin is not None:
                yield _Cue(begin, _spoken(said))
            begin, said, skipping = _seconds(timing) if timing else begin or 0, [], False
            continue
        opens = index > 0 and not lines[index - 1]
        if opens:
            skipping = webvtt and _ASIDE.match(line) is not None
        named = webvtt and opens and timings[index + 1] is not None
        if line and not (skipping or named or _numbers_cue(lines, timings, index)):
            said.append(line)
    if begin is not None:
        yield _Cue(begin, _spoken(said))


def _timing(line: str) -> str | None:
    """Return the time before the arrow; empty where it is broken, None where this is no timing."""
    if "-->" not in line or len(line) > _TIMING_CHARS:
        return None
    match = _TIMING.fullmatch(line)
    return (match["begin"] or "") if match else None


def _seconds(time: str) -> int:
    """Count the seconds, none for a time below zero; a fourth part, for frames, is left out."""
    if time.startswith("-"):
        return 0
    total = 0
    for part in re.split("[.,]", time)[0].split(":")[:3]:
        total = total * 60 + int(part)
    return total


def _numbers_cue(lines: Sequence[str], timings: Sequence[str | None], index: int) -> bool:
    """Tell whether a line is the number of the cue below it, even with a blank line between."""
    if not lines[index].strip().isdecimal():
        return False
    if lines[index + 1] or lines[index - 1]:
        return timings[index + 1] is not None
    return timings[index + 2] is not None


def _spoken(raw: Iterable[str]) -> tuple[_Line, ...]:
    """Take the voices and the markup out of a cue's lines."""
    lines = []
    voice = ""
    for line in raw:
        first, *rest = _VOICE.split(line)
        found = [(voice, first)]
        for tag, piece in zip(rest[::2], rest[1::2], strict=True):
            voice = clean_line(unescape(tag or ""))
            found.append((voice, piece))
        lines += [_Line(who, plain) for who, piece in found if (plain := _plain(piece))]
    return tuple(lines)


def _plain(text: str) -> str:
    if "<" in text or "{" in text:
        text = _MARKUP.sub("", _BREAK.sub(" ", text))
    return clean_line(unescape(text)) if "&" in text else " ".join(text.split())


def _unrolled(cues: Sequence[_Cue]) -> list[_Cue]:
    """Leave out what rolling captions repeat; elsewhere a repetition was really said."""
    repeats = [0, *(_repeated(before.lines, cue.lines) for before, cue in pairwise(cues))]
    rolls = sum(0 < count < len(cue.lines) for count, cue in zip(repeats, cues, strict=False))
    if not rolls or rolls < _ROLLING_SHARE * len(cues):
        return list(cues)
    return [_Cue(cue.seconds, cue.lines[count:]) for count, cue in zip(repeats, cues, strict=True)]


def _repeated(before: Sequence[_Line], lines: Sequence[_Line]) -> int:
    """Count the lines at the beginning that are the end of the cue before."""
    most = min(len(before), len(lines), 4)  # no screen rolls more
    return next((n for n in range(most, 0, -1) if before[-n:] == lines[:n]), 0)


def _turns(cues: Sequence[_Cue]) -> Iterator[_Turn]:
    """Yield what is said, without sounds that stand alone.

    A line without a speaker belongs to the one before, unless the file has voice tags: there it is
    nobody's.
    """
    voiced = any(line.voice for cue in cues for line in cue.lines)
    speaker = ""
    for cue in cues:
        said: list[tuple[str, str]] = []
        for line in cue.lines:
            label, text = (line.voice, line.text) if line.voice else _labelled(line.text)
            if label is not None:
                speaker = label
            elif voiced:
                speaker = ""
            said.append((speaker, text))
        for who, group in groupby(said, key=lambda pair: pair[0]):
            words = " ".join(text for _, text in group if text)
            if words and not _SOUNDS.fullmatch(words):
                yield _Turn(cue.seconds, who, words)


def _labelled(text: str) -> tuple[str | None, str]:
    """Split `Ana: words`; None where no new speaker begins, empty where an unknown one does."""
    match = _LABEL.match(text)
    words = match[1].split() if match else []
    named = 0 < len(words) <= _LABEL_WORDS and not (words[0][0].islower() or words[-1][0].islower())
    if match and named:
        return " ".join(words), text[match.end() :]
    return ("" if text.startswith(">>") else None), text


def _windows(turns: Iterable[_Turn]) -> Iterator[Section]:
    """Gather turns to sections; a speaker who goes on in the next one is named again."""
    text, begin, speaker = "", 0, ""
    for turn in turns:
        is_full = len(text) + len(turn.text) >= WINDOW_CHARS or turn.seconds - begin > _WINDOW_S
        if text and is_full:
            yield Section(text, _place(begin))
            text = ""
        if text and turn.speaker == speaker:
            text += f" {turn.text}"
            continue
        line = f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text
        begin, text = (begin, f"{text}\n{line}") if text else (turn.seconds, line)
        speaker = turn.speaker
    if text:
        yield Section(text, _place(begin))


def _place(seconds: int) -> Place:
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    time = f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"
    return Place(headings=(time,))

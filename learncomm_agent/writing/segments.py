"""Cuts a conversation of any length into segments that are read at once, and reports on them. Pure.

A segment is bounded by a count of tokens. Threads and stages come apart first. A thread that is longer is
cut where it pauses longest or its topic shifts most, not before a reply; threads that are shorter share
a segment, one after another. Within it, who replies to whom stays together, so that talks that ran
side by side are read one by one.

Each cut follows from the messages around it alone. So a conversation that grows keeps its cuts, but
for the newest.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import accumulate

from learncomm_agent.writing.extractive.salience import shifts
from learncomm_agent.writing.items import Outcome, Segment, Summary, Utterance
from learncomm_agent.writing.language.vocabulary import has_words

_PAUSE = timedelta(minutes=30)
_LONGEST_PAUSE = 8.0
"""What a pause weighs at most, beside a shift of topic, which weighs at most 1."""
_REPLIES = 1.0
"""What it weighs that the message after a cut replies to one shortly before."""
_NEAR = 12
"""Messages within which somebody who said nothing else is taken to go on with what they spoke of."""
_ADDRESSED = re.compile(r"@?([^\s:,]+)[:,]\s")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Messages of one thread, by their places."""

    places: tuple[int, ...]
    size: int


def cut(
    said: Sequence[Utterance],
    bags: Sequence[frozenset[str]],
    sizes: Sequence[int],
    room: int,
) -> tuple[tuple[int, ...], ...]:
    """Cut a conversation into segments; every message is in exactly one.

    Args:
        said: The messages, in the order said.
        bags: Of each message, the stems of its content words.
        sizes: Of each message, how many tokens it takes.
        room: How many tokens a segment may take; a longer message has one to itself.

    Returns:
        Of each segment, the places of its messages, in the order in which they are best read; segments
        in the order of their first message.
    """
    pieces = [
        piece for thread in _threads(said) for piece in _pieces(thread, said, bags, sizes, room)
    ]
    pieces.sort(key=lambda piece: piece.places[0])
    strands = strands_of(said)
    return tuple(_apart(places, said, strands) for places in _packed(pieces, room))


def report(said: Iterable[Utterance], outcome: Outcome, reason: str = "") -> Segment:
    """Report on a segment, of whose messages those count that hold words.

    Args:
        said: Its messages, at least one with words, in the order said.
        outcome: What became of it.
        reason: Why no model read it.
    """
    read = [each for each in said if has_words(each.text)]
    moments = [each.at for each in read if each.at is not None]
    return Segment(
        first=read[0].id,
        last=read[-1].id,
        messages=len(read),
        outcome=outcome,
        reason=reason,
        began=min(moments, default=None),
        ended=max(moments, default=None),
        ids=tuple(each.id for each in read),
    )


def reports(said: Sequence[Utterance], parts: Iterable[range]) -> tuple[Segment, ...]:
    """Report on stretches of a conversation that were read without a model; `settled` tells the outcome.

    Args:
        said: The messages.
        parts: The places of each stretch.
    """
    texts = [[said[i] for i in part] for part in parts]
    with_words = (each for each in texts if any(has_words(one.text) for one in each))
    return tuple(report(each, Outcome.EMPTY) for each in with_words)


def settled(summary: Summary) -> Summary:
    """Return a summary whose segments are *used* where one of the lines that are left rests on them."""
    cited = {id for items in summary.items.values() for each in items for id in each.evidence}

    def outcome(segment: Segment) -> Outcome:
        if segment.outcome not in (Outcome.USED, Outcome.EMPTY):
            return segment.outcome
        return Outcome.EMPTY if cited.isdisjoint(segment.ids) else Outcome.USED

    segments = tuple(replace(each, outcome=outcome(each)) for each in summary.segments)
    return replace(summary, segments=segments)


def _threads(said: Sequence[Utterance]) -> list[list[int]]:
    threads: dict[str, list[int]] = {}
    for i, each in enumerate(said):
        threads.setdefault(each.thread, []).append(i)
    return list(threads.values())


def _pieces(
    own: Sequence[int],
    said: Sequence[Utterance],
    bags: Sequence[frozenset[str]],
    sizes: Sequence[int],
    room: int,
) -> list[_Piece]:
    """Cut one thread; a piece but the last is at least half full, where its messages allow."""
    ends = [0, *accumulate(sizes[i] for i in own)]
    if ends[-1] <= room:
        return [_Piece(tuple(own), ends[-1])]
    weights = _weights([said[i] for i in own], [bags[i] for i in own])
    pieces: list[_Piece] = []
    start = 0
    while start < len(own):
        stop = _stop(start, ends, weights, room)
        pieces.append(_Piece(tuple(own[start:stop]), ends[stop] - ends[start]))
        start = stop
    return pieces


def _stop(start: int, ends: Sequence[int], weights: Sequence[float], room: int) -> int:
    """Find where a piece ends that begins at a place."""
    if ends[-1] - ends[start] <= room:
        return len(ends) - 1
    last = start + 1
    while last + 1 < len(ends) and ends[last + 1] - ends[start] <= room:
        last += 1
    if last + 1 == len(ends):  # one message that is longer than a segment
        return last
    full = [at for at in range(start + 1, last + 1) if ends[at] - ends[start] >= room // 2]
    return max(full, key=lambda at: (weights[at], at)) if full else last


def _weights(own: Sequence[Utterance], bags: Sequence[frozenset[str]]) -> list[float]:
    """Weigh each place before a message of a thread as a place to cut."""
    weights = shifts(bags)
    order = {each.id: i for i, each in enumerate(own)}
    for i in range(1, len(own)):
        before, after = own[i - 1].at, own[i].at
        if before is not None and after is not None and after - before >= _PAUSE:
            weights[i] += min(_LONGEST_PAUSE, 2.0 + math.log2((after - before) / _PAUSE))
        replied = order.get(own[i].reply_to or "")
        if replied is not None and i - _NEAR <= replied < i:
            weights[i] -= _REPLIES
    return weights


def _packed(pieces: Iterable[_Piece], room: int) -> list[tuple[int, ...]]:
    """Put short pieces together, as many as fit; one that is half full is a segment by itself."""
    packed: list[tuple[int, ...]] = []
    open_at: int | None = None
    left = 0
    for piece in pieces:
        if piece.size >= room // 2:
            packed.append(piece.places)
        elif open_at is not None and piece.size <= left:
            packed[open_at] += piece.places
            left -= piece.size
        else:
            open_at, left = len(packed), room - piece.size
            packed.append(piece.places)
    return packed


def strands_of(said: Sequence[Utterance]) -> list[int]:
    """Number the strand of talk to which each message belongs.

    A reply goes on with what it replies to, and who addresses somebody by name with what they spoke of
    last. Else people go on with what they spoke of shortly before. Somebody else begins a strand of
    their own where others mark what they reply to, and goes on with what was said last where none does.
    """
    explicit = _explicit(said)
    marked = [0, *accumulate(before is not None for before in explicit)]
    strands: list[int] = []
    latest: dict[tuple[str, str], int] = {}  # the last message of a speaker in a thread
    last: dict[str, int] = {}  # the last message of a thread
    for i, each in enumerate(said):
        before = explicit[i]
        spoke = latest.get((each.thread, each.speaker.casefold()))
        if before is None and spoke is not None and i - spoke <= _NEAR:
            before = spoke
        around = marked[min(len(said), i + _NEAR + 1)] - marked[max(0, i - _NEAR)]
        if before is None and not around:
            before = last.get(each.thread)
        strands.append(i if before is None else strands[before])
        last[each.thread] = latest[each.thread, each.speaker.casefold()] = i
    return strands


def _explicit(said: Sequence[Utterance]) -> list[int | None]:
    """Find the earlier message of the same thread with which each message says that it goes on."""
    found: list[int | None] = []
    order: dict[tuple[str, str], int] = {}
    latest: dict[tuple[str, str], int] = {}
    for i, each in enumerate(said):
        before = order.get((each.thread, each.reply_to or ""))
        if before is None and (to := _ADDRESSED.match(each.text)):
            before = latest.get((each.thread, to.group(1).casefold()))
        found.append(before)
        order[each.thread, each.id] = latest[each.thread, each.speaker.casefold()] = i
    return found


def _apart(
    places: Sequence[int], said: Sequence[Utterance], strands: Sequence[int]
) -> tuple[int, ...]:
    """Order a segment so that threads, and strands of talk in them, stand one after another."""
    began: dict[object, int] = {}
    for i in sorted(places):
        began.setdefault(said[i].thread, i)
        began.setdefault(strands[i], i)
    return tuple(sorted(places, key=lambda i: (began[said[i].thread], began[strands[i]], i)))

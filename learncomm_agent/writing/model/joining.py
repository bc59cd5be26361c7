"""Joins what was made of the segments of a conversation, the most important first. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from learncomm_agent.writing.evidence.checks import MOST_LINES
from learncomm_agent.writing.items import Item, ItemKind

OVERVIEW = 3
"""Lines that say what the whole was about; of more segments than these, each may say one."""
_LONGEST_OVERVIEW = 8


@dataclass(frozen=True, slots=True)
class Part:
    """What was made of one segment."""

    items: Mapping[ItemKind, tuple[Item, ...]]
    """Of each kind, the most important first."""
    dropped: int = 0
    messages: int = 1


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A line with its place in what was made of its segment."""

    part: int
    rank: int
    weight: float
    item: Item


def beside(parts: Sequence[Part]) -> Part:
    """Put together what was made of the same segment by several calls, in their order."""
    kinds = {
        kind: tuple(i for part in parts for i in part.items.get(kind, ())) for kind in ItemKind
    }
    messages = max((each.messages for each in parts), default=1)
    return Part(kinds, sum(each.dropped for each in parts), messages)


def joined(parts: Sequence[Part]) -> Part:
    """Join what was made of all segments, the most important lines of each kind first.

    A line is the more important, the higher its segment puts it and the more messages that holds. Of a
    kind that has too many, each segment keeps its first ones, so that the end of a long conversation is
    heard as much as its beginning. The overview tells of the segments in the order said; what it has no
    room for becomes a key point.
    """
    items: dict[ItemKind, tuple[Item, ...]] = {}
    overview = _ranked(parts, ItemKind.OVERVIEW)
    most = max(OVERVIEW, min(len(parts), _LONGEST_OVERVIEW))
    chosen = sorted(_most_important(overview)[:most], key=lambda each: (each.part, each.rank))
    items[ItemKind.OVERVIEW] = tuple(each.item for each in chosen)
    left = [each for each in overview if each not in chosen and len(parts) > 1]
    dropped = sum(each.dropped for each in parts) + len(overview) - len(chosen) - len(left)
    for kind in ItemKind:
        if kind is ItemKind.OVERVIEW:
            continue
        ranked = _ranked(parts, kind) + (left if kind is ItemKind.KEY_POINT else [])
        kept = _most_important(ranked)[:MOST_LINES]
        kept.sort(key=lambda each: (-each.weight, each.part, each.rank))
        items[kind] = tuple(each.item for each in kept)
        dropped += len(ranked) - len(kept)
    return Part(items, dropped, sum(each.messages for each in parts))


def _ranked(parts: Sequence[Part], kind: ItemKind) -> list[_Ranked]:
    return [
        _Ranked(number, rank, part.messages / (rank + 1), item)
        for number, part in enumerate(parts)
        for rank, item in enumerate(part.items.get(kind, ()))
    ]


def _most_important(ranked: Sequence[_Ranked]) -> list[_Ranked]:
    """Put the first line of every segment before all others."""
    return sorted(ranked, key=lambda each: (each.rank > 0, -each.weight, each.part, each.rank))

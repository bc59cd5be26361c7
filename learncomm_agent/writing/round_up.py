"""How the thanks of a week are told once more: who thanked whom for what, in the order in which it was said.

Nobody is called by it, and nothing is counted. Two who thanked each other stand in one line.
"""

from collections.abc import Sequence

from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import (
    Block,
    Heading,
    Listing,
    MessageLink,
    Paragraph,
    Span,
    Text,
)
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.excerpts import snippet
from learncomm_agent.writing.results import Links
from learncomm_agent.writing.voice import Voice

MOST = 15
"""Pairs of whom it is told what for; the others are named in one sentence, so that none is left out."""
WHY_CHARS = 140


def round_up_blocks(voice: Voice, writing: Writing, links: Links) -> tuple[Block, ...]:
    """Tell the thanks that are left."""
    if not writing.lines:
        return () if writing.lost else (voice.note("writing.gone"),)
    pairs: dict[frozenset[int], list[Line]] = {}
    for line in writing.lines:
        both = frozenset((line.content["giver"], line.content["receiver"]))
        pairs.setdefault(both, []).append(line)
    told = list(pairs.values())
    items = tuple(_pair(voice, lines, links) for lines in told[:MOST])
    blocks: list[Block] = [Heading(voice.phrase("roundup.heading")), Listing(items)]
    if rest := [_named(voice, lines) for lines in told[MOST:]]:
        blocks.append(Paragraph((Text(voice.phrase("roundup.more", pairs=rest)),)))
    return tuple(blocks)


def _pair(voice: Voice, lines: Sequence[Line], links: Links) -> tuple[Span, ...]:
    """Tell what one thanked another for, or two each other."""
    spans: list[Span] = [Text(_named(voice, lines))]
    is_mutual = len({line.content["giver"] for line in lines}) > 1
    between = ": "
    for line in lines:
        content = line.content
        why = snippet(str(content["why"]), WHY_CHARS)
        key = "roundup.by" if is_mutual else "roundup.why"
        said = voice.phrase(key, who=content["who"], why=why) if why or is_mutual else ""
        ref = next((links[id] for id in _messages(line) if id in links), None)
        ref = ref or placed(content.get("post"))
        label = voice.phrase("roundup.here")
        link = Text(label) if ref is None else MessageLink(label, ref)
        spans += [Text(f"{between}{said} (" if said else " ("), link, Text(")")]
        between = "; " if said else between
    return tuple(spans)


def _named(voice: Voice, lines: Sequence[Line]) -> str:
    first = lines[0].content
    is_mutual = any(line.content["giver"] != first["giver"] for line in lines)
    key = "roundup.each_other" if is_mutual else "roundup.thanked"
    return voice.phrase(key, giver=first["who"], receiver=first["name"])


def _messages(line: Line) -> list[int]:
    return [each.message for each in line.evidence if each.message is not None]


def placed(record: Sequence[str] | None) -> MessageRef | None:
    """Return the message of a record of four: platform, space, room, message."""
    if record is None:
        return None
    platform, space, room, message = record
    return MessageRef(RoomRef(SpaceRef(platform, space), room), message)

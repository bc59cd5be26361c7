"""Puts what several kinds have to say to one member at one moment into as few posts as it can stand in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.people import MemberId
from learncomm_agent.community.promise_words import beside
from learncomm_agent.storage.nudges import Row
from learncomm_agent.storage.reaching import Way
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.work import Commit
from learncomm_agent.writing.promised_posts import TOLD
from learncomm_agent.writing.voice import Voice


@dataclass(frozen=True, slots=True)
class Message:
    """One post to one member."""

    member: MemberId
    way: Way
    kinds: tuple[str, ...]
    rows: tuple[Row, ...]
    blocks: tuple[Block, ...] = ()
    writing: Writing | None = None
    commits: tuple[Commit, ...] = ()
    again: Mapping[int, datetime] = field(default_factory=dict)
    """By row, when it is due once more."""
    keep: Mapping[str, Any] | None = None
    """As `Told.keep`."""


def joined(parts: Sequence[Message], voice: Voice) -> list[Message]:
    """Return what the parts say, each of one kind, in few posts: all that is short in one.

    What is longer stands in one of its own each. So do blocks that can't be kept, where something else is.

    Args:
        parts: In their order.
        voice: The reader's; how to have less of all this is said once.
    """
    short = [each for each in parts if _is_short(each)]
    if any(each.writing is not None for each in short):
        kept = [each for each in short if each.writing is not None or each.keep is not None]
        loose = [each for each in short if each.writing is None and each.keep is None]
    else:
        kept, loose = [], short
    posts = [_loose(loose)] if loose else []
    if kept:
        posts.append(_kept(kept, voice.phrase("reminders.footer")))
    elif loose:
        posts = [replace(posts[0], blocks=(*posts[0].blocks, voice.note("reminders.footer")))]
    return [*posts, *(each for each in parts if not _is_short(each))]


def _is_short(part: Message) -> bool:
    return part.writing is None or part.writing.kind == TOLD


def _loose(parts: Sequence[Message]) -> Message:
    return replace(_together(parts), blocks=tuple(each for part in parts for each in part.blocks))


def _kept(parts: Sequence[Message], footer: str) -> Message:
    """Return one writing with the lines of all, so that it is mended as one."""
    lines, notes = list[Line](), list[str]()
    for part in parts:
        if part.writing is None:
            lines.append(beside(part.blocks, part.keep or {}))
        else:
            lines += part.writing.lines
            notes += part.writing.header["notes"]
    first = next(each.writing for each in parts if each.writing is not None)
    header = {**first.header, "notes": [*notes, footer]}
    return replace(_together(parts), writing=replace(first, header=header, lines=tuple(lines)))


def _together(parts: Sequence[Message]) -> Message:
    """Return what all parts are about, without what they say."""
    return Message(
        parts[0].member,
        parts[0].way,
        tuple(kind for part in parts for kind in part.kinds),
        tuple(row for part in parts for row in part.rows),
        commits=tuple(commit for part in parts for commit in part.commits),
        again={row: at for part in parts for row, at in part.again.items()},
    )
